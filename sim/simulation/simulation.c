// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/incident_plan.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/simulation_checkpoint.h"
#include "sim/simulation/simulation_crash.h"
#include "sim/simulation/simulation_ending.h"
#include "sim/simulation/simulation_exchange.h"
#include "sim/simulation/simulation_incident.h"
#include "sim/simulation/simulation_local.h"
#include "sim/simulation/simulation_missing.h"
#include "sim/simulation/simulation_record.h"
#include "sim/simulation/simulation_server.h"
#include "sim/simulation/simulation_stall.h"
#include "sim/simulation/simulation_worker.h"

enum { EVENTS_BETWEEN_CHECKS = 4096, WORKERS_IN_CACHE = 500 };

static void handle_crash(struct simulation *sim, enum happening kind, uint32_t worker) {
    REQUIRE(worker < (uint32_t)sim->options->scenario->cluster.workers);
    if (kind == HAPPENS_CRASHED) {
        simulation_on_crashed(sim, (int32_t)worker);
    } else {
        simulation_on_returned(sim, (int32_t)worker);
    }
}

// Without a server, or with a centre in its place.
static void handle_local(struct simulation *sim, enum happening kind, uint32_t reference) {
    INVARIANT(sim->local != NULL);
    switch (kind) {
    case HAPPENS_READY:
        simulation_local_on_ready(sim, reference);
        return;
    case HAPPENS_REDUCED:
        simulation_local_on_reduced(sim, reference);
        return;
    case HAPPENS_ARRIVED:
        simulation_exchange_on_arrived(sim, reference);
        return;
    case HAPPENS_RECEIVED:
        simulation_exchange_on_received(sim, reference);
        return;
    case HAPPENS_UPDATED:
        simulation_exchange_on_updated(sim, reference);
        return;
    case HAPPENS_REPLIED:
        simulation_exchange_on_replied(sim, reference);
        return;
    case HAPPENS_DELIVERED:
        simulation_local_on_delivered(sim, reference);
        simulation_on_answer_over(sim, (int32_t)reference);
        return;
    case HAPPENS_PUSH_AT_PORT:
        simulation_exchange_on_push_at_port(sim, reference);
        return;
    case HAPPENS_REPLY_AT_PORT:
        simulation_exchange_on_reply_at_port(sim, reference);
        return;
    case HAPPENS_PUSH_AT_UPLINK:
        simulation_exchange_on_push_at_uplink(sim, reference);
        return;
    case HAPPENS_REPLY_AT_UPLINK:
        simulation_exchange_on_reply_at_uplink(sim, reference);
        return;
    case HAPPENS_ROLL_CALL:
        simulation_on_roll_call(sim);
        simulation_local_on_roll_call(sim);
        return;
    case HAPPENS_START:       // handled before
    case HAPPENS_ASKED_AGAIN: // of runs with a server
    case HAPPENS_CRASHED:
    case HAPPENS_RETURNED:
        break;
    }
    check_failed("invariant", "a known kind of event", __FILE__, __LINE__);
}

static void handle(struct simulation *sim, enum happening kind, uint32_t reference) {
    if (kind == HAPPENS_START) {
        simulation_on_start(sim);
        simulation_missing_start(sim);
        return;
    }
    if (kind == HAPPENS_CRASHED || kind == HAPPENS_RETURNED) {
        handle_crash(sim, kind, reference);
        return;
    }
    if (sim->local != NULL) {
        handle_local(sim, kind, reference);
        return;
    }
    switch (kind) {
    case HAPPENS_READY:
        simulation_on_ready(sim, reference);
        return;
    case HAPPENS_ARRIVED:
        simulation_on_arrived(sim, reference);
        return;
    case HAPPENS_RECEIVED:
        simulation_on_received(sim, reference);
        return;
    case HAPPENS_UPDATED:
        simulation_on_updated(sim);
        return;
    case HAPPENS_REPLIED:
        simulation_on_replied(sim, reference);
        return;
    case HAPPENS_DELIVERED:
        simulation_on_delivered(sim, reference);
        return;
    case HAPPENS_PUSH_AT_PORT:
        simulation_on_push_at_port(sim, reference);
        return;
    case HAPPENS_REPLY_AT_PORT:
        simulation_on_reply_at_port(sim, reference);
        return;
    case HAPPENS_PUSH_AT_UPLINK:
        simulation_on_push_at_uplink(sim, reference);
        return;
    case HAPPENS_REPLY_AT_UPLINK:
        simulation_on_reply_at_uplink(sim, reference);
        return;
    case HAPPENS_ROLL_CALL:
        simulation_on_roll_call(sim);
        simulation_look_again(sim);
        return;
    case HAPPENS_ASKED_AGAIN:
        simulation_on_asked_again(sim, (int32_t)reference);
        return;
    case HAPPENS_REDUCED: // of runs without a server
    case HAPPENS_START:   // handled before
    case HAPPENS_CRASHED:
    case HAPPENS_RETURNED:
        break;
    }
    check_failed("invariant", "a known kind of event", __FILE__, __LINE__);
}

