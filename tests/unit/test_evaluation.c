// SPDX-License-Identifier: GPL-3.0-or-later
// evaluation: when the parameters are measured, and which. (log_audit.h has the rule for any run;
// here are the edges.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <signal.h>

#include "sim/run/run_inputs.h"
#include "sim/simulation/evaluation.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

#define MS INT64_C(1000000)

// One worker whose updates end at 115 ms, 230 ms, 345 ms, ...
static void run(const char *end, const char *evaluation, int threads, struct runlog *log) {
    struct scenario scenario;
    struct small_cluster_options options = {.threads = threads};
    small_cluster_parse(&scenario,
                        "seed: 2\nmodel: mnist_ray\nend: %s\n"
                        "training: {batch: 4, learning_rate: 0.01}\npolicy: {name: async}\n"
                        "cluster: {workers: 1, compute: 100 ms, server: {receive: 10 ms, update: 5 "
                        "ms}}\n"
                        "evaluation: %s\n",
                        end, evaluation);
    small_cluster_run_with(&scenario, &options, log, NULL);
}

struct expected {
    int64_t time_ms;
    int64_t version;
};

static void expect_rows(const struct runlog *log, const struct expected *rows, size_t count) {
    assert_int_equal(log->evaluation_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(log->evaluations[i].time_ns == rows[i].time_ms * MS);
        assert_true(log->evaluations[i].version == rows[i].version);
    }
}

// An evaluation at t sees every update with time <= t: also the one of that very nanosecond.
static void evaluation__at_the_instant_of_an_update__sees_it(void **state) {
    (void)state;
    struct runlog log;
    static const struct expected rows[] = {{0, 0}, {115, 1}, {230, 2}, {345, 3}};
    run("345 ms", "{every: 115 ms, test_samples: 20, train_samples: 0}", 1, &log);
    expect_rows(&log, rows, 4);
    runlog_reset(&log);
}

// There is a last one at the end, and one only if the end is on the schedule.
static void evaluation__at_the_end__is_there_once(void **state) {
    (void)state;
    struct runlog log;
    static const struct expected on_schedule[] = {{0, 0}, {150, 1}, {300, 2}};
    static const struct expected off_schedule[] = {{0, 0}, {150, 1}, {300, 2}, {301, 2}};
    run("300 ms", "{every: 150 ms, test_samples: 20}", 1, &log);
    expect_rows(&log, on_schedule, 3);
    runlog_reset(&log);
    run("301 ms", "{every: 150 ms, test_samples: 20}", 1, &log);
    expect_rows(&log, off_schedule, 4);
    runlog_reset(&log);
}

// A run of so many updates ends at an instant that nobody knows before: there, too.
static void evaluation__end_after_a_count__is_at_the_last_update(void **state) {
    (void)state;
    struct runlog log;
    static const struct expected rows[] = {{0, 0}, {100, 0}, {200, 1}, {230, 2}};
    static const struct expected hit[] = {{0, 0}, {115, 1}, {230, 2}};
    run("2 updates", "{every: 100 ms, test_samples: 20}", 1, &log);
    expect_rows(&log, rows, 4);
    runlog_reset(&log);
    run("2 updates", "{every: 115 ms, test_samples: 20}", 1, &log);
    expect_rows(&log, hit, 3);
    runlog_reset(&log);
}

// "every: 0 s": at both ends alone.
static void evaluation__every_zero__is_at_both_ends(void **state) {
    (void)state;
    struct runlog log;
    static const struct expected rows[] = {{0, 0}, {500, 4}};
    run("500 ms", "{every: 0 s, test_samples: 20}", 1, &log);
    expect_rows(&log, rows, 2);
    runlog_reset(&log);
}

// A row also where the version is unchanged: with the same values, and, with many of them pending
// at once, of the right version each.
static void evaluation__unchanged_version__repeats_the_values(void **state) {
    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        struct runlog log;
        run("400 ms", "{every: 1 ms, test_samples: 70, train_samples: 30}", threads, &log);
        assert_int_equal(log.evaluation_count, 401);
        for (size_t i = 1; i < rows(log.evaluation_count); i++) {
            const struct evaluation_row *row = &log.evaluations[i];
            const struct evaluation_row *before = &log.evaluations[i - 1];
            bool same = row->version == before->version;
            assert_int_equal(same, row->test_loss == before->test_loss);
            assert_int_equal(same, row->train_loss == before->train_loss);
        }
        runlog_reset(&log);
    }
}

