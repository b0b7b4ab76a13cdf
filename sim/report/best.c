// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/best.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/paired_difference.h"
#include "sim/report/spread.h"

struct blocks {
    const double *values; // (cells, rounds)
    size_t cells, rounds;
    double sign;                        // -1: less is better
    double *quantiles;                  // (rounds + 1): by the rounds of a pair
    double *here, *there, *differences; // (rounds): of the pair at hand
};

static bool has_value(const struct blocks *blocks, size_t cell) {
    REQUIRE(cell < blocks->cells);
    for (size_t r = 0; r < blocks->rounds; r++) {
        if (!isnan(blocks->values[cell * blocks->rounds + r])) {
            return true;
        }
    }
    return false;
}

// The mean difference of two cells and what it may be off by; false: one of them has no value.
static bool compare_pair(const struct blocks *blocks, size_t i, size_t j, double *mean,
                         double *half) {
    REQUIRE(i < blocks->cells && j < blocks->cells);
    REQUIRE(i != j);
    size_t count = 0;
    for (size_t r = 0; r < blocks->rounds; r++) {
        blocks->here[count] = blocks->sign * blocks->values[i * blocks->rounds + r];
        blocks->there[count] = blocks->sign * blocks->values[j * blocks->rounds + r];
        count += !isnan(blocks->here[count]) && !isnan(blocks->there[count]);
    }
    if (count == 0) {
        *mean = 0;
        *half = (double)INFINITY;
        return has_value(blocks, i) && has_value(blocks, j);
    }
    paired_differences_of(blocks->here, blocks->there, count, blocks->differences);
    struct spread spread = spread_of(blocks->differences, count);
    *mean = spread.mean;
    *half = count == 1          ? (double)INFINITY
            : spread.error == 0 ? 0
                                : blocks->quantiles[count] * spread.error;
    return true;
}

// u of the header; NaN: no pair.
static double upper_of(const struct blocks *blocks, size_t i) {
    REQUIRE(i < blocks->cells);
    double mean = 0;
    double half = 0;
    double least = (double)NAN;
    for (size_t j = 0; j < blocks->cells; j++) {
        if (j != i && compare_pair(blocks, i, j, &mean, &half)) {
            least = fmin(least, mean + half); // fmin passes over the NaN
        }
    }
    return least;
}

// upper: (cells). Only candidates for the best bound a cell from below.
static double lower_of(const struct blocks *blocks, size_t i, const double *upper) {
    REQUIRE(i < blocks->cells);
    double mean = 0;
    double half = 0;
    double least = 0;
    for (size_t j = 0; j < blocks->cells; j++) {
        if (j != i && upper[j] >= 0 && compare_pair(blocks, i, j, &mean, &half)) {
            least = fmin(least, mean - half);
        }
    }
    return least;
}

static void find_intervals(const struct blocks *blocks, struct best_interval *results) {
    double *upper = memory_allocate(blocks->cells, sizeof *upper);
    for (size_t i = 0; i < blocks->cells; i++) {
        upper[i] = upper_of(blocks, i);
    }
    for (size_t i = 0; i < blocks->cells; i++) {
        results[i] = (struct best_interval){.low = (double)NAN, .high = (double)NAN};
        if (!isnan(upper[i])) {
            results[i].low = lower_of(blocks, i, upper);
            results[i].high = fmax(0, upper[i]);
            results[i].may_be = upper[i] >= 0;
        }
    }
    memory_free(upper);
}

void best_intervals(const double *values, size_t cells, size_t rounds, bool less_is_better,
                    double level, struct best_interval *results) {
    REQUIRE(results != NULL || cells == 0);
    REQUIRE(level > 0 && level < 1);
    struct blocks blocks = {.values = values,
                            .cells = cells,
                            .rounds = rounds,
                            .sign = less_is_better ? -1 : 1,
                            .quantiles = memory_allocate(rounds + 1, sizeof(double)),
                            .here = memory_allocate(rounds + 1, sizeof(double)),
                            .there = memory_allocate(rounds + 1, sizeof(double)),
                            .differences = memory_allocate(rounds + 1, sizeof(double))};
    size_t others = 0;
    for (size_t i = 0; i < cells; i++) {
        others += has_value(&blocks, i);
    }
    others -= others > 0;
    for (size_t n = 2; n <= rounds && others > 0; n++) {
        blocks.quantiles[n] = gsl_cdf_tdist_Qinv((1 - level) / (double)others, (double)(n - 1));
    }
    find_intervals(&blocks, results);
    memory_free(blocks.quantiles);
    memory_free(blocks.here);
    memory_free(blocks.there);
    memory_free(blocks.differences);
}

const char *best_verdict(const struct best_interval *interval) {
    REQUIRE(isnan(interval->low) || (interval->low <= 0 && interval->high >= 0));
    if (isnan(interval->low) || isnan(interval->high)) {
        return "";
    }
    if (interval->low >= 0) {
        return "the best";
    }
    return interval->may_be ? "may be the best" : "not the best";
}
