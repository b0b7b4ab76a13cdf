// SPDX-License-Identifier: GPL-3.0-or-later
// What distinguishes one policy from another at the parameter server: when the buffer is applied,
// and whether a worker that has pushed waits for that. A policy is one file aggregation_<name>.c
// and one row of the registry.
#ifndef DESGD_TRAINING_AGGREGATION_H
#define DESGD_TRAINING_AGGREGATION_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/training/training_options.h"

// What a policy may look at when a gradient has just been received.
struct aggregation_view {
    int32_t workers;
    int64_t gradients_received; // this one included
    int64_t version;            // updates applied
};

struct aggregation {
    // The K that the buffer is tested against. At least 1.
    int64_t (*threshold)(const struct policy_options *options, const struct aggregation_view *view);
    // True: a worker's reply comes with the flush that applies its gradient. False: at once.
    bool (*pushed_worker_waits)(const struct policy_options *options);
};

// The policies' own, one per file.
extern const struct aggregation aggregation_sync;
extern const struct aggregation aggregation_async;
extern const struct aggregation aggregation_hybrid;

const struct aggregation *aggregation_of(enum policy policy);

#endif
