// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/sign_flip.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"

// The cells of the family without gaps: rows of differences and of deviations from the mean.
struct family {
    size_t cells, rounds;
    double *differences; // (cells, rounds), NaN: no pair
    double *deviations;
    double *means, *errors, *observed; // (cells); observed: |t|
    double *signs;                     // (rounds)
};

// Values that differ only by the rounding of their sums count as equal.
static const double slack = 1e-9;

// Sizes that differ by no more of them than this do so by the rounding of a distance from a mean.
static const double rounding = 1e-12;

// At least two pairs that are not all the same.
static bool has_spread(const double *row, size_t rounds) {
    double least = (double)NAN;
    double most = (double)NAN;
    for (size_t i = 0; i < rounds; i++) {
        least = fmin(least, row[i]);
        most = fmax(most, row[i]);
    }
    return least < most;
}

// So many pairs that the signs alone leave room for an interval of this level.
static bool has_enough(const double *row, size_t rounds, double level) {
    REQUIRE(level > 0 && level < 1);
    double pairs = 0;
    for (size_t i = 0; i < rounds; i++) {
        pairs += !isnan(row[i]);
    }
    return exp2(1 - pairs) <= 1 - level;
}

// Where some cell has enough pairs, the others are left out: two pairs can have any t under random
// signs, and would take the intervals of all cells to infinity.
static bool some_have_enough(const double *differences, size_t cells, size_t rounds, double level) {
    for (size_t c = 0; c < cells; c++) {
        const double *row = differences + c * rounds;
        if (has_spread(row, rounds) && has_enough(row, rounds, level)) {
            return true;
        }
    }
    return false;
}

// Two pairs or more, and all of them 0: such a cell equals the baseline.
static bool is_equal(const double *row, size_t rounds) {
    size_t zeros = 0;
    for (size_t i = 0; i < rounds; i++) {
        if (!isnan(row[i]) && row[i] != 0) {
            return false;
        }
        zeros += row[i] == 0;
    }
    return zeros >= 2;
}

// Mean and standard error of signs times row, and |mean / error|: infinite if the signs leave no
// spread.
static double t_of(const double *row, const double *signs, size_t rounds, double *mean,
                   double *error) {
    REQUIRE(rounds > 0);
    double sum = 0;
    double squares = 0;
    double n = 0;
    double least = (double)INFINITY;
    double most = (double)-INFINITY;
    for (size_t i = 0; i < rounds; i++) {
        if (!isnan(row[i])) {
            double value = signs[i] * row[i];
            sum += value;
            least = fmin(least, value);
            most = fmax(most, value);
            n++;
        }
    }
    *mean = sum / n;
    for (size_t i = 0; i < rounds; i++) {
        if (!isnan(row[i])) {
            double distance = signs[i] * row[i] - *mean;
            squares += distance * distance;
        }
    }
    bool none = most - least <= rounding * fmax(fabs(least), fabs(most));
    *error = none ? 0 : sqrt(squares / (n - 1) / n);
    return fabs(*mean / *error);
}

static double largest_t(const struct family *family, const double *rows) {
    REQUIRE(family->cells > 0);
    double most = 0;
    double mean = 0;
    double error = 0;
    for (size_t c = 0; c < family->cells; c++) {
        most = fmax(most,
                    t_of(rows + c * family->rounds, family->signs, family->rounds, &mean, &error));
    }
    return most;
}

static void set_signs(struct family *family, bool exact, size_t pattern, uint64_t seed) {
    REQUIRE(!exact || pattern == 0 || family->rounds <= SIGN_FLIP_EXACT_ROUNDS_MAX);
    struct rng_stream stream;
    uint32_t bits = 0;
    if (!exact && pattern > 0) { // pattern 0: as observed
        rng_stream_init(&stream, seed, RNG_SIGN_FLIP, 0, (uint32_t)pattern - 1, 0);
    }
    for (size_t i = 0; i < family->rounds; i++) {
        if (exact || pattern == 0) {
            family->signs[i] = i < 8 * sizeof pattern && ((pattern >> i) & 1) != 0 ? -1 : 1;
        } else {
            bits = i % 32 == 0 ? rng_stream_u32(&stream) : bits >> 1;
            family->signs[i] = (bits & 1) != 0 ? -1 : 1;
        }
    }
}

