// SPDX-License-Identifier: GPL-3.0-or-later
// What one thread of the executor computes in, and the gradient that it computes. Knows no jobs and
// no locks.
#pragma once

#include "sim/executor/executor_options.h"

enum { EVALUATION_BATCH = 64 }; // samples in one pass, at most: fixed, so that it changes no bit

// Starts as zeroes. The pointers: all NULL for a model that takes no data, but for the last two.
struct thread_space {
    bool ready;
    struct model_workspace *workspace;
    real *inputs;     // one block of the model's
    uint8_t *labels;  // of a block
    int32_t *indices; // (batch)
    float *local;     // (parameters): where local steps have led to; NULL without such
    float *step;      // (parameters): gradient of one of them
};

// Allocates what gradients and evaluations need, at the first call: of many threads some never get
// work.
void thread_space_prepare(struct thread_space *space, const struct executor_options *options);
void thread_space_reset(struct thread_space *space);

// Where a gradient is taken, and the rate of the steps between, if it is of several.
struct local_way {
    const float *parameters; // (model_parameter_count)
    double rate;
};

// The gradient of that key, and its loss. gradient: (model_parameter_count), overwritten.
double thread_space_gradient(struct thread_space *space, const struct executor_options *options,
                             const struct gradient_key *key, const struct local_way *way,
                             float *gradient);

// Samples in one pass of an evaluation: a block of the model's, at most EVALUATION_BATCH.
size_t thread_space_evaluated_at_once(const struct executor_options *options);