// Splits without samples are NaN, not a loss of zero; accuracies are fractions.
static void evaluation__no_samples__is_nan(void **state) {
    (void)state;
    struct runlog log;
    run("120 ms", "{every: 60 ms, test_samples: 0, train_samples: 10}", 2, &log);
    for (size_t i = 0; i < rows(log.evaluation_count); i++) {
        assert_true(isnan(log.evaluations[i].test_loss) && isnan(log.evaluations[i].test_accuracy));
        assert_true(log.evaluations[i].train_loss > 0);
        double tenths = log.evaluations[i].train_accuracy * 10;
        assert_true(tenths == round(tenths) && tenths >= 0 && tenths <= 10);
    }
    runlog_reset(&log);
}

// Measuring must not touch what is measured: other evaluations, the same parameters and timeline.
static void evaluation__more_or_less_often__changes_no_parameter(void **state) {
    (void)state;
    struct runlog often;
    struct runlog seldom;
    run("600 ms", "{every: 7 ms, test_samples: 50, train_samples: 50}", 2, &often);
    run("600 ms", "{every: 0 s, test_samples: 0, train_samples: 0}", 1, &seldom);
    assert_true(often.ending.parameter_fingerprint == seldom.ending.parameter_fingerprint);
    assert_true(often.ending.timeline_fingerprint == seldom.ending.timeline_fingerprint);
    runlog_reset(&often);
    runlog_reset(&seldom);
}

// A run that ended at 2.5 s has no measurement of 3 s: what lies between its last event and the
// next one did not happen. Before the first event there is none at all.
static void evaluation__interrupted_run__has_none_past_its_end(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    enum status status = STATUS_OK;
    struct interruption interruption = {.flag = 1};
    struct run_sink sink = small_cluster_interruption(&interruption);
    struct small_cluster_options options = {
        .interrupted = &interruption.flag, .sinks = &sink, .sink_count = 1};
    static const struct expected rows[] = {{0, 0}, {1000, 0}, {2000, 0}};
    small_cluster_parse(&scenario, "model: mnist_ray\nevaluation: {every: 1 s, test_samples: 9}\n"
                                   "cluster: {start_up: 2500 ms, workers: 2, compute: 10 s}\n");
    small_cluster_run_with(&scenario, &options, &log, &status);
    assert_int_equal(status, STATUS_INTERRUPTED);
    assert_true(log.ending.end_ns == 0);
    assert_int_equal(log.evaluation_count, 0);
    runlog_reset(&log);
    interruption.flag = 0;
    small_cluster_run_with(&scenario, &options, &log, &status);
    assert_int_equal(status, STATUS_INTERRUPTED);
    assert_true(log.ending.end_ns == 2500 * MS);
    expect_rows(&log, rows, 3);
    runlog_reset(&log);
}

static const char counted[] = "seed: 3\nmodel: softmax\ndata: {name: random, samples: 100}\n"
                              "training: {batch: 4}\nend: %s\npolicy: %s\n"
                              "cluster: {workers: 3, compute: 100 ms}\n"
                              "evaluation: {every: %s}\n";

static void run_counted(const char *end, const char *policy, const char *every,
                        struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario, counted, end, policy, every);
    small_cluster_run(&scenario, log);
}

// Three workers push at each 100 ms, and each push is an update: rows of one instant, in order.
static void evaluation__by_counts__is_at_the_first_update_that_reaches_a_multiple(void **state) {
    (void)state;
    static const struct {
        const char *policy, *every;
        struct expected rows[8]; // ms, version
        size_t count;
        int64_t gradients, samples; // of the second row
    } cases[] = {
        {"{name: async}", "2 updates", {{0, 0}, {100, 2}, {200, 4}, {200, 6}, {250, 6}}, 5, 2, 8},
        {"{name: async}",
         "1 update",
         {{0, 0}, {100, 1}, {100, 2}, {100, 3}, {200, 4}, {200, 5}, {200, 6}, {250, 6}},
         8,
         1,
         4},
        {"{name: sync}", "2 gradients", {{0, 0}, {100, 1}, {200, 2}, {250, 2}}, 4, 3, 12},
        {"{name: sync}", "4 gradients", {{0, 0}, {200, 2}, {250, 2}}, 3, 6, 24},
        // An epoch is 80 samples: 20 gradients.
        {"{name: sync}", "0.2 epochs", {{0, 0}, {200, 2}, {250, 2}}, 3, 6, 24},
        {"{name: k_avg, steps: 2}", "1 gradient", {{0, 0}, {200, 1}, {250, 1}}, 3, 6, 24},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct runlog log;
        run_counted("250 ms", cases[i].policy, cases[i].every, &log);
        expect_rows(&log, cases[i].rows, cases[i].count);
        assert_int_equal(log.evaluations[1].gradients, cases[i].gradients);
        assert_int_equal(log.evaluations[1].samples, cases[i].samples);
        runlog_reset(&log);
    }
}

