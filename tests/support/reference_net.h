// SPDX-License-Identifier: GPL-3.0-or-later
// A net once more, step by step. In float as the model computes it, but with everything in between
// to look at; and in double by the definitions, with one loop for each sum and no thought for
// speed, taking the places where relu and max-pool branch from the float pass: so that the
// difference is rounding, not a branch taken the other way.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "models/model.h"
#include "models/real.h"
#include "tests/support/batch_gradient.h"

// One block of a net's batch.
struct net_block;

// Runs the float forward pass. inputs: (C, H, W, lanes) as for batch_gradient; count samples, at
// most a block of the model. Borrows everything but inputs and labels until net_block_destroy.
struct net_block *net_block_create(const struct model *model, const real *parameters,
                                   const real *inputs, const uint8_t *labels, size_t lanes,
                                   size_t count);
void net_block_destroy(struct net_block *block);

// The net's outputs, (classes, lanes).
const real *net_block_outputs(const struct net_block *block);

// The float backward pass from any gradient by the outputs, (classes, lanes). gradient: (parameter
// count), overwritten.
void net_block_backward(struct net_block *block, const real *d_outputs, real *gradient);

// In double: adds the gradient of the mean loss over "batch" samples to gradient, (parameter
// count), and returns the sum of the losses of this block's samples.
double net_block_reference(struct net_block *block, size_t batch, double *gradient);
