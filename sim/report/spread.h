// SPDX-License-Identifier: GPL-3.0-or-later
// Mean and spread of one number per round.
#pragma once

#include <stddef.h>

// All but the counts are NaN where there is no round; deviation and error also where there is one
// only.
struct spread {
    size_t rounds;
    double mean;
    double deviation; // standard deviation over the rounds, n - 1 in the denominator; 0 if they are
                      // all the same double
    double error;     // deviation / sqrt(rounds): the mean's standard error
    double least;
    double most;
    size_t positive; // rounds in which the number is > 0, and < 0
    size_t negative;
};

// values: (count), may be NULL if 0.
struct spread spread_of(const double *values, size_t count);