// Between events, not at every one: sinks that cannot write, clocks that stand still, progress.
static bool may_go_on(struct simulation *sim) {
    INVARIANT(sim->gradients_applied <= sim->dispatched);
    const struct simulation_options *options = sim->options;
    if (options->progress != NULL) {
        options->progress(options->progress_context, sim->engine.now_ns,
                          run_end_fraction(&sim->end, sim->engine.now_ns, sim->server.version,
                                           sim->gradients_applied));
    }
    sim->short_of_room = row_output_is_short_of_room(&sim->output);
    if (row_output_failed(&sim->output)) {
        sim->sink_failed = true;
        snprintf(sim->failure, sizeof sim->failure, "the log cannot be written");
        return false;
    }
    if (pace_stands_still(&sim->pace, sim->engine.now_ns, sim->engine.events_happened,
                          options->scenario->cluster.workers)) {
        snprintf(sim->failure, sizeof sim->failure,
                 "the clock stands still: all spans come to 0 ns, drawn or scaled, when they are "
                 "rounded");
        return false;
    }
    return true;
}

static bool is_interrupted(const struct simulation *sim) {
    return sim->options->interrupted != NULL && *sim->options->interrupted;
}

// How long the clock has ever stood between two events, and a gradient taken.
static inline void note_wait(struct simulation *sim, const struct event *event) {
    int64_t before_ns = sim->happened_ns;
    REQUIRE(event->time_ns >= before_ns);
    int64_t wait_ns = event->time_ns - before_ns;
    if (event->kind == HAPPENS_START || event->kind == HAPPENS_ROLL_CALL) {
        return; // nobody waits for the start-up
    }
    if (event->kind == HAPPENS_READY) {
        const struct in_flight *flight = in_flight_at(&sim->flights, event->reference);
        wait_ns = event->time_ns - flight->row.dispatched_ns; // no shorter
    }
    pace_note_wait(&sim->pace, wait_ns);
}

// Inline, since gcc leaves out a call of what only fetches.
static inline __attribute__((always_inline)) void fetch(const void *memory, size_t size) {
    REQUIRE(memory != NULL);
#pragma GCC unroll 8
    for (size_t i = 0; i < size; i += 64) {
        __builtin_prefetch((const char *)memory + i, 1);
    }
}

// Of many workers nobody is in the caches when a gradient is ready: while something else happens,
// first the gradient comes from memory, and then what is known of its worker.
static inline __attribute__((always_inline)) void look_ahead(const struct simulation *sim,
                                                             enum happening now) {
    const struct event *next = event_queue_behind(&sim->engine.queue);
    if (next == NULL || next->kind != HAPPENS_READY) {
        return;
    }
    INVARIANT(next->reference < sim->flights.capacity);
    const struct in_flight *flight = &sim->flights.slots[next->reference];
    if (now != HAPPENS_RECEIVED && now != HAPPENS_UPDATED) {
        fetch(flight, sizeof *flight);
    } else {
        int32_t worker = flight->row.worker;
        INVARIANT(worker >= 0 && worker < sim->options->scenario->cluster.workers);
        fetch(&sim->workers[worker], sizeof *sim->workers);
        fetch(&sim->server.attendance.workers[worker], sizeof *sim->server.attendance.workers);
    }
}

