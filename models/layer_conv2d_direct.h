// SPDX-License-Identifier: GPL-3.0-or-later
// Convolution without unrolling and without OpenBLAS, for layers with few inputs to each output: a
// matrix product spends more time on copying and packing these than on arithmetic (measured for
// mnist_ray's layer: 5 times as long). Vectors run along a row of output pixels and samples; each
// number is summed in one fixed order, multiply and add rounded apart, so the bits depend on the
// shape alone, not on the CPU.
#pragma once

#include <stdbool.h>

#include "models/layer.h"

// Whether these functions serve the layer (a planned conv2d).
bool conv2d_direct_fits(const struct layer *layer);

// Elements of scratch that backward_parameters needs.
size_t conv2d_direct_scratch_count(const struct layer *layer);

// Require: the layer fits.
void conv2d_direct_forward(const struct layer *layer, const struct layer_pass *pass);

// d_parameters but for the biases.
void conv2d_direct_backward_weights(const struct layer *layer, const struct layer_pass *pass);
