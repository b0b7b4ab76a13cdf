// SPDX-License-Identifier: GPL-3.0-or-later
// run_prediction and sweep_estimate: the time of a plan is only as good as the counts that it is
// made of, and these can be exact.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/run/run_prediction.h"
#include "sim/run/run_record.h"
#include "sim/sweep/sweep.h"
#include "sim/sweep/sweep_estimate.h"
#include "tests/support/expect.h"
#include "tests/support/hdf5_file.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

enum { PARAMETERS = 4, ALL = 1000000 };

static void quadratic(struct scenario *scenario, const char *policy, const char *end) {
    small_cluster_parse(scenario,
                        "model: {name: quadratic, dimension: %d}\n"
                        "policy: %s\n"
                        "end: %s\n"
                        "training: {learning_rate: 0.01}\n"
                        "evaluation: {every: 700 ms}\n"
                        "cluster: {workers: 5, compute: {law: exponential, mean: 100 ms}}\n",
                        PARAMETERS, policy, end);
}

static int64_t applied_in(const struct runlog *log) {
    int64_t applied = 0;
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        applied += log->gradients[i].outcome == OUTCOME_APPLIED;
    }
    return applied;
}

static const char *const policies[] = {
    "{name: sync}",
    "{name: async}",
    "{name: hybrid, threshold: {schedule: step, start: 1, every: 20}}",
    "{name: k_batch_sync, threshold: 2}",
    "{name: k_sync, threshold: 2}", // cancels
    "{name: ssp, slack: 2}",
    "{name: k_avg, steps: 4}",
};

static const char *const ends[] = {"10 s", "150 gradients", "40 updates"};

// The time goes into gradients: one predicted that is not computed, or the other way round, is an
// error of the simulation, not of the clock.
static void run_predict__whole_run__counts_what_the_run_computes(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
            struct scenario scenario;
            struct runlog log = {0};
            quadratic(&scenario, policies[i], ends[k]);
            struct run_prediction prediction = run_predict(&scenario, PARAMETERS, 0, ALL);
            small_cluster_run(&scenario, &log);
            if ((int64_t)prediction.gradients != applied_in(&log) ||
                (size_t)prediction.updates != log.update_count || prediction.extrapolated) {
                fail_msg("%s, %s: %g gradients and %g updates predicted, %zu updates made",
                         policies[i], ends[k], prediction.gradients, prediction.updates,
                         log.update_count);
            }
            runlog_reset(&log);
        }
    }
}

// Who is slow or away computes less.
static void run_predict__events__count_what_is_left(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log = {0};
    small_cluster_parse(&scenario, "model: none\nend: 60 s\npolicy: {name: sync}\n"
                                   "cluster: {workers: 25, compute: 1 s, events: {old: {event: "
                                   "slowdown, slowdown: 3, workers: 2, at: 0 s}}}\n");
    struct run_prediction prediction = run_predict(&scenario, 0, 0, ALL);
    small_cluster_run(&scenario, &log);
    assert_in_range(log.update_count, 19, 20);
    assert_int_equal((int64_t)prediction.gradients, applied_in(&log));
    assert_int_equal((size_t)prediction.updates, log.update_count);
    runlog_reset(&log);
}

// The parameters that a schedule sees anew are the versions that its rows show.
static void run_predict__evaluations__are_those_of_new_parameters(void **state) {
    (void)state;
    static const char *const served[] = {"{name: sync}", "{name: async}"};
    for (size_t i = 0; i < 2; i++) {
        struct scenario scenario;
        struct runlog log = {0};
        quadratic(&scenario, served[i], "10 s");
        scenario.evaluation.every_ns = 60000000; // often nothing has happened in between
        struct run_prediction prediction = run_predict(&scenario, PARAMETERS, 0, ALL);
        small_cluster_run(&scenario, &log);
        size_t seen = 1;
        for (size_t k = 1; k < rows(log.evaluation_count); k++) {
            seen += log.evaluations[k].version != log.evaluations[k - 1].version;
        }
        assert_true(seen < log.evaluation_count);
        assert_int_equal((size_t)prediction.evaluations, seen);
        runlog_reset(&log);
    }
}

