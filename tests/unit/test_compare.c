// SPDX-License-Identifier: GPL-3.0-or-later
// The paired comparison: cells, baselines, rounds, and numbers worked out by hand.
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/cell.h"
#include "sim/report/compare.h"
#include "sim/report/spread.h"

#define S INT64_C(1000000000)

enum { RUNS_MAX = 8 };

// Runs of two evaluations, at 0 and 1 s, and a last one at the end, 2 s.
struct fixture {
    struct compare_run runs[RUNS_MAX];
    struct evaluation_row rows[RUNS_MAX][3];
    char scenarios[RUNS_MAX][200];
    char names[RUNS_MAX][16];
    size_t count;
};

// accuracy: a fraction, at 0 and 1 s twice this run's mean apart from each other; the loss follows.
static struct compare_run *add_run(struct fixture *fixture, const char *policy, int batch,
                                   uint64_t seed, double mean, double last) {
    size_t i = fixture->count++;
    snprintf(fixture->scenarios[i], sizeof fixture->scenarios[i],
             "title: Run %zu\nseed: %d\npolicy:\n  name: %s\n%straining:\n  batch: %d\n", i,
             (int)seed, policy, strcmp(policy, "hybrid") == 0 ? "  pushed_worker: waits\n" : "",
             batch);
    snprintf(fixture->names[i], sizeof fixture->names[i], "run%zu.h5", i);
    const double accuracies[3] = {0, 2 * mean, last};
    for (int e = 0; e < 3; e++) {
        fixture->rows[i][e] = (struct evaluation_row){.time_ns = e * S,
                                                      .test_loss = 2 - accuracies[e],
                                                      .test_accuracy = accuracies[e],
                                                      .train_loss = (double)NAN};
    }
    fixture->runs[i] = (struct compare_run){
        .name = fixture->names[i],
        .scenario = fixture->scenarios[i],
        .seed = seed,
        .status = RUN_COMPLETE,
        .end_ns = 2 * S,
        .evaluations = fixture->rows[i],
        .evaluation_count = 3,
    };
    return &fixture->runs[i];
}

static const struct compare_setting async = {"policy.name", "async"};

