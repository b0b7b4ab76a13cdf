// SPDX-License-Identifier: GPL-3.0-or-later
// The noisy quadratic: f(w) = curvature / 2 * |w - w*|^2 with w* = 0, from w_0 = (1, ..., 1), and
// stochastic gradients curvature * w + noise * xi, where the coordinates of xi are independent with
// mean 0 and variance 1. No data, and every moment of SGD is known. With rate eta, curvature c and
// noise s, one worker (sequential SGD), each coordinate:
//   E[w_n] = (1 - eta c)^n, and in the long run Var[w] = eta s^2 / (c (2 - eta c)), for eta c < 2.
// With constant compute times every gradient is d = P - 1 versions old under async, and w stays
// bounded while eta c < 2 sin(pi / (4 d + 2)).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "models/model_options.h"
#include "models/real.h"

// Which noise a gradient has: the same for the same three, whatever the parameters.
struct gradient_key {
    uint64_t seed;
    int32_t worker;
    int64_t number;
};

// gradient: (dimension), overwritten; computed in double, rounded once. xi is the sum of twelve
// uniforms of 32 bits, centred: exact, so that no bit depends on a library. Draws: 12 words a
// coordinate of the stream (seed, RNG_GRADIENT_NOISE, worker, number). Returns f(parameters).
// Requires: 0 <= worker, 0 <= number < 2^32.
double quadratic_gradient(const struct quadratic_options *options, const real *parameters,
                          const struct gradient_key *key, real *gradient);

// f(parameters), without noise; summed in double in the order of the coordinates.
double quadratic_loss(const struct quadratic_options *options, const real *parameters);
