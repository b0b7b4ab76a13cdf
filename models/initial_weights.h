// SPDX-License-Identifier: GPL-3.0-or-later
// PyTorch's default initial law for convolutions and dense layers: every weight and every bias
// uniform on +-1/sqrt(fan_in) of its layer.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "models/real.h"

// Fills one tensor. Draws: count uniforms of stream (seed, RNG_INITIAL_WEIGHTS, tensor).
// Requires: fan_in >= 1.
void initial_weights_fill(uint64_t seed, uint32_t tensor, size_t fan_in, size_t count,
                          real *values);
