// SPDX-License-Identifier: GPL-3.0-or-later
// Wilcoxon's signed-rank test of paired rounds (Biometrics Bulletin 1, 1945): |d_i| are ranked, and
// W is the sum of the ranks of the positive ones. Under symmetry about 0 every rank has either sign
// with probability 1/2, which gives the exact distribution of W, by adding one rank after the
// other.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { WILCOXON_EXACT_PAIRS_MAX = 200 };

struct wilcoxon {
    size_t pairs;   // that are not 0: zeros are dropped, as Wilcoxon did
    size_t zeros;   // how many were
    bool ties;      // some |d| are equal: they share the mean of their ranks, and the distribution
                    // is the exact one given these ranks
    double w;       // sum of the positive ones' ranks
    double p;       // two-sided: min(1, 2 min(P(W <= w), P(W >= w))); NaN without a pair
    double least_p; // what p is if all differences have one sign, 2^(1 - pairs): if that is above
                    // .05, nothing can be significant at 5 %; 1 without a pair
    bool exact;     // false above WILCOXON_EXACT_PAIRS_MAX: normal, corrected for ties and
                    // continuity
};

// differences: (count), no NaN among them, of paired_difference.h for ties and zeros are told by
// ==; may be NULL if 0.
struct wilcoxon wilcoxon_of(const double *differences, size_t count);
