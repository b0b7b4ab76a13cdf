// SPDX-License-Identifier: GPL-3.0-or-later
// One run's numbers, against those worked out by hand.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/sim_time.h"
#include "sim/report/run_metrics.h"
#include "tests/support/expect.h"

#define S INT64_C(1000000000)

enum { ROWS_MAX = 16 };

static const struct run_metrics_options plain = {
    .after_ns = 0, .target = 0.5, .sustained = RUN_METRICS_SUSTAINED};

// An evaluation each second from 0 on; the loss is 2 - accuracy, and nothing is measured on the
// training samples.
static struct run_metrics metrics_of(const double *accuracies, size_t count, int64_t end_ns,
                                     const struct run_metrics_options *options) {
    struct evaluation_row rows[ROWS_MAX] = {0};
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct evaluation_row){.time_ns = (int64_t)i * S,
                                          .test_accuracy = accuracies[i],
                                          .test_loss = 2 - accuracies[i],
                                          .train_loss = (double)NAN,
                                          .train_accuracy = (double)NAN};
    }
    return run_metrics_of(rows, count, RUN_COMPLETE, end_ns, options);
}

// If it failed, no table would hold what its headings say.
static void run_metrics__five_evaluations__numbers_by_hand(void **state) {
    (void)state;
    const double accuracies[] = {0.1, 0.1, 0.4, 0.9, 0.8};
    struct run_metrics_options options = plain;
    options.after_ns = 2 * S; // the evaluation at 2 s counts
    struct run_metrics metrics = metrics_of(accuracies, 5, 4 * S, &options);
    const struct run_metric *accuracy = &metrics.values[RUN_TEST_ACCURACY];
    expect_within(accuracy->mean, 1.5 / 4, 1e-15); // 4 s is not t < end
    expect_within(accuracy->mean_after, 1.3 / 2, 1e-15);
    expect_within(accuracy->final, 0.8, 0);
    expect_within(accuracy->best, 0.9, 0);
    assert_int_equal(accuracy->best_ns, 3 * S);
    expect_within(metrics.values[RUN_TEST_LOSS].best, 1.1, 1e-15);
    expect_within(metrics.values[RUN_TEST_LOSS].mean_after, 1.35, 1e-15);
    assert_true(isnan(metrics.values[RUN_TRAIN_LOSS].mean));
    assert_int_equal(metrics.values[RUN_TRAIN_LOSS].best_ns, -1);
    assert_int_equal(metrics.evaluations, 5);
    assert_int_equal(metrics.evaluations_in_mean, 4);
    assert_int_equal(metrics.evaluations_in_mean_after, 2);
    // An end behind the last evaluation takes that one in.
    metrics = metrics_of(accuracies, 5, 4 * S + 1, &plain);
    expect_within(metrics.values[RUN_TEST_ACCURACY].mean, 2.3 / 5, 1e-15);
}

// If it failed, a run that ended in its start-up would have a mean after it.
static void run_metrics__no_evaluation_after_the_start_up__has_no_mean_there(void **state) {
    (void)state;
    struct run_metrics_options options = plain;
    options.after_ns = 10 * S;
    struct run_metrics metrics = metrics_of((const double[]){0.1, 0.2}, 2, 4 * S, &options);
    assert_true(isnan(metrics.values[RUN_TEST_ACCURACY].mean_after));
    expect_within(metrics.values[RUN_TEST_ACCURACY].mean, 0.15, 1e-15);
    metrics = run_metrics_of(NULL, 0, RUN_COMPLETE, S, &plain);
    assert_true(isnan(metrics.values[RUN_TEST_ACCURACY].mean));
    assert_true(isnan(metrics.values[RUN_TEST_ACCURACY].final));
    assert_false(metrics.crossing.measured);
    assert_false(metrics.crossing.reached);
    assert_int_equal(metrics.crossing.after_ns, 0);
    assert_false(metrics.diverged);
}

static void expect_crossing(const double *accuracies, size_t count, int64_t sustained, bool reached,
                            int64_t after_ns, int64_t by_ns) {
    struct run_metrics_options options = plain;
    options.sustained = sustained;
    struct run_metrics metrics = metrics_of(accuracies, count, 100 * S, &options);
    if (!metrics.crossing.measured || metrics.crossing.reached != reached ||
        metrics.crossing.after_ns != after_ns || metrics.crossing.by_ns != by_ns) {
        fail_msg("sustained %d: reached %d in (%.1f, %.1f] s, not (%.1f, %.1f] s", (int)sustained,
                 metrics.crossing.reached, sim_time_to_seconds(metrics.crossing.after_ns),
                 sim_time_to_seconds(metrics.crossing.by_ns), sim_time_to_seconds(after_ns),
                 sim_time_to_seconds(by_ns));
    }
}

