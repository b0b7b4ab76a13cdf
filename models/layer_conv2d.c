// SPDX-License-Identifier: GPL-3.0-or-later
// Two-dimensional convolution (cross-correlation, as in PyTorch), stride 1, by matrix products over
// unrolled windows (im2col). With the batch innermost, a row of the unrolled matrix is copied as
// runs of (width out * batch) neighbours. The unrolled matrix is made for a few rows of output at a
// time, so that it stays in the second-level cache, and is made anew for the backward pass, which
// is cheaper than to fetch it from further away.
#include <string.h>

#include "models/lanes.h"
#include "models/layer_conv2d_direct.h"
#include "models/layer_kinds.h"
#include "models/linear_algebra.h"
#include "sim/base/check.h"

enum { UNROLLED_COUNT_AIM = 1 << 15 }; // elements: 128 KiB in float

static void plan(struct layer *layer) {
    size_t side = layer->recipe.kernel;
    size_t outputs = layer->recipe.outputs;
    size_t height = layer->in.height + 2 * layer->recipe.padding;
    size_t width = layer->in.width + 2 * layer->recipe.padding;
    REQUIRE(layer->in.channels >= 1 && outputs >= 1);
    REQUIRE(side > layer->recipe.padding && side <= height && side <= width);
    layer->out = (struct layer_shape){outputs, height - side + 1, width - side + 1};
    layer->weight_rank = 4;
    layer->weight_shape[0] = outputs;
    layer->weight_shape[1] = layer->in.channels;
    layer->weight_shape[2] = side;
    layer->weight_shape[3] = side;
    layer->fan_in = layer->in.channels * side * side;
    layer->multiply_adds = layer_shape_count(&layer->out) * layer->fan_in;
}

// A block of whole output rows: all windows (fan_in values each) of rows first .. first + rows - 1.
struct block {
    size_t first;
    size_t rows;
    size_t columns; // rows * width out * batch
    size_t start;   // of its columns within a channel of the output
};

static size_t unrolled_row_count(const struct layer *layer, size_t batch) {
    return layer->fan_in * layer->out.width * batch;
}

static size_t scratch_count(const struct layer *layer, size_t batch_max) {
    REQUIRE(batch_max >= 1);
    size_t row = unrolled_row_count(layer, batch_max);
    size_t unrolled = row > UNROLLED_COUNT_AIM ? row : UNROLLED_COUNT_AIM;
    size_t direct = conv2d_direct_fits(layer) ? conv2d_direct_scratch_count(layer) : 0;
    return unrolled > direct ? unrolled : direct;
}

static size_t rows_per_block(const struct layer *layer, size_t batch) {
    REQUIRE(batch >= 1);
    size_t rows = UNROLLED_COUNT_AIM / unrolled_row_count(layer, batch);
    return rows < 1 ? 1 : rows > layer->out.height ? layer->out.height : rows;
}

static struct block block_at(const struct layer *layer, size_t batch, size_t first) {
    REQUIRE(first < layer->out.height);
    size_t rows = rows_per_block(layer, batch);
    size_t left = layer->out.height - first;
    size_t row = layer->out.width * batch;
    rows = rows < left ? rows : left;
    return (struct block){first, rows, rows * row, first * row};
}

// The part of an output row whose tap (ky, kx) falls on the image, for output row y: outputs from
// "first" on, "count" of them; the inputs begin at "in". Elements, not pixels.
struct run {
    size_t first;
    size_t count;
    size_t in;
};

static struct run run_of(const struct layer *layer, size_t batch, size_t channel, size_t y,
                         size_t ky, size_t kx) {
    REQUIRE(y < layer->out.height && channel < layer->in.channels);
    size_t padding = layer->recipe.padding;
    size_t height = layer->in.height;
    size_t width = layer->in.width;
    if (y + ky < padding || y + ky >= height + padding) {
        return (struct run){0};
    }
    size_t first = kx < padding ? padding - kx : 0;
    size_t end = width + padding - kx;
    end = end < layer->out.width ? end : layer->out.width;
    if (first >= end) {
        return (struct run){0};
    }
    size_t row = channel * height + y + ky - padding;
    return (struct run){.first = first * batch,
                        .count = (end - first) * batch,
                        .in = (row * width + first + kx - padding) * batch};
}

// unrolled: (fan_in, columns). in: (channels, height, width, batch).
static void unroll(const struct layer *layer, size_t batch, const real *in, struct block block,
                   real *unrolled) {
    size_t side = layer->recipe.kernel;
    size_t row_count = layer->out.width * batch;
    for (size_t tap = 0; tap < layer->fan_in; tap++, unrolled += block.columns) {
        size_t ky = tap / side % side;
        for (size_t y = 0; y < block.rows; y++) {
            real *row = unrolled + y * row_count;
            struct run run =
                run_of(layer, batch, tap / (side * side), block.first + y, ky, tap % side);
            size_t end = run.first + run.count;
            memset(row, 0, run.first * sizeof(real));
            memcpy(row + run.first, in + run.in, run.count * sizeof(real));
            memset(row + end, 0, (row_count - end) * sizeof(real));
        }
    }
}