// A step of the engine, and what it leads to.
static void step(struct simulation *sim, int64_t next_ns) {
    if (sim->phase < sim->options->phase_count) {
        simulation_enter_phase(sim, next_ns);
    }
    if (sim->incidents != NULL) {
        simulation_tell_incidents(sim, next_ns);
        simulation_hear(sim, next_ns);
    }
    struct event event = engine_step(&sim->engine);
    INVARIANT(event.time_ns == next_ns && next_ns <= sim->end.time_ns);
    if (sim->looks_ahead) {
        look_ahead(sim, event.kind);
    }
    note_wait(sim, &event);
    sim->happened_ns = event.kind == HAPPENS_ROLL_CALL ? sim->happened_ns : event.time_ns;
    handle(sim, event.kind, event.reference);
    if (sim->server.version != sim->evaluator.done.updates) {
        simulation_count_update(sim);
    }
}

// The rerun. Returns false if it differs from what was recorded.
static bool run_again(struct simulation *sim) {
    REQUIRE(sim->recorded != NULL && !sim->computes);
    while (!simulation_rerun_is_over(sim)) {
        simulation_discard_cancelled(sim);
        int64_t next_ns = engine_next_time(&sim->engine);
        if (next_ns > sim->end.time_ns || next_ns == SIM_TIME_NEVER) {
            break;
        }
        evaluator_repeat(&sim->evaluator, sim->recorded, next_ns);
        step(sim, next_ns);
        if (sim->engine.events_happened % EVENTS_BETWEEN_CHECKS == 0 && !may_go_on(sim)) {
            return false;
        }
    }
    evaluator_repeat(&sim->evaluator, sim->recorded, SIM_TIME_NEVER);
    return simulation_end_rerun(sim);
}

// Between two events: a checkpoint, if it is time for one.
static void keep_if_due(struct simulation *sim) {
    REQUIRE(sim->recorded == NULL);
    struct checkpoint_keeper *keeper = sim->options->keeper;
    if (keeper != NULL && checkpoint_keeper_is_due(keeper)) {
        simulation_keep(sim);
    }
}

// Whether there would be too many evaluations up to the next event. A repetition makes those that
// there were.
static bool evaluations_flood(struct simulation *sim, int64_t next_ns) {
    REQUIRE(next_ns >= sim->engine.now_ns);
    char next[SIM_TIME_TEXT_SIZE];
    char every[SIM_TIME_TEXT_SIZE];
    int64_t every_ns = sim->evaluator.every_ns;
    int64_t until_ns = next_ns < sim->end.time_ns ? next_ns : sim->end.time_ns;
    if (every_ns == 0 || until_ns / every_ns <= EVALUATIONS_MAX ||
        until_ns <= sim->options->evaluate_before_ns) {
        return false;
    }
    snprintf(sim->failure, sizeof sim->failure,
             "'evaluation.every' of %s makes %" PRId64 " evaluations up to %s, the next event; at "
             "most %d: use a longer time, or 0 s to evaluate only at the start and the end",
             sim_time_format(every_ns, every), until_ns / every_ns,
             sim_time_format_seconds(until_ns, next), EVALUATIONS_MAX);
    return true;
}

static void explain_flood(char reason[RUN_REASON_SIZE]) {
    snprintf(reason, RUN_REASON_SIZE,
             "'cluster.events' makes more than %d incidents: let them come less often, or the "
             "run end earlier",
             INCIDENTS_MAX);
    ENSURE(reason[0] != 0);
}

bool simulation_failed_for_incidents(const struct runlog_ending *ending) {
    char reason[RUN_REASON_SIZE];
    explain_flood(reason);
    return ending->status == RUN_FAILED && strncmp(ending->reason, reason, strlen(reason)) == 0;
}

