// SPDX-License-Identifier: GPL-3.0-or-later
// What a policy and its schedule may look at when a gradient has just been received.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// What a schedule that decides now and then remembers. All zero at the start.
struct threshold_memory {
    int64_t decision;  // which one the last was: 0 before the first
    int64_t threshold; // what it came to; 0 before the first
};

struct aggregation_view {
    int32_t workers;
    int32_t present;            // of these: counted in, or with a gradient at the server
    int64_t gradients_received; // this one included, and those that were dropped
    int64_t version;            // updates applied
    int64_t now_ns;             // cluster time
    int64_t batch;              // samples in a gradient
    int64_t train_count;        // samples in an epoch; 0: there are no data
    double loss;                // estimate of the training loss (loss_estimate.h); NaN: none yet
    double first_loss;          // the first one; NaN likewise
    bool waits;                 // at most one gradient of each worker is ever in the buffer
    struct threshold_memory *memory;
};
