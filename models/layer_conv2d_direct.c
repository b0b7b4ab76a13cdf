// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/layer_conv2d_direct.h"

#include <string.h>

#include "models/lanes.h"
#include "sim/base/check.h"

// Up to here the direct way is faster than sgemm for 3 to 20 outputs.
enum { FAN_IN_MAX = 32 };

bool conv2d_direct_fits(const struct layer *layer) {
    return layer->fan_in <= FAN_IN_MAX && layer->recipe.padding == 0;
}

// Where the fan_in inputs of an output lie, counted from its place in channel 0 of the input.
struct taps {
    size_t count;
    size_t offsets[FAN_IN_MAX];
};

static struct taps taps_of(const struct layer *layer, size_t batch) {
    REQUIRE(conv2d_direct_fits(layer));
    struct taps taps = {0};
    size_t side = layer->recipe.kernel;
    for (size_t c = 0; c < layer->in.channels; c++) {
        for (size_t ky = 0; ky < side; ky++) {
            for (size_t kx = 0; kx < side; kx++) {
                size_t pixel = (c * layer->in.height + ky) * layer->in.width + kx;
                taps.offsets[taps.count++] = pixel * batch;
            }
        }
    }
    return taps;
}

// ---- forward: out[f][i] = bias[f] + sum over taps t, in order, of weight[f][t] * in[offset[t] +
// i]

// One row of output of one image row, for all filters.
struct row {
    const struct taps *taps;
    const real *weights; // (filters, taps)
    const real *biases;  // (filters)
    const real *in;      // tap 0 of the row's first pixel
    real *out;           // filter 0, the row's first pixel
    size_t plane;        // elements between two filters' outputs
    size_t count;        // width out * batch
};

// "filters" filters from f on, "vectors" vectors from i on; both are constants where this is
// called, so that the sums stay in registers.
LANES_INLINE void forward_tile(const struct row *row, size_t f, size_t filters, size_t i,
                               size_t vectors) {
    lanes sums[5][2];
    size_t tap_count = row->taps->count;
#pragma GCC unroll 5
    for (size_t a = 0; a < filters; a++) {
#pragma GCC unroll 5
        for (size_t v = 0; v < vectors; v++) {
            sums[a][v] = (lanes){0} + row->biases[f + a];
        }
    }
    for (size_t t = 0; t < tap_count; t++) {
        const real *in = row->in + row->taps->offsets[t] + i;
#pragma GCC unroll 5
        for (size_t a = 0; a < filters; a++) {
            real weight = row->weights[(f + a) * tap_count + t];
#pragma GCC unroll 5
            for (size_t v = 0; v < vectors; v++) {
                sums[a][v] += weight * *(const lanes *)(in + v * LANE_COUNT);
            }
        }
    }
#pragma GCC unroll 5
    for (size_t a = 0; a < filters; a++) {
#pragma GCC unroll 5
        for (size_t v = 0; v < vectors; v++) {
            *(lanes *)(row->out + (f + a) * row->plane + i + v * LANE_COUNT) = sums[a][v];
        }
    }
}

static void forward_one(const struct row *row, size_t f, size_t i) {
    size_t tap_count = row->taps->count;
    real sum = row->biases[f];
    for (size_t t = 0; t < tap_count; t++) {
        sum += row->weights[f * tap_count + t] * row->in[row->taps->offsets[t] + i];
    }
    row->out[f * row->plane + i] = sum;
}

LANES_INLINE void forward_filters(const struct row *row, size_t f, size_t filters) {
    size_t i = 0;
    for (; i + 2 * LANE_COUNT <= row->count; i += 2 * LANE_COUNT) {
        forward_tile(row, f, filters, i, 2);
    }
    for (; i + LANE_COUNT <= row->count; i += LANE_COUNT) {
        forward_tile(row, f, filters, i, 1);
    }
    for (; i < row->count; i++) {
#pragma GCC unroll 5
        for (size_t a = 0; a < filters; a++) {
            forward_one(row, f + a, i);
        }
    }
}

CPU_CLONED static void forward_row(const struct row *row, size_t filters) {
    size_t f = 0;
    for (; f + 5 <= filters; f += 5) {
        forward_filters(row, f, 5);
    }
    for (; f + 3 <= filters; f += 3) {
        forward_filters(row, f, 3);
    }
    for (; f < filters; f++) {
        forward_filters(row, f, 1);
    }
}

