// SPDX-License-Identifier: GPL-3.0-or-later
// Whether measured times are what a law can give: drawn anew each time, and for all workers alike.
// Both by ranks, so that a few long times do not decide.
#pragma once

#include <stdbool.h>

#include "sim/base/csv_times.h"
#include "sim/report/fit_sample.h"

// A finding is one that independent draws of one law give in one of a thousand samples.
#define FIT_CHECK_LEVEL 0.001

struct fit_checks {
    double correlation;   // of a time's rank with that of the worker's next time; 0 if there are no
                          // pairs of them that differ
    double correlation_p; // two-sided; 1 likewise
    bool correlated;

    double workers_p; // Kruskal-Wallis, for times as correlated as these; 1 with one worker
    bool workers_differ;
    int32_t fastest; // worker with the least mean, and with the greatest; 0 without workers
    int32_t slowest;
    double fastest_mean_ns;
    double slowest_mean_ns;
};

// sample: made of times. Without a column of workers all times are those of one, in their order.
struct fit_checks fit_checks_of(const struct csv_times *times, const struct fit_sample *sample);
