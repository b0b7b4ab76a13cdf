// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/simulation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/data/minibatch.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/run/simulation_state.h"
#include "sim/run/update_step.h"

// The kinds of scheduled events. Zero-length spans go through the queue, too: the order stays the
// one of event.h.
enum happening {
    HAPPENS_START,
    HAPPENS_READY,
    HAPPENS_ARRIVED,
    HAPPENS_RECEIVED,
    HAPPENS_UPDATED,
    HAPPENS_REPLIED,
    HAPPENS_DELIVERED
};

// So many events at one instant, and so many more for each worker, mean that no span of the
// scenario moves the clock. A gradient makes six; a log of them would fill the disk.
enum {
    EVENTS_AT_ONE_INSTANT_MAX = 1000000,
    EVENTS_AT_ONE_INSTANT_PER_WORKER_MAX = 100,
    EVENTS_BETWEEN_CHECKS = 4096
};

static void schedule(struct simulation *sim, int64_t span_ns, enum happening kind,
                     uint32_t reference, uint64_t gradient_tie) {
    uint64_t tie = 0;
    if (sim->random_ties) {
        tie = fingerprint_bytes_seeded(&gradient_tie, sizeof gradient_tie, (uint64_t)kind);
    }
    engine_schedule(&sim->engine, span_ns, tie, kind, reference);
}

static void log_event(struct simulation *sim, enum event_kind kind,
                      const struct gradient_row *gradient, int64_t version) {
    struct event_row row = {.time_ns = sim->engine.now_ns,
                            .gradient = gradient == NULL ? -1 : gradient->number,
                            .version = version,
                            .actor = gradient == NULL ? -1 : gradient->worker,
                            .kind = kind};
    sim->event_rows++;
    row_output_event(&sim->output, &row);
}

static void log_gradient(struct simulation *sim, struct in_flight *flight) {
    const int32_t *samples = NULL;
    if (sim->samples != NULL) {
        const struct scenario *scenario = sim->options->scenario;
        minibatch_indices(sim->options->shards, scenario->seed, flight->row.worker,
                          flight->row.number, (size_t)scenario->training.batch, sim->samples);
        samples = sim->samples;
    }
    row_output_gradient(&sim->output, flight->index, &flight->row, samples);
    flight->accounted = true;
}

// The slot is free once the gradient's row is final and its worker has gone on.
static void let_go_if_over(struct simulation *sim, uint32_t reference) {
    const struct in_flight *flight = in_flight_at(&sim->flights, reference);
    if (flight->accounted && flight->reply_over) {
        in_flight_give_back(&sim->flights, reference);
    }
}

// ---- what a worker does ----

// The worker starts its next gradient on the version, whose reference passes to the gradient.
static void dispatch(struct simulation *sim, int32_t index, struct carried_version read) {
    struct worker *worker = &sim->workers[index];
    uint32_t reference = 0;
    struct in_flight *flight = in_flight_take(&sim->flights, &reference);
    struct gradient_spans spans;
    int64_t number = worker->next_number++;
    flight->index = sim->dispatched++;
    flight->read = read;
    const struct span_source *source = &sim->options->spans;
    source->gradient(source->context, flight->index, index, number, &spans);
    flight->row = (struct gradient_row){.number = number,
                                        .version_read = read.version,
                                        .version_applied = -1,
                                        .staleness = -1,
                                        .staleness_gradients = -1,
                                        .dispatched_ns = sim->engine.now_ns,
                                        .ready_ns = -1,
                                        .arrived_ns = -1,
                                        .received_ns = -1,
                                        .applied_ns = -1,
                                        .compute_ns = spans.compute_ns,
                                        .delay_ns = spans.delay_ns,
                                        .push_ns = spans.push_ns,
                                        .receive_ns = spans.receive_ns,
                                        .reply_ns = spans.reply_ns,
                                        .reply_travel_ns = spans.reply_travel_ns,
                                        .tie = spans.tie,
                                        .loss = (double)NAN,
                                        .distance = (double)NAN,
                                        .threshold = -1,
                                        .buffered = -1,
                                        .worker = index,
                                        .outcome = OUTCOME_PENDING};
    if (sim->options->executor != NULL) {
        INVARIANT(read.values != NULL);
        flight->job =
            executor_submit_gradient(sim->options->executor, read.values->values, index, number);
    }
    worker_enter(worker, WORKER_BUSY, sim->engine.now_ns);
    log_event(sim, EVENT_DISPATCHED, &flight->row, read.version);
    schedule(sim, sim_time_add(spans.compute_ns, spans.delay_ns), HAPPENS_READY, reference,
             spans.tie);
}