static struct comparison *compare(struct fixture *fixture, const struct compare_setting *setting) {
    struct comparison *comparison = NULL;
    struct error error;
    enum status status = compare_create(fixture->runs, fixture->count, setting, setting != NULL,
                                        &comparison, &error);
    if (status != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return comparison;
}

static void expect_near(double value, double expected) {
    if (!(fabs(value - expected) <= 1e-12 * fmax(1, fabs(expected)))) {
        fail_msg("%.17g is not %.17g", value, expected);
    }
}

// If it failed, means and deviations would be wrong everywhere: 2, 4, 4, 4, 5, 5, 7, 9 have mean 5
// and squared deviations that add up to 32.
static void spread__eight_numbers__mean_and_deviation_by_hand(void **state) {
    (void)state;
    const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
    struct spread spread = spread_of(values, 8);
    assert_int_equal(spread.rounds, 8);
    expect_near(spread.mean, 5);
    expect_near(spread.deviation, sqrt(32.0 / 7));
    expect_near(spread.error, sqrt(32.0 / 7 / 8));
    expect_near(spread.least, 2);
    expect_near(spread.most, 9);
    assert_int_equal(spread.positive, 8);
    spread = spread_of((const double[]){-1, 0}, 2); // zero is neither above nor below
    assert_int_equal(spread.positive, 0);
    assert_int_equal(spread.negative, 1);
    assert_true(isnan(spread_of(values, 1).deviation));
    assert_true(isnan(spread_of(NULL, 0).mean));
}

// If it failed, rounds of one experiment would not find each other, or would be mixed with others:
// only the seed and the title at the top are not part of a cell.
static void cell__text__leaves_out_seed_and_title(void **state) {
    (void)state;
    char *text = cell_text("title: A\nseed: 1\npolicy:\n  name: sync\n  seed: 3\nend: 1 s\n");
    assert_string_equal(text, "policy.name: sync\npolicy.seed: 3\nend: 1 s\n");
    memory_free(text);
}

// Differences of the rounds, in points: 1, 4, -2. Mean 1, deviation 3, error sqrt(3).
static void add_three_rounds(struct fixture *fixture) {
    add_run(fixture, "async", 32, 1, 0.20, 0.50);
    add_run(fixture, "async", 32, 2, 0.30, 0.50);
    add_run(fixture, "async", 32, 3, 0.40, 0.50);
    add_run(fixture, "hybrid", 32, 3, 0.38, 0.60);
    add_run(fixture, "hybrid", 32, 1, 0.21, 0.50);
    add_run(fixture, "hybrid", 32, 2, 0.34, 0.55);
}

// If it failed, the table would not hold what its headings say.
static void compare__three_rounds__gives_the_paired_numbers(void **state) {
    (void)state;
    struct fixture fixture = {0};
    add_three_rounds(&fixture);
    struct comparison *comparison = compare(&fixture, &async);
    assert_int_equal(comparison->cell_count, 2);
    assert_int_equal(comparison->key_count, 1);
    assert_string_equal(comparison->keys[0], "policy.name");
    assert_true(comparison->cells[0].is_baseline);
    const struct compare_cell *cell = &comparison->cells[1];
    const struct compare_metric *metric = &cell->metrics[COMPARE_TEST_ACCURACY];
    assert_string_equal(cell->values[0], "hybrid");
    assert_int_equal(cell->baseline, 0);
    expect_near(metric->mean.mean, 31);
    expect_near(metric->mean_difference.mean, 1);
    expect_near(metric->mean_difference.deviation, 3);
    expect_near(metric->mean_difference.error, sqrt(3));
    expect_near(metric->mean_difference.least, -2);
    expect_near(metric->mean_difference.most, 4);
    assert_int_equal(metric->mean_difference.positive, 2);
    assert_int_equal(metric->mean_difference.negative, 1);
    expect_near(metric->final.mean, 55);
    expect_near(metric->final_difference.mean, 5);
    expect_near(cell->metrics[COMPARE_TEST_LOSS].mean_difference.mean, -0.01);
    assert_false(cell->metrics[COMPARE_TRAIN_LOSS].measured);
    compare_destroy(&comparison);
    assert_null(comparison);
}

// If it failed, batch 64 would be compared with the baseline at batch 32.
static void compare__two_varied_keys__each_cell_has_its_own_baseline(void **state) {
    (void)state;
    struct fixture fixture = {0};
    add_run(&fixture, "hybrid", 64, 1, 0.30, 0.3);
    add_run(&fixture, "async", 32, 1, 0.10, 0.1);
    add_run(&fixture, "async", 64, 1, 0.25, 0.2);
    add_run(&fixture, "hybrid", 32, 1, 0.11, 0.3);
    struct comparison *comparison = compare(&fixture, &async);
    assert_int_equal(comparison->key_count, 2);
    assert_int_equal(comparison->cells[0].baseline, 2);
    assert_int_equal(comparison->cells[3].baseline, 1);
    assert_int_equal(comparison->cells[0].mismatches, 0);
    expect_near(comparison->cells[0].metrics[COMPARE_TEST_ACCURACY].mean_difference.mean, 5);
    expect_near(comparison->cells[3].metrics[COMPARE_TEST_ACCURACY].mean_difference.mean, 1);
    assert_true(isnan(comparison->cells[0].metrics[0].mean_difference.deviation));
    compare_destroy(&comparison);
}

// If it failed, a comparison that is not like for like would look as if it were.
static void compare__no_baseline_at_that_batch__says_what_differs(void **state) {
    (void)state;
    struct fixture fixture = {0};
    char *text = NULL;
    size_t size = 0;
    add_run(&fixture, "hybrid", 64, 1, 0.30, 0.3);
    add_run(&fixture, "async", 32, 1, 0.10, 0.1);
    struct comparison *comparison = compare(&fixture, &async);
    assert_int_equal(comparison->cells[0].mismatches, 1);
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    compare_print_notes(stream, comparison);
    fclose(stream);
    assert_string_equal(text, "note: compared with a baseline that differs elsewhere, too: "
                              "training.batch 64 (baseline 32)\n");
    free(text);
    compare_destroy(&comparison);
}

// If it failed, cells that differ only in a key that one of them lacks would look the same.
static void compare__a_key_only_some_cells_have__is_used_when_nothing_else_differs(void **state) {
    (void)state;
    struct fixture fixture = {0};
    add_run(&fixture, "hybrid", 32, 1, 0.30, 0.3);
    add_run(&fixture, "hybrid", 32, 1, 0.10, 0.1);
    char *line = strstr(fixture.scenarios[1], "  pushed_worker: waits\n");
    memmove(line, line + 23, strlen(line + 23) + 1);
    struct comparison *comparison = compare(&fixture, NULL);
    assert_int_equal(comparison->cell_count, 2);
    assert_int_equal(comparison->key_count, 1);
    assert_string_equal(comparison->keys[0], "policy.pushed_worker");
    assert_string_equal(comparison->cells[0].values[0], "waits");
    assert_null(comparison->cells[1].values[0]);
    compare_destroy(&comparison);
}

// If it failed, a diverged run would bend the means, or vanish without a word.
static void compare__runs_that_are_not_complete__are_left_out_and_named(void **state) {
    (void)state;
    struct fixture fixture = {0};
    char *text = NULL;
    size_t size = 0;
    add_three_rounds(&fixture);
    add_run(&fixture, "hybrid", 32, 3, 0.99, 0.99);
    fixture.runs[4].status = RUN_DIVERGED;
    struct comparison *comparison = compare(&fixture, &async);
    assert_int_equal(comparison->cells[1].run_count, 2);
    assert_int_equal(comparison->cells[1].metrics[0].mean_difference.rounds, 2);
    expect_near(comparison->cells[1].metrics[0].mean_difference.mean, 1); // of 4 and -2
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    compare_print_notes(stream, comparison);
    fclose(stream);
    assert_string_equal(text, "left out: run4.h5 (seed 1) is not complete: diverged at 2.000 s\n"
                              "left out: run6.h5 repeats seed 3 of its cell\n"
                              "2 of 7 runs left out\n");
    free(text);
    compare_destroy(&comparison);
}

// If it failed, rounds without a partner would be paired with another round.
static void compare__a_seed_that_the_baseline_lacks__is_not_paired(void **state) {
    (void)state;
    struct fixture fixture = {0};
    add_run(&fixture, "async", 32, 1, 0.20, 0.50);
    add_run(&fixture, "hybrid", 32, 1, 0.30, 0.50);
    add_run(&fixture, "hybrid", 32, 2, 0.40, 0.50);
    struct comparison *comparison = compare(&fixture, &async);
    const struct compare_metric *metric = &comparison->cells[1].metrics[COMPARE_TEST_ACCURACY];
    assert_int_equal(metric->mean.rounds, 2);
    expect_near(metric->mean.mean, 35);
    assert_int_equal(metric->mean_difference.rounds, 1);
    expect_near(metric->mean_difference.mean, 10);
    compare_destroy(&comparison);
}

static void expect_error(struct fixture *fixture, struct compare_setting setting,
                         const char *expected) {
    struct comparison *comparison = NULL;
    struct error error;
    assert_int_equal(
        compare_create(fixture->runs, fixture->count, &setting, 1, &comparison, &error),
        STATUS_BAD_DATA);
    assert_null(comparison);
    assert_string_equal(error.message, expected);
}

// If it failed, a mistyped baseline would not be told what there is.
static void compare__a_baseline_that_is_not_there__lists_what_is(void **state) {
    (void)state;
    struct fixture fixture = {0};
    struct comparison *comparison = NULL;
    struct error error;
    const struct compare_setting both[] = {{"policy.name", "async"}, {"training.batch", "64"}};
    add_run(&fixture, "async", 32, 1, 0.20, 0.50);
    add_run(&fixture, "hybrid", 32, 1, 0.30, 0.50);
    add_run(&fixture, "hybrid", 64, 1, 0.30, 0.50);
    expect_error(&fixture, (struct compare_setting){"policy.name", "asynk"},
                 "baseline: no run has policy.name=asynk; in these runs policy.name is: async; "
                 "hybrid");
    expect_error(&fixture, (struct compare_setting){"policy.nam", "async"},
                 "baseline: no run has a key policy.nam; did you mean policy.name?");
    expect_error(&fixture, (struct compare_setting){"seed", "1"},
                 "baseline: no run has a key seed");
    assert_int_equal(compare_create(fixture.runs, 3, both, 2, &comparison, &error),
                     STATUS_BAD_DATA);
    assert_string_equal(error.message, "baseline: no run has all of these settings together");
    fixture.count = 0;
    expect_error(&fixture, async, "there are no runs to compare");
}

static char *printed(const struct comparison *comparison, enum compare_format format) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    compare_print(stream, comparison, format);
    fclose(stream);
    char *copy = memory_copy_text(text); // gcc takes pointers into text itself for dangling
    free(text);
    return copy;
}

