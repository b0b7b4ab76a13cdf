// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the intervals of the comparison cover what they say: experiments are simulated whose true
// difference is known (0), and those whose interval holds it are counted. With 10,000 experiments
// the count has a standard error of .22 %, so that a coverage of 95 % lies within 94 to 96 % by
// four and a half of them. Seeds are fixed: repeat with this program, without arguments.
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "sim/base/rng_stream.h"
#include "sim/report/best.h"
#include "sim/report/bootstrap.h"
#include "sim/report/exact_binomial.h"
#include "sim/report/paired_t.h"
#include "sim/report/sign_flip.h"

enum { ROUNDS_MAX = 20, CELLS_MAX = 4 };

// Round i of cell c of an experiment: normal, with the share "common" of its variance from the
// baseline's round, which all cells have in common.
static void draw_experiment(uint32_t experiment, size_t cells, size_t rounds, double common,
                            double *differences) {
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, (uint32_t)rounds, experiment, 0);
    for (size_t i = 0; i < rounds; i++) {
        double shared = gsl_cdf_ugaussian_Pinv(rng_stream_uniform(&stream) + 0x1p-54);
        for (size_t c = 0; c < cells; c++) {
            double own = gsl_cdf_ugaussian_Pinv(rng_stream_uniform(&stream) + 0x1p-54);
            differences[c * rounds + i] = sqrt(common) * shared + sqrt(1 - common) * own;
        }
    }
}

static void expect_coverage(const char *what, size_t rounds, int covered, int experiments) {
    double share = (double)covered / experiments;
    print_message("             %s, %zu rounds: %.2f %% of %d\n", what, rounds, 100 * share,
                  experiments);
    if (share < 0.94 || share > 0.96) {
        fail_msg("the 95 %% interval of %zu rounds (%s) covers in %.2f %% of %d experiments",
                 rounds, what, 100 * share, experiments);
    }
}

// If it failed, the papers' five rounds would get intervals that are too short or too long.
static void paired_t__five_to_twenty_rounds__covers_as_it_says(void **state) {
    (void)state;
    static const size_t rounds[] = {3, 5, 10, 20};
    double differences[ROUNDS_MAX];
    for (size_t k = 0; k < sizeof rounds / sizeof rounds[0]; k++) {
        int covered = 0;
        for (uint32_t e = 0; e < 40000; e++) {
            draw_experiment(e, 1, rounds[k], 0, differences);
            struct paired_t t = paired_t_of(differences, rounds[k], 0.95);
            covered += t.low <= 0 && t.high >= 0;
        }
        expect_coverage("t", rounds[k], covered, 40000);
    }
}

static void expect_simultaneous(size_t cells, size_t rounds, double common, int experiments) {
    double differences[CELLS_MAX * ROUNDS_MAX];
    struct sign_flip_cell results[CELLS_MAX];
    int covered = 0;
    for (int e = 0; e < experiments; e++) {
        bool all = true;
        draw_experiment((uint32_t)e, cells, rounds, common, differences);
        sign_flip_max_t(differences, cells, rounds, 0.95, 1, results);
        for (size_t c = 0; c < cells; c++) {
            all &= results[c].low <= 0 && results[c].high >= 0;
        }
        covered += all;
    }
    expect_coverage(common > 0 ? "all of several correlated cells" : "all of several cells", rounds,
                    covered, experiments);
}

// If it failed, a table of many cells would hold a wrong interval more often than once in twenty.
static void sign_flip__families_of_cells__all_intervals_cover_together(void **state) {
    (void)state;
    expect_simultaneous(CELLS_MAX, 7, 0.5, 10000);
    expect_simultaneous(CELLS_MAX, 8, 0, 10000);
    expect_simultaneous(CELLS_MAX, 8, 0.5, 10000);
    expect_simultaneous(2, 10, 0.5, 5000);
    expect_simultaneous(CELLS_MAX, 10, 0.5, 5000);
}