// Rounds and cells that count, with what is observed. from: (cells), where each was.
static void gather(struct family *family, const double *differences, size_t cells, size_t rounds,
                   double level, size_t *from) {
    REQUIRE(family->cells == 0 && family->rounds == 0);
    bool *used = memory_allocate(rounds, sizeof *used);
    size_t *columns = memory_allocate(rounds, sizeof *columns);
    bool selective = some_have_enough(differences, cells, rounds, level);
    for (size_t c = 0; c < cells; c++) {
        const double *row = differences + c * rounds;
        if (has_spread(row, rounds) && (!selective || has_enough(row, rounds, level))) {
            from[family->cells++] = c;
            for (size_t i = 0; i < rounds; i++) {
                used[i] |= !isnan(differences[c * rounds + i]);
            }
        }
    }
    for (size_t i = 0; i < rounds; i++) {
        if (used[i]) {
            columns[family->rounds++] = i;
        }
    }
    family->differences =
        memory_allocate(family->cells * family->rounds, sizeof *family->differences);
    family->deviations =
        memory_allocate(family->cells * family->rounds, sizeof *family->deviations);
    family->signs = memory_allocate(family->rounds, sizeof *family->signs);
    for (size_t c = 0; c < family->cells; c++) {
        for (size_t i = 0; i < family->rounds; i++) {
            family->differences[c * family->rounds + i] =
                differences[from[c] * rounds + columns[i]];
        }
    }
    memory_free(used);
    memory_free(columns);
}

static void observe(struct family *family) {
    REQUIRE(family->observed == NULL);
    INVARIANT((family->cells == 0) == (family->rounds == 0));
    family->means = memory_allocate(family->cells, sizeof *family->means);
    family->errors = memory_allocate(family->cells, sizeof *family->errors);
    family->observed = memory_allocate(family->cells, sizeof *family->observed);
    set_signs(family, true, 0, 0);
    for (size_t c = 0; c < family->cells; c++) {
        const double *row = family->differences + c * family->rounds;
        family->observed[c] =
            t_of(row, family->signs, family->rounds, &family->means[c], &family->errors[c]);
        for (size_t i = 0; i < family->rounds; i++) {
            family->deviations[c * family->rounds + i] = row[i] - family->means[c];
        }
    }
}

// Goes through the patterns: counts those at or above each cell, and keeps the largest |t| of the
// deviations.
static void flip(struct family *family, bool exact, size_t patterns, uint64_t seed,
                 size_t *at_or_above, double *largest) {
    REQUIRE(patterns > 0);
    for (size_t b = 0; b < patterns; b++) {
        set_signs(family, exact, b, seed);
        double most = largest_t(family, family->differences);
        for (size_t c = 0; c < family->cells; c++) {
            at_or_above[c] += most >= family->observed[c] * (1 - slack);
        }
        largest[b] = largest_t(family, family->deviations);
    }
}

static void release(struct family *family) {
    memory_free(family->differences);
    memory_free(family->deviations);
    memory_free(family->means);
    memory_free(family->errors);
    memory_free(family->observed);
    memory_free(family->signs);
}

// Needs at least one cell.
static void judge(struct family *family, double level, uint64_t seed, const size_t *from,
                  struct sign_flip_family *told, struct sign_flip_cell *results) {
    REQUIRE(family->cells > 0);
    INVARIANT(family->rounds > 0);
    size_t patterns = told->exact ? (size_t)1 << (family->rounds - 1) : (size_t)SIGN_FLIP_DRAWS + 1;
    size_t *at_or_above = memory_allocate(family->cells, sizeof *at_or_above);
    double *largest = memory_allocate(patterns, sizeof *largest);
    flip(family, told->exact, patterns, seed, at_or_above, largest);
    gsl_sort(largest, 1, patterns);
    if (told->least_p <= 1 - level) {
        told->critical = largest[(size_t)ceil(level * (double)patterns) - 1];
    }
    for (size_t c = 0; c < family->cells; c++) {
        double half = told->critical * family->errors[c];
        if (!isnan(family->observed[c])) {
            results[from[c]] =
                (struct sign_flip_cell){.p = (double)at_or_above[c] / (double)patterns,
                                        .low = family->means[c] - half,
                                        .high = family->means[c] + half};
        }
    }
    memory_free(at_or_above);
    memory_free(largest);
}

struct sign_flip_family sign_flip_max_t(const double *differences, size_t cells, size_t rounds,
                                        double level, uint64_t seed,
                                        struct sign_flip_cell *results) {
    REQUIRE(differences != NULL || cells * rounds == 0);
    REQUIRE(level > 0 && level < 1);
    struct family family = {0};
    size_t *from = memory_allocate(cells, sizeof *from);
    for (size_t c = 0; c < cells; c++) {
        bool equal = is_equal(differences + c * rounds, rounds);
        results[c] = equal ? (struct sign_flip_cell){1, 0, 0}
                           : (struct sign_flip_cell){(double)NAN, (double)NAN, (double)NAN};
    }
    gather(&family, differences, cells, rounds, level, from);
    observe(&family);
    struct sign_flip_family told = {.cells = family.cells,
                                    .rounds = family.rounds,
                                    .exact = family.rounds <= SIGN_FLIP_EXACT_ROUNDS_MAX,
                                    .least_p = 1,
                                    .critical = (double)NAN};
    if (family.cells > 0) {
        told.least_p = exp2(1 - (double)family.rounds);
        judge(&family, level, seed, from, &told, results);
    }
    memory_free(from);
    release(&family);
    return told;
}
