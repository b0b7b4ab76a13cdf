// SPDX-License-Identifier: GPL-3.0-or-later
// Which cells count, which are shown, and what a baseline may be.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/compare.h"
#include "sim/report/compare_parts.h"
#include "tests/support/compare_runs.h"
#include "tests/support/expect.h"

// The first two cells, async and hybrid, are the same run under two names; so are sync and another
// policy of the name both. Three rounds: differences to the baseline of 1, 2 and 4.5 points.
static void add_same_runs(struct compare_runs *fixture) {
    static const double differences[] = {0.01, 0.02, 0.045};
    static const char *const names[] = {"async", "hybrid", "sync", "both", "ssp"};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        for (int i = 0; i < 5; i++) {
            double mean = 0.20 + (i < 2 ? 0 : i < 4 ? differences[seed - 1] : 0.001 * (double)seed);
            compare_runs_add(fixture, names[i], 32, seed, mean, 0.50);
            struct compare_run *run = &fixture->runs[fixture->count - 1];
            run->timeline_fingerprint = 100 * seed + (i < 2 ? 1 : i < 4 ? 2 : 3);
            run->parameter_fingerprint = 7;
        }
    }
}

// If it failed, hybrid with K = 1 beside async, which is the same run, would make every other cell
// less significant. Student's t of 1, 2 and 4.5: mean 2.5, deviation 1.8028, t = 2.4019, p =
// .13828; of .1, .2 and .3: t = 2 sqrt(3), p = .07418. A family of two: Holm makes .14836 of the
// lesser, and of the other the greater of that and .13828. R: p.adjust(c(.13828, .07418), "holm")
static void compare__cells_that_are_the_same_run__count_once(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    add_same_runs(&fixture);
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    assert_int_equal(comparison->cells[1].same_as, 0);
    assert_int_equal(comparison->cells[3].same_as, 2);
    assert_int_equal(comparison->cells[4].same_as, 4);
    assert_string_equal(compare_verdict(&comparison->cells[1].numbers[MEAN]), "same run");
    expect_relative(comparison->cells[2].numbers[MEAN].t.p, 0.138276, 1e-4);
    expect_relative(comparison->cells[4].numbers[MEAN].t.p, 0.0741799, 1e-4);
    expect_relative(comparison->cells[2].numbers[MEAN].p_holm, 0.1483598, 1e-4);
    expect_relative(comparison->cells[3].numbers[MEAN].p_holm, 0.1483598, 1e-4);
    expect_relative(comparison->cells[4].numbers[MEAN].p_holm, 0.1483598, 1e-4);
    assert_int_equal(comparison->families[MEAN].cells, 2);
    char *text = compare_runs_notes(comparison);
    assert_non_null(strstr(text, "note: the same run, bit for bit, under two names, which counts "
                                 "once: policy.name=async and policy.name=hybrid\n"));
    memory_free(text);
    compare_destroy(&comparison);
    fixture.rows[1][1].test_loss = 7; // of hybrid, seed 1: another evaluation is another number
    comparison = compare_runs_compare(&fixture, &compare_runs_async);
    assert_int_equal(comparison->cells[1].same_as, 1);
    compare_destroy(&comparison);
}

// If it failed, compare and report would end as by a bug (70) where a cell before the baseline's is
// the same run as the baseline.
static void compare__cell_before_its_baseline__may_be_the_same_run(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    add_same_runs(&fixture);
    const struct compare_setting hybrid = {"policy.name", "hybrid"};
    struct comparison *comparison = compare_runs_compare(&fixture, &hybrid);
    assert_string_equal(compare_verdict(&comparison->cells[0].numbers[MEAN]), "same run");
    assert_int_equal(comparison->families[MEAN].cells, 2);
    compare_destroy(&comparison);
}

// If it failed, a baseline that two names have would be refused as if there were two of it.
static void compare__baselines_that_are_the_same_run__are_one(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    add_same_runs(&fixture);
    struct compare_options options = compare_default_options();
    const enum compare_holding holding[15] = {COMPARE_HAS, COMPARE_HAS, 0, 0, 0,
                                              COMPARE_HAS, COMPARE_HAS, 0, 0, 0,
                                              COMPARE_HAS, COMPARE_HAS, 0, 0, 0};
    options.baseline = &(struct compare_setting){"policy", "{async, or hybrid with K = 1}"};
    options.baseline_count = 1;
    options.holding = holding;
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    assert_int_equal(comparison->baseline_count, 2);
    assert_int_equal(comparison->cells[4].candidates, 1);
    assert_int_equal(comparison->cells[4].baseline, 0);
    compare_destroy(&comparison);
}

