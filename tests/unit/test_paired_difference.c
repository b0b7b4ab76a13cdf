// SPDX-License-Identifier: GPL-3.0-or-later
// Rounding is no spread, no sign and no rank: what the tests make of differences that are equal but
// for the last digits of doubles.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sim/report/bootstrap.h"
#include "sim/report/compare.h"
#include "sim/report/compare_parts.h"
#include "sim/report/paired_difference.h"
#include "sim/report/paired_t.h"
#include "sim/report/sign_flip.h"
#include "sim/report/wilcoxon.h"
#include "tests/support/compare_runs.h"
#include "tests/support/expect.h"

#define MS INT64_C(1000000)
#define N (double)NAN

// If it failed, four rounds that differ by a tenth of a second each would have a deviation of 1e-16
// and a p of 1e-46.
static void paired_differences__tenths__are_all_the_same(void **state) {
    (void)state;
    const double here[] = {0.3, 0.2, 0.4, 1.1, 100.1};
    const double there[] = {0.2, 0.1, 0.3, 1.0, 100.0};
    double differences[5];
    assert_true(here[0] - there[0] != here[1] - there[1]); // why all this is needed
    paired_differences_of(here, there, 5, differences);
    for (int i = 1; i < 5; i++) {
        expect_within(differences[i], differences[0], 0);
    }
    expect_relative(differences[0], 0.1, 1e-9);
    struct paired_t t = paired_t_of(differences, 5, 0.95);
    assert_true(isnan(t.p) && isnan(t.low));
    expect_within(t.std_dev, 0, 0);
    expect_within(t.mean, differences[0], 0);
}

// If it failed, a real difference would be taken for rounding, a small round would vanish beside a
// large one, or a round without a number would get one.
static void paired_differences__what_is_resolved__stays_as_it_is(void **state) {
    (void)state;
    const double here[] = {1 + 1e-8, 1 + 2e-8, 1e-3, 1e12 + 7, N, 5, 1e-300, 1};
    const double there[] = {1, 1, 2e-3, 1e12, 1, N, 0, 1 + 1e-12};
    double differences[8];
    paired_differences_of(here, there, 8, differences);
    expect_within(differences[0], here[0] - there[0], 0);
    expect_within(differences[1], here[1] - there[1], 0);
    expect_within(differences[2], -1e-3, 0);
    expect_within(differences[3], 0, 0); // 7 of 1e12 is below 1e-9
    assert_true(isnan(differences[4]) && isnan(differences[5]));
    expect_within(differences[6], 1e-300, 0);
    expect_within(differences[7], 0, 0);
}

// If it failed, the same rounds in another order of files would have other numbers.
static void paired_differences__in_another_order__are_the_same(void **state) {
    (void)state;
    enum { ROUNDS = 7 };
    const double here[ROUNDS] = {0.3, 1.1, 0.7, 0.2, 0.9, 0.4, 0.15};
    const double there[ROUNDS] = {0.2, 1.2, 0.5, 0.1, 0.7, 0.5, 0.05};
    double differences[ROUNDS];
    paired_differences_of(here, there, ROUNDS, differences);
    for (int shift = 1; shift < ROUNDS; shift++) {
        double here_shifted[ROUNDS];
        double there_shifted[ROUNDS];
        double shifted[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            here_shifted[i] = here[(i + shift) % ROUNDS];
            there_shifted[i] = there[(i + shift) % ROUNDS];
        }
        paired_differences_of(here_shifted, there_shifted, ROUNDS, shifted);
        for (int i = 0; i < ROUNDS; i++) {
            expect_within(shifted[i], differences[(i + shift) % ROUNDS], 0);
        }
    }
}

// If it failed, the last digits of doubles would rank equal differences. By hand: the sizes .1
// (four times), .2 (twice) and .55 have the ranks 2.5, 5.5 and 7, and W of the negative ones is 7.
// Of the 128 sets of ranks the empty one, four {2.5}, six {2.5, 2.5}, two {5.5} and {7} add up to 7
// or less: p = 2 * 14 / 128. (R: x <- c(rep(2.5, 4), 5.5, 5.5, 7); 2 *
// mean(as.matrix(expand.grid(rep(list(0:1), 7))) %*% x <= 7))
static void wilcoxon__tenths_and_zeros__has_the_ties_that_are_there(void **state) {
    (void)state;
    const double here[] = {0.2, 0.3, 0.1 + 0.2, 0.7, 0.9, 0.3, 0.2, 0.4, 1.1, 0.5, 0.9};
    const double there[] = {0.75, 0.1 + 0.2, 0.3, 0.7, 0.9, 0.2, 0.1, 0.3, 1.0, 0.3, 0.7};
    double differences[11];
    paired_differences_of(here, there, 11, differences);
    struct wilcoxon wilcoxon = wilcoxon_of(differences, 11);
    assert_int_equal(wilcoxon.pairs, 7);
    assert_int_equal(wilcoxon.zeros, 4);
    assert_true(wilcoxon.ties);
    expect_within(wilcoxon.w, 21, 0);
    expect_within(wilcoxon.p, 0.21875, 1e-15);
}

