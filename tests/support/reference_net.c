// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reference_net.h"

#include <math.h>
#include <string.h>

#include "models/kernels/kernels.h"
#include "models/layer_kinds.h"
#include "models/model_parts.h"
#include "models/step.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"

struct net_block {
    const struct model *model;
    const real *parameters;
    const uint8_t *labels;
    size_t lanes;
    size_t count;
    real *inputs;
    real *out[MODEL_LAYER_MAX]; // of each step, (out, lanes)
    uint8_t *kept[MODEL_LAYER_MAX];
    real *d_out[MODEL_LAYER_MAX];
    double *exact[MODEL_LAYER_MAX]; // the same in double
    double *d_exact[MODEL_LAYER_MAX];
    double *exact_inputs;
    void *scratch;
};

static size_t width_of(const struct step *step) {
    return layer_shape_count(&step->last->out);
}

static struct layer_pass pass_of(const struct net_block *block, size_t i) {
    const struct step *step = &block->model->plan.steps[i];
    return (struct layer_pass){.batch = block->lanes,
                               .parameters = block->parameters + step->parameters,
                               .in = step->in == STEP_NONE ? block->inputs : block->out[step->in],
                               .other = step->other == STEP_NONE ? NULL : block->out[step->other],
                               .out = block->out[i],
                               .kept = block->kept[i],
                               .scratch = block->scratch};
}

struct net_block *net_block_create(const struct model *model, const real *parameters,
                                   const real *inputs, const uint8_t *labels, size_t lanes,
                                   size_t count) {
    struct net_block *block = memory_allocate(1, sizeof *block);
    const struct step_plan *plan = &model->plan;
    size_t scratch = 0;
    *block = (struct net_block){
        .model = model, .parameters = parameters, .labels = labels, .lanes = lanes, .count = count};
    size_t input_count = model_input_count(model) * lanes;
    block->inputs = memory_allocate_aligned(input_count, sizeof(real));
    memcpy(block->inputs, inputs, input_count * sizeof(real));
    block->exact_inputs = memory_allocate(input_count, sizeof(double));
    for (size_t i = 0; i < input_count; i++) {
        block->exact_inputs[i] = (double)inputs[i];
    }
    for (size_t i = 0; i < plan->count; i++) {
        size_t width = width_of(&plan->steps[i]) * lanes;
        size_t bytes = step_scratch_bytes(plan, &plan->steps[i], lanes);
        scratch = bytes > scratch ? bytes : scratch;
        block->out[i] = memory_allocate_aligned(width, sizeof(real));
        block->d_out[i] = memory_allocate_aligned(width, sizeof(real));
        block->exact[i] = memory_allocate(width, sizeof(double));
        block->d_exact[i] = memory_allocate(width, sizeof(double));
        block->kept[i] = memory_allocate_aligned(plan->steps[i].kept_bytes * lanes, 1);
    }
    block->scratch = memory_allocate_aligned(scratch, 1);
    for (size_t i = 0; i < plan->count; i++) {
        struct layer_pass pass = pass_of(block, i);
        step_forward(plan, &plan->steps[i], &pass);
    }
    return block;
}

void net_block_destroy(struct net_block *block) {
    for (size_t i = 0; i < block->model->plan.count; i++) {
        memory_free(block->out[i]);
        memory_free(block->d_out[i]);
        memory_free(block->exact[i]);
        memory_free(block->d_exact[i]);
        memory_free(block->kept[i]);
    }
    memory_free(block->inputs);
    memory_free(block->exact_inputs);
    memory_free(block->scratch);
    memory_free(block);
}

const real *net_block_outputs(const struct net_block *block) {
    return block->out[block->model->plan.count - 1];
}

// ---- float, backward ----

static void add_to(real *target, const real *values, size_t count) {
    for (size_t i = 0; i < count && target != NULL; i++) {
        target[i] += values[i];
    }
}

void net_block_backward(struct net_block *block, const real *d_outputs, real *gradient) {
    const struct step_plan *plan = &block->model->plan;
    for (size_t i = 0; i < plan->count; i++) {
        memset(block->d_out[i], 0, width_of(&plan->steps[i]) * block->lanes * sizeof(real));
    }
    size_t last = plan->count - 1;
    memcpy(block->d_out[last], d_outputs,
           width_of(&plan->steps[last]) * block->lanes * sizeof(real));
    for (size_t i = plan->count; i-- > 0;) {
        const struct step *step = &plan->steps[i];
        size_t in_count = layer_shape_count(&step->layer->in) * block->lanes;
        real *d_in = memory_allocate_aligned(in_count, sizeof(real));
        real *d_other = memory_allocate_aligned(in_count, sizeof(real));
        struct layer_pass pass = pass_of(block, i);
        pass.d_out = block->d_out[i];
        pass.d_in = d_in;
        pass.d_other = d_other;
        pass.d_parameters = gradient + step->parameters;
        step_backward(plan, step, &pass, false);
        add_to(step->in == STEP_NONE ? NULL : block->d_out[step->in], d_in, in_count);
        add_to(step->other == STEP_NONE ? NULL : block->d_out[step->other], d_other, in_count);
        memory_free(d_in);
        memory_free(d_other);
    }
}

