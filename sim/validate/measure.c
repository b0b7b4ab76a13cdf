// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/validate/measure.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"

// ---- times of updates ----

// The time from the first-th update to the last, for each of those between. NaN: too few.
static double update_ns_from(const struct runlog *log, size_t first) {
    if (log->update_count < first + 2) {
        return (double)NAN;
    }
    size_t last = log->update_count - 1;
    int64_t span_ns = log->updates[last].time_ns - log->updates[first].time_ns;
    return (double)span_ns / (double)(last - first);
}

double measure_update_s(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    return update_ns_from(log, log->update_count / 5) / (double)NS_PER_S;
}

double measure_update_ns(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    return update_ns_from(log, log->update_count / 2);
}

double measure_rate(const struct scenario *scenario, const struct runlog *log) {
    double gradients = 0;
    size_t first = log->update_count / 5;
    for (size_t i = first + 1; i < log->update_count; i++) {
        gradients += (double)log->updates[i].gradients;
    }
    double updates = (double)log->update_count - 1 - (double)first;
    return gradients / updates / measure_update_s(scenario, log);
}

// ---- gradients ----

static bool is_warm(const struct runlog *log, const struct gradient_row *row) {
    return row->version_applied >= (int64_t)log->update_count / 5; // -1: not applied
}

double measure_response_s(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    double sum_ns = 0;
    double count = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        if (is_warm(log, row)) {
            sum_ns += (double)(row->received_ns - row->arrived_ns);
            count++;
        }
    }
    return sum_ns / count / (double)NS_PER_S;
}

// Spans and attempts are drawn at the dispatch, so that all count, those under way, too.
double measure_push_attempts(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    double sum = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        sum += (double)log->gradients[i].push_attempts;
    }
    return sum / (double)log->gradient_count;
}

double measure_reply_attempts(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    double sum = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        sum += (double)log->gradients[i].reply_attempts;
    }
    return sum / (double)log->gradient_count;
}

double measure_push_s(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    double sum_ns = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        sum_ns += (double)log->gradients[i].push_ns;
    }
    return sum_ns / (double)log->gradient_count / (double)NS_PER_S;
}

// ---- reductions, workers ----

double measure_retries(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    double sum = 0;
    for (size_t i = 0; i < log->reduction_count; i++) {
        sum += (double)log->reductions[i].retries;
    }
    return sum / (double)log->reduction_count;
}

double measure_all_reduce_ns(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    double span_ns = (double)NAN;
    for (size_t i = 0; i < log->reduction_count; i++) {
        if (log->reductions[i].span_ns != log->reductions[0].span_ns) {
            return (double)NAN;
        }
        span_ns = (double)log->reductions[i].span_ns;
    }
    return span_ns;
}

double measure_down_share(const struct scenario *scenario, const struct runlog *log) {
    double down_ns = 0;
    for (int32_t i = 0; i < log->ending.worker_count; i++) {
        down_ns += (double)log->ending.workers[i].down_ns;
    }
    return down_ns / (double)log->ending.end_ns / scenario->cluster.workers;
}

double measure_spread(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    double sum = 0;
    size_t first = log->reduction_count / 5;
    for (size_t i = first; i < log->reduction_count; i++) {
        sum += log->reductions[i].spread * log->reductions[i].spread;
    }
    return sum / (double)(log->reduction_count - first);
}

// ---- staleness ----

double measure_staleness(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    double sum = 0;
    double count = 0;
    for (size_t i = log->update_count / 5; i < log->update_count; i++) {
        double gradients = (double)log->updates[i].gradients;
        sum += gradients * log->updates[i].staleness_mean;
        count += gradients;
    }
    return sum / count;
}

double measure_staleness_most(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    int64_t most = 0;
    for (size_t i = 0; i < log->update_count; i++) {
        most = log->updates[i].staleness_max > most ? log->updates[i].staleness_max : most;
    }
    return log->update_count > 0 ? (double)most : (double)NAN;
}

double measure_gradient_staleness(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario != NULL);
    double sum = 0;
    double count = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        if (is_warm(log, row)) {
            sum += (double)row->staleness_gradients;
            count++;
        }
    }
    return sum / count;
}

