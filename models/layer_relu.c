// SPDX-License-Identifier: GPL-3.0-or-later
// max(x, 0), number by number. NaN passes, as in PyTorch, so that a diverged net shows.
#include "models/lanes.h"
#include "models/layer_kinds.h"
#include "sim/base/check.h"

static void plan(struct layer *layer) {
    layer->out = layer->in;
}

CPU_CLONED static void forward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->batch >= 1);
    size_t count = layer_shape_count(&layer->in) * pass->batch;
    size_t i = 0;
    for (; i + LANE_COUNT <= count; i += LANE_COUNT) {
        lanes in = *(const lanes *)(pass->in + i);
        lane_masks blocked = in <= 0;
        *(lane_masks *)(pass->out + i) = (lane_masks)in & ~blocked;
    }
    for (; i < count; i++) {
        pass->out[i] = pass->in[i] <= 0 ? 0 : pass->in[i];
    }
}

CPU_CLONED static void backward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->batch >= 1 && pass->d_in != NULL);
    size_t count = layer_shape_count(&layer->in) * pass->batch;
    size_t i = 0;
    for (; i + LANE_COUNT <= count; i += LANE_COUNT) {
        lane_masks blocked = *(const lanes *)(pass->out + i) <= 0;
        lanes d_out = *(const lanes *)(pass->d_out + i);
        *(lane_masks *)(pass->d_in + i) = (lane_masks)d_out & ~blocked;
    }
    for (; i < count; i++) {
        pass->d_in[i] = pass->out[i] <= 0 ? 0 : pass->d_out[i];
    }
}

const struct layer_kind layer_relu = {
    .name = "relu", .plan = plan, .forward = forward, .backward = backward};