static struct carried_version carry_current(struct simulation *sim) {
    struct carried_version carried = {.version = sim->server.version,
                                      .gradients_applied = sim->gradients_applied};
    if (sim->options->executor != NULL) {
        carried.values = parameter_store_acquire(&sim->store, sim->store.current);
    }
    return carried;
}

static void on_start(struct simulation *sim) {
    for (int32_t worker = 0; worker < sim->options->scenario->cluster.workers; worker++) {
        dispatch(sim, worker, carry_current(sim));
    }
}

static void on_ready(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    flight->row.ready_ns = sim->engine.now_ns;
    worker_enter(&sim->workers[flight->row.worker], WORKER_COMMUNICATING, sim->engine.now_ns);
    log_event(sim, EVENT_READY, &flight->row, flight->row.version_read);
    schedule(sim, flight->row.push_ns, HAPPENS_ARRIVED, reference, flight->row.tie);
}

static void on_delivered(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    int32_t worker = flight->row.worker;
    struct carried_version carried = flight->reply;
    flight->reply_over = true;
    let_go_if_over(sim, reference);
    dispatch(sim, worker, carried);
}

// ---- what the server does ----

// Those who are replied to after the flush have stopped waiting for others.
static void end_waiting(struct simulation *sim) {
    for (size_t i = 0; i < sim->server.flush_count; i++) {
        const struct gradient_stamp *stamp = &sim->server.flush[i];
        if (stamp->reply_owed) {
            worker_enter(&sim->workers[stamp->worker], WORKER_COMMUNICATING, sim->engine.now_ns);
        }
    }
}

// Turns what the server begins now into the event of its end.
static void begin(struct simulation *sim, struct server_effect effect) {
    if (effect.activity == SERVER_NOTHING) {
        return;
    }
    uint32_t reference = effect.gradient.reference;
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    if (effect.activity == SERVER_RECEIVES) {
        schedule(sim, flight->row.receive_ns, HAPPENS_RECEIVED, reference, flight->row.tie);
    } else if (effect.activity == SERVER_UPDATES) {
        const struct span_source *source = &sim->options->spans;
        sim->update_span_ns = source->update(source->context, sim->server.version + 1);
        end_waiting(sim);
        schedule(sim, sim->update_span_ns, HAPPENS_UPDATED, reference, flight->row.tie);
    } else {
        flight->reply = carry_current(sim);
        flight->reply_begun = true;
        schedule(sim, flight->row.reply_ns, HAPPENS_REPLIED, reference, flight->row.tie);
    }
}

static void on_arrived(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    flight->row.arrived_ns = sim->engine.now_ns;
    log_event(sim, EVENT_ARRIVED, &flight->row, sim->server.version);
    struct gradient_stamp stamp = {
        .number = flight->row.number, .worker = flight->row.worker, .reference = reference};
    begin(sim, parameter_server_arrive(&sim->server, stamp));
}

static void on_received(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    int64_t buffered = (int64_t)sim->server.buffer_count + 1;
    flight->row.received_ns = sim->engine.now_ns;
    struct server_effect effect = parameter_server_received(&sim->server);
    flight->row.threshold = sim->server.threshold;
    flight->row.buffered = buffered;
    log_event(sim, EVENT_RECEIVED, &flight->row, sim->server.version);
    if (parameter_server_pushed_worker_waits(&sim->server)) {
        worker_enter(&sim->workers[flight->row.worker], WORKER_WAITING, sim->engine.now_ns);
    }
    begin(sim, effect);
}

static void log_update(struct simulation *sim, const struct update_summary *summary) {
    struct update_row row = {.time_ns = sim->engine.now_ns,
                             .update_ns = sim->update_span_ns,
                             .version = sim->server.version,
                             .threshold = sim->server.threshold,
                             .gradients = summary->gradients,
                             .staleness_mean = summary->staleness_mean,
                             .staleness_max = summary->staleness_max,
                             .learning_rate = sim->options->scenario->training.learning_rate,
                             .update_norm = summary->update_norm,
                             .parameter_hash = summary->parameter_hash};
    row_output_update(&sim->output, &row);
}

