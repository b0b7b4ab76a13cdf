// SPDX-License-Identifier: GPL-3.0-or-later
// How long each worker of a scenario computes, as the scenario says it, and what order statistics
// these times have: by quadrature over their distribution functions. It draws nothing.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/scenario/scenario.h"

// One gradient of one worker takes factor * T + shift, T of the law.
struct worker_time {
    const struct distribution *law; // borrowed
    double factor;
    double shift_ns;
};

// Whether they are of that form: whoever is delayed computes for a constant time, or is delayed for
// one; the same workers always are; and no time is measured, for rows of a file come in turn.
bool worker_times_are_known(const struct scenario *scenario);

// Of all workers (cluster.workers), in their order; to be released with memory_free. They borrow
// from the scenario. Requires: worker_times_are_known, but for measured times.
struct worker_time *worker_times_create(const struct scenario *scenario);

double worker_time_mean_ns(const struct worker_time *time);

// The mean of the rank-th of "count" independent times, in ns: the integral over t of the chance
// that fewer than "rank" are over by t, to a relative error of 1e-8. Infinite means are not told.
// Requires: 1 <= rank <= count.
double order_statistic_mean_ns(const struct worker_time *times, int32_t count, int32_t rank);