// If it failed, the table that "make demo" prints would have changed.
static void compare_print__text__is_an_aligned_table(void **state) {
    (void)state;
    struct fixture fixture = {0};
    add_three_rounds(&fixture);
    struct comparison *comparison = compare(&fixture, &async);
    char *text = printed(comparison, COMPARE_TEXT);
    assert_string_equal(text, "Each round's plain mean over its evaluation points t < end, then "
                              "the mean over the rounds.\n"
                              "Baseline: policy.name=async. Rounds are paired by seed; +/- counts "
                              "the rounds above and below the baseline.\n"
                              "\n"
                              "test accuracy, in percentage points\n"
                              "                      mean of    spread | difference to the "
                              "baseline, round by round                | at the end\n"
                              "policy.name  rounds   t < end (std dev) |      mean   std dev   std "
                              "err     least      most     +/- |     value     diff\n"
                              "async             3    30.000    10.000 | baseline                  "
                              "                                |    50.000\n"
                              "hybrid            3    31.000     8.888 |    +1.000     3.000     "
                              "1.732    -2.000    +4.000     2/1 |    55.000    +5.000\n"
                              "\n"
                              "test loss\n"
                              "                      mean of    spread | difference to the "
                              "baseline, round by round                | at the end\n"
                              "policy.name  rounds   t < end (std dev) |      mean   std dev   std "
                              "err     least      most     +/- |     value     diff\n"
                              "async             3    1.7000    0.1000 | baseline                  "
                              "                                |    1.5000\n"
                              "hybrid            3    1.6900    0.0889 |   -0.0100    0.0300    "
                              "0.0173   -0.0400   +0.0200     1/2 |    1.4500   -0.0500\n"
                              "\n");
    free(text);
    compare_destroy(&comparison);
}