static void on_updated(struct simulation *sim) {
    struct update_summary summary = update_step(sim);
    struct server_effect effect = parameter_server_updated(&sim->server);
    log_event(sim, EVENT_UPDATED, NULL, sim->server.version);
    for (size_t i = 0; i < sim->server.flush_count; i++) {
        uint32_t reference = sim->server.flush[i].reference;
        log_gradient(sim, in_flight_at(&sim->flights, reference));
        let_go_if_over(sim, reference);
    }
    log_update(sim, &summary);
    sim->diverged = summary.diverged;
    begin(sim, effect);
}

static void on_replied(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    log_event(sim, EVENT_REPLIED, &flight->row, flight->reply.version);
    schedule(sim, flight->row.reply_travel_ns, HAPPENS_DELIVERED, reference, flight->row.tie);
    begin(sim, parameter_server_replied(&sim->server));
}

// ---- running ----

static void handle(struct simulation *sim, const struct event *event) {
    switch ((enum happening)event->kind) {
    case HAPPENS_START:
        on_start(sim);
        return;
    case HAPPENS_READY:
        on_ready(sim, event->reference);
        return;
    case HAPPENS_ARRIVED:
        on_arrived(sim, event->reference);
        return;
    case HAPPENS_RECEIVED:
        on_received(sim, event->reference);
        return;
    case HAPPENS_UPDATED:
        on_updated(sim);
        return;
    case HAPPENS_REPLIED:
        on_replied(sim, event->reference);
        return;
    case HAPPENS_DELIVERED:
        on_delivered(sim, event->reference);
        return;
    }
    check_failed("invariant", "a known kind of event", __FILE__, __LINE__);
}

static bool count_is_reached(const struct simulation *sim) {
    return sim->server.version >= sim->end_updates || sim->gradients_applied >= sim->end_gradients;
}

static double fraction_done(const struct simulation *sim) {
    double done = 0;
    if (sim->end_ns != SIM_TIME_NEVER && sim->end_ns > 0) {
        done = (double)sim->engine.now_ns / (double)sim->end_ns;
    } else if (sim->end_updates != INT64_MAX) {
        done = (double)sim->server.version / (double)sim->end_updates;
    } else if (sim->end_gradients != INT64_MAX) {
        done = (double)sim->gradients_applied / (double)sim->end_gradients;
    }
    return done < 1 ? done : 1;
}

static uint64_t events_at_one_instant_max(const struct simulation *sim) {
    uint64_t workers = (uint64_t)sim->options->scenario->cluster.workers;
    return EVENTS_AT_ONE_INSTANT_MAX + EVENTS_AT_ONE_INSTANT_PER_WORKER_MAX * workers;
}

// Between events, not at every one: sinks that cannot write, clocks that stand still, progress.
static bool may_go_on(struct simulation *sim) {
    const struct simulation_options *options = sim->options;
    if (options->progress != NULL) {
        options->progress(options->progress_context, sim->engine.now_ns, fraction_done(sim));
    }
    if (row_output_failed(&sim->output)) {
        snprintf(sim->failure, sizeof sim->failure, "the log cannot be written");
        return false;
    }
    if (sim->engine.now_ns > sim->checked_ns) {
        sim->checked_ns = sim->engine.now_ns;
        sim->checked_events = sim->engine.events_happened;
    } else if (sim->engine.events_happened - sim->checked_events > events_at_one_instant_max(sim)) {
        snprintf(sim->failure, sizeof sim->failure,
                 "the clock stands still: the scenario's spans are all zero");
        return false;
    }
    return true;
}

static bool is_interrupted(const struct simulation *sim) {
    return sim->options->interrupted != NULL && *sim->options->interrupted;
}

static enum run_status run_events(struct simulation *sim) {
    bool computes = sim->options->executor != NULL;
    uint64_t next_check = 0;
    for (;;) {
        int64_t next_ns = engine_next_time(&sim->engine);
        if (next_ns == SIM_TIME_NEVER && sim->end_ns == SIM_TIME_NEVER) {
            snprintf(sim->failure, sizeof sim->failure, "nothing is left to happen before the end");
            return RUN_FAILED;
        }
        if (is_interrupted(sim) && next_ns <= sim->end_ns) {
            return RUN_INTERRUPTED;
        }
        if (evaluator_advance(&sim->evaluator, next_ns, sim->end_ns)) {
            if (!may_go_on(sim)) {
                return RUN_FAILED;
            }
            continue;
        }
        if (next_ns > sim->end_ns) {
            return RUN_COMPLETE;
        }
        struct event event = engine_step(&sim->engine);
        handle(sim, &event);
        if (event.kind == HAPPENS_UPDATED) {
            if (sim->diverged) {
                return RUN_DIVERGED;
            }
            if (count_is_reached(sim)) {
                return RUN_COMPLETE;
            }
        }
        if (computes || sim->engine.events_happened >= next_check) {
            next_check = sim->engine.events_happened + EVENTS_BETWEEN_CHECKS;
            if (!may_go_on(sim)) {
                return RUN_FAILED;
            }
        }
    }
}

