// SPDX-License-Identifier: GPL-3.0-or-later
// The sum of two outputs of one shape, number by number: where the paths of a residual net meet.
#include <string.h>

#include "models/lanes.h"
#include "models/layer_kinds.h"
#include "sim/base/check.h"

static void plan(struct layer *layer) {
    layer->out = layer->in;
}

CPU_CLONED static void forward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->batch >= 1 && pass->other != NULL);
    size_t count = layer_shape_count(&layer->out) * pass->batch;
    size_t i = 0;
    for (; i + LANE_COUNT <= count; i += LANE_COUNT) {
        *(lanes *)(pass->out + i) =
            *(const lanes *)(pass->in + i) + *(const lanes *)(pass->other + i);
    }
    for (; i < count; i++) {
        pass->out[i] = pass->in[i] + pass->other[i];
    }
}

static void backward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->d_out != NULL && pass->d_out != pass->d_in);
    size_t size = layer_shape_count(&layer->out) * pass->batch * sizeof(real);
    real *targets[2] = {pass->d_in, pass->d_other};
    for (int i = 0; i < 2; i++) {
        if (targets[i] != NULL) {
            memcpy(targets[i], pass->d_out, size);
        }
    }
}

const struct layer_kind layer_add = {
    .name = "add", .plan = plan, .forward = forward, .backward = backward};
