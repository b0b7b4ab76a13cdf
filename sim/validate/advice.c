// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/validate/advice.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/summary.h"
#include "sim/run/run_timing.h"
#include "sim/validate/theory_rate.h"

static enum status check_scenario(const struct scenario *scenario, struct error *error) {
    const struct policy_entry *policy = &policy_table[scenario->training.policy.policy];
    REQUIRE(policy->name != NULL);
    if (!policy->has_threshold) {
        return error_set(error, STATUS_BAD_DATA,
                         "policy %s has no threshold to advise on; hybrid, k_sync, k_batch_sync, "
                         "k_async, k_batch_async and fedbuff have one (--set policy.name=hybrid)",
                         policy->name);
    }
    if (scenario->past[0] != 0) {
        return error_set(error, STATUS_BAD_DATA,
                         "this run changes midway, and one K for all of it says nothing; advise on "
                         "the scenario without 'past'");
    }
    return STATUS_OK;
}

static struct scenario with_threshold(const struct scenario *scenario, int32_t threshold) {
    struct scenario one = *scenario;
    REQUIRE(threshold >= 1 && threshold <= scenario->cluster.workers);
    one.training.policy.threshold.schedule = SCHEDULE_CONSTANT;
    one.training.policy.threshold.start = threshold;
    one.evaluation.every_ns = 0;
    one.log = (struct log_options){0};
    return one;
}

static struct advice_row row_of(const struct scenario *scenario, int32_t threshold,
                                const struct summary *summary) {
    double seconds = sim_time_to_seconds(summary->end_ns - summary->start_up_ns);
    REQUIRE(threshold >= 1);
    struct advice_row row = {.threshold = threshold,
                             .gradients_per_s =
                                 (double)summary->sums.outcomes[OUTCOME_APPLIED] / seconds,
                             .updates_per_s = (double)summary->sums.updates / seconds,
                             .staleness = summary->staleness_mean,
                             .server_load = summary->server_load,
                             .idle_share = 1 - summary->busy_share,
                             .waiting_share = summary->waiting_share,
                             .server_most = theory_rate_server(scenario)};
    row.theory = theory_rate(scenario, &row.formula);
    return row;
}

static enum status look_at(const struct scenario *scenario, struct run_shape shape,
                           int32_t threshold, struct advice *advice, struct error *error) {
    struct summary_accumulator accumulator;
    struct simulation_result result;
    struct scenario one = with_threshold(scenario, threshold);
    struct run_sink sink = summary_sink(&accumulator);
    struct run_timing_options options = {.scenario = &one, .shape = shape, .sink = &sink};
    enum status status = run_timing(&options, &result, error);
    REQUIRE(advice->count < (size_t)scenario->cluster.workers);
    if (status == STATUS_OK && result.status == RUN_FAILED) {
        status = error_set(error, STATUS_BAD_DATA, "K = %d: %s", threshold, result.failure);
    }
    if (status == STATUS_OK && accumulator.summary.end_ns <= accumulator.summary.start_up_ns) {
        status = error_set(error, STATUS_BAD_DATA, "the run ends before its start-up is over");
    }
    if (status == STATUS_OK) {
        advice->stalled |= result.status == RUN_STALLED;
        advice->rows[advice->count++] = row_of(&one, threshold, &accumulator.summary);
    }
    return status;
}

static enum status choose(struct advice *advice, struct error *error) {
    REQUIRE(advice->count > 0);
    for (size_t i = 1; i < advice->count; i++) {
        if (advice->rows[i].gradients_per_s > advice->rows[advice->best].gradients_per_s) {
            advice->best = i;
        }
    }
    double most = advice->rows[advice->best].gradients_per_s;
    if (!(most > 0)) {
        return error_set(error, STATUS_BAD_DATA,
                         "no gradient is applied before the end, whatever the threshold: let the "
                         "run be longer (--set end='100 s')");
    }
    while (advice->rows[advice->recommended].gradients_per_s < (1 - ADVICE_WITHIN) * most) {
        advice->recommended++;
    }
    return STATUS_OK;
}

enum status advice_make(const struct scenario *scenario, const struct advice_options *options,
                        struct advice *advice, struct error *error) {
    REQUIRE(scenario != NULL && options != NULL);
    int32_t workers = scenario->cluster.workers;
    struct run_shape shape = {0};
    *advice = (struct advice){0};
    enum status status = check_scenario(scenario, error);
    if (status == STATUS_OK) {
        status = run_shape_find(scenario, options->data_folder, &shape, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    snprintf(advice->policy, sizeof advice->policy, "%s",
             policy_table[scenario->training.policy.policy].name);
    advice->rows = memory_allocate((size_t)workers, sizeof *advice->rows);
    for (int32_t k = 1; k <= workers && status == STATUS_OK; k++) {
        status = look_at(scenario, shape, k, advice, error);
        if (options->progress != NULL) {
            options->progress(options->progress_context, 0, (double)k / workers);
        }
    }
    if (status == STATUS_OK) {
        status = choose(advice, error);
    }
    if (status != STATUS_OK) {
        advice_reset(advice);
    }
    return status;
}

void advice_reset(struct advice *advice) {
    memory_free(advice->rows);
    *advice = (struct advice){0};
}
