// SPDX-License-Identifier: GPL-3.0-or-later
// The maximum of each window; windows lie side by side, rows and columns left over are unused. The
// first of equals wins and NaN wins over numbers, as in PyTorch. Branch-free: a branch on "is it
// larger" is mispredicted half of the time and then takes longer than the convolutions.
#include <string.h>

#include "models/lanes.h"
#include "models/layer_kinds.h"
#include "sim/base/check.h"

static void plan(struct layer *layer) {
    size_t side = layer->recipe.kernel;
    REQUIRE(side >= 1 && side <= layer->in.height && side <= layer->in.width);
    REQUIRE(side * side <= UINT8_MAX);
    layer->out =
        (struct layer_shape){layer->in.channels, layer->in.height / side, layer->in.width / side};
    layer->kept_bytes = layer_shape_count(&layer->out);
}

// One window of LANE_COUNT samples. in: the window's first pixel; pixels are "batch" elements
// apart, rows "row" elements.
LANES_INLINE void pool_lanes(const real *in, size_t side, size_t batch, size_t row, real *out,
                             uint8_t *winner) {
    lanes best = *(const lanes *)in;
    lane_masks place = {0};
    lane_mask here = 0;
    for (size_t y = 0; y < side; y++) {
        for (size_t x = 0; x < side; x++, here++) {
            lanes value = *(const lanes *)(in + y * row + x * batch);
            lane_masks wins = (value > best) | (value != value);
            best = (lanes)((wins & (lane_masks)value) | (~wins & (lane_masks)best));
            place = (wins & here) | (~wins & place);
        }
    }
    *(lanes *)out = best;
    *(lane_bytes *)winner = __builtin_convertvector(place, lane_bytes);
}

LANES_INLINE void pool_one(const real *in, size_t side, size_t batch, size_t row, real *out,
                           uint8_t *winner) {
    real best = *in;
    uint8_t place = 0;
    uint8_t here = 0;
    for (size_t y = 0; y < side; y++) {
        for (size_t x = 0; x < side; x++, here++) {
            real value = in[y * row + x * batch];
            int wins = (value > best) | (value != value);
            best = wins ? value : best;
            place = wins ? here : place;
        }
    }
    *out = best;
    *winner = place;
}

CPU_CLONED static void forward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->batch >= 1 && pass->kept != NULL);
    size_t side = layer->recipe.kernel;
    size_t batch = pass->batch;
    size_t row = layer->in.width * batch;
    real *out = pass->out;
    uint8_t *winner = pass->kept;
    for (size_t c = 0; c < layer->out.channels; c++) {
        for (size_t y = 0; y < layer->out.height; y++) {
            const real *in = pass->in + (c * layer->in.height + y * side) * row;
            for (size_t x = 0; x < layer->out.width; x++, in += side * batch) {
                size_t n = 0;
                for (; n + LANE_COUNT <= batch; n += LANE_COUNT) {
                    pool_lanes(in + n, side, batch, row, out + n, winner + n);
                }
                for (; n < batch; n++) {
                    pool_one(in + n, side, batch, row, out + n, winner + n);
                }
                out += batch;
                winner += batch;
            }
        }
    }
}

// The gradient of one window goes to the winner's place, zero to the others.
LANES_INLINE void spread_window(const real *d_out, const uint8_t *winner, size_t side, size_t batch,
                                size_t row, real *d_in) {
    lane_mask here = 0;
    for (size_t y = 0; y < side; y++) {
        for (size_t x = 0; x < side; x++, here++) {
            real *target = d_in + y * row + x * batch;
            size_t n = 0;
            for (; n + LANE_COUNT <= batch; n += LANE_COUNT) {
                lane_masks place =
                    __builtin_convertvector(*(const lane_bytes *)(winner + n), lane_masks);
                *(lane_masks *)(target + n) = (place == here) & *(const lane_masks *)(d_out + n);
            }
            for (; n < batch; n++) {
                target[n] = winner[n] == here ? d_out[n] : 0;
            }
        }
    }
}

CPU_CLONED static void backward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->batch >= 1 && pass->kept != NULL && pass->d_in != NULL);
    size_t side = layer->recipe.kernel;
    size_t batch = pass->batch;
    size_t row = layer->in.width * batch;
    size_t unused_columns = layer->in.width - layer->out.width * side;
    size_t unused_rows = layer->in.height - layer->out.height * side;
    const real *d_out = pass->d_out;
    const uint8_t *winner = pass->kept;
    for (size_t c = 0; c < layer->out.channels; c++) {
        real *d_in = pass->d_in + c * layer->in.height * row;
        for (size_t y = 0; y < layer->out.height; y++, d_in += side * row) {
            for (size_t x = 0; x < layer->out.width; x++, d_out += batch, winner += batch) {
                spread_window(d_out, winner, side, batch, row, d_in + x * side * batch);
            }
            for (size_t i = 0; i < side; i++) {
                memset(d_in + (i + 1) * row - unused_columns * batch, 0,
                       unused_columns * batch * sizeof(real));
            }
        }
        memset(d_in, 0, unused_rows * row * sizeof(real));
    }
}

const struct layer_kind layer_maxpool2d = {
    .name = "maxpool2d", .plan = plan, .forward = forward, .backward = backward};