// Rows of what is still open, then everything is released.
static void close_flights(struct simulation *sim) {
    for (uint32_t reference = 0; reference < sim->flights.capacity; reference++) {
        struct in_flight *flight = &sim->flights.slots[reference];
        if (!flight->in_use) {
            continue;
        }
        if (!flight->accounted) {
            log_gradient(sim, flight);
            update_step_release(sim, flight);
        }
        if (flight->reply_begun && !flight->reply_over && flight->reply.values != NULL) {
            parameter_store_release(&sim->store, flight->reply.values);
        }
    }
}

static struct worker_row worker_totals(struct simulation *sim, struct worker *worker,
                                       int64_t end_ns) {
    if (end_ns > sim->options->scenario->cluster.start_up_ns) {
        worker_enter(worker, worker->state, end_ns);
    }
    return (struct worker_row){.busy_ns = worker->spent_ns[WORKER_BUSY],
                               .waiting_ns = worker->spent_ns[WORKER_WAITING],
                               .communicating_ns = worker->spent_ns[WORKER_COMMUNICATING],
                               .gradients = worker->next_number,
                               .dropped = worker->dropped};
}

static void tell_ending(struct simulation *sim, struct simulation_result *result) {
    int32_t workers = sim->options->scenario->cluster.workers;
    struct runlog_ending ending = {.status = result->status,
                                   .end_ns = result->end_ns,
                                   .event_count = sim->event_rows,
                                   .timeline_fingerprint = result->timeline_fingerprint,
                                   .parameter_fingerprint = result->parameter_fingerprint,
                                   .worker_count = workers};
    ending.workers = memory_allocate((size_t)workers, sizeof *ending.workers);
    for (int32_t i = 0; i < workers; i++) {
        ending.workers[i] = worker_totals(sim, &sim->workers[i], result->end_ns);
    }
    ending.final = sim->store.current == NULL ? NULL : sim->store.current->values;
    row_output_end(&sim->output, &ending);
    memory_free(ending.workers);
}

static int64_t end_of_run(struct simulation *sim, enum run_status status) {
    if (status == RUN_COMPLETE && sim->end_ns != SIM_TIME_NEVER) {
        return sim->end_ns;
    }
    int64_t next_ns = engine_next_time(&sim->engine);
    int64_t before_ns = sim->options->evaluate_before_ns;
    bool more = status == RUN_INTERRUPTED;
    while (more) {
        more = evaluator_advance(&sim->evaluator, before_ns < next_ns ? before_ns : next_ns,
                                 sim->end_ns);
    }
    // It may have been interrupted between evaluations that come before the next event.
    int64_t evaluated_ns = sim->evaluator.last_time_ns;
    return evaluated_ns > sim->engine.now_ns ? evaluated_ns : sim->engine.now_ns;
}

struct simulation_result simulation_run(const struct simulation_options *options) {
    struct simulation *sim = simulation_state_create(options);
    struct simulation_result result = {0};
    row_output_start(&sim->output, options->header);
    schedule(sim, options->scenario->cluster.start_up_ns, HAPPENS_START, 0, 0);
    result.status = run_events(sim);
    result.end_ns = end_of_run(sim, result.status);
    result.events = sim->engine.events_happened;
    evaluator_finish(&sim->evaluator, result.end_ns,
                     result.status == RUN_COMPLETE || result.status == RUN_DIVERGED);
    INVARIANT(simulation_staleness_adds_up(sim));
    close_flights(sim);
    result.timeline_fingerprint = timeline_fingerprint_value(&sim->output.fingerprint);
    result.parameter_fingerprint = simulation_parameter_hash(sim);
    tell_ending(sim, &result);
    memcpy(result.failure, sim->failure, sizeof result.failure);
    simulation_state_destroy(sim);
    return result;
}
