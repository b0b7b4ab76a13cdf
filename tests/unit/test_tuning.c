// SPDX-License-Identifier: GPL-3.0-or-later
// tuning: each cell of a sweep gets the value that did best on seeds of the tuning's own. On a
// quadratic, where gradient descent with rate r shrinks the distance by 1 - r at each update: 0.5
// is better than 0.001 and 0.01, and 3 diverges in effect.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/sweep/sweep.h"
#include "sim/sweep/sweep_estimate.h"
#include "sim/sweep/sweep_folder.h"
#include "sim/sweep/sweep_manifest.h"
#include "sim/sweep/tuning.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"

enum { NOTICES_SIZE = 4096 };

static struct sweep_plan *plan_by(void **state, const char *values, const char *metric) {
    char path[SCRATCH_PATH_SIZE];
    char text[1024];
    struct sweep_plan *plan = NULL;
    struct error error = {0};
    scratch_write(state, "base.yaml",
                  "model: {name: quadratic, dimension: 4, noise: 0}\n"
                  "end: 2 s\n"
                  "evaluation: {every: 1 s}\n"
                  "cluster: {workers: 1}\n");
    snprintf(text, sizeof text,
             "scenario: base.yaml\n"
             "vary: {cluster.workers: [1, 2]}\n"
             "tune: {key: training.learning_rate, values: %s, rounds: 2, metric: %s}\n"
             "rounds: 3\n",
             values, metric);
    scratch_write(state, "sweep.yaml", text);
    if (sweep_plan_read(scratch_path(state, "sweep.yaml", path), NULL, 0, &plan, &error) !=
        STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return plan;
}

static struct sweep_plan *plan_of(void **state, const char *values) {
    return plan_by(state, values, "test_loss_final");
}

static void keep_notice(void *context, const char *sentence) {
    char *notices = context;
    size_t used = strlen(notices);
    snprintf(notices + used, NOTICES_SIZE - used, "%s\n", sentence);
}

struct call {
    int32_t shard;
    int32_t shards;
    bool retry;
};

static enum status carry_out_call(struct sweep_plan *plan, const char *folder,
                                  const struct call *call, char *notices, struct error *error) {
    struct sweep_options options = {.folder = folder,
                                    .jobs = 2,
                                    .shard = call->shard,
                                    .shards = call->shards,
                                    .retry = call->retry,
                                    .notice = keep_notice,
                                    .progress_context = notices};
    struct sweep_counts counts;
    notices[0] = 0;
    return sweep_carry_out(plan, &options, &counts, error);
}

static enum status carry_out(struct sweep_plan *plan, const char *folder, int32_t shard,
                             int32_t shards, char *notices, struct error *error) {
    const struct call call = {.shard = shard, .shards = shards};
    return carry_out_call(plan, folder, &call, notices, error);
}

// A value chosen on the seeds that are then compared would be chosen for its luck.
static void tuning__rounds__have_the_best_value_on_other_seeds(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char notices[NOTICES_SIZE];
    struct sweep_manifest manifest;
    struct error error = {0};
    struct sweep_plan *plan = plan_of(state, "[0.5, 0.001, 1.9]");
    assert_int_equal(sweep_plan_run_count(plan), 2 * 3 * 2);
    assert_int_equal(carry_out(plan, scratch_path(state, "out", folder), 0, 1, notices, &error),
                     STATUS_OK);
    assert_string_equal(notices, ""); // it is in the middle, though the first of the list
    assert_int_equal(sweep_manifest_read(folder, &manifest, &error), STATUS_OK);
    assert_int_equal(manifest.run_count, 2 * 3 * 2 + 2 * 3);
    for (size_t i = 0; i < rows(manifest.run_count); i++) {
        const struct sweep_manifest_run *run = &manifest.runs[i];
        assert_int_equal(run->role, i < 12 ? ROLE_TUNE : ROLE_ROUND);
        assert_true((run->seed > SWEEP_TUNE_SEEDS) == (run->role == ROLE_TUNE));
        assert_string_equal(run->values[0], run->cell == 0 ? "1" : "2");
        if (run->role == ROLE_ROUND) {
            assert_string_equal(run->values[1], "0.5");
        }
    }
    sweep_manifest_reset(&manifest);
    sweep_plan_destroy(plan);
}

// The best of those tried may be far from the best there is.
static void tuning__best_at_the_edge__is_flagged(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char notices[NOTICES_SIZE];
    struct error error = {0};
    struct sweep_plan *plan = plan_of(state, "[0.001, 0.5, 0.01]"); // the greatest
    assert_int_equal(carry_out(plan, scratch_path(state, "out", folder), 0, 1, notices, &error),
                     STATUS_OK);
    assert_non_null(strstr(notices, "cluster.workers=1: the best training.learning_rate is at the "
                                    "edge of the values that were tried: try further ones (0.5)"));
    assert_non_null(strstr(notices, "cluster.workers=2: the best"));
    sweep_plan_destroy(plan);
}

// Where every candidate is worth nothing, the first one is no choice, and at no edge either.
static void tuning__no_candidate_sound__is_recorded_and_told(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char notices[NOTICES_SIZE];
    struct sweep_manifest manifest;
    struct error error = {0};
    struct sweep_plan *plan = plan_of(state, "[1e28, 1e29, 1e30]");
    assert_int_equal(carry_out(plan, scratch_path(state, "out", folder), 0, 1, notices, &error),
                     STATUS_OK);
    assert_non_null(
        strstr(notices, "cluster.workers=1: no candidate was usable: each diverged, or has no such "
                        "metric; the rounds have the first, training.learning_rate=1e28\n"));
    assert_null(strstr(notices, "edge"));
    assert_int_equal(sweep_manifest_read(folder, &manifest, &error), STATUS_OK);
    assert_int_equal(manifest.run_count, 2 * 3 * 2 + 2 * 3);
    for (size_t i = 12; i < rows(manifest.run_count); i++) {
        assert_int_equal(manifest.runs[i].role, ROLE_UNTUNED);
        assert_string_equal(manifest.runs[i].values[1], "1e+28");
    }
    sweep_manifest_reset(&manifest);
    sweep_plan_destroy(plan);
}

static void expect_edge(const char *value, bool expected, const char *const *tried, size_t count) {
    if (tuning_is_at_edge(value, tried, count) != expected) {
        fail_msg("%s is%s at the edge", value, expected ? "" : " not");
    }
}

// "At the edge" is a statement about values, not about the order in which somebody wrote them.
static void tuning_is_at_edge__quantities__decides_by_value(void **state) {
    (void)state;
    static const char *const rates[] = {"0.01", "1", "0.05", "1e-3", "0.2"};
    static const char *const times[] = {"2 s", "500 ms", "1 min", "30 s"};
    static const char *const mixed[] = {"none", "10 ms", "20 ms", "30 ms"};
    static const char *const words[] = {"sync", "async", "hybrid"};
    static const char *const shares[] = {"1", "50 %", "2"};
    expect_edge("1", true, rates, 5);
    expect_edge("1e-3", true, rates, 5);
    expect_edge("0.01", false, rates, 5);
    expect_edge("0.2", false, rates, 5);
    expect_edge("500 ms", true, times, 4);
    expect_edge("1 min", true, times, 4);
    expect_edge("2 s", false, times, 4);
    expect_edge("30 s", false, times, 4);
    expect_edge("none", false, mixed, 4);
    expect_edge("10 ms", true, mixed, 4);
    expect_edge("20 ms", false, mixed, 4);
    expect_edge("sync", false, words, 3);
    expect_edge("hybrid", false, words, 3);
    expect_edge("50 %", false, shares, 3); // of which the others are no shares
    expect_edge("2", true, shares, 3);
    expect_edge("", false, words, 0);
    expect_edge("0.01", false, rates, 1); // there was no other
}

// How many rounds the plan in the folder has for a number of workers; *rate: their last value.
static size_t count_rounds(const char *folder, const char *workers, char rate[32]) {
    struct sweep_manifest manifest;
    size_t count = 0;
    assert_int_equal(sweep_manifest_read(folder, &manifest, NULL), STATUS_OK);
    for (size_t i = 0; i < rows(manifest.run_count); i++) {
        const struct sweep_manifest_run *run = &manifest.runs[i];
        if (run->role == ROLE_ROUND && strcmp(run->values[0], workers) == 0) {
            snprintf(rate, 32, "%s", run->values[1]);
            count++;
        }
    }
    sweep_manifest_reset(&manifest);
    return count;
}

// A value chosen among what is left after a failure is another one than --retry would choose; its
// rounds would be compared as if it had been tuned.
static void tuning__failed_run__holds_back_the_rounds_of_its_cell_alone(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char notices[NOTICES_SIZE];
    char rate[32] = "";
    struct error error = {0};
    scratch_path(state, "out", folder);
    assert_int_equal(mkdir(folder, 0777), 0);
    static const struct call calls[] = {{0, 1, false}, {0, 1, false}, {0, 1, true}};
    for (size_t i = 0; i < 3; i++) {
        struct sweep_plan *plan = plan_of(state, "[0.001, 0.5, 1.9]");
        if (i == 0) { // the best candidate of one worker, in the second round
            size_t run = sweep_plan_tune_run(plan, 1, 1);
            sweep_folder_note_failure(folder, sweep_plan_run(plan, run), 70, "it failed");
        }
        enum status status = carry_out_call(plan, folder, &calls[i], notices, &error);
        assert_int_equal(status, i < 2 ? STATUS_IO : STATUS_OK);
        assert_int_equal(count_rounds(folder, "2", rate), 3);
        assert_string_equal(rate, "0.5");
        assert_int_equal(count_rounds(folder, "1", rate), i < 2 ? 0 : 3);
        if (i < 2) {
            assert_string_equal(notices, "cluster.workers=1: 1 of 6 runs of the tuning failed: no "
                                         "training.learning_rate is chosen, and there are no "
                                         "rounds; --retry runs them again\n");
            assert_non_null(strstr(error.message, "1 of 15 runs failed"));
        }
        sweep_plan_destroy(plan);
    }
    assert_string_equal(notices, "");
    assert_string_equal(rate, "0.5");
}

// The shard that had the failure may be long gone; the others must not end as if all were well.
static void tuning__failed_run_of_another_shard__is_a_failure_here_too(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char notices[NOTICES_SIZE];
    struct error error = {0};
    scratch_path(state, "out", folder);
    assert_int_equal(mkdir(folder, 0777), 0);
    static const int32_t order[] = {0, 1, 0};
    static const enum status expected[] = {STATUS_INTERRUPTED, STATUS_IO, STATUS_IO};
    for (size_t i = 0; i < 3; i++) { // at first the other's part of the tuning is waited for
        struct sweep_plan *plan = plan_of(state, "[0.001, 0.5, 1.9]");
        if (i == 0) {
            sweep_folder_note_failure(folder, sweep_plan_run(plan, 0), 70, "it failed"); // of 0
        }
        assert_int_equal(carry_out(plan, folder, order[i], 2, notices, &error), expected[i]);
        if (i == 1) {
            assert_non_null(strstr(error.message, "cells without rounds, since runs of their "
                                                  "tuning in other shards failed: 1; "));
        }
        sweep_plan_destroy(plan);
    }
    assert_non_null(strstr(error.message, " runs failed before"));
}

// A failed or missing candidate must not win, and one that is not there must be waited for.
static void tuning__shards__wait_for_each_other(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char notices[NOTICES_SIZE];
    struct error error = {0};
    scratch_path(state, "out", folder);
    static const int32_t order[] = {1, 0, 1};
    static const enum status expected[] = {STATUS_INTERRUPTED, STATUS_OK, STATUS_OK};
    for (size_t i = 0; i < 3; i++) {
        struct sweep_plan *plan = plan_of(state, "[0.001, 0.5, 0.01]");
        assert_int_equal(carry_out(plan, folder, order[i], 2, notices, &error), expected[i]);
        sweep_plan_destroy(plan);
    }
    assert_non_null(strstr(error.message, "6 runs of the tuning, of other shards, are not done"));
    struct sweep_plan *plan = plan_of(state, "[0.001, 0.5, 0.01]");
    size_t missing = 1;
    size_t without = 1;
    assert_int_equal(tuning_missing(folder, plan, &missing, NULL), STATUS_OK);
    assert_int_equal(missing, 0);
    assert_int_equal(tuning_choose(folder, plan, NULL, NULL, &without, NULL), STATUS_OK);
    assert_int_equal(without, 0);
    struct sweep_estimate estimate;
    assert_int_equal(sweep_estimate_of(folder, NULL, plan, &estimate, &error), STATUS_OK);
    assert_int_equal(estimate.done, 18);
    assert_int_equal(estimate.missing, 0);
    assert_true(estimate.run_seconds < 1e-9);
    char path[RUN_PATH_SIZE];
    run_path(folder, sweep_plan_run(plan, 17)->hash, RUN_LOG_ENDING, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(sweep_estimate_of(folder, NULL, plan, &estimate, &error), STATUS_OK);
    assert_int_equal(estimate.missing, 1);
    assert_true(estimate.run_seconds > 0);
    assert_int_equal(estimate.finished, 4); // of its cell: two of the tuning, two rounds
    assert_int_equal(estimate.predicted, 0);
    sweep_plan_destroy(plan);
}

// Stops when the tuning is done.
struct stop {
    volatile sig_atomic_t now;
    size_t after;
};

static void stop_after(void *context, const struct sweep_counts *counts, const char *failure) {
    struct stop *stop = context;
    (void)failure;
    stop->now = counts->finished == stop->after;
}

static size_t planned_runs(const char *folder) {
    struct sweep_manifest manifest;
    assert_int_equal(sweep_manifest_read(folder, &manifest, NULL), STATUS_OK);
    size_t count = manifest.run_count;
    sweep_manifest_reset(&manifest);
    return count;
}

// Ended between the tuning and the rounds a sweep must not say that it is done; and a sweep that is
// done must not lose its rounds from the plan while another call looks at it.
static void tuning__interrupts__lose_no_rounds(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char notices[NOTICES_SIZE];
    struct sweep_counts counts;
    struct error error = {0};
    struct stop stop = {.after = 12};
    struct sweep_options options = {.folder = scratch_path(state, "out", folder),
                                    .jobs = 2,
                                    .interrupted = &stop.now,
                                    .progress = stop_after,
                                    .progress_context = &stop};
    struct sweep_plan *plan = plan_of(state, "[0.001, 0.5, 0.01]");
    assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_INTERRUPTED);
    assert_int_equal(counts.finished, 12);
    sweep_plan_destroy(plan);
    plan = plan_of(state, "[0.001, 0.5, 0.01]");
    assert_int_equal(carry_out(plan, folder, 0, 1, notices, &error), STATUS_OK);
    sweep_plan_destroy(plan);
    size_t planned = planned_runs(folder);
    assert_true(planned > 12);
    plan = plan_of(state, "[0.001, 0.5, 0.01]");
    stop.now = 1;
    assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_INTERRUPTED);
    assert_int_equal(planned_runs(folder), planned);
    sweep_plan_destroy(plan);
}

