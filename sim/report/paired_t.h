// SPDX-License-Identifier: GPL-3.0-or-later
// Differences of paired rounds under Student's t: with d_1 .. d_n independent and normal,
// T = (mean - mu) / (s / sqrt(n)) has n - 1 degrees of freedom (Student, Biometrika 6, 1908).
#pragma once

#include <stddef.h>

// NaN where it does not exist: everything of no pair, all but the mean of one. Pairs without any
// spread have no interval and no p either, but if all of them are 0 the two are equal: [0, 0] and
// p = 1. Whether there is a spread is told by ==: see paired_difference.h.
struct paired_t {
    size_t pairs;
    double mean;
    double std_dev; // n - 1 in the denominator
    double std_err;
    double low, high; // of the mean, at the level asked for
    double p;         // two-sided, of the mean being 0
};

// differences: (count), may be NULL if 0. Requires: 0 < level < 1.
struct paired_t paired_t_of(const double *differences, size_t count, double level);

// What pairing brought. Both NaN if there are fewer than two pairs or a side has no spread
// (beyond the resolution of paired_difference.h).
struct pairing {
    double correlation; // Pearson's, of the two sides over the rounds; it may be negative
    double
        variance_ratio; // variance of the differences over the sum of both sides' variances: what
                        // the same number of unpaired rounds would have. Below 1 pairing helps.
};

// a, b: (count) values of the same rounds.
struct pairing pairing_of(const double *a, const double *b, size_t count);

// Rounds after which mean +- precision covers at the level, planned from the deviation of a pilot:
// max(pilot, floor((t s / precision)^2) + 1) with t of the pilot's n - 1 degrees of freedom and s
// kept from it (Stein, Annals of Mathematical Statistics 16, 1945). Infinity if that is more than
// 1e9; NaN without a deviation. Requires: precision > 0.
double rounds_needed(size_t pilot, double std_dev, double precision, double level);
