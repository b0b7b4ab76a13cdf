// SPDX-License-Identifier: GPL-3.0-or-later
// The paired comparison: cells, baselines, rounds, and numbers worked out by hand.
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
#include "sim/report/compare_parts.h"
#include "sim/report/spread.h"
#include "tests/support/compare_runs.h"
#include "tests/support/expect.h"

#define S INT64_C(1000000000)

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

// If it failed, the table would not hold what its headings say. t is 1 / sqrt 3 with 2 degrees of
// freedom: p = 1 - t / sqrt(2 + t^2), and the interval's half is 4.302652729911275 (R: qt(.975, 2))
// times sqrt 3.
static void compare__three_rounds__gives_the_paired_numbers(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    assert_int_equal(comparison->cell_count, 2);
    assert_int_equal(comparison->key_count, 1);
    assert_string_equal(comparison->keys[0], "policy.name");
    assert_true(comparison->cells[0].is_baseline);
    const struct compare_cell *cell = &comparison->cells[1];
    const struct compare_numbers *numbers = &cell->numbers[MEAN];
    assert_string_equal(cell->values[0], "hybrid");
    assert_int_equal(cell->baseline, 0);
    expect_near(numbers->value.mean, 31);
    assert_int_equal(numbers->t.pairs, 3);
    expect_near(numbers->t.mean, 1);
    expect_near(numbers->t.std_dev, 3);
    expect_near(numbers->t.std_err, sqrt(3));
    expect_within(numbers->t.low, 1 - 4.302652729911275 * sqrt(3), 1e-9);
    expect_within(numbers->t.p, 1 - sqrt(1.0 / 3) / sqrt(2 + 1.0 / 3), 1e-9);
    expect_near(numbers->p_holm, numbers->t.p);
    expect_near(numbers->difference.least, -2);
    expect_near(numbers->difference.most, 4);
    assert_int_equal(numbers->difference.positive, 2);
    assert_int_equal(numbers->difference.negative, 1);
    expect_near(numbers->wilcoxon.w, 4); // the ranks of 1 and 4
    expect_near(numbers->wilcoxon.least_p, 0.25);
    expect_near(numbers->simultaneous.p, 0.75); // of +++ and three others only ++- has less
    assert_true(isnan(numbers->bootstrap.low));
    expect_near(cell->numbers[FINAL].value.mean, 55);
    expect_near(cell->numbers[FINAL].t.mean, 5);
    expect_near(cell->numbers[RUN_TEST_LOSS * COMPARE_FORMS].t.mean, -0.01);
    assert_false(comparison->measured[RUN_TRAIN_LOSS * COMPARE_FORMS]);
    assert_string_equal(compare_verdict(numbers), "not significant");
    compare_destroy(&comparison);
    assert_null(comparison);
}

// If it failed, batch 64 would be compared with the baseline at batch 32.
static void compare__two_varied_keys__each_cell_has_its_own_baseline(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add(&fixture, "hybrid", 64, 1, 0.30, 0.3);
    compare_runs_add(&fixture, "async", 32, 1, 0.10, 0.1);
    compare_runs_add(&fixture, "async", 64, 1, 0.25, 0.2);
    compare_runs_add(&fixture, "hybrid", 32, 1, 0.11, 0.3);
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    assert_int_equal(comparison->key_count, 2);
    assert_int_equal(comparison->cells[0].baseline, 2);
    assert_int_equal(comparison->cells[3].baseline, 1);
    assert_int_equal(comparison->cells[0].mismatches, 0);
    expect_near(comparison->cells[0].numbers[MEAN].t.mean, 5);
    expect_near(comparison->cells[3].numbers[MEAN].t.mean, 1);
    assert_string_equal(compare_verdict(&comparison->cells[0].numbers[MEAN]), "one round");
    compare_destroy(&comparison);
}

// If it failed, a comparison that is not like for like would look as if it were.
static void compare__no_baseline_at_that_batch__says_what_differs(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    char *text = NULL;
    size_t size = 0;
    compare_runs_add(&fixture, "hybrid", 64, 1, 0.30, 0.3);
    compare_runs_add(&fixture, "async", 32, 1, 0.10, 0.1);
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    assert_int_equal(comparison->cells[0].mismatches, 1);
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    compare_print_notes(stream, comparison);
    fclose(stream);
    assert_string_equal(text, "note: compared with a baseline that differs elsewhere, too: "
                              "training.batch 64 (baseline 32): "
                              "policy.name=hybrid training.batch=64\n"
                              "note: one pair has no spread: no interval, no test\n");
    free(text);
    compare_destroy(&comparison);
}

