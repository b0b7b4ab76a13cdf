// SPDX-License-Identifier: GPL-3.0-or-later
// How long what is missing of a sweep will take, from what is there: a missing run is taken to last
// as long as the finished runs of its cell did on the mean, or, where there is none, as all
// finished runs did.
#ifndef DESGD_RUN_SWEEP_ESTIMATE_H
#define DESGD_RUN_SWEEP_ESTIMATE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/sweep_plan.h"

struct sweep_estimate {
    size_t done;
    size_t missing;
    double run_seconds; // all missing ones, one after the other, on the hosts of the finished ones;
                        // NaN: none is finished
};

struct sweep_estimate sweep_estimate_of(const char *folder, const struct sweep_plan *plan);

#endif
