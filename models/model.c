// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "models/initial_weights.h"
#include "models/layer.h"
#include "models/model_catalogue.h"
#include "models/softmax_loss.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"

struct model {
    const struct model_recipe *recipe;
    size_t layer_count;
    size_t tensor_count;
    size_t parameter_count;
    struct layer layers[MODEL_LAYER_MAX];
    size_t layer_offsets[MODEL_LAYER_MAX]; // of a layer's parameters in the flat vector
    struct parameter_tensor tensors[2 * MODEL_LAYER_MAX];
};

struct model_workspace {
    size_t batch_max;
    real *outputs[MODEL_LAYER_MAX]; // (layer's out, batch)
    uint8_t *kept[MODEL_LAYER_MAX];
    real *d_outputs[2]; // gradients by activations, of two neighbouring layers in turn
    real *scratch;
    double *losses; // (batch)
};

// ---- building ----

static void add_tensor(struct model *model, const struct layer *layer, const char *suffix,
                       size_t rank, const size_t *shape) {
    struct parameter_tensor *tensor = &model->tensors[model->tensor_count++];
    snprintf(tensor->name, sizeof tensor->name, "%s.%s", layer->recipe.name, suffix);
    tensor->rank = (int32_t)rank;
    tensor->offset = model->parameter_count;
    tensor->count = 1;
    tensor->fan_in = layer->fan_in;
    for (size_t i = 0; i < rank; i++) {
        tensor->shape[i] = (int32_t)shape[i];
        tensor->count *= shape[i];
    }
    model->parameter_count += tensor->count;
}

static void add_layer(struct model *model, const struct layer_recipe *recipe,
                      struct layer_shape in) {
    struct layer *layer = &model->layers[model->layer_count];
    *layer = (struct layer){.recipe = *recipe, .in = in};
    recipe->kind->plan(layer);
    model->layer_offsets[model->layer_count++] = model->parameter_count;
    if (layer->weight_rank > 0) {
        add_tensor(model, layer, "weight", layer->weight_rank, layer->weight_shape);
        add_tensor(model, layer, "bias", 1, layer->weight_shape);
    }
}

struct model *model_create_from_recipe(const struct model_recipe *recipe) {
    struct model *model = memory_allocate(1, sizeof *model);
    model->recipe = recipe;
    struct layer_shape shape = recipe->input;
    for (size_t i = 0; i < MODEL_LAYER_MAX && recipe->layers[i].kind != NULL; i++) {
        add_layer(model, &recipe->layers[i], shape);
        shape = model->layers[i].out;
    }
    REQUIRE(shape.height == 1 && shape.width == 1);
    REQUIRE(shape.channels >= 2 && shape.channels <= 256);
    return model;
}

struct model *model_create(const char *name) {
    for (size_t i = 0; i < model_catalogue_count(); i++) {
        if (strcmp(model_catalogue_entry(i)->name, name) == 0) {
            return model_create_from_recipe(model_catalogue_recipe(i));
        }
    }
    return NULL;
}

void model_destroy(struct model *model) {
    memory_free(model);
}

// ---- describing ----

const char *model_name(const struct model *model) {
    return model->recipe->entry.name;
}

size_t model_parameter_count(const struct model *model) {
    return model->parameter_count;
}

size_t model_tensor_count(const struct model *model) {
    return model->tensor_count;
}

const struct parameter_tensor *model_tensor(const struct model *model, size_t index) {
    REQUIRE(index < model->tensor_count);
    return &model->tensors[index];
}

size_t model_input_count(const struct model *model) {
    return layer_shape_count(&model->recipe->input);
}

static const struct layer *last_layer(const struct model *model) {
    return &model->layers[model->layer_count - 1];
}

int32_t model_class_count(const struct model *model) {
    return (int32_t)last_layer(model)->out.channels;
}

// A product forward needs one of its size for the weights' gradient and one for the inputs', but
// for the first layer, whose inputs are data.
double model_mflop_per_gradient(const struct model *model) {
    double flop = 0;
    for (size_t i = 0; i < model->layer_count; i++) {
        flop += 2.0 * (double)model->layers[i].multiply_adds * (i == 0 ? 2 : 3);
    }
    return flop * 1e-6;
}

static const char *format_shape(const struct layer_shape *shape, char text[64]) {
    snprintf(text, 64, "%zu x %zu x %zu", shape->channels, shape->height, shape->width);
    return text;
}

void model_describe(const struct model *model, char *text, size_t size) {
    REQUIRE(size > 0);
    text[0] = 0;
    for (size_t i = 0, used = 0; i < model->layer_count && used < size; i++) {
        const struct layer *layer = &model->layers[i];
        char in[64];
        char out[64];
        size_t end =
            i + 1 < model->layer_count ? model->layer_offsets[i + 1] : model->parameter_count;
        used += (size_t)snprintf(text + used, size - used, "%-9s  %12s -> %-12s  %zu parameters\n",
                                 layer->recipe.kind->name, format_shape(&layer->in, in),
                                 format_shape(&layer->out, out), end - model->layer_offsets[i]);
    }
}

