// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic "portable": layers over blocks of 8, 16 or 32 samples, one table of functions for
// each instruction set. All tables give the same bits: a lane is one sample, every lane is summed
// in one fixed order with fused multiply-add (bias, then channels, rows, columns of the window
// ascending), and sums over samples take one fixed tree. So what comes out depends on nothing but
// the inputs, and one sample's outputs and d_in not on the samples beside it.
//
// Activations are (channels, height, width, lanes), weights are laid out as in PyTorch. A block of
// fewer samples is filled up with lanes of zeros: their d_out is zero, so they add nothing to the
// gradients of parameters, and the samples of a narrow block give the bits that they give in a
// block of 32, as long as the parameters are finite. A block is at least as wide as a vector: see
// kernels_for_lanes. All arrays of activations, winners and scratch are 64-byte aligned; parameters
// and their gradients need not be. Nothing here allocates, fails or has state.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/check.h"

// KERNEL_LANES: the floats of one position in the widest block.
enum { KERNEL_LANES = 32, KERNEL_LANES_MIN = 8, KERNEL_SIDE_MAX = 16 };

// In winners: a window whose maximum relu made zero, so that no input gets its gradient.
enum { KERNEL_NO_WINNER = 255 };

// A square window, the same padding (with zeros) on all four sides. Fused behind it, where wanted:
// the maximum over windows of pool x pool that lie side by side (what is left over is unused), and
// relu. The order of these two makes no difference.
struct kernel_conv {
    size_t channels; // of the input
    size_t height;
    size_t width;
    size_t outputs;
    size_t kernel;  // side of the window, 1 to KERNEL_SIDE_MAX, and the padded input at least that
    size_t stride;  // at least 1
    size_t padding; // less than kernel
    size_t pool;    // 1: none; pool * pool < 255
    bool relu;
};

// Side of what the convolution makes of a side of the input, before and behind the pool.
size_t kernel_conv_side(const struct kernel_conv *conv, size_t side);
size_t kernel_conv_pooled_side(const struct kernel_conv *conv, size_t side);

struct kernel_dense {
    size_t inputs;
    size_t outputs;
    bool relu; // fused behind it
};

struct kernel_pool {
    size_t channels;
    size_t height; // of the input
    size_t width;
    size_t pool;
    bool relu; // fused behind it
};

// What a function works on. Forward reads weights, biases and in, and writes out and winners.
// Backward reads weights, in, out (as forward left it), winners and d_out and writes the rest.
struct kernel_pass {
    size_t lanes;         // 8, 16 or 32: the floats of one position; at least a vector
    const float *weights; // conv: (outputs, channels, kernel, kernel); dense: (outputs, inputs)
    const float *biases;  // (outputs)
    const float *in;
    float *out;         // with pool and relu applied
    uint8_t *winners;   // (out): the place of the maximum in its window, row by row, or
                        // KERNEL_NO_WINNER; where pool > 1. NULL forward: not wanted
    const float *d_out; // by the final outputs; nothing is done to it
    float *d_in;        // overwritten; NULL: not wanted
    float *d_weights;   // overwritten, or added to
    float *d_biases;
    bool add; // the block's gradient of the parameters is added to what is there, by one addition
    void *scratch; // of no meaning between calls
};

struct kernels {
    const char *isa;

    // Bytes of scratch that forward and backward need, for any number of lanes.
    size_t (*conv_scratch_bytes)(const struct kernel_conv *conv);
    void (*conv_forward)(const struct kernel_conv *conv, const struct kernel_pass *pass);
    void (*conv_backward)(const struct kernel_conv *conv, const struct kernel_pass *pass);

    size_t (*dense_scratch_bytes)(const struct kernel_dense *dense);
    void (*dense_forward)(const struct kernel_dense *dense, const struct kernel_pass *pass);
    void (*dense_backward)(const struct kernel_dense *dense, const struct kernel_pass *pass);

    // A max-pool by itself: the first of equals wins, NaN wins over numbers. No scratch, no
    // parameters; in and out must not overlap.
    void (*pool_forward)(const struct kernel_pool *pool, const struct kernel_pass *pass);
    void (*pool_backward)(const struct kernel_pool *pool, const struct kernel_pass *pass);

    // The mean over a whole plane: in (channels, positions, lanes), out (channels, lanes).
    void (*mean_forward)(size_t channels, size_t positions, size_t lanes, const float *in,
                         float *out);
    void (*mean_backward)(size_t channels, size_t positions, size_t lanes, const float *d_out,
                          float *d_in);

    // Elementwise over (count), the lanes included. NaN stays NaN. out may be in, or a.
    void (*relu_forward)(size_t count, const float *in, float *out);
    // d_in = out > 0 (or NaN) ? d_out : 0; out may be the layer's output or its input.
    void (*relu_backward)(size_t count, const float *out, const float *d_out, float *d_in);
    void (*add)(size_t count, const float *a, const float *b, float *out);

    // -log softmax(outputs)[label] of the first "count" samples. outputs: (classes, lanes), labels
    // and losses: (count); every label < classes <= 256. d_outputs: (classes, lanes), share * d
    // loss / d outputs (share is one over the size of the whole minibatch), zero in the other
    // lanes; NULL: not wanted.
    void (*softmax_loss)(size_t classes, size_t lanes, size_t count, const float *outputs,
                         const uint8_t *labels, float share, float *d_outputs, double *losses);
    // The largest class, the first of equals: best (count).
    void (*softmax_best)(size_t classes, size_t lanes, size_t count, const float *outputs,
                         uint8_t *best);
};

// Check what is required above, in every build: once for each block of samples.
void kernel_conv_require(const struct kernel_conv *conv);
void kernel_pool_require(const struct kernel_pool *pool);
void kernel_pass_require(const struct kernel_pass *pass); // of conv and dense

static inline bool kernel_lanes_known(size_t lanes) {
    return lanes == KERNEL_LANES_MIN || lanes == KERNEL_LANES / 2 || lanes == KERNEL_LANES;
}

static inline bool kernel_aligned(const void *memory) {
    return (uintptr_t)memory % 64 == 0;
}
