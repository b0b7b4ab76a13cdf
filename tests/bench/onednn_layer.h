// SPDX-License-Identifier: GPL-3.0-or-later
// A layer of a net, with the relu and the max-pool behind it, as oneDNN computes it for float32: in
// the layouts that it prefers, into which the tensors are brought once, before anything is timed.
// Relu is fused where oneDNN fuses it (forward, behind a convolution or a dense layer); backward it
// is undone behind the max-pool, where there is least to do.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum direction { FORWARD, BACKWARD_WEIGHTS, BACKWARD_DATA, DIRECTION_COUNT };

struct layer_task {
    size_t batch;
    size_t channels; // of the input; of a dense layer its features, with sides of 1
    size_t height;
    size_t width;
    size_t outputs; // channels or features
    size_t kernel;  // 0: a dense layer
    size_t padding;
    size_t pool; // 1: none
    size_t relu; // 1 or 0
    size_t data; // 1: somebody needs the gradient by the input
};

// In PyTorch's layouts, samples outermost; the results are (out) behind pool and relu.
struct layer_tensors {
    const float *in;
    const float *weights;
    const float *biases;
    const float *d_out;
};

struct onednn_layer;

// Before anything else: at most the instructions of AVX2, or all that this processor has; one
// thread.
void onednn_begin(bool avx2);

// Computes all directions once. Borrows nothing.
struct onednn_layer *onednn_layer_create(const struct layer_task *task,
                                         const struct layer_tensors *tensors);
void onednn_layer_destroy(struct onednn_layer *layer);

// BACKWARD_WEIGHTS comes with the biases' gradient and with undoing relu and max-pool, whose result
// BACKWARD_DATA uses again.
void onednn_layer_run(const struct onednn_layer *layer, enum direction direction);

// What that direction made when the layer was created (out, the gradient by the weights or by the
// input), in PyTorch's layout. The caller frees it with memory_free.
float *onednn_layer_result(struct onednn_layer *layer, enum direction direction);
