// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/run_prediction.h"

#include <signal.h>
#include <stddef.h>

#include "sim/base/check.h"
#include "sim/base/wall_clock.h"
#include "sim/run/run_timing.h"
#include "sim/simulation/evaluation.h"
#include "sim/simulation/run_end.h"
#include "sim/training/aggregation.h"

struct counting {
    const struct scenario *scenario;
    int64_t train_count;
    struct evaluation_progress done;
    int64_t every_ns; // of the evaluations; 0: only one, at the end, or by counts
    int64_t reached;  // multiples, by counts
    int64_t seen_at;  // the evaluation that sees the latest update, from 1; 0: none yet
    int64_t closed;   // gradients, whatever became of them
    int64_t closed_max;
    int64_t applied;
    int64_t updates;
    int64_t evaluations; // that see something new
    volatile sig_atomic_t enough;
};

static void count_gradient(void *context, int64_t index, const struct gradient_row *row,
                           const int32_t *samples) {
    struct counting *counting = context;
    (void)index;
    (void)samples;
    counting->applied += row->outcome == OUTCOME_APPLIED;
    counting->enough = ++counting->closed >= counting->closed_max;
}

// An evaluation at k * every sees all updates up to then.
static void count_update(void *context, const struct update_row *row) {
    struct counting *counting = context;
    struct evaluation_progress *done = &counting->done;
    const struct end_options *by_count = &counting->scenario->evaluation.by_count;
    int64_t reached = counting->reached;
    done->updates++;
    done->gradients += row->gradients;
    done->samples = done->gradients * run_end_samples_of_a_gradient(counting->scenario);
    counting->updates++;
    counting->reached = evaluation_multiples(by_count, done, counting->train_count);
    if (by_count->kind != END_TIME) {
        counting->evaluations += counting->reached > reached;
        return;
    }
    int64_t every_ns = counting->every_ns;
    int64_t seen_at = every_ns == 0 ? 1 : row->time_ns / every_ns + (row->time_ns % every_ns != 0);
    INVARIANT(seen_at >= counting->seen_at);
    counting->evaluations += seen_at != counting->seen_at;
    counting->seen_at = seen_at;
}

// False: the files of its measured times are not there.
static bool simulate(const struct scenario *scenario, struct run_shape shape,
                     const struct run_sink *sink, const volatile sig_atomic_t *enough,
                     struct simulation_result *result) {
    REQUIRE(enough != NULL);
    struct run_timing_options options = {scenario, shape, sink, enough};
    return run_timing(&options, result, NULL) == STATUS_OK;
}

static double applied_at_end(const struct scenario *scenario, int64_t train_count) {
    REQUIRE(scenario->end.kind == END_GRADIENTS || scenario->end.kind == END_EPOCHS);
    double samples =
        (double)scenario->training.batch * (double)policy_local_steps(&scenario->training.policy);
    return scenario->end.kind == END_EPOCHS ? scenario->end.epochs * (double)train_count / samples
                                            : (double)scenario->end.count;
}

// The part of the run that was simulated; 1 if that cannot be told.
static double part_done(const struct scenario *scenario, int64_t train_count,
                        const struct counting *counting, int64_t now_ns) {
    REQUIRE(scenario->end.kind < END_KIND_COUNT);
    int64_t start_ns = scenario->cluster.start_up_ns;
    double part = 1;
    switch (scenario->end.kind) {
    case END_TIME:
        part = (double)(now_ns - start_ns) / (double)(scenario->end.time_ns - start_ns);
        break;
    case END_UPDATES:
        part = (double)counting->updates / (double)scenario->end.count;
        break;
    case END_GRADIENTS:
    case END_EPOCHS:
        part = (double)counting->applied / applied_at_end(scenario, train_count);
        break;
    case END_KIND_COUNT:
        break;
    }
    return part > 0 && part < 1 ? part : 1;
}

// The mean of local models changes with every gradient, so each evaluation sees another one.
static double evaluations_of(const struct scenario *scenario, const struct counting *counting,
                             int64_t end_ns) {
    REQUIRE(scenario->evaluation.every_ns >= 0);
    bool local =
        policy_table[scenario->training.policy.policy].averaging.family != AVERAGING_FAMILY_NONE;
    int64_t every_ns = scenario->evaluation.every_ns;
    return local && every_ns > 0 ? (double)end_ns / (double)every_ns
                                 : (double)counting->evaluations;
}