// The last update would be measured twice, or, if another one comes at its instant, not at all.
static void evaluation__by_counts_at_the_end__sees_every_update_once(void **state) {
    (void)state;
    struct runlog log;
    static const struct expected hit[] = {{0, 0}, {100, 3}, {200, 6}};
    static const struct expected late[] = {{0, 0}, {100, 2}, {200, 4}, {200, 5}};
    static const struct expected none[] = {{0, 0}, {200, 6}};
    run_counted("6 updates", "{name: async}", "3 updates", &log);
    expect_rows(&log, hit, 3);
    runlog_reset(&log);
    run_counted("5 updates", "{name: async}", "2 updates", &log);
    expect_rows(&log, late, 4);
    runlog_reset(&log);
    run_counted("200 ms", "{name: async}", "7 updates", &log);
    expect_rows(&log, none, 2);
    runlog_reset(&log);
}

// Counts would be in the logs of runs that have none, and logs of earlier versions unlike new ones.
static void evaluation__at_times__has_no_counts(void **state) {
    (void)state;
    struct runlog log;
    run_counted("250 ms", "{name: async}", "100 ms", &log);
    for (size_t i = 0; i < rows(log.evaluation_count); i++) {
        assert_true(log.evaluations[i].gradients == -1 && log.evaluations[i].samples == -1);
    }
    runlog_reset(&log);
}

struct looked_at {
    struct parameter_store *store;
    int64_t identity;
    int fetched;
};

static int64_t identity_of(void *context) {
    const struct looked_at *subject = context;
    return subject->identity;
}

static struct parameter_version *fetch(void *context) {
    struct looked_at *subject = context;
    subject->fetched++;
    return parameter_store_acquire(subject->store, subject->store->current);
}

// Parameters that have not changed are not measured again: a minute in which nothing happens would
// cost sixty evaluations of a large net. What has changed is, once.
static void evaluation__unchanged_parameters__are_measured_once(void **state) {
    (void)state;
    struct scenario scenario;
    struct run_inputs inputs;
    struct row_output output;
    struct parameter_store store;
    struct evaluator evaluator;
    struct looked_at subject = {.store = &store};
    small_cluster_parse(&scenario, "model: {name: quadratic, dimension: 3}\nend: 1 s\n"
                                   "evaluation: {every: 10 ms}\n");
    const struct run_inputs_options options = {.threads = 1};
    assert_int_equal(run_inputs_open(&scenario, &options, &inputs, NULL), STATUS_OK);
    row_output_init(&output, NULL, 0);
    row_output_start(&output, &inputs.header);
    parameter_store_init(&store, 3, inputs.header.initial);
    evaluator_init(&evaluator, &scenario.evaluation, inputs.executor, &store, &output);
    evaluator.subject = (struct evaluation_subject){&subject, identity_of, fetch};
    for (int64_t change = 0; change < 3; change++) { // 30 evaluations of three models
        subject.identity = 7 - change;
        assert_false(evaluator_advance(&evaluator, (change + 1) * 100 * MS, 1000 * MS));
        assert_int_equal(subject.fetched, change + 1);
    }
    evaluator_finish(&evaluator, 300 * MS, true); // and of the last one once more
    assert_int_equal(subject.fetched, 3);
    struct evaluation_row rows[2] = {{.time_ns = 310 * MS}, {.time_ns = 320 * MS}};
    const struct runlog recorded = {.evaluations = rows, .evaluation_count = 2};
    evaluator.last_identity = -1;
    evaluator_repeat(&evaluator, &recorded, 325 * MS); // measured before a checkpoint
    assert_false(evaluator_advance(&evaluator, 335 * MS, 1000 * MS));
    assert_int_equal(subject.fetched, 3);
    evaluator_finish(&evaluator, 330 * MS, true);
    row_output_reset(&output);
    parameter_store_reset(&store);
    run_inputs_close(&inputs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluation__at_the_instant_of_an_update__sees_it),
        cmocka_unit_test(evaluation__at_the_end__is_there_once),
        cmocka_unit_test(evaluation__end_after_a_count__is_at_the_last_update),
        cmocka_unit_test(evaluation__every_zero__is_at_both_ends),
        cmocka_unit_test(evaluation__unchanged_version__repeats_the_values),
        cmocka_unit_test(evaluation__no_samples__is_nan),
        cmocka_unit_test(evaluation__more_or_less_often__changes_no_parameter),
        cmocka_unit_test(evaluation__interrupted_run__has_none_past_its_end),
        cmocka_unit_test(evaluation__by_counts__is_at_the_first_update_that_reaches_a_multiple),
        cmocka_unit_test(evaluation__by_counts_at_the_end__sees_every_update_once),
        cmocka_unit_test(evaluation__at_times__has_no_counts),
        cmocka_unit_test(evaluation__unchanged_parameters__are_measured_once),
    };
    return cmocka_run_group_tests_name("evaluation", tests, NULL, NULL);
}
