// SPDX-License-Identifier: GPL-3.0-or-later
// Which cell is the best: multiple comparisons with the best (Hsu, Annals of Statistics 12, 1984),
// constrained intervals for each cell's mean minus the best of the others' means, all together. A
// cell whose interval begins at 0 is the best; one whose interval ends at 0 is not; the others may
// be.
//
// Rounds are blocks: all cells of a round share its random numbers, and differences within rounds
// have variances that differ from pair to pair by orders of magnitude (two policies that are nearly
// the same, and one that is not). So there is no common residual variance as in the analysis of
// variance of a randomised complete block design, and none is assumed: with
//
//   d_ij   the mean of cell i minus cell j over the n_ij rounds that both have (higher is better)
//   h_ij = t(1 - alpha / (k - 1), n_ij - 1) s_ij / sqrt(n_ij), s_ij the standard deviation of these
//          differences, t Student's quantile, k the number of cells
//   u_i  = min over j of d_ij + h_ij,   G = those with u_i >= 0
//   high = max(0, u_i),   low = 0 if G is {i} alone, else min(0, min over j in G of d_ij - h_ij)
//
// A pair that shares one round, or none, has h_ij = infinity: nothing is known of it.
// If b is the best, then mu_b - mu_j <= d_bj + h_bj for all j at once with probability 1 - alpha at
// least (Bonferroni over the k - 1 others, whatever the correlations), and that one event makes all
// k intervals right: b is in G, and so each other's low reaches down to mu_j - mu_b (Edwards and
// Hsu, JASA 78, 1983). With two cells it is Student's one-sided t.
//
// Hsu's exact critical value d is that of Dunnett's one-sided test: the quantile of the greatest of
// k - 1 t variables, whose correlations must be known (1/2 each in a balanced design with one
// variance, which he pools). Bonferroni's t takes none of them into account and so is never less:
// with 5 degrees of freedom 2.571 against d = 2.440 for three cells and 2.912 against 2.68 for
// four, with 20 it is 2.086 against 2.028 and 2.286 against 2.19 (Dunnett, JASA 50, 1955, Table
// 1a). The intervals are that much wider, 3 to 9 %, where all variances are alike, and keep their
// level where they are not.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct best_interval {
    double low, high; // of mean minus the best other mean, in the direction in which more is
                      // better: low <= 0 <= high. NaN: no value, or no other cell has one. -inf,
                      // inf: a pair with one round only, or none
    bool may_be;      // in G. Not the same as high > 0: of two that are equal in every round, both
                      // have 0, and are the best unless a third is
};

// values: (cells, rounds), NaN where a cell has none. results: (cells). less_is_better: for losses
// and times. Requires: 0 < level < 1.
void best_intervals(const double *values, size_t cells, size_t rounds, bool less_is_better,
                    double level, struct best_interval *results);

// "the best", "may be the best", "not the best"; "" where there is no interval.
const char *best_verdict(const struct best_interval *interval);
