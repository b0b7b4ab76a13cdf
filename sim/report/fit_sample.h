// SPDX-License-Identifier: GPL-3.0-or-later
// Measured times made ready for the fitting of laws: in ascending order, with the sums that the
// likelihoods need; and their ranks in the order in which they were measured. All sums are about
// the mean, so that times which differ in their tenth digit alone keep their differences.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct fit_sample {
    size_t count;
    size_t zeros;    // times that are 0
    size_t distinct; // different times
    double *ns;      // (count) ascending
    double *logs;    // (count) log(time / mean), in the order of ns; NULL if there are zeros
    double *ranks;   // (count) as measured: 1 for the least, the mean of their ranks for equal ones
    double least_ns;
    double most_ns;
    double mean_ns;
    double variance_ns2; // count in the denominator
    double square_ns2;   // mean of the squares
    double log_mean;     // mean of logs; <= 0
    double log_variance; // their variance
};

// spans_ns: (count), none negative. Requires: count > 0.
struct fit_sample fit_sample_make(const int64_t *spans_ns, size_t count);

void fit_sample_reset(struct fit_sample *sample); // releases what it owns and zeroes it