// If it failed, a lucky evaluation would pass for having got there, or a run that got there would
// be called late: the target is 0.5.
static void run_metrics__crossing__counts_when_it_is_sustained(void **state) {
    (void)state;
    const double wavering[] = {0.1, 0.5, 0.4, 0.6, 0.7, 0.4, 0.6, 0.6, 0.6, 0.2};
    expect_crossing(wavering, 10, 1, true, 0 * S, 1 * S); // at the target is enough
    expect_crossing(wavering, 10, 2, true, 2 * S, 3 * S);
    expect_crossing(wavering, 10, 3, true, 5 * S, 6 * S);
    expect_crossing(wavering, 10, 4, false, 9 * S, SIM_TIME_NEVER); // right-censored at the last
    expect_crossing(wavering, 9, 4, true, 5 * S, 6 * S);            // above to the end
    expect_crossing((const double[]){0.9, 0.9, 0.9}, 3, 3, true, 0, 0);
    expect_crossing((const double[]){0.1, 0.1}, 2, 3, false, 1 * S, SIM_TIME_NEVER);
}

// If it failed, runs without a target, or without an accuracy, would look as if they had missed it.
static void run_metrics__no_target__nothing_is_reached(void **state) {
    (void)state;
    struct run_metrics_options options = plain;
    options.target = (double)NAN;
    struct run_metrics metrics = metrics_of((const double[]){0.9, 0.9, 0.9}, 3, 4 * S, &options);
    assert_false(metrics.crossing.reached);
    metrics = metrics_of((const double[]){(double)NAN, (double)NAN}, 2, 4 * S, &plain);
    assert_false(metrics.crossing.measured);
    assert_false(metrics.crossing.reached);
}

// A model without an accuracy has no loss that says "diverged", but one that has grown a
// thousandfold has learnt nothing, finite or not.
static void run_metrics__a_loss_that_has_grown__is_a_multiple_of_the_first(void **state) {
    (void)state;
    static const struct {
        double test[2], train[2], grown;
    } cases[] = {
        {{5, 4999.9}, {5, 9}, 0},
        {{5, 5000}, {(double)NAN, (double)NAN}, 1000},
        {{1, 2.5e55}, {(double)NAN, (double)NAN}, 2.5e55},
        {{(double)NAN, (double)NAN}, {2, 8000}, 4000}, // no test samples
        {{2, 1}, {2, 8000}, 0},                        // the test loss is what counts
        {{0, 5}, {0, 5}, 0},
        {{5, (double)INFINITY}, {5, 5}, 0}, // diverged, by its status
        {{1e-300, 1e300}, {5, 5}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct evaluation_row rows[3] = {{0}};
        for (int64_t k = 0; k < 3; k++) {
            rows[k] = (struct evaluation_row){.time_ns = k * S,
                                              .test_loss = cases[i].test[k / 2],
                                              .train_loss = cases[i].train[k / 2],
                                              .test_accuracy = (double)NAN,
                                              .train_accuracy = (double)NAN};
        }
        struct run_metrics metrics = run_metrics_of(rows, 3, RUN_COMPLETE, 3 * S, &plain);
        expect_within(metrics.loss_grown, cases[i].grown, 1e-15);
        assert_int_equal(run_metrics_of(rows, 1, RUN_COMPLETE, 3 * S, &plain).loss_grown, 0);
    }
}

// If it failed, a run that ends worse than guessing would count as a result like any other.
static void run_metrics__divergence__by_status_or_by_the_last_loss(void **state) {
    (void)state;
    struct evaluation_row last = {
        .test_accuracy = 0.1, .test_loss = 4.605, .train_accuracy = 0.1, .train_loss = 9};
    assert_false(run_metrics_diverged(RUN_COMPLETE, &last)); // 2 ln 10 = 4.60517...
    assert_true(run_metrics_diverged(RUN_DIVERGED, &last));
    assert_true(run_metrics_diverged(RUN_DIVERGED, NULL));
    last.test_loss = 4.6052;
    assert_true(run_metrics_diverged(RUN_COMPLETE, &last));
    last.test_loss = (double)NAN; // measured, and not finite
    assert_true(run_metrics_diverged(RUN_COMPLETE, &last));
    last.test_accuracy = (double)NAN; // no test samples: the training loss is 9
    assert_true(run_metrics_diverged(RUN_COMPLETE, &last));
    last.train_accuracy = (double)NAN; // no classifier: no scale
    assert_false(run_metrics_diverged(RUN_COMPLETE, &last));
    assert_false(run_metrics_diverged(RUN_INTERRUPTED, NULL));
}

// If it failed, the start-up would be taken to be over at once.
static void run_metrics__start_up__is_the_scenario_s(void **state) {
    (void)state;
    assert_int_equal(run_metrics_start_up_ns("seed: 1\ncluster:\n  start_up: 22500 ms\n"),
                     22500 * (S / 1000));
    assert_int_equal(run_metrics_start_up_ns("seed: 1\n"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_metrics__five_evaluations__numbers_by_hand),
        cmocka_unit_test(run_metrics__no_evaluation_after_the_start_up__has_no_mean_there),
        cmocka_unit_test(run_metrics__crossing__counts_when_it_is_sustained),
        cmocka_unit_test(run_metrics__no_target__nothing_is_reached),
        cmocka_unit_test(run_metrics__a_loss_that_has_grown__is_a_multiple_of_the_first),
        cmocka_unit_test(run_metrics__divergence__by_status_or_by_the_last_loss),
        cmocka_unit_test(run_metrics__start_up__is_the_scenario_s),
    };
    return cmocka_run_group_tests_name("run_metrics", tests, NULL, NULL);
}