// A long run must not be simulated whole only to say how long it takes. Fluctuations of a part of
// 500 gradients are 1/sqrt(500) = 4.5 %: three of them.
static void run_predict__beginning__is_extrapolated_to_the_end(void **state) {
    (void)state;
    static const char *const long_ends[] = {"200 s", "10000 gradients", "10000 updates"};
    for (size_t i = 0; i < 3; i++) {
        struct scenario scenario;
        quadratic(&scenario, "{name: async}", long_ends[i]);
        struct run_prediction whole = run_predict(&scenario, PARAMETERS, 0, ALL);
        struct run_prediction part = run_predict(&scenario, PARAMETERS, 0, 500);
        assert_true(part.extrapolated && !whole.extrapolated);
        expect_relative(part.gradients, whole.gradients, 0.135);
        expect_relative(part.updates, whole.updates, 0.135);
        expect_relative(part.evaluations, whole.evaluations, 0.135);
    }
}

// Forty epochs of 1,600 samples are 6,400 gradients of 10.
static void run_predict__beginning_of_epochs__is_extrapolated_to_their_end(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: softmax\ndata: {name: random, samples: 2000}\n"
                                   "policy: async\nend: 40 epochs\ntraining: {batch: 10}\n"
                                   "evaluation: {every: 0 s}\n"
                                   "cluster: {workers: 4, compute: 100 ms}\n");
    struct run_prediction part = run_predict(&scenario, PARAMETERS, 1600, 500);
    assert_true(part.extrapolated);
    expect_relative(part.gradients, 6400, 1e-9);
}

// Policies that read the loss have none here; they must not stop at that.
static void run_predict__policy_that_reads_the_loss__is_predicted_all_the_same(void **state) {
    (void)state;
    static const char *const loss_driven[] = {
        "{name: adacomm, steps: 4, adapt_every: 1 s}",
        "{name: hybrid, threshold: {schedule: expression, formula: 1 + 2 / (1 + loss)}}",
    };
    for (size_t i = 0; i < 2; i++) {
        struct scenario scenario;
        quadratic(&scenario, loss_driven[i], "10 s");
        assert_true(run_predict(&scenario, PARAMETERS, 0, ALL).gradients > 100);
    }
}

// A term left out, or counted for samples that the data do not have, makes every estimate wrong.
static void sweep_estimate_run_seconds__counts_and_costs__are_multiplied(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: mnist_ray\nend: 10 s\n"
                                   "evaluation: {test_samples: 2000, train_samples: 500}\n");
    struct bench_costs costs = {.start_up_seconds = 0.5,
                                .gradient_seconds = 4e-4,
                                .step_seconds = 1e-4,
                                .sample_seconds = 1e-5,
                                .train_count = 60000,
                                .test_count = 1500};
    struct run_prediction prediction = {.gradients = 6000, .updates = 1000, .evaluations = 11};
    double most = 6000 * 5e-4 + 1000 * 1e-4 + 11 * (1500 + 500) * 1e-5;
    double seconds = sweep_estimate_run_seconds(&scenario, &costs, &prediction);
    expect_relative(seconds, 0.01 + 0.5 + most, 1e-12); // 0.01: the files of a run
}