// If it failed, the best ten of a hundred cells could not be looked at; or showing few would make
// them more significant.
static void compare__sorted__shows_the_best_first_and_the_baseline(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_twelve_rounds(&fixture);
    struct compare_options options = compare_runs_options(&compare_runs_async);
    struct comparison *all = compare_runs_compare_with(&fixture, &options);
    options.sorted = true;
    options.sort = RUN_TEST_LOSS * COMPARE_FORMS + COMPARE_MEAN; // 2 minus the accuracy
    options.top = 1;
    struct comparison *top = compare_runs_compare_with(&fixture, &options);
    assert_int_equal(top->order_count, 2);
    assert_string_equal(top->cells[top->order[0]].values[0], "hybrid");
    assert_string_equal(top->cells[top->order[1]].values[0], "async"); // sync is better by .01
    expect_within(top->cells[1].numbers[MEAN].p_holm, all->cells[1].numbers[MEAN].p_holm, 0);
    char *text = compare_runs_notes(top);
    assert_non_null(strstr(text, "note: 2 of 3 cells are shown; Holm's p, max-T and which is best "
                                 "are over all\n"));
    memory_free(text);
    compare_destroy(&top);
    options.sort = MEAN;
    options.top = 0;
    top = compare_runs_compare_with(&fixture, &options);
    assert_int_equal(top->order_count, 3);
    assert_string_equal(top->cells[top->order[0]].values[0], "hybrid");
    compare_destroy(&top);
    compare_destroy(&all);
}

// If it failed, whoever takes the best cell for the baseline, after looking, would not be told what
// its lead is worth.
static void compare__baseline_that_is_the_best__is_warned_of(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add_three_rounds(&fixture);
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    char *text = compare_runs_notes(comparison);
    assert_null(strstr(text, "warning: the baseline is the best"));
    memory_free(text);
    compare_destroy(&comparison);
    const struct compare_setting hybrid = {"policy.name", "hybrid"};
    comparison = compare_runs_compare(&fixture, &hybrid);
    text = compare_runs_notes(comparison);
    assert_non_null(strstr(text, "warning: the baseline is the best of what it is compared with"));
    memory_free(text);
    compare_destroy(&comparison);
}

// If it failed, the best cell under a second name would silence that warning: "both" is "sync".
static void compare__baseline_that_is_the_best_under_two_names__is_warned_of(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    add_same_runs(&fixture);
    const struct compare_setting sync = {"policy.name", "sync"};
    struct comparison *comparison = compare_runs_compare(&fixture, &sync);
    char *text = compare_runs_notes(comparison);
    assert_non_null(strstr(text, "warning: the baseline is the best of what it is compared with"));
    memory_free(text);
    compare_destroy(&comparison);
}

// A run with this delay; async, a batch of 32.
static void add_with_delay(struct compare_runs *fixture, const char *delay) {
    size_t i = fixture->count;
    compare_runs_add(fixture, "async", 32, 1, 0.2 + 0.01 * (double)i, 0.5);
    size_t used = strlen(fixture->scenarios[i]);
    int length = snprintf(fixture->scenarios[i] + used, sizeof fixture->scenarios[i] - used,
                          "cluster:\n  delay: %s\n", delay);
    assert_true((size_t)length < sizeof fixture->scenarios[i] - used);
}

