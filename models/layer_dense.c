// SPDX-License-Identifier: GPL-3.0-or-later
// y = W x + b on all features of a sample: three matrix products, since the batch is innermost.
#include "models/lanes.h"
#include "models/layer_kinds.h"
#include "models/linear_algebra.h"
#include "sim/base/check.h"

static void plan(struct layer *layer) {
    REQUIRE(layer_shape_count(&layer->in) >= 1 && layer->recipe.outputs >= 1);
    size_t inputs = layer_shape_count(&layer->in);
    size_t outputs = layer->recipe.outputs;
    layer->out = (struct layer_shape){outputs, 1, 1};
    layer->weight_rank = 2;
    layer->weight_shape[0] = outputs;
    layer->weight_shape[1] = inputs;
    layer->fan_in = inputs;
    layer->multiply_adds = inputs * outputs;
}

static void forward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->batch >= 1 && pass->in != pass->out);
    size_t inputs = layer->weight_shape[1];
    size_t outputs = layer->weight_shape[0];
    size_t batch = pass->batch;
    const real *biases = pass->parameters + outputs * inputs;
    for (size_t o = 0; o < outputs; o++) {
        lanes_fill(pass->out + o * batch, batch, biases[o]);
    }
    linear_algebra_multiply(&(struct matrix_product){.rows = outputs,
                                                     .columns = batch,
                                                     .inner = inputs,
                                                     .a = {pass->parameters, inputs, false},
                                                     .b = {pass->in, batch, false},
                                                     .result = pass->out,
                                                     .result_stride = batch,
                                                     .add = true});
}

static void backward(const struct layer *layer, const struct layer_pass *pass) {
    REQUIRE(pass->batch >= 1 && pass->d_parameters != NULL);
    size_t inputs = layer->weight_shape[1];
    size_t outputs = layer->weight_shape[0];
    size_t batch = pass->batch;
    linear_algebra_multiply(&(struct matrix_product){.rows = outputs,
                                                     .columns = inputs,
                                                     .inner = batch,
                                                     .a = {pass->d_out, batch, false},
                                                     .b = {pass->in, batch, true},
                                                     .result = pass->d_parameters,
                                                     .result_stride = inputs});
    for (size_t o = 0; o < outputs; o++) {
        pass->d_parameters[outputs * inputs + o] = lanes_sum(pass->d_out + o * batch, batch);
    }
    if (pass->d_in != NULL) {
        linear_algebra_multiply(&(struct matrix_product){.rows = inputs,
                                                         .columns = batch,
                                                         .inner = outputs,
                                                         .a = {pass->parameters, inputs, true},
                                                         .b = {pass->d_out, batch, false},
                                                         .result = pass->d_in,
                                                         .result_stride = batch});
    }
}

const struct layer_kind layer_dense = {
    .name = "dense", .plan = plan, .forward = forward, .backward = backward};
