// SPDX-License-Identifier: GPL-3.0-or-later
// Times to an accuracy of runs that did not all get there, compared by the restricted mean
// E min(T, horizon) (Royston and Parmar, Statistics in Medicine 30, 2011): the mean time spent
// below the target up to the horizon, which every run has, whether it got there or not. The mean of
// those that got there would reward a policy for losing its slow runs.
#pragma once

#include "sim/report/run_metrics.h"

// min(T, horizon) of one run, in seconds, as far as its evaluations tell.
struct restricted_time {
    double least, most; // T lies between two evaluations
    double middle;      // what is averaged
};

// horizon_ns: no later than the last evaluation of any run that is compared and has not diverged;
// then nobody is censored before it, and the plain mean of min(T, horizon) is the area under the
// Kaplan-Meier curve. A diverged run never gets there: its time is the horizon.
struct restricted_time restricted_time_of(const struct run_crossing *crossing, bool diverged,
                                          int64_t horizon_ns);
