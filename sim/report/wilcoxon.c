// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/wilcoxon.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

// Ranks doubled, so that the mean of tied ones is whole: rank r of n distinct values becomes 2 r.
// Returns the sum of t^3 - t over the groups of t tied values.
static double rank_twice(const double *sizes, size_t count, size_t *twice) {
    REQUIRE(count > 0);
    size_t *order = memory_allocate(count, sizeof *order);
    double tied = 0;
    gsl_sort_index(order, sizes, 1, count);
    for (size_t i = 0, next = 0; i < count; i = next) {
        while (next < count && sizes[order[next]] == sizes[order[i]]) {
            next++;
        }
        double group = (double)(next - i);
        tied += group * group * group - group;
        for (size_t k = i; k < next; k++) {
            twice[order[k]] = i + 1 + next; // ranks i + 1 .. next
        }
    }
    memory_free(order);
    return tied;
}

// P(W' <= w') or P(W' >= w'), whichever is less, for doubled ranks.
static double lesser_tail(const size_t *twice, size_t count, size_t w) {
    REQUIRE(count > 0 && count <= WILCOXON_EXACT_PAIRS_MAX);
    REQUIRE(w <= count * (count + 1));
    size_t total = count * (count + 1);
    double *share = memory_allocate(total + 1, sizeof *share); // of each sum
    size_t reached = 0;
    share[0] = 1;
    for (size_t i = 0; i < count; i++) {
        reached += twice[i];
        for (size_t sum = reached + 1; sum-- > 0;) {
            double with = sum >= twice[i] ? share[sum - twice[i]] : 0;
            share[sum] = 0.5 * (share[sum] + with);
        }
    }
    // The distribution is symmetric about total / 2.
    size_t nearer = w < total - w ? w : total - w;
    double tail = 0;
    for (size_t sum = 0; sum <= nearer; sum++) {
        tail += share[sum];
    }
    memory_free(share);
    return tail;
}

static double normal_p(double w, size_t count, double tied) {
    REQUIRE(count > 0);
    double n = (double)count;
    double variance = n * (n + 1) * (2 * n + 1) / 24 - tied / 48;
    double distance = fmax(fabs(w - n * (n + 1) / 4) - 0.5, 0);
    return variance > 0 ? 2 * gsl_cdf_ugaussian_Q(distance / sqrt(variance)) : 1;
}

struct wilcoxon wilcoxon_of(const double *differences, size_t count) {
    REQUIRE(differences != NULL || count == 0);
    struct wilcoxon result = {.p = (double)NAN, .exact = true};
    double *sizes = memory_allocate(count, sizeof *sizes);
    bool *positive = memory_allocate(count, sizeof *positive);
    size_t *twice = memory_allocate(count, sizeof *twice);
    for (size_t i = 0; i < count; i++) {
        if (differences[i] != 0) {
            sizes[result.pairs] = fabs(differences[i]);
            positive[result.pairs++] = differences[i] > 0;
        }
    }
    result.zeros = count - result.pairs;
    result.least_p = result.pairs == 0 ? 1 : exp2(1 - (double)result.pairs);
    if (result.pairs > 0) {
        double tied = rank_twice(sizes, result.pairs, twice);
        size_t w = 0;
        for (size_t i = 0; i < result.pairs; i++) {
            w += positive[i] ? twice[i] : 0;
        }
        result.w = (double)w / 2;
        result.ties = tied > 0;
        result.exact = result.pairs <= WILCOXON_EXACT_PAIRS_MAX;
        result.p = fmin(1, result.exact ? 2 * lesser_tail(twice, result.pairs, w)
                                        : normal_p(result.w, result.pairs, tied));
    }
    memory_free(sizes);
    memory_free(positive);
    memory_free(twice);
    return result;
}