// If it failed, samples that hold one value only would send the interval to 1e16: of ten draws out
// of nine tenths and a .3, one in three has nothing but tenths.
static void bootstrap__samples_of_equal_values__have_no_statistic(void **state) {
    (void)state;
    const double values[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3};
    struct bootstrap_interval interval = bootstrap_t_of(values, 10, 0.95, 999, 1);
    assert_true(interval.low > -1 && interval.high < 1);
}

// If it failed, signs that leave no spread would have a large t by rounding instead of an infinite
// one. Each cell's distances from its mean are all alike, and in two of the 32 sign patterns, more
// than 5 %, one cell or the other has no spread: there is no interval.
static void sign_flip__signs_that_leave_no_spread__have_infinite_t(void **state) {
    (void)state;
    const double differences[] = {0.3, 0.3, 0.3, 0.1, 0.1, 0.1, 0.3, 0.1, 0.3, 0.1, 0.3, 0.1};
    struct sign_flip_cell results[2];
    struct sign_flip_family family = sign_flip_max_t(differences, 2, 6, 0.95, 1, results);
    assert_true(isinf(family.critical));
    assert_true(isinf(results[0].low) && isinf(results[1].high));
    expect_within(results[0].p, 1.0 / 32, 1e-15);
}

// If it failed, a side that is constant but for rounding would have a correlation.
static void pairing__a_side_without_spread__has_no_correlation(void **state) {
    (void)state;
    const double a[] = {0.1 + 0.2, 0.3, 0.3};
    const double b[] = {1, 2, 4};
    assert_true(a[0] != a[1]);
    struct pairing pairing = pairing_of(a, b, 3);
    assert_true(isnan(pairing.correlation) && isnan(pairing.variance_ratio));
}

// If it failed, a table would call rounding significant. Each best accuracy is 2.5 points lower.
static void compare__the_same_difference_in_every_round__is_no_spread(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    const int best = RUN_TEST_ACCURACY * COMPARE_FORMS + COMPARE_BEST;
    const double accuracies[] = {0.31, 0.43, 0.57, 0.71, 0.83, 0.97};
    for (int i = 0; i < 6; i++) {
        compare_runs_add(&fixture, "async", 32, (uint64_t)i + 1, accuracies[i] / 2, 0.1);
        compare_runs_add(&fixture, "hybrid", 32, (uint64_t)i + 1, (accuracies[i] - 0.025) / 2, 0.1);
    }
    struct comparison *comparison = compare_runs_compare(&fixture, &compare_runs_async);
    const struct compare_numbers *numbers = &comparison->cells[1].numbers[best];
    expect_relative(numbers->t.mean, -2.5, 1e-9);
    expect_within(numbers->t.std_dev, 0, 0);
    assert_true(isnan(numbers->t.p) && isnan(numbers->p_holm) && isnan(numbers->simultaneous.p));
    assert_true(isnan(numbers->t.low));
    assert_string_equal(compare_verdict(numbers), "no spread");
    assert_int_equal(comparison->families[best].cells, 0);
    const struct compare_numbers *finals = &comparison->cells[1].numbers[FINAL];
    assert_string_equal(compare_verdict(finals), "zero");
    compare_destroy(&comparison);
}

// If it failed, times that all differ by .1 s would be significant to 2e-46. Each run crosses in
// the middle of its first interval.
static void compare__times_a_tenth_of_a_second_apart__are_no_spread(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    const int64_t first_ms[] = {200, 400, 1000, 1400};
    for (int i = 0; i < 4; i++) {
        compare_runs_add(&fixture, "async", 32, (uint64_t)i + 1, 0.4, 0.8);
        fixture.rows[2 * i][1].time_ns = first_ms[i] * MS;
        compare_runs_add(&fixture, "hybrid", 32, (uint64_t)i + 1, 0.4, 0.8);
        fixture.rows[2 * i + 1][1].time_ns = (first_ms[i] + 200) * MS;
    }
    struct compare_options options = compare_runs_options(&compare_runs_async);
    options.target = 0.7;
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    const struct compare_numbers *times = &comparison->cells[1].numbers[COMPARE_TIME_TO_ACCURACY];
    expect_relative(times->t.mean, 0.1, 1e-9);
    expect_within(times->t.std_dev, 0, 0);
    assert_true(isnan(times->t.p));
    assert_string_equal(compare_verdict(times), "no spread");
    compare_destroy(&comparison);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paired_differences__tenths__are_all_the_same),
        cmocka_unit_test(paired_differences__what_is_resolved__stays_as_it_is),
        cmocka_unit_test(paired_differences__in_another_order__are_the_same),
        cmocka_unit_test(wilcoxon__tenths_and_zeros__has_the_ties_that_are_there),
        cmocka_unit_test(bootstrap__samples_of_equal_values__have_no_statistic),
        cmocka_unit_test(sign_flip__signs_that_leave_no_spread__have_infinite_t),
        cmocka_unit_test(pairing__a_side_without_spread__has_no_correlation),
        cmocka_unit_test(compare__the_same_difference_in_every_round__is_no_spread),
        cmocka_unit_test(compare__times_a_tenth_of_a_second_apart__are_no_spread),
    };
    return cmocka_run_group_tests_name("paired_difference", tests, NULL, NULL);
}
