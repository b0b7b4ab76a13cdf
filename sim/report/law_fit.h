// SPDX-License-Identifier: GPL-3.0-or-later
// One law fitted to measured times by maximum likelihood: its parameters with intervals of 95 %,
// its likelihood, and its distance from the times.
//
// Intervals: exact for uniform, exponential, shifted_exponential, normal, pareto and the cv of
// lognormal; for a least or greatest value one-sided, since the sample's own is always inside; for
// the mean of lognormal by the method of variance estimates recovery (Zou, Huo, Taleban 2009);
// for gamma and weibull by the Fisher information of the parameters' logarithms; the stages of
// erlang are the whole numbers among the shapes of gamma, and its own.
#pragma once

#include <stdbool.h>

#include "sim/base/distribution.h"
#include "sim/report/fit_sample.h"

// The laws of a scenario that are tried, and beside them the normal law about 0 of which the
// absolute value is taken. (It has one parameter, and is a delay of its own.)
enum fit_candidate {
    FIT_CONSTANT,
    FIT_UNIFORM,
    FIT_EXPONENTIAL,
    FIT_SHIFTED_EXPONENTIAL,
    FIT_NORMAL,
    FIT_HALF_NORMAL,
    FIT_LOGNORMAL,
    FIT_GAMMA,
    FIT_ERLANG,
    FIT_WEIBULL,
    FIT_PARETO,
    FIT_CANDIDATE_COUNT,
};

// What scenarios allow for a plain number of a law (scenario_law.h).
#define FIT_NUMBER_LEAST 1e-6
#define FIT_NUMBER_MOST 1e6

struct law_fit {
    const char *impossible; // why the law cannot give these times, and nothing follows; NULL: it
                            // can
    struct distribution law;
    double low[LAW_PARAMETERS_MAX]; // of the intervals; both are the parameter where it is given
    double high[LAW_PARAMETERS_MAX];
    int free_parameters;   // that were fitted
    double log_likelihood; // of times in ns; infinite for constant
    double aic;            // 2 free_parameters - 2 log_likelihood
    double distance;       // Kolmogorov-Smirnov: largest difference of the distribution functions
};

// "gamma"; the half-normal law is "normal, absolute".
const char *law_fit_name(enum fit_candidate candidate);

// Requires: two times or more, unless all are equal.
struct law_fit law_fit_of(enum fit_candidate candidate, const struct fit_sample *sample);

// The share of draws below 0 that the plain normal law would give; 0 for the other laws.
double law_fit_below_zero(const struct law_fit *fit);

// Whether some are to be expected among so many times. Then they are clipped if times of 0 say so,
// or else drawn again.
bool law_fit_meets_zero(const struct law_fit *fit, const struct fit_sample *sample);

// The distance that a law stays below in 95 of 100 samples of this size which it has given.
double law_fit_distance_bound(size_t count);
