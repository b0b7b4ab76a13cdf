// SPDX-License-Identifier: GPL-3.0-or-later
// The statistics of the comparison against R 4.2.2: the call stands beside the numbers.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/sim_time.h"
#include "sim/report/bootstrap.h"
#include "sim/report/exact_binomial.h"
#include "sim/report/holm.h"
#include "sim/report/paired_t.h"
#include "sim/report/restricted_mean.h"
#include "sim/report/sign_flip.h"
#include "sim/report/spread.h"
#include "sim/report/wilcoxon.h"
#include "tests/support/expect.h"

#define S INT64_C(1000000000)
#define N (double)NAN

// The depression data of R's help page of wilcox.test.
static const double before[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
static const double later[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};

enum { PATIENTS = 9 };

static void differences_of(double differences[PATIENTS]) {
    for (int i = 0; i < PATIENTS; i++) {
        differences[i] = before[i] - later[i];
    }
}

// If it failed, every interval and every p of the tables would be wrong.
// R: t.test(before - later); sd(before - later)
static void paired_t__nine_pairs__agrees_with_r(void **state) {
    (void)state;
    double differences[PATIENTS];
    differences_of(differences);
    struct paired_t t = paired_t_of(differences, PATIENTS, 0.95);
    assert_int_equal(t.pairs, 9);
    expect_relative(t.mean, 0.4318888888888889, 1e-12);
    expect_relative(t.std_dev, 0.4268554920709246, 1e-12);
    expect_relative(t.low, 0.1037787122721685, 1e-11);
    expect_relative(t.high, 0.7599990655056093, 1e-11);
    expect_relative(t.p, 0.0161766274349081, 1e-11);
}

// If it failed, one round would have an interval, or identical policies none.
static void paired_t__without_a_spread__has_no_interval(void **state) {
    (void)state;
    struct paired_t t = paired_t_of((const double[]){3}, 1, 0.95);
    expect_within(t.mean, 3, 0);
    assert_true(isnan(t.low) && isnan(t.p) && isnan(t.std_dev));
    t = paired_t_of((const double[]){3, 3, 3}, 3, 0.95);
    assert_true(isnan(t.low) && isnan(t.p));
    t = paired_t_of((const double[]){0, 0, 0}, 3, 0.95);
    expect_within(t.low, 0, 0);
    expect_within(t.high, 0, 0);
    expect_within(t.p, 1, 0);
    t = paired_t_of(NULL, 0, 0.95);
    assert_true(isnan(t.mean));
}

// If it failed, what pairing brought would be overstated.
// R: cor(before, later); var(before - later) / (var(before) + var(later))
static void pairing__nine_pairs__agrees_with_r(void **state) {
    (void)state;
    struct pairing pairing = pairing_of(before, later, PATIENTS);
    expect_relative(pairing.correlation, 0.847876519115364, 1e-12);
    expect_relative(pairing.variance_ratio, 0.157642682878939, 1e-12);
    const double falling[] = {3, 2, 1};
    const double rising[] = {1, 2, 3};
    pairing = pairing_of(rising, falling, 3);
    expect_within(pairing.correlation, -1, 1e-12);
    expect_within(pairing.variance_ratio, 2, 1e-12);
    pairing = pairing_of(rising, (const double[]){1, 1, 1}, 3);
    assert_true(isnan(pairing.correlation) && isnan(pairing.variance_ratio));
}

// If it failed, people would plan too few rounds.
// R: for (d in c(.5, .2, .1, .05)) max(9, floor((qt(.975, 8) * sd(before - later) / d)^2) + 1)
static void rounds_needed__from_a_pilot_of_nine__agrees_with_r(void **state) {
    (void)state;
    const double std_dev = 0.4268554920709246;
    expect_within(rounds_needed(9, std_dev, 0.5, 0.95), 9, 0); // the pilot is enough
    expect_within(rounds_needed(9, std_dev, 0.2, 0.95), 25, 0);
    expect_within(rounds_needed(9, std_dev, 0.1, 0.95), 97, 0);
    expect_within(rounds_needed(9, std_dev, 0.05, 0.95), 388, 0);
    assert_true(isinf(rounds_needed(9, std_dev, 1e-9, 0.95)));
    assert_true(isnan(rounds_needed(1, N, 1, 0.95)));
}

// If it failed, the test without assumptions about the law would have one.
// R: wilcox.test(before - later, exact = TRUE); 2 * psignrank(20, 30)
static void wilcoxon__without_ties__agrees_with_r(void **state) {
    (void)state;
    double differences[PATIENTS];
    differences_of(differences);
    struct wilcoxon w = wilcoxon_of(differences, PATIENTS);
    expect_within(w.w, 40, 0);
    expect_relative(w.p, 0.0390625, 1e-12);
    assert_true(w.exact);
    assert_false(w.ties);
    double thirty[30]; // the four of negative sign have the ranks 2, 4, 6, 8: their sum is 20
    for (int i = 0; i < 30; i++) {
        thirty[i] = i < 8 && i % 2 == 1 ? -(i + 1) : i + 1;
    }
    w = wilcoxon_of(thirty, 30);
    expect_within(w.w, 465 - 20, 0);
    expect_relative(w.p, 6.91041350364686e-07, 1e-11);
}

// If it failed, equal differences, and rounds without any, would be tested by a wrong law.
// R, every one of the 2^9 signs: e <- c(1,1,-1,2,2,3,-3,4,0,5); f <- e[e != 0]; r <- rank(abs(f));
// W <- sum(r[f > 0]); D <- as.matrix(expand.grid(rep(list(0:1), 9))) %*% r;
// 2 * min(mean(D <= W), mean(D >= W))
static void wilcoxon__ties_and_zeros__agrees_with_all_signs_in_r(void **state) {
    (void)state;
    const double differences[] = {1, 1, -1, 2, 2, 3, -3, 4, 0, 5};
    struct wilcoxon w = wilcoxon_of(differences, 10);
    assert_int_equal(w.zeros, 1);
    assert_int_equal(w.pairs, 9);
    assert_true(w.ties);
    expect_within(w.w, 36.5, 0);
    expect_relative(w.p, 0.12109375, 1e-12);
    w = wilcoxon_of((const double[]){0, 0}, 2);
    assert_true(isnan(w.p));
    expect_within(w.least_p, 1, 0);
}

// If it failed, five rounds would be said to be able to show something under Wilcoxon.
// R: wilcox.test(1:5)$p.value
static void wilcoxon__five_pairs__cannot_be_significant(void **state) {
    (void)state;
    struct wilcoxon w = wilcoxon_of((const double[]){1, 2, 3, 4, 5}, 5);
    expect_relative(w.p, 0.0625, 1e-12);
    expect_relative(w.least_p, 0.0625, 1e-12);
    w = wilcoxon_of((const double[]){1, 2, 3, 4, 5, 6}, 6);
    expect_relative(w.least_p, 0.03125, 1e-12);
}

// If it failed, hundreds of rounds would take for ever, or be tested by a wrong approximation.
// R: wilcox.test(1:201 - 70.25, exact = FALSE, correct = TRUE)
static void wilcoxon__beyond_the_exact_size__is_r_s_normal_one(void **state) {
    (void)state;
    double differences[201];
    for (int i = 0; i < 201; i++) {
        differences[i] = i + 1 - 70.25;
    }
    struct wilcoxon w = wilcoxon_of(differences, 201);
    assert_false(w.exact);
    expect_within(w.w, 15401, 0);
    expect_relative(w.p, 2.04044012801046e-10, 1e-9);
}

// If it failed, a table of many cells would call noise significant.
// R: p.adjust(c(.01, .04, .03, .005, .5), "holm")
static void holm__five_cells__agrees_with_r(void **state) {
    (void)state;
    const double p[] = {0.01, 0.04, N, 0.03, 0.005, 0.5};
    const double expected[] = {0.04, 0.09, N, 0.09, 0.025, 0.5};
    double adjusted[6];
    holm_adjust(p, 6, adjusted);
    for (int i = 0; i < 6; i++) {
        if (i == 2) {
            assert_true(isnan(adjusted[i]));
        } else {
            expect_relative(adjusted[i], expected[i], 1e-12);
        }
    }
}

// If it failed, "none of five diverged" would sound like "it does not diverge".
// R: binom.test(x, n)$conf.int
static void proportion__clopper_pearson__agrees_with_r(void **state) {
    (void)state;
    static const struct {
        size_t happened, count;
        double low, high;
    } cases[] = {
        {0, 10, 0, 0.308497107818761},
        {3, 10, 0.0667395111777345, 0.6524528500599973},
        {10, 10, 0.691502892181239, 1},
        {1, 1000, 2.53174874912941e-05, 5.55892427982663e-03},
        {7, 23, 0.132102879698100, 0.529191666008507},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct proportion rate = proportion_of(cases[i].happened, cases[i].count, 0.95);
        expect_within(rate.rate, (double)cases[i].happened / (double)cases[i].count, 0);
        expect_within(rate.low, cases[i].low, 1e-12);
        expect_within(rate.high, cases[i].high, 1e-12);
    }
    struct proportion nothing = proportion_of(0, 0, 0.95);
    assert_true(isnan(nothing.rate));
    expect_within(nothing.high - nothing.low, 1, 0);
}

// If it failed, a policy that diverges more often would not be found out.
// R: binom.test(1, 8)$p.value, binom.test(0, 5), binom.test(4, 8)
static void exact_mcnemar__discordant_rounds__agrees_with_r(void **state) {
    (void)state;
    expect_relative(exact_mcnemar_p(1, 7), 0.0703125, 1e-12);
    expect_relative(exact_mcnemar_p(7, 1), 0.0703125, 1e-12);
    expect_relative(exact_mcnemar_p(0, 5), 0.0625, 1e-12);
    expect_within(exact_mcnemar_p(4, 4), 1, 0);
    expect_within(exact_mcnemar_p(0, 0), 1, 0);
}

static const double three_cells[3][8] = {
    {0.9, 1.4, -0.3, 2.2, 1.1, 0.7, 1.9, -0.1},
    {0.2, -1.4, 0.3, 1.2, 0.1, -0.7, 0.9, 0.1},
    {2, 3.1, 1.4, 2.9, 2.2, 3.5, 1.8, 2.6},
};

// If it failed, the simultaneous statement over a table would not hold.
// R: A <- rbind(...); S <- as.matrix(expand.grid(rep(list(c(1, -1)), 8)));
// T <- function(m) apply(m, 1, function(v) abs(mean(v) / (sd(v) / sqrt(8)))); obs <- T(A);
// M <- apply(S, 1, function(s) max(T(sweep(A, 2, s, "*")))); sapply(obs, function(o) mean(M >= o));
// R <- A - rowMeans(A); c <- sort(apply(S, 1, function(s) max(T(sweep(R, 2, s, "*")))))[244];
// rowMeans(A) -+ c * apply(A, 1, sd) / sqrt(8)
static void sign_flip__three_cells_of_eight_rounds__agrees_with_r(void **state) {
    (void)state;
    struct sign_flip_cell cells[3];
    struct sign_flip_family family = sign_flip_max_t(three_cells[0], 3, 8, 0.95, 1, cells);
    assert_int_equal(family.cells, 3);
    assert_int_equal(family.rounds, 8);
    assert_true(family.exact);
    expect_relative(family.least_p, 1.0 / 128, 1e-15);
    expect_relative(family.critical, 3.09069599713801, 1e-12);
    const double expected[3][3] = {
        {0.0546875, 0.0139156472047977, 1.93608435279520},
        {0.9765625, -0.8163021261852302, 0.99130212618523},
        {0.0078125, 1.6605604720946205, 3.21443952790538},
    };
    for (int i = 0; i < 3; i++) {
        expect_relative(cells[i].p, expected[i][0], 1e-15);
        expect_relative(cells[i].low, expected[i][1], 1e-11);
        expect_relative(cells[i].high, expected[i][2], 1e-11);
    }
}

// If it failed, a gap, a cell of one round or one without any difference would spoil the others.
static void sign_flip__gaps_and_cells_without_spread__leave_the_family_alone(void **state) {
    (void)state;
    double rows[5][9];
    struct sign_flip_cell cells[5];
    struct sign_flip_cell alone[3];
    for (int i = 0; i < 9; i++) {
        for (int c = 0; c < 3; c++) {
            rows[c][i] = i < 8 ? three_cells[c][i] : N;
        }
        rows[3][i] = 0;              // equals the baseline
        rows[4][i] = i == 8 ? 1 : N; // one round
    }
    sign_flip_max_t(three_cells[0], 3, 8, 0.95, 1, alone);
    struct sign_flip_family family = sign_flip_max_t(rows[0], 5, 9, 0.95, 1, cells);
    assert_int_equal(family.cells, 3);
    assert_int_equal(family.rounds, 8);
    assert_memory_equal(cells, alone, sizeof alone);
    expect_within(cells[3].p, 1, 0);
    expect_within(cells[3].high, 0, 0);
    assert_true(isnan(cells[4].p) && isnan(cells[4].low));
    family = sign_flip_max_t(rows[4], 1, 9, 0.95, 1, cells);
    assert_int_equal(family.cells, 0);
    expect_within(family.least_p, 1, 0);
}

// A cell whose sweep has come no further than two rounds must not take the others' intervals away.
static void sign_flip__a_cell_of_two_rounds__is_left_out_of_eight(void **state) {
    (void)state;
    double rows[2][8] = {{0}, {1, 2, N, N, N, N, N, N}};
    struct sign_flip_cell both[2];
    struct sign_flip_cell alone;
    memcpy(rows[0], three_cells[0], sizeof rows[0]);
    sign_flip_max_t(rows[0], 1, 8, 0.95, 1, &alone);
    struct sign_flip_family family = sign_flip_max_t(rows[0], 2, 8, 0.95, 1, both);
    assert_int_equal(family.cells, 1);
    assert_true(isfinite(family.critical));
    assert_memory_equal(&both[0], &alone, sizeof alone);
    assert_true(isnan(both[1].p) && isnan(both[1].low));
}

// If it failed, five rounds would get a simultaneous interval that they cannot have.
static void sign_flip__five_rounds__cannot_be_significant(void **state) {
    (void)state;
    struct sign_flip_cell cell;
    const double differences[] = {1, 2, 3, 4, 5, 6};
    struct sign_flip_family family = sign_flip_max_t(differences, 1, 5, 0.95, 1, &cell);
    expect_relative(cell.p, 0.0625, 1e-15);
    expect_relative(family.least_p, 0.0625, 1e-15);
    assert_true(isnan(cell.low) && isnan(family.critical));
    family = sign_flip_max_t(differences, 1, 6, 0.95, 1, &cell);
    expect_relative(cell.p, 0.03125, 1e-15);
    assert_true(cell.low < 3.5 && cell.high > 3.5);
}

// If it failed, drawn patterns would not estimate what all patterns give, or would differ from call
// to call. 9,999 draws know a p of .35 to .005.
// R, all 2^17 patterns, as above: i <- 0:16; A <- rbind(sin(1 + 3 * i) + .35, cos(2 + 5 * i) + .2)
static void sign_flip__drawn_patterns__are_near_r_s_exact_ones(void **state) {
    (void)state;
    double rows[2][17];
    struct sign_flip_cell drawn[2];
    struct sign_flip_cell again[2];
    for (int i = 0; i < 17; i++) {
        rows[0][i] = sin(1.0 + 3 * i) + 0.35;
        rows[1][i] = cos(2.0 + 5 * i) + 0.2;
    }
    struct sign_flip_family family = sign_flip_max_t(rows[0], 2, 17, 0.95, 1, drawn);
    assert_false(family.exact);
    expect_within(drawn[0].p, 0.0723266601562, 4 * 0.0026);
    expect_within(drawn[1].p, 0.3482818603516, 4 * 0.0048);
    expect_within(family.critical, 2.53174646418, 0.08);
    sign_flip_max_t(rows[0], 2, 17, 0.95, 1, again);
    assert_memory_equal(drawn, again, sizeof drawn);
    for (int i = 14; i < 17; i++) {
        rows[0][i] = rows[1][i] = N; // a round without a pair is none
    }
    assert_true(sign_flip_max_t(rows[0], 2, 17, 0.95, 1, again).exact);
}

// If it failed, the bootstrap would not be the percentile-t one.
// R: library(boot); b <- boot(x, function(v, i) c(mean(v[i]), var(v[i]) / 12), R = 999999);
// boot.ci(b, type = "stud", var.t0 = var(x) / 12, var.t = b$t[, 2]); seeds 1 and 2 differ by .002
static void bootstrap__twelve_skewed_values__agrees_with_r(void **state) {
    (void)state;
    const double values[] = {1.2, 0.4, 2.9, 0.8, 1.1, 5.3, 0.2, 1.9, 0.7, 2.4, 1.5, 0.9};
    struct bootstrap_interval interval = bootstrap_t_of(values, 12, 0.95, 999999, 1);
    expect_within(interval.low, 0.9433, 0.005);
    expect_within(interval.high, 3.2072, 0.02);
    struct bootstrap_interval usual = bootstrap_t_of(values, 12, 0.95, BOOTSTRAP_DRAWS, 1);
    struct bootstrap_interval again = bootstrap_t_of(values, 12, 0.95, BOOTSTRAP_DRAWS, 1);
    assert_memory_equal(&usual, &again, sizeof usual);
    expect_within(usual.low, 0.9433, 0.03);
    expect_within(usual.high, 3.2072, 0.15);
    assert_true(isnan(bootstrap_t_of(values, 9, 0.95, 99, 1).low));
    const double same[10] = {0};
    assert_true(isnan(bootstrap_t_of(same, 10, 0.95, 99, 1).low));
}

// If it failed, a policy would gain by losing its slow runs.
// R: library(survival); summary(survfit(Surv(c(12,30,45,60,60,60,18), c(1,1,1,0,0,0,1)) ~ 1),
// rmean = h)$table["rmean"] for h = 60 and 40
static void restricted_mean__seven_runs_of_which_four_get_there__agrees_with_r(void **state) {
    (void)state;
    const int64_t seconds[] = {12, 30, 45, 60, 60, 60, 18};
    const bool reached[] = {true, true, true, false, false, false, true};
    const struct {
        int64_t horizon_s;
        double mean;
    } cases[] = {{60, 40.7142857142857}, {40, 31.4285714285714}};
    for (size_t k = 0; k < 2; k++) {
        double times[7];
        for (size_t i = 0; i < 7; i++) {
            struct run_crossing crossing = {.measured = true,
                                            .reached = reached[i],
                                            .after_ns = seconds[i] * S,
                                            .by_ns = reached[i] ? seconds[i] * S : SIM_TIME_NEVER};
            times[i] = restricted_time_of(&crossing, false, cases[k].horizon_s * S).middle;
        }
        expect_relative(spread_of(times, 7).mean, cases[k].mean, 1e-13);
    }
}

// If it failed, the time between two evaluations would count for one side only.
static void restricted_time__of_a_crossing__lies_between_two_evaluations(void **state) {
    (void)state;
    struct run_crossing crossing = {
        .measured = true, .reached = true, .after_ns = 4 * S, .by_ns = 6 * S};
    struct restricted_time time = restricted_time_of(&crossing, false, 10 * S);
    expect_within(time.least, 4, 0);
    expect_within(time.middle, 5, 0);
    expect_within(time.most, 6, 0);
    time = restricted_time_of(&crossing, false, 5 * S);
    expect_within(time.middle, 4.5, 0);
    time = restricted_time_of(&crossing, true, 10 * S); // diverged
    expect_within(time.least, 10, 0);
    expect_within(time.most, 10, 0);
}

// Runs that differ by a constant only: rounding must not print a correlation above 1, or a variance
// of "-0.00".
static void pairing__equal_pairs__stay_within_what_they_can_be(void **state) {
    (void)state;
    for (int i = 1; i <= 200; i++) {
        const double a[3] = {1.0 / i, 2.0 / (i + 1), 0.1 * i};
        struct pairing pairing = pairing_of(a, a, 3);
        assert_true(pairing.correlation <= 1);
        assert_false(signbit(pairing.variance_ratio));
    }
}

// If it failed, equal differences in hundreds of rounds would be tested with too wide a law.
// By the formula in R's wilcox.test, n (n + 1) (2 n + 1) / 24 - sum(t^3 - t) / 48, in Python with
// math.erfc; without the second term p is .01213.
static void wilcoxon__ties_beyond_the_exact_size__narrow_the_normal_law(void **state) {
    (void)state;
    double differences[204];
    for (int i = 0; i < 204; i++) {
        differences[i] = (i % 5 < 2 ? -1 : 1) * (1 + i % 3);
    }
    struct wilcoxon w = wilcoxon_of(differences, 204);
    assert_true(w.ties && !w.exact);
    expect_within(w.w, 12573, 0);
    expect_relative(w.p, 0.01097219865596875, 1e-9);
}

// If it failed, a cell of five rounds, which alone can show nothing, would be in the family of one
// of eight and widen its intervals; or one of six would be left out.
static void sign_flip__five_pairs_beside_eight__are_too_few_and_six_are_not(void **state) {
    (void)state;
    double rows[2][8] = {{0}, {1, 2.5, 0.5, 3, 2, N, N, N}};
    struct sign_flip_cell cells[2];
    memcpy(rows[0], three_cells[0], sizeof rows[0]);
    assert_int_equal(sign_flip_max_t(rows[0], 2, 8, 0.95, 1, cells).cells, 1);
    assert_true(isnan(cells[1].p));
    rows[1][5] = 1.5;
    assert_int_equal(sign_flip_max_t(rows[0], 2, 8, 0.95, 1, cells).cells, 2);
    assert_true(cells[1].p > 0);
}

// The same values with the other sign have the same interval with the other sign, to the rounding:
// a rank that is one too small at one end is not at the other.
static void bootstrap__of_values_with_the_other_sign__is_mirrored(void **state) {
    (void)state;
    double values[12] = {1.2, 0.4, 2.9, 0.8, 1.1, 5.3, 0.2, 1.9, 0.7, 2.4, 1.5, 0.9};
    struct bootstrap_interval interval = bootstrap_t_of(values, 12, 0.95, 99, 1);
    for (int i = 0; i < 12; i++) {
        values[i] = -values[i];
    }
    struct bootstrap_interval mirrored = bootstrap_t_of(values, 12, 0.95, 99, 1);
    expect_relative(mirrored.low, -interval.high, 1e-9);
    expect_relative(mirrored.high, -interval.low, 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paired_t__nine_pairs__agrees_with_r),
        cmocka_unit_test(pairing__equal_pairs__stay_within_what_they_can_be),
        cmocka_unit_test(paired_t__without_a_spread__has_no_interval),
        cmocka_unit_test(pairing__nine_pairs__agrees_with_r),
        cmocka_unit_test(rounds_needed__from_a_pilot_of_nine__agrees_with_r),
        cmocka_unit_test(wilcoxon__without_ties__agrees_with_r),
        cmocka_unit_test(wilcoxon__ties_and_zeros__agrees_with_all_signs_in_r),
        cmocka_unit_test(wilcoxon__five_pairs__cannot_be_significant),
        cmocka_unit_test(wilcoxon__beyond_the_exact_size__is_r_s_normal_one),
        cmocka_unit_test(holm__five_cells__agrees_with_r),
        cmocka_unit_test(proportion__clopper_pearson__agrees_with_r),
        cmocka_unit_test(exact_mcnemar__discordant_rounds__agrees_with_r),
        cmocka_unit_test(sign_flip__three_cells_of_eight_rounds__agrees_with_r),
        cmocka_unit_test(sign_flip__gaps_and_cells_without_spread__leave_the_family_alone),
        cmocka_unit_test(sign_flip__a_cell_of_two_rounds__is_left_out_of_eight),
        cmocka_unit_test(sign_flip__five_rounds__cannot_be_significant),
        cmocka_unit_test(sign_flip__drawn_patterns__are_near_r_s_exact_ones),
        cmocka_unit_test(bootstrap__twelve_skewed_values__agrees_with_r),
        cmocka_unit_test(restricted_mean__seven_runs_of_which_four_get_there__agrees_with_r),
        cmocka_unit_test(restricted_time__of_a_crossing__lies_between_two_evaluations),
        cmocka_unit_test(wilcoxon__ties_beyond_the_exact_size__narrow_the_normal_law),
        cmocka_unit_test(sign_flip__five_pairs_beside_eight__are_too_few_and_six_are_not),
        cmocka_unit_test(bootstrap__of_values_with_the_other_sign__is_mirrored),
    };
    return cmocka_run_group_tests_name("report_statistics", tests, NULL, NULL);
}