// Where workers crash, and for most of the time no version was made.
static void explain_losses(const struct simulation *sim, char reason[RUN_REASON_SIZE]) {
    const struct scenario *scenario = sim->options->scenario;
    bool crash = incident_plans_have(&scenario->cluster.events, INCIDENT_CRASH);
    char since[SIM_TIME_TEXT_SIZE];
    size_t used = strlen(reason);
    int64_t now_ns = sim->engine.now_ns;
    int64_t since_ns = simulation_progress_ended_ns(sim);
    if (crash && now_ns - since_ns > (now_ns - scenario->cluster.start_up_ns) / 2) {
        snprintf(reason + used, RUN_REASON_SIZE - used,
                 "; since %s no version was made: workers that crash before they have computed a "
                 "gradient never finish one",
                 sim_time_format_seconds(since_ns, since));
    }
}

// Whether there would be too many incidents.
static bool incidents_flood(struct simulation *sim) {
    REQUIRE(sim->incidents != NULL);
    if (!incident_calendar_is_flooded(sim->incidents)) {
        return false;
    }
    explain_flood(sim->failure);
    explain_losses(sim, sim->failure);
    return true;
}

// Whether the run cannot go on to its next event.
static bool is_impossible(struct simulation *sim, int64_t next_ns) {
    REQUIRE(next_ns >= sim->engine.now_ns);
    if (next_ns == SIM_TIME_NEVER && sim->end.time_ns == SIM_TIME_NEVER) {
        simulation_explain_clock(sim);
        return true;
    }
    return (sim->incidents != NULL && incidents_flood(sim)) ||
           (sim->computes && evaluations_flood(sim, next_ns));
}

static bool must_stop(struct simulation *sim, int64_t next_ns) {
    REQUIRE(next_ns >= sim->engine.now_ns);
    if (next_ns > sim->end.time_ns || !(is_interrupted(sim) || sim->short_of_room)) {
        return false;
    }
    if (sim->options->keeper != NULL) {
        simulation_keep(sim);
    }
    return true;
}

// The time is over.
static enum run_status come_to_end(struct simulation *sim) {
    REQUIRE(sim->end.time_ns != SIM_TIME_NEVER);
    return simulation_has_stalled(sim) ? RUN_STALLED : RUN_COMPLETE;
}

static enum run_status run_events(struct simulation *sim) {
    REQUIRE(sim->recorded == NULL && sim->computes == (sim->options->executor != NULL));
    uint64_t next_check = 0;
    for (;;) {
        if (sim->cancelled_events > 0) {
            simulation_discard_cancelled(sim);
        }
        int64_t next_ns = engine_next_time(&sim->engine);
        if (sim->incidents != NULL && simulation_waits_for_ever(sim)) {
            return RUN_STALLED;
        }
        if (is_impossible(sim, next_ns)) {
            return RUN_FAILED;
        }
        if (must_stop(sim, next_ns)) {
            return RUN_INTERRUPTED;
        }
        if (sim->computes && evaluator_advance(&sim->evaluator, next_ns, sim->end.time_ns)) {
            if (!may_go_on(sim)) {
                return RUN_FAILED;
            }
            continue;
        }
        if (next_ns > sim->end.time_ns) {
            return come_to_end(sim);
        }
        step(sim, next_ns);
        if (sim->diverged) {
            return RUN_DIVERGED;
        }
        if (run_end_is_reached(&sim->end, sim->server.version, sim->gradients_applied)) {
            return RUN_COMPLETE;
        }
        if (sim->computes || sim->engine.events_happened >= next_check) {
            next_check = sim->engine.events_happened + EVENTS_BETWEEN_CHECKS;
            keep_if_due(sim);
            if (!may_go_on(sim)) {
                return RUN_FAILED;
            }
        }
    }
}

// When the last incident of a scenario begins that never ends, so that the log tells of it.
static int64_t last_endless_ns(const struct scenario *scenario) {
    const struct incident_plan_list *events = &scenario->cluster.events;
    int64_t last_ns = 0;
    for (int32_t i = 0; i < events->count; i++) {
        const struct incident_plan *plan = &events->entries[i];
        bool holds = plan->kind != INCIDENT_SLOWDOWN && plan->kind != INCIDENT_LINK;
        struct worker_set members;
        if (!holds || plan->duration.own || !plan->at.own) {
            continue;
        }
        incident_plan_members(&scenario->cluster, plan, scenario_seed(scenario, SEEDS_TIMES),
                              &members);
        int64_t began_ns = plan->at.span_ns;
        for (int32_t k = 1; k < members.count && plan->stagger_ns > 0; k++) {
            began_ns = sim_time_add(began_ns, plan->stagger_ns);
        }
        worker_set_reset(&members);
        last_ns = began_ns > last_ns && began_ns != SIM_TIME_NEVER ? began_ns : last_ns;
    }
    return last_ns;
}

