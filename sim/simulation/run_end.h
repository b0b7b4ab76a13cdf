// SPDX-License-Identifier: GPL-3.0-or-later
// When a run has come to its end: at a time, or at a count.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario.h"

// One of them is set, the others are SIM_TIME_NEVER and INT64_MAX.
struct run_end {
    int64_t time_ns; // inclusive
    int64_t updates;
    int64_t gradients; // applied
};

// train_count: samples of the training set, for an end in epochs.
struct run_end run_end_of(const struct scenario *scenario, int64_t train_count);

// Samples that one gradient takes.
int64_t run_end_samples_of_a_gradient(const struct scenario *scenario);

// Whether a count has been reached.
static inline bool run_end_is_reached(const struct run_end *end, int64_t updates,
                                      int64_t gradients) {
    REQUIRE(updates >= 0 && gradients >= 0);
    return updates >= end->updates || gradients >= end->gradients;
}

// How much of the run is done, 0 to 1.
double run_end_fraction(const struct run_end *end, int64_t now_ns, int64_t updates,
                        int64_t gradients);