// If it failed, machines would read other numbers than people do.
static void compare_print__json_and_csv__hold_the_same_numbers(void **state) {
    (void)state;
    struct fixture fixture = {0};
    add_three_rounds(&fixture);
    struct comparison *comparison = compare(&fixture, &async);
    char *text = printed(comparison, COMPARE_JSON);
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    const json_t *cell = json_array_get(json_object_get(object, "cells"), 1);
    const json_t *metric = json_object_get(cell, "test_accuracy_points");
    const json_t *difference = json_object_get(metric, "mean_before_end_difference");
    expect_near(json_real_value(json_object_get(difference, "mean")), 1);
    expect_near(json_real_value(json_object_get(difference, "std_dev")), 3);
    assert_int_equal(json_integer_value(json_object_get(difference, "positive")), 2);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(cell, "keys"), "policy.name")), "hybrid");
    json_decref(object);
    free(text);
    text = printed(comparison, COMPARE_CSV);
    assert_non_null(strstr(text, "policy.name,is_baseline,metric,mean_before_end_rounds,"));
    const char *row = strstr(text, "\nhybrid,0,test_accuracy_points,3,");
    assert_non_null(row);
    expect_near(strtod(row + strlen("\nhybrid,0,test_accuracy_points,3,"), NULL), 31);
    free(text);
    compare_destroy(&comparison);
}

// If it failed, a law, whose value holds commas, would break the columns of the CSV.
static void compare_print__csv__quotes_values_with_commas(void **state) {
    (void)state;
    struct fixture fixture = {0};
    add_run(&fixture, "{law: x, a: \"1\"}", 32, 1, 0.20, 0.50);
    add_run(&fixture, "async", 32, 1, 0.20, 0.50);
    struct comparison *comparison = compare(&fixture, NULL);
    char *text = printed(comparison, COMPARE_CSV);
    assert_non_null(strstr(text, "\n\"{law: x, a: \"\"1\"\"}\",0,test_loss,"));
    free(text);
    compare_destroy(&comparison);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spread__eight_numbers__mean_and_deviation_by_hand),
        cmocka_unit_test(cell__text__leaves_out_seed_and_title),
        cmocka_unit_test(compare__three_rounds__gives_the_paired_numbers),
        cmocka_unit_test(compare__two_varied_keys__each_cell_has_its_own_baseline),
        cmocka_unit_test(compare__no_baseline_at_that_batch__says_what_differs),
        cmocka_unit_test(compare__a_key_only_some_cells_have__is_used_when_nothing_else_differs),
        cmocka_unit_test(compare__runs_that_are_not_complete__are_left_out_and_named),
        cmocka_unit_test(compare__a_seed_that_the_baseline_lacks__is_not_paired),
        cmocka_unit_test(compare__a_baseline_that_is_not_there__lists_what_is),
        cmocka_unit_test(compare_print__text__is_an_aligned_table),
        cmocka_unit_test(compare_print__json_and_csv__hold_the_same_numbers),
        cmocka_unit_test(compare_print__csv__quotes_values_with_commas),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
