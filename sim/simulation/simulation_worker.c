// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_worker.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/counterfactual.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/simulation_incident.h"
#include "sim/simulation/simulation_link.h"
#include "sim/simulation/simulation_notice.h"
#include "sim/simulation/simulation_port.h"
#include "sim/simulation/simulation_record.h"
#include "sim/simulation/update_step.h"

void simulation_submit(struct simulation *sim, struct in_flight *flight) {
    REQUIRE(flight->in_use && !flight->accounted);
    flight->wanted = true;
    if (sim->computes && flight->job == NULL && !counterfactual_is_fresh(sim)) {
        INVARIANT(flight->read.values != NULL);
        double local_rate =
            sim->scenario->training.learning_rate * update_step_local_factor(sim, flight);
        flight->job = executor_submit_gradient(sim->options->executor, flight->read.values->values,
                                               flight->row.worker, flight->row.number, local_rate);
    }
}

struct in_flight *simulation_take_flight(struct simulation *sim, int32_t index,
                                         const struct carried_version *read, uint32_t *reference) {
    REQUIRE(index >= 0 && index < sim->options->scenario->cluster.workers);
    struct in_flight *flight = in_flight_take(&sim->flights, reference);
    struct gradient_spans spans;
    int64_t number = sim->workers[index].next_number++;
    flight->index = sim->dispatched++;
    flight->read = *read;
    flight->read.port_wait_ns = 0;
    flight->life = sim->workers[index].life;
    const struct span_source *source = &sim->spans;
    source->gradient(source->context, flight->index, index, number, &spans);
    simulation_port_of(sim, index, &spans, &flight->port);
    INVARIANT(read->version <= sim->server.version && sim->dispatched > number);
    flight->row = (struct gradient_row){.number = number,
                                        .version_read = read->version,
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
                                        .outcome = OUTCOME_PENDING,
                                        .push_attempts = spans.push_losses + 1,
                                        .reply_attempts = spans.reply_losses + 1,
                                        .push_port_wait_ns = 0,
                                        .reply_port_wait_ns = read->port_wait_ns,
                                        .stalled_ns = 0};
    return flight;
}

// The worker starts its next gradient on the version, whose reference passes to the gradient.
static void dispatch(struct simulation *sim, int32_t index, struct carried_version read) {
    struct worker *worker = &sim->workers[index];
    REQUIRE(worker->state != WORKER_BUSY);
    uint32_t reference = 0;
    struct in_flight *flight = simulation_take_flight(sim, index, &read, &reference);
    // What may be dropped or cancelled is computed only once it is known to be wanted.
    if (!parameter_server_discards(&sim->server)) {
        simulation_submit(sim, flight);
    }
    parameter_server_started(&sim->server, in_flight_stamp(flight, reference));
    if (sim->lives != NULL) {
        in_flight_join(&sim->flights, &sim->lives[index], reference);
    }
    worker_enter(worker, WORKER_BUSY, sim->engine.now_ns);
    simulation_log_event(sim, EVENT_DISPATCHED, &flight->row, read.version);
    int64_t span_ns = simulation_computing_span(
        sim, index, sim_time_add(flight->row.compute_ns, flight->row.delay_ns));
    flight->due_sequence =
        simulation_schedule(sim, span_ns, HAPPENS_READY, reference, flight->row.tie);
}

struct carried_version simulation_carry_current(struct simulation *sim) {
    struct carried_version carried = {.version = sim->server.version,
                                      .gradients_applied = sim->gradients_applied,
                                      .clock_least = sim->server.clock_answered};
    if (sim->computes) {
        carried.values = parameter_store_acquire(&sim->store, sim->store.current);
    }
    ENSURE((carried.values != NULL) == sim->computes);
    return carried;
}

void simulation_start_worker(struct simulation *sim, int32_t worker) {
    REQUIRE(worker >= 0 && worker < sim->options->scenario->cluster.workers);
    if (!simulation_may_start(sim, worker)) {
        simulation_idle(sim, worker);
        return;
    }
    struct carried_version carried = simulation_carry_current(sim);
    carried.clock_least = sim->server.attendance.clock_least;
    staleness_balance_open(&sim->staleness, 0);
    dispatch(sim, worker, carried);
}

// The worker goes on at the version that it has, and nobody will reply to what it has pushed.
static void go_on(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    struct carried_version again = flight->read;
    REQUIRE(flight->row.ready_ns >= 0 && !flight->reply_begun && !flight->reply_over);
    if (again.values != NULL) {
        again.values = parameter_store_acquire(&sim->store, again.values);
    }
    flight->reply_over = true;
    staleness_balance_open(&sim->staleness, sim->server.version - again.version);
    dispatch(sim, flight->row.worker, again);
}

