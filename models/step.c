// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/step.h"

#include "models/kernels/isa.h"
#include "models/kernels/kernels.h"
#include "models/layer_kinds.h"
#include "models/softmax_loss.h"
#include "sim/base/check.h"

static void layers_loss(const struct step_outputs *outputs, double *losses, real *d_outputs) {
    REQUIRE(outputs->count >= 1 && outputs->classes >= 2);
    if (d_outputs == NULL) {
        softmax_loss_forward(outputs->values, outputs->classes, outputs->count, outputs->labels,
                             losses);
    } else {
        softmax_loss_gradient(outputs->values, outputs->classes, outputs->count, outputs->labels,
                              losses, d_outputs);
    }
}

static void layers_correct(const struct step_outputs *outputs, uint8_t *correct) {
    softmax_loss_correct(outputs->values, outputs->classes, outputs->count, outputs->labels,
                         correct);
}

#ifdef DESGD_REAL_DOUBLE

// The kernels know float alone; in double there is no portable arithmetic.
size_t step_scratch_bytes(const struct step_plan *plan, const struct step *step, size_t batch_max) {
    REQUIRE(plan->kernels == NULL);
    const struct layer_kind *kind = step->layer->recipe.kind;
    return kind->scratch_count == NULL ? 0
                                       : kind->scratch_count(step->layer, batch_max) * sizeof(real);
}

void step_forward(const struct step_plan *plan, const struct step *step,
                  const struct layer_pass *pass) {
    REQUIRE(plan->kernels == NULL);
    step->layer->recipe.kind->forward(step->layer, pass);
}

void step_backward(const struct step_plan *plan, const struct step *step,
                   const struct layer_pass *pass, bool add) {
    REQUIRE(plan->kernels == NULL && !add);
    step->layer->recipe.kind->backward(step->layer, pass);
}

void step_loss(const struct step_plan *plan, const struct step_outputs *outputs, size_t batch,
               double *losses, real *d_outputs) {
    REQUIRE(plan->kernels == NULL && (d_outputs == NULL || outputs->count == batch));
    layers_loss(outputs, losses, d_outputs);
}

void step_correct(const struct step_plan *plan, const struct step_outputs *outputs,
                  uint8_t *correct) {
    REQUIRE(plan->kernels == NULL);
    layers_correct(outputs, correct);
}

#else

static struct kernel_conv conv_of(const struct step *step) {
    REQUIRE(step->layer->recipe.kind == &layer_conv2d && step->pool >= 1);
    const struct layer *layer = step->layer;
    return (struct kernel_conv){.channels = layer->in.channels,
                                .height = layer->in.height,
                                .width = layer->in.width,
                                .outputs = layer->recipe.outputs,
                                .kernel = layer->recipe.kernel,
                                .stride = 1,
                                .padding = layer->recipe.padding,
                                .pool = step->pool,
                                .relu = step->relu};
}

static struct kernel_dense dense_of(const struct step *step) {
    REQUIRE(step->layer->recipe.kind == &layer_dense && step->pool == 1);
    return (struct kernel_dense){.inputs = layer_shape_count(&step->layer->in),
                                 .outputs = step->layer->recipe.outputs,
                                 .relu = step->relu};
}

// A max-pool with relu before or behind it, which is the same.
static bool is_pool(const struct step *step) {
    const struct layer_kind *kind = step->layer->recipe.kind;
    return kind == &layer_maxpool2d || (kind == &layer_relu && step->pool > 1);
}

static struct kernel_pool pool_of(const struct step *step) {
    REQUIRE(is_pool(step));
    const struct layer *layer = step->layer;
    bool relu_first = layer->recipe.kind == &layer_relu;
    return (struct kernel_pool){.channels = layer->in.channels,
                                .height = layer->in.height,
                                .width = layer->in.width,
                                .pool = relu_first ? step->pool : layer->recipe.kernel,
                                .relu = step->relu || relu_first};
}

static size_t layer_scratch_bytes(const struct layer *layer, size_t batch_max) {
    const struct layer_kind *kind = layer->recipe.kind;
    return kind->scratch_count == NULL ? 0 : kind->scratch_count(layer, batch_max) * sizeof(real);
}

static size_t kernel_scratch_bytes(const struct kernels *kernels, const struct step *step) {
    const struct layer_kind *kind = step->layer->recipe.kind;
    if (kind == &layer_conv2d) {
        struct kernel_conv conv = conv_of(step);
        return kernels->conv_scratch_bytes(&conv);
    }
    if (kind == &layer_dense) {
        struct kernel_dense dense = dense_of(step);
        return kernels->dense_scratch_bytes(&dense);
    }
    return 0;
}

size_t step_scratch_bytes(const struct step_plan *plan, const struct step *step, size_t batch_max) {
    if (plan->kernels == NULL) {
        return layer_scratch_bytes(step->layer, batch_max);
    }
    size_t wide = kernel_scratch_bytes(plan->kernels, step);
    size_t narrow = kernel_scratch_bytes(kernels_for_lanes(plan->kernels, KERNEL_LANES_MIN), step);
    return wide > narrow ? wide : narrow;
}

