// SPDX-License-Identifier: GPL-3.0-or-later
// How much multiple comparisons with the best cover, over many simulated experiments: rounds as
// blocks, with spreads that differ from cell to cell, from two to ten cells and three to twenty
// rounds. The shares are printed; none may be below 95 % by more than chance. Seeds are fixed.
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/rng_stream.h"
#include "sim/report/best.h"

enum { CELLS_MAX = 10, ROUNDS_MAX = 20, EXPERIMENTS = 100000 };

// A normal block in all cells, and in each cell a normal part of its own with its spread.
static void draw(uint32_t experiment, size_t cells, size_t rounds, const double *means,
                 const double *spreads, double *values) {
    struct rng_stream stream;
    rng_stream_init(&stream, 2, RNG_TEST, (uint32_t)(cells * 100 + rounds), experiment, 0);
    for (size_t r = 0; r < rounds; r++) {
        double block = gsl_cdf_ugaussian_Pinv(rng_stream_uniform(&stream) + 0x1p-54);
        for (size_t c = 0; c < cells; c++) {
            double own = gsl_cdf_ugaussian_Pinv(rng_stream_uniform(&stream) + 0x1p-54);
            values[c * rounds + r] = means[c] + 5 * block + spreads[c] * own;
        }
    }
}

static bool covers(const struct best_interval *intervals, const double *means, size_t cells) {
    for (size_t c = 0; c < cells; c++) {
        double other = -INFINITY;
        for (size_t d = 0; d < cells; d++) {
            other = d == c ? other : fmax(other, means[d]);
        }
        double truth = means[c] - other;
        if (intervals[c].low > truth || intervals[c].high < truth) {
            return false;
        }
    }
    return true;
}

static void expect_covered(size_t cells, size_t rounds, double ahead, double widest) {
    double values[CELLS_MAX * ROUNDS_MAX];
    double means[CELLS_MAX] = {ahead};
    double spreads[CELLS_MAX];
    struct best_interval intervals[CELLS_MAX];
    int covered = 0;
    for (size_t c = 0; c < cells; c++) {
        spreads[c] = c % 2 == 1 ? widest : 1;
    }
    for (uint32_t e = 0; e < EXPERIMENTS; e++) {
        draw(e, cells, rounds, means, spreads, values);
        best_intervals(values, cells, rounds, false, 0.95, intervals);
        covered += covers(intervals, means, cells);
    }
    double share = (double)covered / EXPERIMENTS;
    print_message("             %zu cells, %zu rounds, %g ahead, every second %g wide: %.2f %%\n",
                  cells, rounds, ahead, widest, 100 * share);
    assert_true(share > 0.95 - 4.5 * sqrt(0.95 * 0.05 / EXPERIMENTS));
}

// If it failed, a table would name a wrong best cell more often than once in twenty.
static void best_intervals__many_cells_and_rounds__cover_at_least_as_they_say(void **state) {
    (void)state;
    static const size_t cells[] = {2, 4, 10};
    static const size_t rounds[] = {3, 5, 10, 20};
    static const double widest[] = {1, 10};
    for (size_t c = 0; c < sizeof cells / sizeof cells[0]; c++) {
        for (size_t r = 0; r < sizeof rounds / sizeof rounds[0]; r++) {
            for (size_t w = 0; w < sizeof widest / sizeof widest[0]; w++) {
                expect_covered(cells[c], rounds[r], 0.2, widest[w]);
                expect_covered(cells[c], rounds[r], 5, widest[w]);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(best_intervals__many_cells_and_rounds__cover_at_least_as_they_say),
    };
    return cmocka_run_group_tests_name("coverage_of_the_best", tests, NULL, NULL);
}