void model_initial_parameters(const struct model *model, uint64_t seed, real *parameters) {
    for (size_t i = 0; i < model->tensor_count; i++) {
        const struct parameter_tensor *tensor = &model->tensors[i];
        initial_weights_fill(seed, (uint32_t)i, tensor->fan_in, tensor->count,
                             parameters + tensor->offset);
    }
}

// ---- a thread's memory ----

struct model_workspace *model_workspace_create(const struct model *model, size_t batch_max) {
    REQUIRE(batch_max >= 1);
    struct model_workspace *workspace = memory_allocate(1, sizeof *workspace);
    workspace->batch_max = batch_max;
    workspace->losses = memory_allocate(batch_max, sizeof *workspace->losses);
    size_t widest = 0;
    size_t scratch_count = 0;
    for (size_t i = 0; i < model->layer_count; i++) {
        const struct layer *layer = &model->layers[i];
        size_t width = layer_shape_count(&layer->out);
        widest = width > widest ? width : widest;
        workspace->outputs[i] = memory_allocate_aligned(width * batch_max, sizeof(real));
        workspace->kept[i] = memory_allocate_aligned(layer->kept_bytes * batch_max, 1);
        if (layer->recipe.kind->scratch_count != NULL) {
            size_t count = layer->recipe.kind->scratch_count(layer, batch_max);
            scratch_count = count > scratch_count ? count : scratch_count;
        }
    }
    workspace->d_outputs[0] = memory_allocate_aligned(widest * batch_max, sizeof(real));
    workspace->d_outputs[1] = memory_allocate_aligned(widest * batch_max, sizeof(real));
    workspace->scratch = memory_allocate_aligned(scratch_count, sizeof(real));
    return workspace;
}

void model_workspace_destroy(struct model_workspace *workspace) {
    if (workspace == NULL) {
        return;
    }
    for (size_t i = 0; i < MODEL_LAYER_MAX; i++) {
        memory_free(workspace->outputs[i]);
        memory_free(workspace->kept[i]);
    }
    memory_free(workspace->d_outputs[0]);
    memory_free(workspace->d_outputs[1]);
    memory_free(workspace->scratch);
    memory_free(workspace->losses);
    memory_free(workspace);
}

// ---- computing ----

static struct layer_pass pass_of(const struct model *model, const struct model_workspace *workspace,
                                 size_t i, const real *parameters, const real *inputs,
                                 size_t batch) {
    return (struct layer_pass){.batch = batch,
                               .parameters = parameters + model->layer_offsets[i],
                               .in = i == 0 ? inputs : workspace->outputs[i - 1],
                               .out = workspace->outputs[i],
                               .kept = workspace->kept[i],
                               .scratch = workspace->scratch};
}

static const real *forward(const struct model *model, struct model_workspace *workspace,
                           const real *parameters, const real *inputs, size_t batch) {
    REQUIRE(batch >= 1 && batch <= workspace->batch_max);
    for (size_t i = 0; i < model->layer_count; i++) {
        struct layer_pass pass = pass_of(model, workspace, i, parameters, inputs, batch);
        model->layers[i].recipe.kind->forward(&model->layers[i], &pass);
    }
    return workspace->outputs[model->layer_count - 1];
}

static double mean_of(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
    }
    return sum / (double)count;
}

double model_gradient(const struct model *model, struct model_workspace *workspace,
                      const real *parameters, const real *inputs, const uint8_t *labels,
                      size_t batch, real *gradient) {
    const real *outputs = forward(model, workspace, parameters, inputs, batch);
    size_t last = model->layer_count - 1;
    softmax_loss_gradient(outputs, last_layer(model)->out.channels, batch, labels,
                          workspace->losses, workspace->d_outputs[last % 2]);
    for (size_t i = model->layer_count; i-- > 0;) {
        struct layer_pass pass = pass_of(model, workspace, i, parameters, inputs, batch);
        pass.d_out = workspace->d_outputs[i % 2];
        pass.d_in = i == 0 ? NULL : workspace->d_outputs[(i - 1) % 2];
        pass.d_parameters = gradient + model->layer_offsets[i];
        model->layers[i].recipe.kind->backward(&model->layers[i], &pass);
    }
    return mean_of(workspace->losses, batch);
}

void model_evaluate(const struct model *model, struct model_workspace *workspace,
                    const real *parameters, const real *inputs, const uint8_t *labels, size_t batch,
                    double *losses, uint8_t *correct) {
    const real *outputs = forward(model, workspace, parameters, inputs, batch);
    size_t classes = last_layer(model)->out.channels;
    softmax_loss_forward(outputs, classes, batch, labels, losses);
    softmax_loss_correct(outputs, classes, batch, labels, correct);
}
