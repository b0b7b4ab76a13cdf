// SPDX-License-Identifier: GPL-3.0-or-later
// Multiple comparisons with the best, against R 4.2.2: the call stands beside the numbers.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/report/best.h"
#include "tests/support/expect.h"

#define N (double)NAN

enum { CELLS = 4, ROUNDS = 5 };

static const double accuracies[CELLS * ROUNDS] = {
    84.1, 86.0, 83.2, 85.5, 84.9, // is ahead of the third by .16, with both signs
    82.0, 84.8, 82.5, 83.9, 83.1, // behind the first in every round
    84.0, 85.2, 84.1, 85.0, 84.6, //
    75.0, 80.3, 77.7, 70.9, 79.2, // far behind, and with a wide spread
};

static void expect_interval(struct best_interval interval, double low, double high) {
    expect_within(interval.low, low, 1e-11);
    expect_within(interval.high, high, 1e-11);
}

// If it failed, a cell would be called the best that may not be, or thrown out though it may be.
// R, with y the four rows above: k <- 4; n <- 5; q <- qt(1 - .05 / (k - 1), n - 1); d <- h <-
// matrix(0, k, k); for (i in 1:k) for (j in 1:k) { e <- y[i, ] - y[j, ]; d[i, j] <- mean(e);
// h[i, j] <- q * sd(e) / sqrt(n) }; u <- sapply(1:k, function(i) min((d + h)[i, -i]));
// G <- which(u >= 0); low <- sapply(1:k, function(i) { o <- setdiff(G, i);
// if (length(o)) min(0, (d - h)[i, o]) else 0 }); cbind(low, pmax(0, u))
static void best_intervals__four_cells__agree_with_r(void **state) {
    (void)state;
    struct best_interval results[CELLS];
    best_intervals(accuracies, CELLS, ROUNDS, false, 0.95, results);
    expect_interval(results[0], -0.761280589609465, 1.081280589609470);
    expect_interval(results[1], -2.256572495842463, 0);
    expect_interval(results[2], -1.081280589609470, 0.761280589609465);
    expect_interval(results[3], -13.708692103146744, 0);
    assert_string_equal(best_verdict(&results[0]), "may be the best");
    assert_string_equal(best_verdict(&results[1]), "not the best");
    assert_string_equal(best_verdict(&results[2]), "may be the best");
}

// If it failed, the intervals would not be those of the constrained method whatever the critical
// value, or would not be safe: R's multcomp 1.4-22, the same rounds.
//   library(multcomp)
//   mcb <- function(y, critical) { k <- nrow(y); n <- ncol(y); d <- h <- matrix(0, k, k)
//     for (i in 1:k) { D <- y[i, ] - t(y[-i, ])
//       g <- glht(parm(colMeans(D), cov(D) / n, df = n - 1), diag(k - 1), alternative = "less")
//       ci <- confint(g, calpha = critical(g))$confint
//       d[i, -i] <- ci[, "Estimate"]; h[i, -i] <- ci[, "upr"] - ci[, "Estimate"] }
//     u <- sapply(1:k, function(i) min((d + h)[i, -i])); G <- which(u >= 0)
//     low <- sapply(1:k, function(i) { o <- setdiff(G, i)
//       if (length(o)) min(0, (d - t(h))[i, o]) else 0 })
//     cbind(low, high = pmax(0, u)) }
//   mcb(y, function(g) qt(1 - .05 / 3, 4))             # 3.18631554555969, Bonferroni's t
//   mcb(y, function(g) qmvt(.95, df = 4, corr = cov2cor(vcov(g)), tail = "lower.tail")$quantile)
// The second has the exact d for the correlations of these differences: 2.936 with the first cell
// in front, 3.049, 2.977 and 2.270; it is drawn at random and good for three decimals.
static void best_intervals__four_cells__agree_with_multcomp_and_hold_its_exact_ones(void **state) {
    (void)state;
    static const double bonferroni[CELLS][2] = {{-0.761280589609465, 1.081280589609470},
                                                {-2.256572495842463, 0},
                                                {-1.081280589609470, 0.761280589609465},
                                                {-13.708692103146744, 0}};
    static const double exact[CELLS][2] = {
        {-0.7006, 1.0089}, {-2.1956, 0}, {-1.0089, 0.7006}, {-13.2698, 0}};
    struct best_interval results[CELLS];
    best_intervals(accuracies, CELLS, ROUNDS, false, 0.95, results);
    for (int i = 0; i < CELLS; i++) {
        expect_interval(results[i], bonferroni[i][0], bonferroni[i][1]);
        assert_true(results[i].low < exact[i][0] && results[i].low > 1.09 * exact[i][0]);
        assert_true(results[i].high >= exact[i][1] && results[i].high <= 1.09 * exact[i][1]);
    }
}

