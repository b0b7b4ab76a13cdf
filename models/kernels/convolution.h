// SPDX-License-Identifier: GPL-3.0-or-later
// The convolution layer with what is fused behind it. Part of each instruction set's kernels.
#ifndef DESGD_KERNELS_CONVOLUTION_H
#define DESGD_KERNELS_CONVOLUTION_H

#include "models/kernels/correlation.h"
#include "models/kernels/kernels.h"
#include "models/kernels/kernels_tables.h"
#include "models/kernels/pooling.h"
#include "models/kernels/vectors.h"
#include "models/kernels/window_gradient.h"

static inline struct correlation correlation_of(const struct kernel_conv *conv) {
    return (struct correlation){.channels = conv->channels,
                                .height = conv->height,
                                .width = conv->width,
                                .outputs = conv->outputs,
                                .kernel = conv->kernel,
                                .stride = conv->stride,
                                .padding = conv->padding,
                                .out_height = kernel_conv_side(conv, conv->height),
                                .out_width = kernel_conv_side(conv, conv->width)};
}

// A side of d_out with stride - 1 zeros between its numbers and at its end those that no window
// began at.
static inline size_t dilated_side(const struct kernel_conv *conv, size_t side) {
    return side + 2 * conv->padding - conv->kernel + 1;
}

// Backward to the input: d_out, dilated, over the weights turned by half a turn.
static inline struct correlation backward_correlation_of(const struct kernel_conv *conv) {
    return (struct correlation){.channels = conv->outputs,
                                .height = dilated_side(conv, conv->height),
                                .width = dilated_side(conv, conv->width),
                                .outputs = conv->channels,
                                .kernel = conv->kernel,
                                .stride = 1,
                                .padding = conv->kernel - 1 - conv->padding,
                                .out_height = conv->height,
                                .out_width = conv->width};
}

// ---- weights in the order of use ----

// (taps, block) of each block of outputs.
static inline void pack_forward(const struct correlation *task, const float *weights,
                                float *packed) {
    size_t taps = task->channels * task->kernel * task->kernel;
    for (size_t b = 0; b < block_count(task->outputs, BLOCK_MAX); b++) {
        size_t block = block_size(task->outputs, BLOCK_MAX, b);
        for (size_t t = 0; t < taps; t++) {
            for (size_t f = 0; f < block; f++) {
                *packed++ = weights[f * taps + t];
            }
        }
        weights += block * taps;
    }
}

// As pack_forward, for the layer's weights (channels of task, outputs of task, window turned).
static inline void pack_backward(const struct correlation *task, const float *weights,
                                 float *packed) {
    size_t window = task->kernel * task->kernel;
    size_t first = 0;
    for (size_t b = 0; b < block_count(task->outputs, BLOCK_MAX); b++) {
        size_t block = block_size(task->outputs, BLOCK_MAX, b);
        for (size_t c = 0; c < task->channels; c++) {
            const float *from = weights + (c * task->outputs + first) * window;
            for (size_t k = 0; k < window; k++) {
                for (size_t f = 0; f < block; f++) {
                    *packed++ = from[f * window + window - 1 - k];
                }
            }
        }
        first += block;
    }
}

// ---- scratch: parts of it, one behind the other ----

struct conv_scratch {
    float *packed;
    struct tap *taps;
    float *rows;    // forward: rows of outputs that wait for their pool
    float *d_out;   // behind what is fused
    float *dilated; // the same with zeros between; where the stride is more than one
    float *sums;
    size_t bytes;
};

static inline size_t carve(size_t *used, size_t size) {
    size_t begin = *used;
    *used += (size + 63) / 64 * 64;
    return begin;
}

static struct conv_scratch conv_scratch_of(const struct kernel_conv *conv, void *memory) {
    struct correlation task = correlation_of(conv);
    struct correlation back = backward_correlation_of(conv);
    size_t forward_taps = correlation_tap_count(&task);
    size_t backward_taps = correlation_tap_count(&back);
    size_t out = conv->outputs * task.out_height * task.out_width;
    size_t dilated = conv->outputs * back.height * back.width;
    size_t row = conv->outputs * conv->pool * task.out_width;
    size_t lanes_bytes = KERNEL_LANES * sizeof(float);
    size_t used = 0;
    size_t packed_at =
        carve(&used, conv->outputs * conv->channels * conv->kernel * conv->kernel * sizeof(float));
    size_t taps_at = carve(&used, (forward_taps > backward_taps ? forward_taps : backward_taps) *
                                      sizeof(struct tap));
    size_t rows_at = carve(&used, conv->pool > 1 ? row * lanes_bytes : 0);
    size_t d_out_at = carve(&used, conv->pool > 1 || conv->relu ? out * lanes_bytes : 0);
    size_t dilated_at = carve(&used, conv->stride > 1 ? dilated * lanes_bytes : 0);
    size_t sums_at = carve(&used, gradient_scratch_floats(&task) * sizeof(float));
    char *base = memory;
    struct conv_scratch scratch = {.bytes = used};
    if (base != NULL) {
        scratch.packed = (float *)(void *)(base + packed_at);
        scratch.taps = (struct tap *)(void *)(base + taps_at);
        scratch.rows = (float *)(void *)(base + rows_at);
        scratch.d_out = (float *)(void *)(base + d_out_at);
        scratch.dilated = (float *)(void *)(base + dilated_at);
        scratch.sums = (float *)(void *)(base + sums_at);
    }
    return scratch;
}