void conv2d_direct_forward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->batch >= 1 && pass->in != pass->out);
    struct taps taps = taps_of(layer, pass->batch);
    size_t filters = layer->recipe.outputs;
    size_t count = layer->out.width * pass->batch;
    for (size_t y = 0; y < layer->out.height; y++) {
        struct row row = {.taps = &taps,
                          .weights = pass->parameters,
                          .biases = pass->parameters + filters * taps.count,
                          .in = pass->in + y * layer->in.width * pass->batch,
                          .out = pass->out + y * count,
                          .plane = layer->out.height * count,
                          .count = count};
        forward_row(&row, filters);
    }
}

// ---- weights: d_weight[f][t] = sum over rows and i of d_out[f][i] * in[offset[t] + i]

// The sums are kept as vectors from row to row: sums[f * taps + t].
struct d_row {
    const struct taps *taps;
    const real *in;    // tap 0 of the row's first pixel
    const real *d_out; // filter 0, the row's first pixel
    size_t plane;
    size_t count;
    lanes *sums;
};

LANES_INLINE void weights_tile(const struct d_row *row, size_t f, size_t filters, size_t t,
                               size_t tap_count) {
    lanes sums[3][3];
    size_t stride = row->taps->count;
    const size_t *offsets = row->taps->offsets + t;
    const real *d_out = row->d_out + f * row->plane;
#pragma GCC unroll 5
    for (size_t a = 0; a < filters; a++) {
#pragma GCC unroll 5
        for (size_t b = 0; b < tap_count; b++) {
            sums[a][b] = row->sums[(f + a) * stride + t + b];
        }
    }
    size_t i = 0;
    for (; i + LANE_COUNT <= row->count; i += LANE_COUNT) {
#pragma GCC unroll 5
        for (size_t b = 0; b < tap_count; b++) {
            lanes in = *(const lanes *)(row->in + offsets[b] + i);
#pragma GCC unroll 5
            for (size_t a = 0; a < filters; a++) {
                sums[a][b] += in * *(const lanes *)(d_out + a * row->plane + i);
            }
        }
    }
#pragma GCC unroll 5
    for (size_t a = 0; a < filters; a++) {
#pragma GCC unroll 5
        for (size_t b = 0; b < tap_count; b++) {
            for (size_t l = 0; i + l < row->count; l++) {
                sums[a][b][l] += row->in[offsets[b] + i + l] * d_out[a * row->plane + i + l];
            }
            row->sums[(f + a) * stride + t + b] = sums[a][b];
        }
    }
}

LANES_INLINE void weights_filters(const struct d_row *row, size_t f, size_t filters) {
    size_t t = 0;
    for (; t + 3 <= row->taps->count; t += 3) {
        weights_tile(row, f, filters, t, 3);
    }
    for (; t < row->taps->count; t++) {
        weights_tile(row, f, filters, t, 1);
    }
}

CPU_CLONED static void weights_row(const struct d_row *row, size_t filters) {
    size_t f = 0;
    for (; f + 3 <= filters; f += 3) {
        weights_filters(row, f, 3);
    }
    for (; f < filters; f++) {
        weights_filters(row, f, 1);
    }
}

size_t conv2d_direct_scratch_count(const struct layer *layer) {
    REQUIRE(conv2d_direct_fits(layer));
    return layer->recipe.outputs * layer->fan_in * LANE_COUNT;
}

void conv2d_direct_backward_weights(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->scratch != NULL && pass->d_parameters != NULL);
    struct taps taps = taps_of(layer, pass->batch);
    size_t weight_count = layer->recipe.outputs * taps.count;
    size_t count = layer->out.width * pass->batch;
    memset(pass->scratch, 0, weight_count * LANE_COUNT * sizeof(real));
    for (size_t y = 0; y < layer->out.height; y++) {
        struct d_row row = {.taps = &taps,
                            .in = pass->in + y * layer->in.width * pass->batch,
                            .d_out = pass->d_out + y * count,
                            .plane = layer->out.height * count,
                            .count = count,
                            .sums = (lanes *)pass->scratch};
        weights_row(&row, layer->recipe.outputs);
    }
    for (size_t i = 0; i < weight_count; i++) {
        pass->d_parameters[i] = lanes_sum(pass->scratch + i * LANE_COUNT, LANE_COUNT);
    }
}
