// SPDX-License-Identifier: GPL-3.0-or-later
// How long an update takes where the server takes no time.
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/validate/theory.h"
#include "sim/validate/worker_times.h"

static const double ns_per_s = 1e9;

bool theory_policy_is(const struct scenario *scenario, const char *name) {
    REQUIRE(name != NULL);
    return strcmp(policy_table[scenario->training.policy.policy].name, name) == 0;
}

int32_t theory_threshold(const struct scenario *scenario) {
    const struct policy_options *policy = &scenario->training.policy;
    int32_t workers = scenario->cluster.workers;
    if (policy_table[policy->policy].has_threshold) {
        REQUIRE(policy->threshold.start >= 0);
        return policy->threshold.start == THRESHOLD_WORKERS ? workers
                                                            : (int32_t)policy->threshold.start;
    }
    if (theory_policy_is(scenario, "backup")) {
        return workers - policy->backup_workers;
    }
    if (theory_policy_is(scenario, "n_softsync")) {
        return workers / policy->splits;
    }
    return theory_policy_is(scenario, "sync") ? workers : 1;
}

// Without slack all workers of ssp meet, and P updates are one period of theirs.
double theory_order_statistic(const struct scenario *scenario) {
    bool meets = theory_policy_is(scenario, "ssp");
    int32_t workers = scenario->cluster.workers;
    struct worker_time *times = worker_times_create(scenario);
    REQUIRE(!meets || scenario->training.policy.slack == 0);
    double ns =
        order_statistic_mean_ns(times, workers, meets ? workers : theory_threshold(scenario));
    memory_free(times);
    return ns / ns_per_s / (meets ? workers : 1);
}

static double harmonic_difference(int32_t workers, int32_t rank) {
    double sum = 0;
    for (int32_t i = workers - rank + 1; i <= workers; i++) {
        sum += 1.0 / i;
    }
    return sum;
}

double theory_harmonic(const struct scenario *scenario) {
    const struct distribution *law = &scenario->cluster.compute;
    double shift = distribution_least(law);
    double sum = harmonic_difference(scenario->cluster.workers, theory_threshold(scenario));
    return (shift + (distribution_mean(law) - shift) * sum) / ns_per_s;
}

double theory_uniform_rank(const struct scenario *scenario) {
    const struct distribution *law = &scenario->cluster.compute;
    double least = distribution_least(law);
    double rank = theory_threshold(scenario) / (scenario->cluster.workers + 1.0);
    return (least + 2 * (distribution_mean(law) - least) * rank) / ns_per_s;
}

double theory_local_period(const struct scenario *scenario) {
    double steps = (double)scenario->training.policy.averaging.steps;
    int32_t workers = scenario->cluster.workers;
    struct distribution sum = scenario->cluster.compute;
    struct worker_time *times = memory_allocate((size_t)workers, sizeof *times);
    REQUIRE(strcmp(law_table[sum.law].name, "gamma") == 0 && sum.at_most == 0);
    sum.parameters[0] *= steps; // the mean
    sum.parameters[1] /= sqrt(steps);
    for (int32_t i = 0; i < workers; i++) {
        times[i] = (struct worker_time){&sum, 1, 0};
    }
    double ns = order_statistic_mean_ns(times, workers, workers);
    memory_free(times);
    return ns / ns_per_s;
}

// Until the N-th fresh gradient: "applied" are in, "stale" workers compute what will be dropped.
// Any of those at work is the next to be over.
static double time_left(int32_t workers, int32_t needed, int32_t applied, int32_t stale) {
    if (applied == needed) {
        return 0;
    }
    double working = workers - applied;
    double sum = 1 / working;
    if (stale > 0) {
        sum += stale / working * time_left(workers, needed, applied, stale - 1);
    }
    if (working > stale) {
        sum += (working - stale) / working * time_left(workers, needed, applied + 1, stale);
    }
    return sum;
}

double theory_stragglers_finish(const struct scenario *scenario) {
    int32_t backup = scenario->training.policy.backup_workers;
    return distribution_mean(&scenario->cluster.compute) / ns_per_s *
           time_left(scenario->cluster.workers, theory_threshold(scenario), 0, backup);
}

double theory_batch_form(const struct scenario *scenario) {
    struct worker_time *times = worker_times_create(scenario);
    double rate = 0; // minibatches a ns
    for (int32_t i = 0; i < scenario->cluster.workers; i++) {
        rate += 1 / worker_time_mean_ns(&times[i]);
    }
    memory_free(times);
    double minibatches =
        (double)policy_local_steps(&scenario->training.policy) * (double)theory_threshold(scenario);
    return minibatches / rate / ns_per_s;
}

// ---- phases that come and go ----

static const struct incident_plan *only_event(const struct scenario *scenario) {
    REQUIRE(scenario->cluster.events.count == 1);
    const struct incident_plan *event = &scenario->cluster.events.entries[0];
    REQUIRE(event->every.own && event->duration.own);
    return event;
}

// The share of the time, in the long run, in which the event is not there.
static double share_without(const struct incident_plan *event) {
    double without = distribution_mean(&event->every.law);
    return without / (without + distribution_mean(&event->duration.law));
}

double theory_availability(const struct scenario *scenario) {
    return theory_batch_form(scenario) / share_without(only_event(scenario));
}

double theory_slow_phases(const struct scenario *scenario) {
    const struct incident_plan *event = only_event(scenario);
    double share = share_without(event);
    return theory_batch_form(scenario) / (share + (1 - share) / event->slowdown);
}

// Both exponential, rates f (fails) and r (returns), up at 0: down at t with chance q (1 - e^(-(f +
// r) t)), q = f / (f + r); over 0..T.
double theory_down_share(const struct scenario *scenario) {
    const struct incident_plan *event = only_event(scenario);
    REQUIRE(scenario->end.kind == END_TIME);
    double fails = 1 / distribution_mean(&event->every.law);
    double both = fails + 1 / distribution_mean(&event->duration.law);
    double end = (double)scenario->end.time_ns;
    return fails / both * (1 + expm1(-both * end) / (both * end));
}
