// SPDX-License-Identifier: GPL-3.0-or-later
// The learning rate of an update: the scenario's rate times a schedule, a warm-up and the scaling
// with the size of the update. In double, with the same bits everywhere.
#pragma once

#include "sim/training/optimizer_options.h"

// Where an update stands in the run.
struct rate_moment {
    int64_t updates;   // before it
    int64_t gradients; // applied before it
    int64_t size;      // gradients that it applies
};

// Of the steps on the way of a worker that reads at this moment, where these follow the schedule
// ("of: local"); else 1. Their rate is that times the learning rate.
double learning_rate_local_factor(const struct rate_options *options,
                                  const struct rate_moment *moment);

// Of the update, which goes by the schedule unless the local steps do. base:
// training.learning_rate. Requires: size >= 1. Never above base, but for the scaling.
double learning_rate_at(const struct rate_options *options, double base,
                        const struct rate_moment *moment);