void simulation_on_ready(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    struct gradient_stamp stamp = in_flight_stamp(flight, reference);
    REQUIRE(flight->row.ready_ns < 0 && !flight->accounted);
    INVARIANT(sim->workers[flight->row.worker].state == WORKER_BUSY);
    in_flight_mark_ready(flight, sim->engine.now_ns);
    INVARIANT(sim->incidents != NULL || flight->row.stalled_ns == 0);
    worker_enter(&sim->workers[flight->row.worker], WORKER_COMMUNICATING, sim->engine.now_ns);
    simulation_log_event(sim, EVENT_READY, &flight->row, flight->row.version_read);
    simulation_link_push(sim, flight->row.worker, flight->row.number, &flight->port);
    simulation_port_push(sim, &flight->port, reference, flight->row.tie);
    if (parameter_server_goes_on(&sim->server, &stamp, flight->read.clock_least) &&
        simulation_may_start(sim, flight->row.worker)) {
        go_on(sim, reference);
    }
}

// The reply has come in at a worker that has crashed since, or starts nothing before it does.
static void vanish(struct simulation *sim, struct in_flight *flight) {
    REQUIRE(flight->reply_begun);
    simulation_log_event(sim, EVENT_VANISHED, &flight->row, flight->reply.version);
    staleness_balance_close(&sim->staleness, sim->server.version - flight->reply.version);
    if (flight->reply.values != NULL) {
        parameter_store_release(&sim->store, flight->reply.values);
        flight->reply.values = NULL;
    }
}

void simulation_on_delivered(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    int32_t worker = flight->row.worker;
    struct carried_version carried = flight->reply;
    REQUIRE(flight->reply_begun && !flight->reply_over);
    flight->reply_over = true;
    bool gone = flight->gone;
    bool starts = !gone && simulation_may_start(sim, worker);
    if (!starts) {
        vanish(sim, flight);
    }
    simulation_let_go_if_over(sim, reference);
    if (starts) {
        dispatch(sim, worker, carried);
    } else if (!gone) {
        simulation_idle(sim, worker);
    }
}

void simulation_on_asked_again(struct simulation *sim, int32_t worker) {
    REQUIRE(sim->local == NULL);
    if (sim->workers[worker].idles) {
        sim->workers[worker].idles = false;
        simulation_start_worker(sim, worker);
    }
}

// ---- cancelling ----

void simulation_call_off(struct simulation *sim, struct in_flight *flight) {
    REQUIRE(flight->row.arrived_ns < 0 && flight->due_sequence != ENGINE_NO_EVENT);
    sim->cancelled_events++;
    flight->due_sequence = ENGINE_NO_EVENT;
}

void simulation_cancel(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    REQUIRE(flight->row.ready_ns < 0 && !flight->accounted);
    INVARIANT(sim->workers[flight->row.worker].state == WORKER_BUSY);
    simulation_log_event(sim, EVENT_CANCELLED, &flight->row, sim->server.version);
    parameter_server_cancelled(&sim->server, in_flight_stamp(flight, reference));
    simulation_call_off(sim, flight);
    simulation_close_gradient(sim, flight, OUTCOME_CANCELLED);
}

// Of what is on its way to the server, or to a centre.
static bool is_of_push(const struct event *event) {
    return event->kind == HAPPENS_PUSH_AT_PORT || event->kind == HAPPENS_PUSH_AT_UPLINK ||
           event->kind == HAPPENS_ARRIVED;
}

// Its gradient does not wait for it: called off, or over and its slot another's. An exchange with a
// centre is known by its worker from its push on.
bool simulation_is_cancelled(const struct simulation *sim, const struct event *event) {
    if (sim->cancelled_events == 0 || (event->kind != HAPPENS_READY && !is_of_push(event))) {
        return false;
    }
    if (sim->local != NULL && is_of_push(event)) {
        return sim->local->workers[event->reference].sent.due_sequence != event->sequence;
    }
    REQUIRE(event->reference < sim->flights.capacity);
    const struct in_flight *flight = &sim->flights.slots[event->reference];
    return !(flight->in_use && flight->due_sequence == event->sequence);
}

void simulation_discard_cancelled(struct simulation *sim) {
    while (sim->cancelled_events > 0 && !event_queue_is_empty(&sim->engine.queue) &&
           simulation_is_cancelled(sim, event_queue_peek(&sim->engine.queue))) {
        INVARIANT((size_t)sim->cancelled_events <= event_queue_count(&sim->engine.queue));
        engine_discard(&sim->engine);
        sim->cancelled_events--;
    }
    ENSURE(sim->cancelled_events >= 0);
}
