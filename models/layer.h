// SPDX-License-Identifier: GPL-3.0-or-later
// What a layer is; which kinds there are says layer_kinds.h. All activations have the batch
// innermost: (channels, height, width, batch), so that each inner loop runs over samples; the same
// memory read as (channels * height * width, batch) is the input of a dense layer, with features in
// PyTorch's order.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/real.h"

struct kernels;
struct layer_kind;

struct layer_shape {
    size_t channels;
    size_t height;
    size_t width;
};

static inline size_t layer_shape_count(const struct layer_shape *shape) {
    return shape->channels * shape->height * shape->width;
}

// A layer as a net's recipe writes it.
struct layer_recipe {
    const struct layer_kind *kind;
    const char *name; // "conv1": its tensors are conv1.weight and conv1.bias; NULL without any
    size_t outputs;   // channels (conv2d) or features (dense) that it makes; else 0
    size_t kernel;    // side of the window (conv2d, maxpool2d); else 0
    size_t padding;   // zeros around the image (conv2d); else 0
    size_t reads;     // its input is the output of so many layers back; 0: of the one before
    size_t adds;      // the other term of a sum is the output of so many layers back (add); else 0
    bool starts_at_zero; // its parameters do, instead of by the initial law
};

// A layer in its place in a net. Immutable once planned; shared by all threads. The first group is
// given to "plan", which fills the second.
struct layer {
    struct layer_recipe recipe;
    struct layer_shape in;

    struct layer_shape out;
    size_t weight_rank;     // of the weight tensor; 0: the layer has no parameters
    size_t weight_shape[4]; // in PyTorch's order; the first is also the number of biases
    size_t fan_in;
    size_t multiply_adds; // of one sample, forward
    size_t kept_bytes;    // per sample, carried from the forward to the backward pass
};

// What a layer works on during one pass over a batch. In the forward pass d_out, d_in and
// d_parameters are NULL. Where nobody needs d_in, of a layer that reads the net's inputs, it is
// NULL, too, and so is d_other; a layer without parameters has no backward pass then.
struct layer_pass {
    size_t batch;
    const real *parameters; // the layer's own: weights, then biases
    const real *in;         // (in, batch)
    const real *other;      // (out, batch), of add
    real *out;              // (out, batch); the backward pass only reads it
    const real *d_out;      // (out, batch)
    real *d_in;             // (in, batch), overwritten
    real *d_other;          // (out, batch), overwritten, of add
    real *d_parameters;     // as the parameters, overwritten
    uint8_t *kept;          // kept_bytes * batch, written by forward, read by backward
    real *scratch;          // scratch_count(layer, batch) elements, of no meaning between calls
};

struct layer_kind {
    const char *name;
    // Fills the second group of *layer. Requires: the layer fits its input.
    void (*plan)(struct layer *layer);
    // Elements of scratch that batches of up to batch_max samples need; NULL: none.
    size_t (*scratch_count)(const struct layer *layer, size_t batch_max);
    void (*forward)(const struct layer *layer, const struct layer_pass *pass);
    void (*backward)(const struct layer *layer, const struct layer_pass *pass);
};