// A run that diverged has a best loss from before: if that counted, it would win over candidates
// that hardly move, and the rounds would all diverge.
static void tuning__a_diverged_candidate__does_not_win_by_what_it_had_before(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char notices[NOTICES_SIZE];
    char rate[32] = "";
    struct error error = {0};
    struct sweep_plan *plan = plan_by(state, "[1e30, 1e-30]", "test_loss_best");
    assert_int_equal(carry_out(plan, scratch_path(state, "out", folder), 0, 1, notices, &error),
                     STATUS_OK);
    assert_int_equal(count_rounds(folder, "1", rate), 3);
    assert_string_equal(rate, "1e-30");
    sweep_plan_destroy(plan);
}

// Candidates that come to the same to the last bit do not depend on the key: the first is taken,
// and it is not said to be at an edge, beyond which nothing would be better.
static void tuning__equal_candidates__are_at_no_edge(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char notices[NOTICES_SIZE];
    char rate[32] = "";
    struct error error = {0};
    struct sweep_plan *plan = plan_of(state, "[1e-30, 2e-30, 3e-30]");
    assert_int_equal(carry_out(plan, scratch_path(state, "out", folder), 0, 1, notices, &error),
                     STATUS_OK);
    assert_string_equal(notices, "");
    assert_int_equal(count_rounds(folder, "1", rate), 3);
    assert_string_equal(rate, "1e-30");
    sweep_plan_destroy(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tuning__rounds__have_the_best_value_on_other_seeds,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(tuning__best_at_the_edge__is_flagged, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(tuning__no_candidate_sound__is_recorded_and_told,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(tuning_is_at_edge__quantities__decides_by_value),
        cmocka_unit_test_setup_teardown(tuning__failed_run__holds_back_the_rounds_of_its_cell_alone,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(tuning__failed_run_of_another_shard__is_a_failure_here_too,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(tuning__shards__wait_for_each_other, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(tuning__interrupts__lose_no_rounds, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(
            tuning__a_diverged_candidate__does_not_win_by_what_it_had_before, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(tuning__equal_candidates__are_at_no_edge, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("tuning", tests, NULL, NULL);
}