// If it failed, two cells would be judged by something else than Student's t.
// R: t.test(y[1, ] - y[2, ], alternative = "greater"): its bound is .960423845052479 > 0, so the
// first is the best, by up to the other one-sided bound: -t.test(y[2, ] - y[1, ],
// alternative = "greater")$conf.int[1] = 1.999576154947527.
static void best_intervals__two_cells__are_student_s_one_sided_t(void **state) {
    (void)state;
    struct best_interval results[2];
    best_intervals(accuracies, 2, ROUNDS, false, 0.95, results);
    expect_interval(results[0], 0, 1.999576154947527);
    expect_interval(results[1], -1.999576154947527, 0);
    assert_string_equal(best_verdict(&results[0]), "the best");
    assert_string_equal(best_verdict(&results[1]), "not the best");
}

// If it failed, the worst loss would be called the best.
static void best_intervals__losses__are_best_where_least(void **state) {
    (void)state;
    double losses[CELLS * ROUNDS];
    struct best_interval of_losses[CELLS];
    struct best_interval results[CELLS];
    for (int i = 0; i < CELLS * ROUNDS; i++) {
        losses[i] = 1 - accuracies[i];
    }
    best_intervals(losses, CELLS, ROUNDS, true, 0.95, of_losses);
    best_intervals(accuracies, CELLS, ROUNDS, false, 0.95, results);
    for (int i = 0; i < CELLS; i++) {
        expect_interval(of_losses[i], results[i].low, results[i].high);
    }
}

// If it failed, a missing round would shift the rounds of a cell against those of the others.
// Without the fourth round of the first cell its pairs have four rounds, the others five. R: e <-
// (y[1, ] - y[3, ])[-4]; mean(e) + qt(1 - .05 / 3, 3) * sd(e) / 2, and mean(e) - ...
static void best_intervals__missing_rounds__leave_their_pairs_alone(void **state) {
    (void)state;
    double values[CELLS * ROUNDS];
    struct best_interval results[CELLS];
    for (int i = 0; i < CELLS * ROUNDS; i++) {
        values[i] = i == 3 ? N : accuracies[i];
    }
    best_intervals(values, CELLS, ROUNDS, false, 0.95, results);
    const double e[4] = {84.1 - 84.0, 86.0 - 85.2, 83.2 - 84.1, 84.9 - 84.6};
    double mean = (e[0] + e[1] + e[2] + e[3]) / 4;
    double squares = 0;
    for (int i = 0; i < 4; i++) {
        squares += (e[i] - mean) * (e[i] - mean);
    }
    double half = 3.74048974932 * sqrt(squares / 3) / 2; // R: qt(1 - .05 / 3, 3)
    expect_within(results[0].low, mean - half, 1e-9);
    expect_within(results[0].high, mean + half, 1e-9);
}

// If it failed, one round would decide, or a cell without any would.
static void best_intervals__too_few_rounds__decide_nothing(void **state) {
    (void)state;
    struct best_interval results[3];
    best_intervals((const double[]){1, 2, N}, 3, 1, false, 0.95, results);
    assert_true(isinf(results[0].low) && isinf(results[0].high));
    assert_string_equal(best_verdict(&results[0]), "may be the best");
    assert_true(isnan(results[2].low));
    assert_string_equal(best_verdict(&results[2]), "");
    best_intervals((const double[]){1, 2, 3}, 1, 3, false, 0.95, results);
    assert_true(isnan(results[0].low)); // there is no other
}

