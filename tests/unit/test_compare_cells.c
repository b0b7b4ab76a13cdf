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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compare__cells_that_are_the_same_run__count_once),
        cmocka_unit_test(compare__baselines_that_are_the_same_run__are_one),
        cmocka_unit_test(compare__sorted__shows_the_best_first_and_the_baseline),
        cmocka_unit_test(compare__baseline_that_is_the_best__is_warned_of),
        cmocka_unit_test(compare__baseline_that_is_the_best_under_two_names__is_warned_of),
    };
    return cmocka_run_group_tests_name("compare_cells", tests, NULL, NULL);
}