// A reply that has left and started no gradient yet is open, too.
static int64_t replies_under_way(const struct runlog *log, int32_t workers, int64_t version) {
    int64_t *carried = memory_allocate((size_t)workers, sizeof *carried); // + 1; 0: none
    int64_t sum = 0;
    for (size_t i = 0; i < log->event_count; i++) {
        const struct event_row *event = &log->events[i];
        if (event->kind == EVENT_REPLIED) {
            carried[event->actor] = event->version + 1;
        } else if (event->kind == EVENT_DISPATCHED) {
            carried[event->actor] = 0;
        }
    }
    for (int32_t i = 0; i < workers; i++) {
        sum += carried[i] > 0 ? version - (carried[i] - 1) : 0;
    }
    memory_free(carried);
    return sum;
}

static bool workers_wait(const struct policy_options *policy) {
    const char *name = policy_table[policy->policy].name;
    return strcmp(name, "sync") == 0 || strcmp(name, "k_async") == 0 ||
           (strcmp(name, "hybrid") == 0 && policy->pushed_worker == PUSHED_WAITS);
}

double measure_staleness_excess(const struct scenario *scenario, const struct runlog *log) {
    int32_t workers = scenario->cluster.workers;
    int64_t version = (int64_t)log->update_count;
    int64_t sum = replies_under_way(log, workers, version);
    REQUIRE(log->header.events);
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        bool applied = row->outcome == OUTCOME_APPLIED;
        sum += (applied ? row->version_applied : version) - row->version_read;
    }
    for (size_t i = 0; i < log->update_count; i++) {
        bool waits = workers_wait(&scenario->training.policy);
        sum -= workers - (waits ? log->updates[i].gradients : 1);
    }
    return log->update_count > 0 ? (double)sum : (double)NAN;
}

double measure_lead(const struct scenario *scenario, const struct runlog *log) {
    int32_t workers = scenario->cluster.workers;
    int64_t *clocks = memory_allocate((size_t)workers, sizeof *clocks);
    int64_t most = -1;
    REQUIRE(log->header.events);
    for (size_t i = 0; i < log->event_count; i++) {
        const struct event_row *event = &log->events[i];
        if (event->kind == EVENT_RECEIVED) {
            clocks[event->actor]++;
        }
        for (int32_t w = 0; w < workers && event->kind == EVENT_DISPATCHED; w++) {
            int64_t lead = event->gradient - clocks[w];
            most = lead > most ? lead : most;
        }
    }
    memory_free(clocks);
    return most >= 0 ? (double)most : (double)NAN;
}

// ---- parameters ----

double measure_mean_square(const struct scenario *scenario, const struct runlog *log) {
    double sum = 0;
    REQUIRE(scenario->quadratic.dimension == (int32_t)log->header.parameter_count);
    for (size_t i = 0; i < log->header.parameter_count; i++) {
        sum += (double)log->ending.final[i] * (double)log->ending.final[i];
    }
    return sum / (double)log->header.parameter_count;
}

double measure_read_square(const struct scenario *scenario, const struct runlog *log) {
    double sum = 0;
    double count = 0;
    REQUIRE(scenario_has_model(scenario, "quadratic"));
    for (size_t i = 0; i < log->gradient_count; i++) {
        if (is_warm(log, &log->gradients[i])) {
            sum += log->gradients[i].loss;
            count++;
        }
    }
    return sum / count * 2 / scenario->quadratic.curvature / scenario->quadratic.dimension;
}

double measure_mean(const struct scenario *scenario, const struct runlog *log) {
    double sum = 0;
    REQUIRE(scenario->quadratic.dimension == (int32_t)log->header.parameter_count);
    for (size_t i = 0; i < log->header.parameter_count; i++) {
        sum += (double)log->ending.final[i];
    }
    return sum / (double)log->header.parameter_count;
}

static double largest_loss(const struct runlog *log, size_t first, size_t end) {
    double largest = 0;
    for (size_t i = first; i < end; i++) {
        largest = fmax(largest, log->gradients[i].loss); // NaN, of one under way, is no number
    }
    return largest;
}

double measure_stable(const struct scenario *scenario, const struct runlog *log) {
    REQUIRE(scenario_computes(scenario));
    size_t count = log->gradient_count;
    double early = largest_loss(log, count / 10, count * 3 / 10);
    double late = largest_loss(log, count * 8 / 10, count);
    return late < early;
}