// If it failed, cells that are equal in every round would throw each other out.
static void best_intervals__ties__are_both_the_best(void **state) {
    (void)state;
    struct best_interval results[3];
    const double values[] = {5, 6, 7, 5, 6, 7, 1, 2.5, 2};
    best_intervals(values, 3, 3, false, 0.95, results);
    expect_interval(results[0], 0, 0);
    expect_interval(results[1], 0, 0);
    assert_string_equal(best_verdict(&results[0]), "the best");
    assert_string_equal(best_verdict(&results[2]), "not the best");
}

// If it failed, two cells that are equal in every round would both be thrown out for a third that
// may as well be worse. R: t.test(c(3, -2.5, 2, -3, 1.1)), its differences to them, is
// [-3.25, 3.49].
static void best_intervals__a_tie_and_a_third__all_may_be_the_best(void **state) {
    (void)state;
    struct best_interval results[3];
    const double values[] = {50, 51, 49, 50, 52, 50, 51, 49, 50, 52, 53, 48.5, 51, 47, 53.1};
    best_intervals(values, 3, 5, false, 0.95, results);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(best_verdict(&results[i]), "may be the best");
    }
}

// If it failed, a cell would be called the best, or not, beside one that it was never held against:
// the first two share no round, and the third is far behind both.
static void best_intervals__cells_without_a_common_round__decide_nothing(void **state) {
    (void)state;
    struct best_interval results[3];
    const double values[] = {90, 91, 92, N, N, N, N, N, N, 80, 81, 82, 50, 51, 52, 50, 51, 52};
    best_intervals(values, 3, 6, false, 0.95, results);
    assert_string_equal(best_verdict(&results[0]), "may be the best");
    assert_string_equal(best_verdict(&results[1]), "may be the best");
    assert_string_equal(best_verdict(&results[2]), "not the best");
    assert_true(isinf(results[0].low) && isinf(results[1].low));
}

// A cell that cannot be the best says nothing of the others: here it shares only two rounds with
// the first, whose wide interval would else leave open what eight rounds have decided.
static void best_intervals__a_cell_that_cannot_be_the_best__widens_nothing(void **state) {
    (void)state;
    double values[3 * 14];
    struct best_interval results[3];
    for (int r = 0; r < 14; r++) {
        double third = 10 + 0.1 * (r % 3);
        values[r] = r < 8 ? third + 1 + 0.01 * (r % 2) : N;
        values[14 + r] = r >= 6 ? third - (r == 7 ? 9 : 5) : N;
        values[28 + r] = third;
    }
    best_intervals(values, 3, 14, false, 0.95, results);
    assert_false(results[1].may_be);
    expect_within(results[0].low, 0, 0);
    assert_string_equal(best_verdict(&results[0]), "the best");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(best_intervals__four_cells__agree_with_r),
        cmocka_unit_test(best_intervals__four_cells__agree_with_multcomp_and_hold_its_exact_ones),
        cmocka_unit_test(best_intervals__two_cells__are_student_s_one_sided_t),
        cmocka_unit_test(best_intervals__losses__are_best_where_least),
        cmocka_unit_test(best_intervals__missing_rounds__leave_their_pairs_alone),
        cmocka_unit_test(best_intervals__too_few_rounds__decide_nothing),
        cmocka_unit_test(best_intervals__ties__are_both_the_best),
        cmocka_unit_test(best_intervals__a_tie_and_a_third__all_may_be_the_best),
        cmocka_unit_test(best_intervals__cells_without_a_common_round__decide_nothing),
        cmocka_unit_test(best_intervals__a_cell_that_cannot_be_the_best__widens_nothing),
    };
    return cmocka_run_group_tests_name("best", tests, NULL, NULL);
}