// The true means of the cells are what their intervals must hold: mean minus the best other mean.
// spread: the standard deviation of the last cell's own part; that of the others is 1.
static int count_best_covered(const double *means, size_t cells, size_t rounds, double common,
                              double spread, int experiments) {
    double values[CELLS_MAX * ROUNDS_MAX];
    struct best_interval results[CELLS_MAX];
    int covered = 0;
    for (int e = 0; e < experiments; e++) {
        bool all = true;
        draw_experiment((uint32_t)e, cells, rounds, common, values);
        for (size_t i = 0; i < cells * rounds; i++) {
            values[i] = values[i] * (i / rounds == cells - 1 ? spread : 1) + means[i / rounds];
        }
        best_intervals(values, cells, rounds, false, 0.95, results);
        for (size_t c = 0; c < cells; c++) {
            double other = -INFINITY;
            for (size_t d = 0; d < cells; d++) {
                other = d == c ? other : fmax(other, means[d]);
            }
            all &= results[c].low <= means[c] - other && results[c].high >= means[c] - other;
        }
        covered += all;
    }
    return covered;
}

// If it failed, the cell that is called the best would more often than once in twenty not be it.
// (Where all cells tie, all intervals hold 0, as they always do.)
static void best_intervals__rounds_as_blocks__cover_at_least_as_they_say(void **state) {
    (void)state;
    static const double ahead[CELLS_MAX] = {0, 0, 1, 0};
    static const double last[CELLS_MAX] = {0, 0, 0, 0.5};
    static const struct {
        const char *what;
        const double *means;
        size_t rounds;
        double common, spread;
    } experiments[] = {
        {"best of four, one ahead", ahead, 5, 0.5, 1},
        {"best of four, another one wide", ahead, 5, 0.5, 10},
        {"best of four, the best one wide", last, 10, 0.9, 10},
    };
    for (size_t i = 0; i < sizeof experiments / sizeof experiments[0]; i++) {
        int covered = count_best_covered(experiments[i].means, CELLS_MAX, experiments[i].rounds,
                                         experiments[i].common, experiments[i].spread, 4000);
        print_message("             %s, %zu rounds: %.2f %%\n", experiments[i].what,
                      experiments[i].rounds, covered / 40.0);
        assert_true(covered >= 3738); // 4.5 standard errors below 95 %
    }
}

// If it failed, the interval beside the t one would be decoration.
static void bootstrap__ten_and_twenty_rounds__covers_as_it_says(void **state) {
    (void)state;
    double differences[ROUNDS_MAX];
    for (size_t rounds = 10; rounds <= 20; rounds += 10) {
        int covered = 0;
        for (uint32_t e = 0; e < 4000; e++) {
            draw_experiment(e, 1, rounds, 0, differences);
            struct bootstrap_interval interval =
                bootstrap_t_of(differences, rounds, 0.95, 999, e + 1);
            covered += interval.low <= 0 && interval.high >= 0;
        }
        expect_coverage("bootstrap", rounds, covered, 4000);
    }
}

// If it failed, "0 of 5 diverged" would promise more than it can. Clopper and Pearson's interval
// covers at least 95 %, whatever the true rate: summed up exactly, not simulated.
static void proportion__every_true_rate__covers_at_least_as_it_says(void **state) {
    (void)state;
    static const unsigned counts[] = {1, 5, 20, 100};
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        struct proportion intervals[101];
        for (unsigned x = 0; x <= counts[k]; x++) {
            intervals[x] = proportion_of(x, counts[k], 0.95);
        }
        for (double rate = 0.001; rate < 1; rate += 0.001) {
            double coverage = 0;
            for (unsigned x = 0; x <= counts[k]; x++) {
                bool holds = intervals[x].low <= rate && intervals[x].high >= rate;
                coverage += holds ? gsl_ran_binomial_pdf(x, rate, counts[k]) : 0;
            }
            if (coverage < 0.95 - 1e-9) {
                fail_msg("%u runs of rate %.3f: covered with %.4f", counts[k], rate, coverage);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paired_t__five_to_twenty_rounds__covers_as_it_says),
        cmocka_unit_test(sign_flip__families_of_cells__all_intervals_cover_together),
        cmocka_unit_test(best_intervals__rounds_as_blocks__cover_at_least_as_they_say),
        cmocka_unit_test(bootstrap__ten_and_twenty_rounds__covers_as_it_says),
        cmocka_unit_test(proportion__every_true_rate__covers_at_least_as_it_says),
    };
    return cmocka_run_group_tests_name("property_coverage", tests, NULL, NULL);
}
