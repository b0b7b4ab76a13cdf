// SPDX-License-Identifier: GPL-3.0-or-later
// The convolution in AVX-512, AVX2 and plain C: the layer with what is fused behind it, forward and
// backward. Part of each instruction set's kernels (isa.h); the innermost loops are those of
// correlation.h and window_gradient.h.
#pragma once

#include "models/kernels/correlation.h"
#include "models/kernels/kernels.h"
#include "models/kernels/pooling.h"
#include "models/kernels/vectors.h"
#include "models/kernels/window_gradient.h"
#include "models/kernels/window_maximum.h"

static inline struct correlation correlation_of(const struct kernel_conv *conv, size_t lanes) {
    return (struct correlation){.lanes = lanes,
                                .channels = conv->channels,
                                .height = conv->height,
                                .width = conv->width,
                                .in_plane = conv->height * conv->width * lanes,
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

// Where the kernels lay out channels themselves, they lie an odd number of positions apart: a power
// of two would put one position of all channels into the same few sets of a cache.
static inline size_t scratch_plane(size_t positions, size_t lanes) {
    return (positions | 1) * lanes;
}

static inline bool is_fused(const struct kernel_conv *conv) {
    return conv->pool > 1 || conv->relu;
}

// Backward to the input: d_out, dilated, over the weights turned by half a turn. Where its planes
// lie depends on what is undone.
static inline struct correlation backward_correlation_of(const struct kernel_conv *conv,
                                                         size_t lanes) {
    size_t height = dilated_side(conv, conv->height);
    size_t width = dilated_side(conv, conv->width);
    return (struct correlation){.lanes = lanes,
                                .channels = conv->outputs,
                                .height = height,
                                .width = width,
                                .outputs = conv->channels,
                                .kernel = conv->kernel,
                                .stride = 1,
                                .padding = conv->kernel - 1 - conv->padding,
                                .out_height = conv->height,
                                .out_width = conv->width};
}

// ---- weights in the order of use ----

// (taps, block) of each block of up to "most" outputs.
static inline void pack_forward(const struct correlation *task, size_t most, const float *weights,
                                float *packed) {
    REQUIRE(most >= 1 && most <= BLOCK_MAX);
    size_t taps = task->channels * task->kernel * task->kernel;
    for (size_t b = 0; b < block_count(task->outputs, most); b++) {
        size_t block = block_size(task->outputs, most, b);
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
    float *windows; // forward: outputs that wait for their pool
    float *d_out;   // some rows in front of what is fused: (outputs, scratch_plane)
    float *dilated; // the same with zeros between; where the stride is more than one
    float *sums;
    float *bias_sums;
    size_t bytes;
};

static inline size_t carve(size_t *used, size_t size) {
    size_t begin = *used;
    *used += (size + 63) / 64 * 64;
    return begin;
}

// Columns of windows that are computed before they are pooled, few enough for the fastest cache.
static inline size_t pool_columns(const struct kernel_conv *conv, size_t lanes, size_t block) {
    REQUIRE(block >= 1 && block <= BLOCK_MAX);
    size_t window = block * conv->pool * conv->pool * lanes;
    return window < CACHED_FLOATS ? CACHED_FLOATS / window : 1;
}

static inline size_t pool_floats(const struct kernel_conv *conv, size_t lanes) {
    size_t window = BLOCK_MAX * conv->pool * conv->pool * lanes;
    return window < CACHED_FLOATS ? CACHED_FLOATS : window;
}

static struct conv_scratch conv_scratch_of(const struct kernel_conv *conv, size_t lanes,
                                           void *memory) {
    REQUIRE(kernel_aligned(memory));
    struct correlation task = correlation_of(conv, lanes);
    struct correlation back = backward_correlation_of(conv, lanes);
    size_t weights_each = conv->channels * conv->kernel * conv->kernel;
    size_t d_out = conv->outputs * scratch_plane(task.out_height * task.out_width, lanes);
    size_t dilated = conv->outputs * scratch_plane(back.height * back.width, lanes);
    size_t sums = sums_floats(gradient_filters_max(&task, conv->pool) * weights_each);
    size_t used = 0;
    size_t packed_at = carve(&used, conv->outputs * weights_each * sizeof(float));
    size_t windows_at = carve(&used, conv->pool > 1 ? pool_floats(conv, lanes) * sizeof(float) : 0);
    size_t d_out_at = carve(&used, is_fused(conv) ? d_out * sizeof(float) : 0);
    size_t dilated_at = carve(&used, conv->stride > 1 ? dilated * sizeof(float) : 0);
    size_t sums_at = carve(&used, sums * sizeof(float));
    size_t bias_sums_at = carve(&used, sums_floats(conv->outputs) * sizeof(float));
    char *base = memory;
    struct conv_scratch scratch = {.bytes = used};
    if (base != NULL) {
        scratch.packed = (float *)(void *)(base + packed_at);
        scratch.windows = (float *)(void *)(base + windows_at);
        scratch.d_out = (float *)(void *)(base + d_out_at);
        scratch.dilated = (float *)(void *)(base + dilated_at);
        scratch.sums = (float *)(void *)(base + sums_at);
        scratch.bias_sums = (float *)(void *)(base + bias_sums_at);
    }
    return scratch;
}

static size_t conv_scratch_bytes(const struct kernel_conv *conv) {
    kernel_conv_require(conv);
    size_t most = 0;
    for (size_t lanes = KERNEL_LANES_MIN; lanes <= KERNEL_LANES; lanes *= 2) {
        size_t bytes = conv_scratch_of(conv, lanes, NULL).bytes;
        most = bytes > most ? bytes : most;
    }
    return most;
}

// ---- forward ----

// What is written all at once after a while of computing should be on its way by then.
static inline void prefetch_rows(const float *out, size_t channels, size_t count, size_t plane) {
    for (size_t f = 0; f < channels; f++) {
        for (size_t i = 0; i < count; i += 16) {
            __builtin_prefetch(out + f * plane + i, 1);
        }
    }
}

// Columns [x, x + width) of row y of windows of one block of outputs. "row" has the block's weights
// and biases; first: the block's first output.
static inline void forward_pooled_columns(const struct correlation_plan *plan,
                                          const struct kernel_conv *conv,
                                          const struct kernel_pass *pass, size_t y, size_t x,
                                          size_t width, size_t first, size_t block,
                                          const struct row_task *weights, float *windows) {
    size_t lanes = plan->task->lanes;
    size_t out_width = plan->task->out_width / conv->pool;
    size_t out_height = plan->task->out_height / conv->pool;
    struct pool_task pool = {.lanes = lanes,
                             .channels = block,
                             .width = width,
                             .in_row = width * conv->pool * lanes,
                             .in_plane = width * conv->pool * conv->pool * lanes,
                             .out_plane = out_height * out_width * lanes,
                             .relu = conv->relu};
    size_t to = first * pool.out_plane + (y * out_width + x) * lanes;
    prefetch_rows(pass->out + to, block, width * lanes, pool.out_plane);
    for (size_t i = 0; i < conv->pool; i++) {
        struct row_task row = plan_row(plan, pass->in, 0, y * conv->pool + i);
        row.weights = weights->weights;
        row.biases = weights->biases;
        row.begin = x * conv->pool;
        row.end = (x + width) * conv->pool;
        row.out = windows + i * pool.in_row;
        row.out_plane = pool.in_plane;
        sum_row_of_block(&row, block);
    }
    pool_rows(&pool, conv->pool, windows, pass->out + to,
              pass->winners == NULL ? NULL : pass->winners + to);
}

// A few columns at a time.
static inline void forward_pooled_row(const struct correlation_plan *plan,
                                      const struct kernel_conv *conv,
                                      const struct kernel_pass *pass, size_t y, size_t first,
                                      size_t block, const struct row_task *weights,
                                      float *windows) {
    size_t out_width = plan->task->out_width / conv->pool;
    size_t columns = pool_columns(conv, plan->task->lanes, block);
    for (size_t x = 0; x < out_width; x += columns) {
        size_t width = out_width - x < columns ? out_width - x : columns;
        forward_pooled_columns(plan, conv, pass, y, x, width, first, block, weights, windows);
    }
}

// Windows [x, end) one after the other in registers; one with a NaN goes the other way.
static inline void forward_maxima(const struct correlation_plan *plan,
                                  const struct kernel_conv *conv, const struct kernel_pass *pass,
                                  size_t y, const struct run *inner, size_t first, size_t block,
                                  const struct row_task *weights, float *windows) {
    size_t out_width = plan->task->out_width / conv->pool;
    size_t out_plane = plan->task->out_height / conv->pool * out_width * plan->task->lanes;
    size_t to = first * out_plane + y * out_width * plan->task->lanes;
    struct maximum_task task = {.biases = weights->biases,
                                .lanes = plan->task->lanes,
                                .out = pass->out + to,
                                .winners = pass->winners == NULL ? NULL : pass->winners + to,
                                .out_plane = out_plane,
                                .relu = conv->relu};
    for (size_t i = 0; i < conv->pool; i++) {
        struct row_task row = plan_row(plan, pass->in, 0, y * conv->pool + i);
        row.weights = weights->weights;
        task.taps[i] = taps_of(&row, inner, 0, block);
    }
    size_t end = inner->end / conv->pool;
    for (size_t x = 0; x < out_width; x++) {
        if (x * conv->pool >= inner->begin && x < end) {
            x = window_maxima(&task, block, conv->pool, x, end);
        }
        if (x < out_width) {
            forward_pooled_columns(plan, conv, pass, y, x, 1, first, block, weights, windows);
        }
    }
}

// Whether windows are compared in registers.
static inline bool takes_maximum(const struct kernel_conv *conv, size_t lanes) {
    return conv->stride == 1 && has_maximum(conv->pool) &&
           MAXIMUM_BLOCK(conv->pool, maximum_width(lanes)) >= 1;
}

// Outputs that are summed together.
static inline size_t forward_block(const struct kernel_conv *conv, size_t lanes) {
    return takes_maximum(conv, lanes) ? MAXIMUM_BLOCK(conv->pool, maximum_width(lanes)) : BLOCK_MAX;
}

// The columns whose windows have all their taps; none: an empty run.
static inline struct run inner_columns(const struct correlation_plan *plan) {
    for (size_t i = 0; i < plan->columns.count; i++) {
        const struct run *run = &plan->columns.items[i];
        if (run->low == 0 && run->high == plan->task->kernel) {
            return *run;
        }
    }
    return (struct run){.high = 1};
}

static inline void forward_pooled(const struct correlation_plan *plan,
                                  const struct kernel_conv *conv, const struct kernel_pass *pass,
                                  float *windows) {
    REQUIRE(conv->pool > 1);
    size_t most = forward_block(conv, plan->task->lanes);
    struct run inner = inner_columns(plan);
    for (size_t y = 0; y < plan->task->out_height / conv->pool; y++) {
        struct row_task weights = {.weights = plan->weights, .biases = pass->biases};
        size_t first = 0;
        for (size_t b = 0; b < block_count(conv->outputs, most); b++) {
            size_t block = block_size(conv->outputs, most, b);
            if (takes_maximum(conv, plan->task->lanes)) {
                forward_maxima(plan, conv, pass, y, &inner, first, block, &weights, windows);
            } else {
                forward_pooled_row(plan, conv, pass, y, first, block, &weights, windows);
            }
            next_block(plan, &weights, block);
            first += block;
        }
    }
}

static void conv_forward(const struct kernel_conv *conv, const struct kernel_pass *pass) {
    kernel_pass_require(pass);
    struct correlation task = correlation_of(conv, pass->lanes);
    struct conv_scratch scratch = conv_scratch_of(conv, pass->lanes, pass->scratch);
    pack_forward(&task, forward_block(conv, pass->lanes), pass->weights, scratch.packed);
    struct correlation_plan plan = correlation_plan_of(&task, scratch.packed);
    if (conv->pool > 1) {
        forward_pooled(&plan, conv, pass, scratch.windows);
    } else {
        correlate(&plan, pass->in, 0, 0, task.out_height, pass->biases, conv->relu, pass->out);
    }
}

// ---- backward ----

// Rows of d_out, in front of what is fused, of some output channels.
struct d_rows {
    const float *values; // (filters, plane)
    size_t plane;
};

// Rows [begin, end) of outputs [first, first + filters). What is fused is undone into "d_out".
static inline struct d_rows fetch_d_rows(const struct kernel_conv *conv,
                                         const struct kernel_pass *pass,
                                         const struct correlation *task, size_t first,
                                         size_t filters, size_t begin, size_t end, float *d_out) {
    REQUIRE(begin % conv->pool == 0 && first + filters <= conv->outputs);
    REQUIRE(begin < end && end <= task->out_height);
    size_t lanes = task->lanes;
    size_t row = task->out_width * lanes;
    size_t natural = task->out_height * row;
    if (!is_fused(conv)) {
        return (struct d_rows){pass->d_out + first * natural + begin * row, natural};
    }
    size_t plane = scratch_plane((end - begin) * task->out_width, lanes);
    size_t pooled_row = task->out_width / conv->pool * lanes;
    size_t pooled_plane = task->out_height / conv->pool * pooled_row;
    for (size_t f = 0; f < filters; f++) {
        size_t from = (first + f) * pooled_plane + begin / conv->pool * pooled_row;
        float *to = d_out + f * plane;
        if (conv->pool > 1) {
            spread_rows(end - begin, task->out_width, conv->pool, task->lanes, pass->d_out + from,
                        pass->winners + from, to);
        } else {
            relu_backward((end - begin) * row, pass->out + from, pass->d_out + from, to);
        }
    }
    return (struct d_rows){d_out, plane};
}

// How many rows are worked on at once: as many as the fastest cache holds, and whole windows of the
// pool.
static inline size_t gradient_rows(const struct kernel_conv *conv, const struct correlation *task,
                                   size_t filters) {
    REQUIRE(filters >= 1);
    size_t row = filters * task->out_width * task->lanes;
    size_t rows = row < GRADIENT_FLOATS ? GRADIENT_FLOATS / row : 1;
    return rows < conv->pool ? conv->pool : rows - rows % conv->pool;
}

static void backward_to_parameters(const struct kernel_conv *conv, const struct kernel_pass *pass,
                                   const struct correlation *task,
                                   const struct conv_scratch *scratch) {
    size_t weights_each = task->channels * task->kernel * task->kernel;
    size_t most = gradient_filters_max(task, conv->pool);
    size_t rows = gradient_rows(conv, task, most);
    size_t first = 0;
    clear_sums(scratch->bias_sums, conv->outputs);
    for (size_t b = 0; b < block_count(task->outputs, most); b++) {
        size_t filters = block_size(task->outputs, most, b);
        clear_sums(scratch->sums, filters * weights_each);
        for (size_t y = 0; y < task->out_height; y += rows) {
            size_t end = y + rows < task->out_height ? y + rows : task->out_height;
            struct d_rows d =
                fetch_d_rows(conv, pass, task, first, filters, y, end, scratch->d_out);
            add_bias_rows(filters, d.values, d.plane, (end - y) * task->out_width * task->lanes,
                          task->lanes, scratch->bias_sums + first * VIRTUAL_LANES);
            struct gradient_task job = {.task = task,
                                        .in = pass->in,
                                        .d_out = d.values,
                                        .d_plane = d.plane,
                                        .row_begin = y,
                                        .row_end = end,
                                        .sums = scratch->sums};
            add_block_rows(&job, filters);
        }
        write_block(task, filters, finish_sums(scratch->sums, filters * weights_each), pass->add,
                    pass->d_weights + first * weights_each);
        first += filters;
    }
    write_biases(scratch->bias_sums, conv->outputs, pass->add, pass->d_biases);
}

static inline const float *dilate(const struct correlation *task, const struct correlation *back,
                                  size_t stride, const float *d_out, size_t d_plane,
                                  float *dilated) {
    REQUIRE(stride > 1);
    size_t lanes = task->lanes;
    memset(dilated, 0, back->channels * back->in_plane * sizeof(float));
    for (size_t f = 0; f < back->channels; f++) {
        for (size_t y = 0; y < task->out_height; y++) {
            const float *from = d_out + f * d_plane + y * task->out_width * lanes;
            float *to = dilated + f * back->in_plane + y * stride * back->width * lanes;
            for (size_t x = 0; x < task->out_width; x++) {
                memcpy(to + x * stride * lanes, from + x * lanes, lanes * sizeof(float));
            }
        }
    }
    return dilated;
}

// How many rows of d_in are made at once: where something has to be undone, few enough that the
// rows of d_out that they read stay in the second cache.
static inline size_t input_rows(const struct kernel_conv *conv, const struct correlation *task) {
    size_t fitting = 8 * CACHED_FLOATS / (conv->outputs * task->out_width * task->lanes);
    bool all = !is_fused(conv) || conv->stride > 1;
    return all ? conv->height : fitting > conv->pool ? fitting - fitting % conv->pool : conv->pool;
}

static void backward_to_input(const struct kernel_conv *conv, const struct kernel_pass *pass,
                              const struct correlation *task, const struct conv_scratch *scratch) {
    REQUIRE(pass->d_in != NULL && pass->d_in != pass->d_out);
    struct correlation back = backward_correlation_of(conv, task->lanes);
    pack_backward(&back, pass->weights, scratch->packed);
    struct correlation_plan plan = correlation_plan_of(&back, scratch->packed);
    size_t rows = input_rows(conv, task);
    for (size_t y = 0; y < conv->height; y += rows) {
        size_t end = y + rows < conv->height ? y + rows : conv->height;
        size_t reach = end + conv->kernel - 1;
        size_t first = y < back.padding || conv->stride > 1 ? 0 : y - back.padding;
        size_t last = reach < back.padding + back.height ? reach - back.padding : back.height;
        first -= first % conv->pool;
        last += (conv->pool - last % conv->pool) % conv->pool;
        last = conv->stride > 1 || last > task->out_height ? task->out_height : last;
        struct d_rows d =
            fetch_d_rows(conv, pass, task, 0, conv->outputs, first, last, scratch->d_out);
        back.in_plane = d.plane;
        if (conv->stride > 1) {
            back.in_plane = scratch_plane(back.height * back.width, back.lanes);
            d.values = dilate(task, &back, conv->stride, d.values, d.plane, scratch->dilated);
        }
        correlate(&plan, d.values, first, y, end, NULL, false, pass->d_in);
    }
}

static void conv_backward(const struct kernel_conv *conv, const struct kernel_pass *pass) {
    kernel_pass_require(pass);
    REQUIRE(conv->pool == 1 || pass->winners != NULL);
    struct correlation task = correlation_of(conv, pass->lanes);
    struct conv_scratch scratch = conv_scratch_of(conv, pass->lanes, pass->scratch);
    backward_to_parameters(conv, pass, &task, &scratch);
    if (pass->d_in != NULL) {
        backward_to_input(conv, pass, &task, &scratch);
    }
}
