// SPDX-License-Identifier: GPL-3.0-or-later
// What an optimizer does beyond w <- w - eta s, and what it remembers for that from update to
// update. In float; "fma" is one rounding, elementwise; the order is this one and no other.
//
// A gradient g of a worker, taken at w_read, that is applied to w:
//   1. weight decay:        g = fma(weight_decay, w_read, g)
//   2. worker's momentum:   v_i = fma(momentum, v_i, g);  g = v_i, or with Nesterov
//                           g = fma(momentum, v_i, g); over its gradients that are applied, in
//                           their order
//   3. stale correction:    where w is not w_read, as the policy says (stale_correction.h)
// What comes out is summed up over the flush. Then, with s the sum, or the sum divided by the
// number of gradients under "combine: mean":
//   4. server's momentum:   v = fma(momentum, v, s);  s = v, or with Nesterov
//                           s = fma(momentum, v, s)
//   5. the step:            w = fma(-eta, s, w)
// Without momentum at the server the mean is taken in the step, w = fma(-eta/K, s, w), as ever: a
// momentum of 0 is none, to the bit. (Polyak's and Nesterov's momentum as PyTorch has them.)
#pragma once

#include <stddef.h>

#include "sim/training/training_options.h"

// Vectors are NULL where the options have no use for them.
struct optimizer_state {
    size_t count; // parameters
    int32_t workers;
    float *velocity;            // (count), v
    float *worker_velocities;   // (workers, count), v_i
    float *mean_square;         // (count), of all gradients: DC-ASGD's, adaptive
    float *worker_mean_squares; // (workers, count), of each worker's: likewise, per worker
    float *step_square;         // (count), moving average: of the steps, for the gap
    int64_t steps;              // in step_square
    float *scratch[3];          // (count)
};

void optimizer_state_init(struct optimizer_state *state, size_t count, int32_t workers);
void optimizer_state_reset(struct optimizer_state *state);

// From now on these options hold: a vector that they need and that is not there begins as zeros,
// one that they do not need is forgotten.
void optimizer_state_fit(struct optimizer_state *state, const struct training_options *options);

// The worker begins anew: its momentum is 0.
void optimizer_state_forget_worker(struct optimizer_state *state, int32_t worker);

// Steps 1 to 3.
struct optimizer_gradient {
    int32_t worker;
    const float *values; // g, (count)
    const float *w;      // the parameters that it is applied to
    const float *w_read; // the same pointer if nothing has changed since
};
// Returns g as it is summed up: a pointer to "values" or into the state, good until the next call.
const float *optimizer_state_take(struct optimizer_state *state,
                                  const struct training_options *options,
                                  const struct optimizer_gradient *gradient);

// Step 4. sum: of so many gradients. *rate, the learning rate, becomes that of step 5. Returns s: a
// pointer to "sum" or into the state.
const float *optimizer_state_direction(struct optimizer_state *state,
                                       const struct training_options *options, const float *sum,
                                       int64_t gradients, double *rate);