// ---- double, by the definitions; every function sees one sample ----

// What a step works on. The same fields serve both passes.
struct exact_pass {
    const struct step *step;
    const real *weights;
    const real *biases;
    const real *out_float; // where relu and max-pool branched
    const uint8_t *kept;
    size_t lanes;
    size_t lane;
    const double *in;
    const double *other;
    double *out;
    const double *d_out;
    double *d_in; // NULL: not wanted; all three of d_* are added to
    double *d_other;
    double *d_parameters;
};

static size_t weight_count(const struct layer *layer) {
    return layer->weight_rank == 0 ? 0 : layer->weight_shape[0] * layer->fan_in;
}

static size_t at(const struct exact_pass *pass, size_t place) {
    return place * pass->lanes + pass->lane;
}

// Whether relu, where the step has one, let this output through.
static bool passes(const struct exact_pass *pass, size_t place) {
    return !pass->step->relu || pass->out_float[at(pass, place)] > 0;
}

// One output of a convolution before its pool, at (f, y, x): the sum forward; backward, with d its
// gradient, what it adds to the others.
static double convolve(const struct exact_pass *pass, size_t f, size_t y, size_t x,
                       const double *d) {
    const struct layer *layer = pass->step->layer;
    size_t side = layer->recipe.kernel;
    size_t padding = layer->recipe.padding;
    double sum = (double)pass->biases[f];
    if (d != NULL) {
        pass->d_parameters[weight_count(layer) + f] += *d;
    }
    for (size_t tap = 0; tap < layer->fan_in; tap++) {
        size_t row = y + tap / side % side;
        size_t column = x + tap % side;
        if (row < padding || row - padding >= layer->in.height || column < padding ||
            column - padding >= layer->in.width) {
            continue;
        }
        size_t channel = tap / (side * side);
        size_t place = at(pass, (channel * layer->in.height + row - padding) * layer->in.width +
                                    column - padding);
        size_t weight = f * layer->fan_in + tap;
        sum += (double)pass->weights[weight] * pass->in[place];
        if (d != NULL) {
            pass->d_parameters[weight] += *d * pass->in[place];
            if (pass->d_in != NULL) {
                pass->d_in[place] += *d * (double)pass->weights[weight];
            }
        }
    }
    return sum;
}

static void conv_step(const struct exact_pass *pass) {
    const struct layer_shape *out = &pass->step->last->out;
    size_t pool = pass->step->pool;
    for (size_t place = 0; place < layer_shape_count(out); place++) {
        size_t f = place / (out->height * out->width);
        size_t y = place / out->width % out->height * pool;
        size_t x = place % out->width * pool;
        if (pool > 1) {
            uint8_t winner = pass->kept[at(pass, place)];
            if (winner == KERNEL_NO_WINNER) {
                continue;
            }
            y += winner / pool;
            x += winner % pool;
        }
        if (passes(pass, place)) {
            const double *d = pass->d_out == NULL ? NULL : &pass->d_out[at(pass, place)];
            double sum = convolve(pass, f, y, x, d);
            if (d == NULL) {
                pass->out[at(pass, place)] = sum;
            }
        }
    }
}

static void dense_step(const struct exact_pass *pass) {
    const struct layer *layer = pass->step->layer;
    for (size_t o = 0; o < layer->recipe.outputs; o++) {
        double sum = (double)pass->biases[o];
        bool open = passes(pass, o);
        double d = pass->d_out == NULL || !open ? 0 : pass->d_out[at(pass, o)];
        for (size_t i = 0; i < layer->fan_in; i++) {
            size_t weight = o * layer->fan_in + i;
            sum += (double)pass->weights[weight] * pass->in[at(pass, i)];
            if (pass->d_out != NULL) {
                pass->d_parameters[weight] += d * pass->in[at(pass, i)];
                if (pass->d_in != NULL) {
                    pass->d_in[at(pass, i)] += d * (double)pass->weights[weight];
                }
            }
        }
        if (pass->d_out != NULL) {
            pass->d_parameters[weight_count(layer) + o] += d;
        } else if (open) {
            pass->out[at(pass, o)] = sum;
        }
    }
}

static void pool_step(const struct exact_pass *pass) {
    const struct layer_shape *in = &pass->step->layer->in;
    const struct layer_shape *out = &pass->step->last->out;
    size_t side = pass->step->pool > 1 ? pass->step->pool : pass->step->layer->recipe.kernel;
    for (size_t place = 0; place < layer_shape_count(out); place++) {
        uint8_t winner = pass->kept[at(pass, place)];
        if (winner == KERNEL_NO_WINNER || !passes(pass, place)) {
            continue;
        }
        size_t row = place / out->width % out->height * side + winner / side;
        size_t column = place % out->width * side + winner % side;
        size_t channel = place / (out->height * out->width);
        size_t from = at(pass, (channel * in->height + row) * in->width + column);
        if (pass->d_out == NULL) {
            pass->out[at(pass, place)] = pass->in[from];
        } else {
            pass->d_in[from] += pass->d_out[at(pass, place)];
        }
    }
}