LANES_INLINE void add_run(real *target, const real *source, size_t count) {
    size_t i = 0;
    for (; i + LANE_COUNT <= count; i += LANE_COUNT) {
        *(lanes *)(target + i) += *(const lanes *)(source + i);
    }
    for (; i < count; i++) {
        target[i] += source[i];
    }
}

// The transpose of unroll: every unrolled value is added to where it came from.
CPU_CLONED static void roll_up(const struct layer *layer, size_t batch, const real *unrolled,
                               struct block block, real *in) {
    size_t side = layer->recipe.kernel;
    size_t row_count = layer->out.width * batch;
    for (size_t tap = 0; tap < layer->fan_in; tap++, unrolled += block.columns) {
        size_t ky = tap / side % side;
        for (size_t y = 0; y < block.rows; y++) {
            struct run run =
                run_of(layer, batch, tap / (side * side), block.first + y, ky, tap % side);
            add_run(in + run.in, unrolled + y * row_count + run.first, run.count);
        }
    }
}

CPU_CLONED static void fill_biases(const struct layer *layer, const struct layer_pass *pass) {
    size_t plane = layer->out.height * layer->out.width * pass->batch;
    const real *biases = pass->parameters + layer->recipe.outputs * layer->fan_in;
    for (size_t f = 0; f < layer->recipe.outputs; f++) {
        lanes_fill(pass->out + f * plane, plane, biases[f]);
    }
}

static void forward_unrolled(const struct layer *layer, const struct layer_pass *pass) {
    size_t plane = layer->out.height * layer->out.width * pass->batch;
    fill_biases(layer, pass);
    struct block block = block_at(layer, pass->batch, 0);
    for (size_t y = 0; y < layer->out.height; y += block.rows) {
        block = block_at(layer, pass->batch, y);
        unroll(layer, pass->batch, pass->in, block, pass->scratch);
        linear_algebra_multiply(
            &(struct matrix_product){.rows = layer->recipe.outputs,
                                     .columns = block.columns,
                                     .inner = layer->fan_in,
                                     .a = {pass->parameters, layer->fan_in, false},
                                     .b = {pass->scratch, block.columns, false},
                                     .result = pass->out + block.start,
                                     .result_stride = plane,
                                     .add = true});
    }
}

static void backward_weights_unrolled(const struct layer *layer, const struct layer_pass *pass) {
    size_t plane = layer->out.height * layer->out.width * pass->batch;
    struct block block = block_at(layer, pass->batch, 0);
    for (size_t y = 0; y < layer->out.height; y += block.rows) {
        block = block_at(layer, pass->batch, y);
        unroll(layer, pass->batch, pass->in, block, pass->scratch);
        linear_algebra_multiply(
            &(struct matrix_product){.rows = layer->recipe.outputs,
                                     .columns = layer->fan_in,
                                     .inner = block.columns,
                                     .a = {pass->d_out + block.start, plane, false},
                                     .b = {pass->scratch, block.columns, true},
                                     .result = pass->d_parameters,
                                     .result_stride = layer->fan_in,
                                     .add = y > 0});
    }
}

CPU_CLONED static void backward_biases(const struct layer *layer, const struct layer_pass *pass) {
    size_t plane = layer->out.height * layer->out.width * pass->batch;
    real *d_biases = pass->d_parameters + layer->recipe.outputs * layer->fan_in;
    for (size_t f = 0; f < layer->recipe.outputs; f++) {
        d_biases[f] = lanes_sum(pass->d_out + f * plane, plane);
    }
}

static void backward_data(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->d_in != NULL && pass->d_in != pass->d_out);
    size_t plane = layer->out.height * layer->out.width * pass->batch;
    memset(pass->d_in, 0, layer_shape_count(&layer->in) * pass->batch * sizeof(real));
    struct block block = block_at(layer, pass->batch, 0);
    for (size_t y = 0; y < layer->out.height; y += block.rows) {
        block = block_at(layer, pass->batch, y);
        linear_algebra_multiply(
            &(struct matrix_product){.rows = layer->fan_in,
                                     .columns = block.columns,
                                     .inner = layer->recipe.outputs,
                                     .a = {pass->parameters, layer->fan_in, true},
                                     .b = {pass->d_out + block.start, plane, false},
                                     .result = pass->scratch,
                                     .result_stride = block.columns});
        roll_up(layer, pass->batch, pass->scratch, block, pass->d_in);
    }
}

static void forward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->batch >= 1 && pass->scratch != NULL);
    if (conv2d_direct_fits(layer)) {
        conv2d_direct_forward(layer, pass);
    } else {
        forward_unrolled(layer, pass);
    }
}

static void backward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->scratch != NULL && pass->d_parameters != NULL);
    if (conv2d_direct_fits(layer)) {
        conv2d_direct_backward_weights(layer, pass);
    } else {
        backward_weights_unrolled(layer, pass);
    }
    backward_biases(layer, pass);
    if (pass->d_in != NULL) {
        backward_data(layer, pass);
    }
}

const struct layer_kind layer_conv2d = {.name = "conv2d",
                                        .plan = plan,
                                        .scratch_count = scratch_count,
                                        .forward = forward,
                                        .backward = backward};