// If it failed, cells that differ only in a key that one of them lacks would look the same.
static void compare__a_key_only_some_cells_have__is_used_when_nothing_else_differs(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add(&fixture, "hybrid", 32, 1, 0.30, 0.3);
    compare_runs_add(&fixture, "hybrid", 32, 1, 0.10, 0.1);
    char *line = strstr(fixture.scenarios[1], "  pushed_worker: waits\n");
    memmove(line, line + 23, strlen(line + 23) + 1);
    struct comparison *comparison = compare_runs_compare(&fixture, NULL);
    assert_int_equal(comparison->cell_count, 2);
    assert_int_equal(comparison->key_count, 1);
    assert_string_equal(comparison->keys[0], "policy.pushed_worker");
    assert_string_equal(comparison->cells[0].values[0], "waits");
    assert_null(comparison->cells[1].values[0]);
    compare_destroy(&comparison);
}

// If it failed, half a run would count as a whole one, or vanish without a word.
static void compare__runs_that_did_not_finish__are_left_out_and_named(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    compare_runs_add(&fixture, "hybrid", 32, 3, 0.99, 0.99);
    fixture.runs[4].status = RUN_INTERRUPTED;
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    assert_int_equal(comparison->cells[1].run_count, 2);
    assert_int_equal(comparison->cells[1].numbers[MEAN].t.pairs, 2);
    expect_near(comparison->cells[1].numbers[MEAN].t.mean, 1); // of 4 and -2
    char *text = compare_runs_notes(comparison);
    const char *left_out = strstr(text, "left out:");
    assert_non_null(left_out);
    assert_string_equal(left_out,
                        "left out: run4.h5 (seed 1) did not finish: interrupted at 2.000 s\n"
                        "left out: run6.h5 repeats seed 3 of its cell\n"
                        "2 of 7 runs left out\n");
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, a policy would gain by diverging: its bad rounds would just be missing.
static void compare__diverged_runs__are_counted_tested_and_marked(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    fixture.runs[4].status = RUN_DIVERGED; // hybrid, seed 1
    fixture.rows[3][2].test_loss = 4.7;    // hybrid, seed 3, is complete and worse than guessing
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    const struct compare_cell *cell = &comparison->cells[1];
    assert_int_equal(cell->run_count, 3);
    assert_int_equal(cell->diverged.happened, 2);
    expect_near(cell->diverged.rate, 2.0 / 3);
    assert_int_equal(cell->only_this, 2);
    assert_int_equal(cell->only_baseline, 0);
    assert_int_equal(cell->numbers[MEAN].pairs_diverged, 2);
    assert_int_equal(cell->numbers[MEAN].t.pairs, 1);
    expect_near(cell->numbers[MEAN].t.mean, 4);
    assert_int_equal(cell->numbers[MEAN].value.rounds, 1);
    char *text = compare_runs_notes(comparison);
    assert_non_null(strstr(text, "note: ! 2 of 3 pairs diverged (2 here, 0 in the baseline, 0 in "
                                 "both): "));
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, a loss that overflowed in the middle of a run would make everything significant, or
// its pair would vanish without a word.
static void compare__a_value_that_is_not_finite__is_out_and_said(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    fixture.rows[4][1].test_loss = (double)INFINITY; // hybrid, seed 1, at 1 s; it ends well
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    const struct compare_numbers *losses =
        &comparison->cells[1].numbers[RUN_TEST_LOSS * COMPARE_FORMS + COMPARE_MEAN];
    assert_int_equal(losses->t.pairs, 2);
    assert_int_equal(losses->pairs_without, 1);
    assert_int_equal(losses->pairs_diverged, 0);
    assert_int_equal(losses->value.rounds, 2);
    assert_int_equal(comparison->cells[1].numbers[MEAN].pairs_without, 0);
    char *text = compare_runs_notes(comparison);
    assert_non_null(strstr(text,
                           "note: ? 1 of 3 pairs have no finite test_loss_mean on one side and "
                           "are out: policy.name=hybrid\n"));
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, times to an accuracy would be those of the runs that got there. At 60 % async gets
// there in the round of seed 3 only (0.8 at 1 s, then 0.5), hybrid in those of 2 (0.68) and 3
// (0.76); kept for one evaluation, each crossing lies between 0 and 1 s; the horizon is 2 s.
static void compare__time_to_accuracy__is_a_restricted_mean(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    fixture.rows[3][2].test_accuracy = 0.55;
    struct compare_options options = compare_runs_options(&compare_runs_async);
    options.target = 0.62;
    options.sustained = 1;
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    const struct compare_numbers *times = &comparison->cells[1].numbers[COMPARE_TIME_TO_ACCURACY];
    assert_int_equal(comparison->horizon_ns, 2 * S);
    expect_near(comparison->cells[0].numbers[COMPARE_TIME_TO_ACCURACY].value.mean, 4.5 / 3);
    expect_near(comparison->cells[0].numbers[COMPARE_TIME_TO_ACCURACY].reached, 1.0 / 3);
    expect_near(times->value.mean, 3.0 / 3);
    expect_near(times->reached, 2.0 / 3);
    expect_near(times->t.mean, -1.5 / 3);
    expect_near(times->difference_least, (-2.0 - 1.0) / 3);
    expect_near(times->difference_most, (-1.0 + 1.0) / 3);
    assert_int_equal(times->wilcoxon.zeros, 2);
    compare_destroy(&comparison);
    fixture.runs[3].status = RUN_DIVERGED; // it never gets there, and stays in
    comparison = compare_runs_compare_with(&fixture, &options);
    times = &comparison->cells[1].numbers[COMPARE_TIME_TO_ACCURACY];
    assert_int_equal(times->t.pairs, 3);
    expect_near(times->value.mean, 4.5 / 3);
    compare_destroy(&comparison);
}

// If it failed, learning rates tuned for each policy would be taken for a mistake, or not be shown.
static void compare__tuned_keys__may_differ_and_are_shown(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    const char *const tuned[] = {"training.batch"};
    compare_runs_add(&fixture, "async", 32, 1, 0.20, 0.50);
    compare_runs_add(&fixture, "hybrid", 64, 1, 0.30, 0.50);
    struct compare_options options = compare_runs_options(&compare_runs_async);
    options.tuned = tuned;
    options.tuned_count = 1;
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    assert_int_equal(comparison->cells[1].mismatches, 0);
    char *text = compare_runs_notes(comparison);
    assert_string_equal(text, "note: tuned for each: training.batch is 64, in the baseline 32: "
                              "policy.name=hybrid training.batch=64\n"
                              "note: one pair has no spread: no interval, no test\n");
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, the numbers that need more rounds would not reach the table, or would be told of
// the wrong cell. R: x <- 1 + .5 * 0:11; t.test(x); wilcox.test(x)$p.value; Stein with qt(.975, 11)
static void compare__twelve_rounds__has_every_number(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_twelve_rounds(&fixture);
    struct compare_options options = compare_runs_options(&compare_runs_async);
    options.precision = 0.5;
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    const struct compare_numbers *hybrid = &comparison->cells[1].numbers[MEAN];
    const struct compare_numbers *sync = &comparison->cells[2].numbers[MEAN];
    expect_within(hybrid->t.low, 2.604571007, 1e-8);
    expect_within(hybrid->t.high, 4.895428993, 1e-8);
    expect_relative(hybrid->wilcoxon.p, 0.00048828125, 1e-12);
    expect_within(hybrid->p_holm, 2 * hybrid->t.p, 1e-15);
    expect_within(hybrid->simultaneous.p, 1.0 / 2048, 1e-15);
    assert_true(hybrid->simultaneous.low > 0 && hybrid->simultaneous.low < hybrid->t.low);
    assert_true(hybrid->bootstrap.low > 2 && hybrid->bootstrap.high < 5.5);
    expect_within(hybrid->rounds_needed, 63, 0);
    assert_string_equal(compare_verdict(hybrid), "significant");
    assert_string_equal(compare_verdict(sync), "not significant");
    assert_true(sync->simultaneous.low < 0 && sync->simultaneous.high > 0);
    assert_true(sync->pairing.correlation > 0.99);
    assert_int_equal(comparison->families[MEAN].cells, 2);
    char *text = compare_runs_notes(comparison);
    assert_non_null(strstr(text, "note: max-T and simultaneous intervals: all sign patterns of 12 "
                                 "rounds over 2 cells\n"));
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, rounds without a partner would be paired with another round.
static void compare__a_seed_that_the_baseline_lacks__is_not_paired(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add(&fixture, "async", 32, 1, 0.20, 0.50);
    compare_runs_add(&fixture, "hybrid", 32, 1, 0.30, 0.50);
    compare_runs_add(&fixture, "hybrid", 32, 2, 0.40, 0.50);
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    const struct compare_numbers *numbers = &comparison->cells[1].numbers[MEAN];
    assert_int_equal(numbers->value.rounds, 2);
    expect_near(numbers->value.mean, 35);
    assert_int_equal(numbers->t.pairs, 1);
    expect_near(numbers->t.mean, 10);
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
        cmocka_unit_test(compare__runs_that_did_not_finish__are_left_out_and_named),
        cmocka_unit_test(compare__diverged_runs__are_counted_tested_and_marked),
        cmocka_unit_test(compare__a_value_that_is_not_finite__is_out_and_said),
        cmocka_unit_test(compare__time_to_accuracy__is_a_restricted_mean),
        cmocka_unit_test(compare__tuned_keys__may_differ_and_are_shown),
        cmocka_unit_test(compare__twelve_rounds__has_every_number),
        cmocka_unit_test(compare__a_seed_that_the_baseline_lacks__is_not_paired),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