static void mean_step(const struct exact_pass *pass) {
    const struct layer_shape *in = &pass->step->layer->in;
    size_t places = in->height * in->width;
    for (size_t i = 0; i < layer_shape_count(in); i++) {
        size_t channel = at(pass, i / places);
        if (pass->d_out == NULL) {
            pass->out[channel] += pass->in[at(pass, i)] / (double)places;
        } else {
            pass->d_in[at(pass, i)] += pass->d_out[channel] / (double)places;
        }
    }
}

static void relu_or_add_step(const struct exact_pass *pass) {
    bool relu = pass->step->layer->recipe.kind == &layer_relu;
    for (size_t i = 0; i < width_of(pass->step); i++) {
        size_t place = at(pass, i);
        bool open = !relu || pass->out_float[place] > 0;
        if (pass->d_out == NULL) {
            pass->out[place] = open ? pass->in[place] + (relu ? 0 : pass->other[place]) : 0;
        } else {
            pass->d_in[place] += open ? pass->d_out[place] : 0;
            if (!relu) {
                pass->d_other[place] += pass->d_out[place];
            }
        }
    }
}

static void exact_step(const struct exact_pass *pass) {
    const struct layer_kind *kind = pass->step->layer->recipe.kind;
    if (kind == &layer_conv2d) {
        conv_step(pass);
    } else if (kind == &layer_dense) {
        dense_step(pass);
    } else if (kind == &layer_maxpool2d || (kind == &layer_relu && pass->step->pool > 1)) {
        pool_step(pass);
    } else if (kind == &layer_avgpool) {
        mean_step(pass);
    } else {
        REQUIRE(kind == &layer_relu || kind == &layer_add);
        relu_or_add_step(pass);
    }
}

static struct exact_pass exact_pass_of(const struct net_block *block, size_t i, size_t lane) {
    const struct step *step = &block->model->plan.steps[i];
    const real *weights = block->parameters + step->parameters;
    return (struct exact_pass){.step = step,
                               .weights = weights,
                               .biases = weights + weight_count(step->layer),
                               .out_float = block->out[i],
                               .kept = block->kept[i],
                               .lanes = block->lanes,
                               .lane = lane,
                               .in = step->in == STEP_NONE ? block->exact_inputs
                                                           : block->exact[step->in],
                               .other = step->other == STEP_NONE ? NULL : block->exact[step->other],
                               .out = block->exact[i]};
}

// The loss of one sample, and share times its gradient by the outputs.
static double exact_loss(const struct net_block *block, size_t lane, double share) {
    size_t last = block->model->plan.count - 1;
    size_t classes = (size_t)model_class_count(block->model);
    double largest = -INFINITY;
    double sum = 0;
    for (size_t k = 0; k < classes; k++) {
        largest = fmax(largest, block->exact[last][k * block->lanes + lane]);
    }
    for (size_t k = 0; k < classes; k++) {
        sum += exp(block->exact[last][k * block->lanes + lane] - largest);
    }
    for (size_t k = 0; k < classes; k++) {
        double probability = exp(block->exact[last][k * block->lanes + lane] - largest) / sum;
        block->d_exact[last][k * block->lanes + lane] =
            share * (probability - (k == block->labels[lane]));
    }
    return log(sum) + largest - block->exact[last][block->labels[lane] * block->lanes + lane];
}

double net_block_reference(struct net_block *block, size_t batch, double *gradient) {
    const struct step_plan *plan = &block->model->plan;
    double loss = 0;
    for (size_t i = 0; i < plan->count; i++) {
        size_t size = width_of(&plan->steps[i]) * block->lanes * sizeof(double);
        memset(block->exact[i], 0, size);
        memset(block->d_exact[i], 0, size);
    }
    for (size_t lane = 0; lane < block->count; lane++) {
        for (size_t i = 0; i < plan->count; i++) {
            struct exact_pass pass = exact_pass_of(block, i, lane);
            exact_step(&pass);
        }
        loss += exact_loss(block, lane, 1 / (double)batch);
        for (size_t i = plan->count; i-- > 0;) {
            struct exact_pass pass = exact_pass_of(block, i, lane);
            const struct step *step = &plan->steps[i];
            pass.d_out = block->d_exact[i];
            pass.d_in = step->in == STEP_NONE ? NULL : block->d_exact[step->in];
            pass.d_other = step->other == STEP_NONE ? NULL : block->d_exact[step->other];
            pass.d_parameters = gradient + step->parameters;
            exact_step(&pass);
        }
    }
    return loss;
}