static struct kernel_pass kernel_pass_of(const struct step *step, const struct layer_pass *pass,
                                         bool add) {
    const struct layer *layer = step->layer;
    size_t weights = layer->weight_rank == 0 ? 0 : layer->weight_shape[0] * layer->fan_in;
    return (struct kernel_pass){
        .lanes = pass->batch,
        .weights = pass->parameters,
        .biases = pass->parameters + weights,
        .in = pass->in,
        .out = pass->out,
        .winners = pass->kept,
        .d_out = pass->d_out,
        .d_in = pass->d_in,
        .d_weights = pass->d_parameters,
        .d_biases = pass->d_parameters == NULL ? NULL : pass->d_parameters + weights,
        .add = add,
        .scratch = pass->scratch};
}

static size_t places_of(const struct layer *layer) {
    REQUIRE(layer->recipe.kind == &layer_avgpool);
    return layer->in.height * layer->in.width;
}

void step_forward(const struct step_plan *plan, const struct step *step,
                  const struct layer_pass *pass) {
    const struct kernels *kernels = plan->kernels;
    const struct layer *layer = step->layer;
    const struct layer_kind *kind = layer->recipe.kind;
    if (kernels == NULL) {
        kind->forward(layer, pass);
        return;
    }
    kernels = kernels_for_lanes(kernels, pass->batch);
    struct kernel_pass kernel_pass = kernel_pass_of(step, pass, false);
    if (kind == &layer_conv2d) {
        struct kernel_conv conv = conv_of(step);
        kernels->conv_forward(&conv, &kernel_pass);
    } else if (kind == &layer_dense) {
        struct kernel_dense dense = dense_of(step);
        kernels->dense_forward(&dense, &kernel_pass);
    } else if (is_pool(step)) {
        struct kernel_pool pool = pool_of(step);
        kernels->pool_forward(&pool, &kernel_pass);
    } else if (kind == &layer_avgpool) {
        kernels->mean_forward(layer->in.channels, places_of(layer), pass->batch, pass->in,
                              pass->out);
    } else if (kind == &layer_relu) {
        kernels->relu_forward(layer_shape_count(&layer->in) * pass->batch, pass->in, pass->out);
    } else {
        INVARIANT(kind == &layer_add);
        kernels->add(layer_shape_count(&layer->in) * pass->batch, pass->in, pass->other, pass->out);
    }
}

void step_backward(const struct step_plan *plan, const struct step *step,
                   const struct layer_pass *pass, bool add) {
    const struct kernels *kernels = plan->kernels;
    const struct layer *layer = step->layer;
    const struct layer_kind *kind = layer->recipe.kind;
    if (kernels == NULL || kind == &layer_add) { // the backward pass of a sum only copies
        REQUIRE(kernels != NULL || !add);
        kind->backward(layer, pass);
        return;
    }
    kernels = kernels_for_lanes(kernels, pass->batch);
    struct kernel_pass kernel_pass = kernel_pass_of(step, pass, add);
    if (kind == &layer_conv2d) {
        struct kernel_conv conv = conv_of(step);
        kernels->conv_backward(&conv, &kernel_pass);
    } else if (kind == &layer_dense) {
        struct kernel_dense dense = dense_of(step);
        kernels->dense_backward(&dense, &kernel_pass);
    } else if (is_pool(step)) {
        struct kernel_pool pool = pool_of(step);
        kernels->pool_backward(&pool, &kernel_pass);
    } else if (kind == &layer_avgpool) {
        kernels->mean_backward(layer->in.channels, places_of(layer), pass->batch, pass->d_out,
                               pass->d_in);
    } else {
        INVARIANT(kind == &layer_relu);
        kernels->relu_backward(layer_shape_count(&layer->in) * pass->batch, pass->out, pass->d_out,
                               pass->d_in);
    }
}

void step_loss(const struct step_plan *plan, const struct step_outputs *outputs, size_t batch,
               double *losses, real *d_outputs) {
    if (plan->kernels == NULL) {
        REQUIRE(outputs->count == batch);
        layers_loss(outputs, losses, d_outputs);
        return;
    }
    REQUIRE(outputs->count <= outputs->lanes);
    for (size_t n = 0; n < outputs->count; n++) {
        REQUIRE(outputs->labels[n] < outputs->classes);
    }
    kernels_for_lanes(plan->kernels, outputs->lanes)
        ->softmax_loss(outputs->classes, outputs->lanes, outputs->count, outputs->values,
                       outputs->labels, 1.0F / (float)batch, d_outputs, losses);
}

void step_correct(const struct step_plan *plan, const struct step_outputs *outputs,
                  uint8_t *correct) {
    if (plan->kernels == NULL) {
        layers_correct(outputs, correct);
        return;
    }
    REQUIRE(outputs->count <= outputs->lanes);
    kernels_for_lanes(plan->kernels, outputs->lanes)
        ->softmax_best(outputs->classes, outputs->lanes, outputs->count, outputs->values, correct);
    for (size_t n = 0; n < outputs->count; n++) {
        correct[n] = correct[n] == outputs->labels[n];
    }
}

#endif