// If it failed, a table would repeat a whole law in every row where one number of it varies.
static void compare__parameters_of_one_law__are_keys_of_their_own(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    add_with_delay(&fixture, "{law: gamma, mean: 1 s, cv: 0.5, workers: 2, who: fixed}");
    add_with_delay(&fixture, "{law: gamma, mean: 2 s, cv: 0.5, workers: 2, who: fixed}");
    add_with_delay(&fixture, "{law: gamma, mean: 2 s, cv: 0.5, workers: 3, who: fixed}");
    const struct compare_setting two = {"cluster.delay.mean", "2 s"};
    struct compare_options options = compare_runs_options(&two);
    fixture.count = 2;
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    assert_int_equal(comparison->key_count, 1);
    assert_string_equal(comparison->keys[0], "cluster.delay.mean");
    assert_string_equal(comparison->cells[0].values[0], "1 s");
    assert_true(comparison->cells[1].is_baseline);
    assert_int_equal(comparison->cells[0].mismatches, 0);
    compare_destroy(&comparison);
    fixture.count = 3;
    options.baseline = &(struct compare_setting){"cluster.delay.workers", "2"};
    comparison = compare_runs_compare_with(&fixture, &options);
    assert_int_equal(comparison->key_count, 2);
    assert_string_equal(comparison->keys[1], "cluster.delay.workers");
    assert_int_equal(comparison->cells[2].baseline, 1);
    const char *const tuned[] = {"cluster.delay"}; // the whole law is each of its parameters
    options.tuned = tuned;
    options.tuned_count = 1;
    options.baseline = &(struct compare_setting){"cluster.delay.mean", "1 s"};
    compare_destroy(&comparison);
    comparison = compare_runs_compare_with(&fixture, &options);
    assert_int_equal(comparison->cells[2].mismatches, 0);
    compare_destroy(&comparison);
}

// If it failed, where the laws differ a cell would be said to differ from its baseline elsewhere,
// too, for the parameter that the baseline names; or not for another one.
static void compare__laws_that_differ__are_held_against_each_other_by_parameter(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    char text[COMPARE_VALUE_SIZE];
    add_with_delay(&fixture, "{law: gamma, mean: 1 s, cv: 0.5, workers: 2, who: fixed}");
    add_with_delay(&fixture, "{law: gamma, mean: 2 s, cv: 0.5, workers: 2, who: fixed}");
    add_with_delay(&fixture, "{law: gamma, mean: 2 s, cv: 0.7, workers: 2, who: fixed}");
    add_with_delay(&fixture, "{law: exponential, mean: 2 s, workers: 2, who: fixed}");
    add_with_delay(&fixture, "none");
    const struct compare_setting one = {"cluster.delay.mean", "1 s"};
    const size_t mismatches[] = {0, 0, 1, 1, 1};
    const char *const readable[] = {"gamma, mean 1 s, cv 0.5", "gamma, mean 2 s, cv 0.5",
                                    "gamma, mean 2 s, cv 0.7", "exponential, mean 2 s", "none"};
    struct comparison *comparison = compare_runs_compare(&fixture, &one);
    assert_int_equal(comparison->key_count, 1);
    assert_string_equal(comparison->keys[0], "cluster.delay");
    for (size_t i = 0; i < fixture.count; i++) {
        const struct compare_cell *cell = &comparison->cells[i];
        assert_int_equal(cell->mismatches, mismatches[i]);
        assert_string_equal(compare_readable_value(comparison, cell, 0, text), readable[i]);
    }
    compare_destroy(&comparison);
}

// If it failed, two cells with one reason would look like one note that is printed twice.
static void compare__notes_on_cells__are_told_apart(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add(&fixture, "async", 32, 1, 0.20, 0.50);
    compare_runs_add(&fixture, "hybrid", 64, 1, 0.30, 0.50);
    compare_runs_add(&fixture, "sync", 64, 1, 0.40, 0.50);
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    char *text = compare_runs_notes(comparison);
    static const char expected[] =
        "note: compared with a baseline that differs elsewhere, too: training.batch 64 (baseline "
        "32): policy.name=hybrid training.batch=64\n"
        "note: compared with a baseline that differs elsewhere, too: training.batch 64 (baseline "
        "32): policy.name=sync training.batch=64\n";
    assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
    memory_free(text);
    compare_destroy(&comparison);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compare__cells_that_are_the_same_run__count_once),
        cmocka_unit_test(compare__cell_before_its_baseline__may_be_the_same_run),
        cmocka_unit_test(compare__baselines_that_are_the_same_run__are_one),
        cmocka_unit_test(compare__sorted__shows_the_best_first_and_the_baseline),
        cmocka_unit_test(compare__baseline_that_is_the_best__is_warned_of),
        cmocka_unit_test(compare__baseline_that_is_the_best_under_two_names__is_warned_of),
        cmocka_unit_test(compare__parameters_of_one_law__are_keys_of_their_own),
        cmocka_unit_test(compare__laws_that_differ__are_held_against_each_other_by_parameter),
        cmocka_unit_test(compare__notes_on_cells__are_told_apart),
    };
    return cmocka_run_group_tests_name("compare_cells", tests, NULL, NULL);
}