// Of a run that counts: what will hold everybody up for ever may begin later than what happened
// last.
static int64_t end_of_stall(struct simulation *sim) {
    REQUIRE(sim->end.time_ns == SIM_TIME_NEVER);
    int64_t end_ns = last_endless_ns(sim->options->scenario);
    for (size_t i = 0; i < sim->options->phase_count; i++) {
        int64_t phase_ns = last_endless_ns(sim->options->phases[i].scenario);
        end_ns = phase_ns > end_ns ? phase_ns : end_ns;
    }
    int64_t every_ns = sim->evaluator.every_ns;
    if (end_ns < sim->engine.now_ns || (every_ns > 0 && end_ns / every_ns > EVALUATIONS_MAX)) {
        return sim->engine.now_ns;
    }
    while (evaluator_advance(&sim->evaluator, SIM_TIME_NEVER, end_ns)) {
    }
    return end_ns;
}

static int64_t end_of_run(struct simulation *sim, enum run_status status) {
    if ((status == RUN_COMPLETE || status == RUN_STALLED) && sim->end.time_ns != SIM_TIME_NEVER) {
        return sim->end.time_ns;
    }
    if (status == RUN_STALLED) {
        return end_of_stall(sim);
    }
    int64_t next_ns = engine_next_time(&sim->engine);
    int64_t before_ns = sim->options->evaluate_before_ns;
    bool more = status == RUN_INTERRUPTED;
    while (more) {
        more = evaluator_advance(&sim->evaluator, before_ns < next_ns ? before_ns : next_ns,
                                 sim->end.time_ns);
    }
    // It may have been interrupted between evaluations that come before the next event.
    int64_t evaluated_ns = sim->evaluator.last_time_ns;
    ENSURE(evaluated_ns <= next_ns);
    return evaluated_ns > sim->engine.now_ns ? evaluated_ns : sim->engine.now_ns;
}

struct simulation_result simulation_run(const struct simulation_options *options) {
    struct simulation *sim = simulation_state_create(options);
    local_run_create(sim);
    simulation_missing_create(sim);
    sim->service.known = sim->local == NULL;
    sim->looks_ahead = sim->local == NULL && options->scenario->cluster.workers > WORKERS_IN_CACHE;
    struct simulation_result result = {0};
    row_output_start(&sim->output, options->header);
    simulation_schedule(sim, options->scenario->cluster.start_up_ns, HAPPENS_START, 0, 0);
    result.rerun_differs = options->checkpoint != NULL && !run_again(sim);
    result.status = result.rerun_differs ? RUN_FAILED : run_events(sim);
    result.end_ns = end_of_run(sim, result.status);
    simulation_tell_incidents(sim, result.end_ns);
    if (result.status != RUN_FAILED && sim->incidents != NULL && incidents_flood(sim)) {
        result.status = RUN_FAILED; // not all are told that began by the end
    }
    result.events = sim->engine.events_happened;
    result.short_of_room = result.status == RUN_INTERRUPTED && sim->short_of_room;
    result.sink_failed = sim->sink_failed;
    if (result.status == RUN_STALLED) {
        result.stalled_since_ns = simulation_progress_ended_ns(sim);
    }
    memcpy(result.failure, sim->failure, sizeof result.failure);
    bool says_why = result.failure[0] != 0;
    ENSURE(says_why == (result.status == RUN_FAILED || result.status == RUN_STALLED));
    evaluator_finish(&sim->evaluator, result.end_ns, run_status_has_ended(result.status));
    INVARIANT(simulation_staleness_adds_up(sim));
    simulation_end(sim, &result);
    local_run_destroy(sim);
    simulation_missing_destroy(sim);
    simulation_state_destroy(sim);
    return result;
}