static size_t conv_scratch_bytes(const struct kernel_conv *conv) {
    kernel_conv_require(conv);
    return conv_scratch_of(conv, NULL).bytes;
}

// ---- forward ----

static inline void forward_rows(const struct correlation_plan *plan, const struct kernel_conv *conv,
                                const struct kernel_pass *pass) {
    const struct correlation *task = plan->task;
    size_t row = task->out_width * KERNEL_LANES;
    for (size_t y = 0; y < task->out_height; y++) {
        correlate_row(plan, pass->in, pass->biases, y, conv->relu, pass->out + y * row,
                      task->out_height * row);
    }
}

static inline void forward_pooled_rows(const struct correlation_plan *plan,
                                       const struct kernel_conv *conv,
                                       const struct kernel_pass *pass, float *rows) {
    const struct correlation *task = plan->task;
    size_t row = task->out_width * KERNEL_LANES;
    size_t out_width = task->out_width / conv->pool;
    size_t out_height = task->out_height / conv->pool;
    struct pool_task pool = {.channels = conv->outputs,
                             .width = out_width,
                             .in_plane = conv->pool * row,
                             .in_row = row,
                             .out_plane = out_height * out_width * KERNEL_LANES,
                             .relu = conv->relu};
    for (size_t y = 0; y < out_height; y++) {
        for (size_t i = 0; i < conv->pool; i++) {
            correlate_row(plan, pass->in, pass->biases, y * conv->pool + i, false, rows + i * row,
                          conv->pool * row);
        }
        size_t to = y * out_width * KERNEL_LANES;
        pool_rows(&pool, conv->pool, rows, pass->out + to,
                  pass->winners == NULL ? NULL : pass->winners + to);
    }
}

static void conv_forward(const struct kernel_conv *conv, const struct kernel_pass *pass) {
    struct correlation task = correlation_of(conv);
    struct conv_scratch scratch = conv_scratch_of(conv, pass->scratch);
    pack_forward(&task, pass->weights, scratch.packed);
    struct correlation_plan plan = correlation_plan_of(&task, scratch.taps, scratch.packed);
    if (conv->pool > 1) {
        forward_pooled_rows(&plan, conv, pass, scratch.rows);
    } else {
        forward_rows(&plan, conv, pass);
    }
}

// ---- backward ----

// d_out in front of what is fused.
static inline const float *unfused_d_out(const struct kernel_conv *conv,
                                         const struct kernel_pass *pass,
                                         const struct correlation *task, float *d_out) {
    size_t positions = task->out_height * task->out_width;
    if (conv->pool > 1) {
        size_t pooled = (task->out_height / conv->pool) * (task->out_width / conv->pool);
        for (size_t f = 0; f < conv->outputs; f++) {
            spread_plane(task->out_height, task->out_width, conv->pool,
                         pass->d_out + f * pooled * KERNEL_LANES,
                         pass->winners + f * pooled * KERNEL_LANES,
                         d_out + f * positions * KERNEL_LANES);
        }
        return d_out;
    }
    if (conv->relu) {
        relu_backward(conv->outputs * positions, pass->out, pass->d_out, d_out);
        return d_out;
    }
    return pass->d_out;
}

static inline const float *dilate(const struct kernel_conv *conv, const struct correlation *task,
                                  const struct correlation *back, const float *d_out,
                                  float *dilated) {
    if (conv->stride == 1) {
        return d_out;
    }
    memset(dilated, 0, back->channels * back->height * back->width * KERNEL_LANES * sizeof(float));
    for (size_t f = 0; f < back->channels; f++) {
        for (size_t y = 0; y < task->out_height; y++) {
            for (size_t x = 0; x < task->out_width; x++) {
                size_t to = (f * back->height + y * conv->stride) * back->width + x * conv->stride;
                memcpy(dilated + to * KERNEL_LANES, d_out, KERNEL_LANES * sizeof(float));
                d_out += KERNEL_LANES;
            }
        }
    }
    return dilated;
}

static void backward_to_input(const struct kernel_conv *conv, const struct kernel_pass *pass,
                              const struct correlation *task, const float *d_out,
                              const struct conv_scratch *scratch) {
    struct correlation back = backward_correlation_of(conv);
    const float *dilated = dilate(conv, task, &back, d_out, scratch->dilated);
    pack_backward(&back, pass->weights, scratch->packed);
    struct correlation_plan plan = correlation_plan_of(&back, scratch->taps, scratch->packed);
    size_t row = conv->width * KERNEL_LANES;
    for (size_t y = 0; y < conv->height; y++) {
        correlate_row(&plan, dilated, NULL, y, false, pass->d_in + y * row, conv->height * row);
    }
}

static void conv_backward(const struct kernel_conv *conv, const struct kernel_pass *pass) {
    struct correlation task = correlation_of(conv);
    struct conv_scratch scratch = conv_scratch_of(conv, pass->scratch);
    const float *d_out = unfused_d_out(conv, pass, &task, scratch.d_out);
    gradient_of_weights(&task, pass->in, d_out, pass->add, pass->d_weights, scratch.sums);
    gradient_of_biases(conv->outputs, task.out_height * task.out_width, d_out, pass->add,
                       pass->d_biases);
    if (pass->d_in != NULL) {
        backward_to_input(conv, pass, &task, d_out, &scratch);
    }
}

#endif