static struct sweep_plan *plan_of(void **state, const char *model) {
    char path[SCRATCH_PATH_SIZE];
    struct error error = {0};
    struct sweep_plan *plan = NULL;
    FILE *file = fopen(scratch_path(state, "base.yaml", path), "w");
    fprintf(file, "model: %s\nend: 100 gradients\ncluster: {workers: 3}\n", model);
    fclose(file);
    file = fopen(scratch_path(state, "sweep.yaml", path), "w");
    fputs("scenario: base.yaml\nvary: {policy.name: [sync, async]}\nrounds: 4\n", file);
    fclose(file);
    if (sweep_plan_read(path, NULL, 0, &plan, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return plan;
}

// Nothing is done, so each cell is predicted, once for all its rounds.
static void sweep_estimate__nothing_done__is_predicted_once_for_a_cell(void **state) {
    struct sweep_estimate estimate;
    struct error error;
    struct sweep_plan *plan = plan_of(state, "{name: quadratic, dimension: 4}");
    assert_int_equal(sweep_estimate_of(NULL, NULL, plan, &estimate, &error), STATUS_OK);
    assert_int_equal(estimate.done, 0);
    assert_int_equal(estimate.missing, 8);
    assert_int_equal(estimate.predicted, 2);
    assert_true(estimate.run_seconds > 0 && isfinite(estimate.run_seconds));
    assert_true(estimate.costs.least > 0 && estimate.counts.most <= 102);
    sweep_plan_destroy(plan);
}

// What cannot be measured is no reason to print a number, and no reason to fail.
static void sweep_estimate__data_missing__has_no_number_but_a_reason(void **state) {
    struct sweep_estimate estimate;
    struct error error;
    struct sweep_plan *plan = plan_of(state, "mnist_ray");
    assert_int_equal(sweep_estimate_of(NULL, "/no/such/folder", plan, &estimate, &error),
                     STATUS_NO_INPUT);
    assert_true(isnan(estimate.run_seconds));
    assert_int_equal(estimate.predicted, 0);
    assert_non_null(strstr(error.message, "/no/such/folder"));
    sweep_plan_destroy(plan);
}

// An estimate needs no more test samples than there are: of 2000 samples 400 are for testing.
static void sweep_estimate__small_test_set__is_measured_all_the_same(void **state) {
    static const char *const models[] = {
        "softmax\ndata: {name: random, samples: 2000}\nevaluation: {test_samples: 100}",
        "softmax\ndata: {name: random, samples: 20}\ntraining: {batch: 2}",
        "softmax\ndata: {name: random, samples: 20000}\nevaluation: {test_samples: 0}",
    };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct sweep_estimate estimate;
        struct error error;
        struct sweep_plan *plan = plan_of(state, models[i]);
        if (sweep_estimate_of(NULL, NULL, plan, &estimate, &error) != STATUS_OK) {
            fail_msg("%s: %s", models[i], error.message);
        }
        assert_int_equal(estimate.predicted, 2);
        assert_true(estimate.run_seconds > 0 && isfinite(estimate.run_seconds));
        sweep_plan_destroy(plan);
    }
}

// Two of the four runs of a cell took 100 and 200 s: the two that are missing will take 150 each.
// Of the other cell nothing is known: its runs take as long as the others on the mean, and those
// that are known are not counted twice.
static void sweep_estimate__some_runs_done__last_as_long_as_these(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE];
    struct sweep_estimate estimate;
    struct error error;
    struct sweep_plan *plan = NULL;
    scratch_write(state, "base.yaml",
                  "end: 100 gradients\ncluster: {workers: 3}\n"
                  "evaluation: {every: 0 s}\n");
    scratch_write(state, "sweep.yaml",
                  "scenario: base.yaml\nrounds: 4\n"
                  "vary: {model: [{name: quadratic, dimension: 4}, mnist_ray]}\n");
    scratch_path(state, "out", folder);
    assert_int_equal(
        sweep_plan_read(scratch_path(state, "sweep.yaml", path), NULL, 0, &plan, &error),
        STATUS_OK);
    for (int32_t round = 0; round < 2; round++) { // the cells of a round follow each other
        char log[RUN_PATH_SIZE];
        size_t at = 2 * (size_t)round;
        struct sweep_options options = {
            .folder = folder, .jobs = 1, .shard = (int32_t)at, .shards = 8};
        struct sweep_counts counts;
        assert_int_equal(sweep_plan_run(plan, at)->cell, 0);
        assert_int_equal(sweep_carry_out(plan, &options, &counts, &error), STATUS_OK);
        run_path(folder, sweep_plan_run(plan, at)->hash, RUN_LOG_ENDING, log);
        hdf5_file_change(log, "/provenance", "wall_seconds", 100.0 * (round + 1));
    }
    assert_int_equal(sweep_estimate_of(folder, "/no/such/folder", plan, &estimate, &error),
                     STATUS_NO_INPUT);
    assert_int_equal(estimate.done, 2);
    assert_int_equal(estimate.finished, 2);
    assert_int_equal(estimate.predicted, 0);
    expect_within(estimate.run_seconds, 6 * 150, 6); // of each, a start-up of less than a second
    sweep_plan_destroy(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_predict__whole_run__counts_what_the_run_computes),
        cmocka_unit_test(run_predict__events__count_what_is_left),
        cmocka_unit_test(run_predict__evaluations__are_those_of_new_parameters),
        cmocka_unit_test(run_predict__beginning__is_extrapolated_to_the_end),
        cmocka_unit_test(run_predict__beginning_of_epochs__is_extrapolated_to_their_end),
        cmocka_unit_test(run_predict__policy_that_reads_the_loss__is_predicted_all_the_same),
        cmocka_unit_test(sweep_estimate_run_seconds__counts_and_costs__are_multiplied),
        cmocka_unit_test_setup_teardown(sweep_estimate__some_runs_done__last_as_long_as_these,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_estimate__nothing_done__is_predicted_once_for_a_cell,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_estimate__small_test_set__is_measured_all_the_same,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_estimate__data_missing__has_no_number_but_a_reason,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