struct run_prediction run_predict(const struct scenario *scenario, int64_t parameter_count,
                                  int64_t train_count, int64_t gradients_max) {
    REQUIRE(gradients_max >= 1);
    struct counting counting = {.scenario = scenario,
                                .train_count = train_count,
                                .every_ns = scenario->evaluation.every_ns,
                                .closed_max = gradients_max};
    struct run_sink sink = {
        .context = &counting, .gradient = count_gradient, .update = count_update};
    double start = wall_clock_seconds();
    struct simulation_result result = {.status = RUN_FAILED};
    struct run_shape shape = {parameter_count, train_count};
    simulate(scenario, shape, &sink, &counting.enough, &result);
    double seconds = wall_clock_seconds() - start;
    bool extrapolated = result.status == RUN_INTERRUPTED;
    double part = extrapolated ? part_done(scenario, train_count, &counting, result.end_ns) : 1;
    bool once =
        scenario->evaluation.every_ns == 0 && scenario->evaluation.by_count.kind == END_TIME;
    double seen = evaluations_of(scenario, &counting, result.end_ns);
    return (struct run_prediction){.gradients = (double)counting.applied / part,
                                   .updates = (double)counting.updates / part,
                                   .evaluations = 1 + (once ? seen : seen / part),
                                   .seconds = seconds / part,
                                   .extrapolated = extrapolated};
}

// ---- whether it trains at all ----

struct looking {
    uint32_t kind; // of event
    int64_t events;
    bool found;
    volatile sig_atomic_t enough;
};

static void look_for_event(void *context, const struct event_row *row) {
    enum { EVENTS_MAX = 1000000 };
    struct looking *looking = context;
    looking->found |= row->kind == looking->kind;
    looking->enough = looking->found || ++looking->events >= EVENTS_MAX;
}

// Simulates up to the first update, or up to the first step of a worker's own model. False: that
// could not be done.
static bool look(const struct scenario *scenario, struct looking *looking,
                 struct simulation_result *result) {
    struct scenario silent = *scenario;
    bool has_server =
        policy_table[scenario->training.policy.policy].averaging.family == AVERAGING_FAMILY_NONE;
    REQUIRE(looking->events == 0);
    looking->kind = has_server ? EVENT_UPDATED : EVENT_READY;
    silent.evaluation.every_ns = 0;
    silent.evaluation.by_count.kind = END_TIME;
    struct run_sink sink = {.context = looking, .event = look_for_event};
    return simulate(&silent, run_shape_expect(scenario), &sink, &looking->enough, result);
}

bool run_predicts_training(const struct scenario *scenario) {
    struct looking looking = {0};
    struct simulation_result result;
    if (scenario->end.kind != END_TIME) {
        return true;
    }
    if (scenario->end.time_ns <= scenario->cluster.start_up_ns) {
        return false;
    }
    return !look(scenario, &looking, &result) || looking.enough;
}

bool run_predicts_losses_alone(const struct scenario *scenario, int64_t *until_ns) {
    struct looking looking = {0};
    struct simulation_result result;
    struct scenario first = *scenario;
    first.end.kind = END_UPDATES; // and one is enough
    first.end.count = 1;
    REQUIRE(until_ns != NULL);
    if (!incident_plans_have(&scenario->cluster.events, INCIDENT_CRASH) ||
        scenario->end.kind == END_TIME || !look(&first, &looking, &result)) {
        return false;
    }
    *until_ns = result.end_ns;
    return !looking.found;
}

// ---- whether its server keeps up ----

struct queueing {
    int64_t waiting; // arrived, and neither received nor lost; at least, where workers crash
    int64_t events;
    volatile sig_atomic_t enough;
};

static void count_waiting(void *context, const struct event_row *row) {
    enum { EVENTS_MAX = 300000 };
    struct queueing *queueing = context;
    queueing->waiting += row->kind == EVENT_ARRIVED;
    queueing->waiting -= row->kind == EVENT_RECEIVED || row->kind == EVENT_LOST;
    queueing->enough = ++queueing->events >= EVENTS_MAX;
}

// What is dropped does not bring the end nearer.
static bool may_be_flooded(const struct scenario *scenario) {
    const struct policy_options *policy = &scenario->training.policy;
    const struct aggregation *server = aggregation_of(policy->policy);
    REQUIRE(policy->policy < POLICY_COUNT);
    return scenario->end.kind != END_TIME && server != NULL && server->drops != NULL &&
           server->goes_on != NULL && server->goes_on(policy, INT64_MAX, 0);
}

bool run_predicts_flood(const struct scenario *scenario, int64_t *until_ns, int64_t *waiting) {
    enum { FLOOD_LEAST = 10000 };
    struct queueing queueing = {0};
    struct simulation_result result;
    struct scenario silent = *scenario;
    struct run_sink sink = {.context = &queueing, .event = count_waiting};
    REQUIRE(until_ns != NULL && waiting != NULL);
    silent.evaluation.every_ns = 0;
    silent.evaluation.by_count.kind = END_TIME;
    if (!may_be_flooded(scenario) ||
        !simulate(&silent, run_shape_expect(scenario), &sink, &queueing.enough, &result) ||
        result.status != RUN_INTERRUPTED || queueing.waiting < FLOOD_LEAST) {
        return false;
    }
    *until_ns = result.end_ns;
    *waiting = queueing.waiting;
    return true;
}
