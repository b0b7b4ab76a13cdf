// SPDX-License-Identifier: GPL-3.0-or-later
// The mean of each channel over all its places: summed in their order, sample by sample, then
// multiplied by the reciprocal of their number. No sum runs over samples, so no bit of one depends
// on another.
#include "models/lanes.h"
#include "models/layer_kinds.h"
#include "sim/base/check.h"

static void plan(struct layer *layer) {
    REQUIRE(layer_shape_count(&layer->in) >= 1);
    layer->out = (struct layer_shape){layer->in.channels, 1, 1};
}

static real share_of(const struct layer *layer) {
    return (real)1 / (real)(layer->in.height * layer->in.width);
}

CPU_CLONED static void forward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->batch >= 1 && pass->in != pass->out);
    size_t places = layer->in.height * layer->in.width;
    size_t batch = pass->batch;
    real share = share_of(layer);
    for (size_t c = 0; c < layer->in.channels; c++) {
        const real *in = pass->in + c * places * batch;
        real *out = pass->out + c * batch;
        size_t n = 0;
        for (; n + LANE_COUNT <= batch; n += LANE_COUNT) {
            lanes sum = {0};
            for (size_t p = 0; p < places; p++) {
                sum += *(const lanes *)(in + p * batch + n);
            }
            *(lanes *)(out + n) = sum * share;
        }
        for (; n < batch; n++) {
            real sum = 0;
            for (size_t p = 0; p < places; p++) {
                sum += in[p * batch + n];
            }
            out[n] = sum * share;
        }
    }
}

CPU_CLONED static void backward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->batch >= 1 && pass->d_in != NULL);
    size_t places = layer->in.height * layer->in.width;
    size_t batch = pass->batch;
    real share = share_of(layer);
    for (size_t c = 0; c < layer->in.channels; c++) {
        const real *d_out = pass->d_out + c * batch;
        for (size_t p = 0; p < places; p++) {
            real *d_in = pass->d_in + (c * places + p) * batch;
            size_t n = 0;
            for (; n + LANE_COUNT <= batch; n += LANE_COUNT) {
                *(lanes *)(d_in + n) = *(const lanes *)(d_out + n) * share;
            }
            for (; n < batch; n++) {
                d_in[n] = d_out[n] * share;
            }
        }
    }
}

const struct layer_kind layer_avgpool = {
    .name = "avgpool", .plan = plan, .forward = forward, .backward = backward};
