// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/initial_weights.h"
#include "models/kernels/isa.h"
#include "models/kernels/kernels.h"
#include "models/layer_kinds.h"
#include "models/linear_algebra.h"
#include "models/model_parts.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"

// ---- building ----

static void add_tensor(struct model *model, const char *name, size_t rank, const size_t *shape,
                       double start) {
    REQUIRE(rank >= 1 && rank <= TENSOR_RANK_MAX);
    INVARIANT(model->tensor_count < 2 * MODEL_LAYER_MAX);
    struct parameter_tensor *tensor = &model->tensors[model->tensor_count++];
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->rank = (int32_t)rank;
    tensor->offset = model->parameter_count;
    tensor->count = 1;
    tensor->start = start;
    for (size_t i = 0; i < rank; i++) {
        tensor->shape[i] = (int32_t)shape[i];
        tensor->count *= shape[i];
    }
    model->parameter_count += tensor->count;
}

static void add_layer_tensor(struct model *model, const struct layer *layer, const char *suffix,
                             size_t rank) {
    char name[TENSOR_NAME_SIZE];
    int length = snprintf(name, sizeof name, "%s.%s", layer->recipe.name, suffix);
    ENSURE(length < (int)sizeof name);
    size_t index = model->tensor_count;
    add_tensor(model, name, rank, layer->weight_shape,
               layer->recipe.starts_at_zero ? 0 : (double)NAN);
    model->tensors[index].fan_in = layer->fan_in;
}

// The shape of what a layer reads.
static struct layer_shape input_of(const struct model *model, const struct layer_recipe *recipe) {
    size_t back = recipe->reads == 0 ? 1 : recipe->reads;
    REQUIRE(back <= model->layer_count + 1);
    return back > model->layer_count ? model->input : model->layers[model->layer_count - back].out;
}

static void check_sum(const struct model *model, const struct layer *layer) {
    size_t adds = layer->recipe.adds;
    REQUIRE((adds != 0) == (layer->recipe.kind == &layer_add));
    if (adds != 0) {
        REQUIRE(adds <= model->layer_count);
        const struct layer_shape *other = &model->layers[model->layer_count - adds].out;
        REQUIRE(other->channels == layer->in.channels && other->height == layer->in.height &&
                other->width == layer->in.width);
    }
}

static void add_layer(struct model *model, const struct layer_recipe *recipe) {
    REQUIRE(model->layer_count < MODEL_LAYER_MAX);
    struct layer *layer = &model->layers[model->layer_count];
    *layer = (struct layer){.recipe = *recipe, .in = input_of(model, recipe)};
    check_sum(model, layer);
    recipe->kind->plan(layer);
    model->layer_offsets[model->layer_count++] = model->parameter_count;
    if (layer->weight_rank > 0) {
        add_layer_tensor(model, layer, "weight", layer->weight_rank);
        add_layer_tensor(model, layer, "bias", 1);
    }
}

static const struct kernels *kernels_for(const struct model_options *options) {
    REQUIRE(options->arithmetic < ARITHMETIC_COUNT);
    if (options->arithmetic == ARITHMETIC_OPENBLAS) {
        linear_algebra_require();
        return NULL;
    }
#ifdef DESGD_REAL_DOUBLE
    check_failed("require", "openblas in the double build", __FILE__, __LINE__);
#else
    return options->kernels != NULL ? options->kernels : kernels_of(kernels_best_isa());
#endif
}

static const struct layer *last_layer(const struct model *model) {
    REQUIRE(model->layer_count >= 1);
    return &model->layers[model->layer_count - 1];
}

struct model *model_create_from_recipe(const struct model_recipe *recipe,
                                       const struct model_options *options) {
    struct model *model = memory_allocate(1, sizeof *model);
    model->input = recipe->input;
    for (size_t i = 0; i < MODEL_LAYER_MAX && recipe->layers[i].kind != NULL; i++) {
        add_layer(model, &recipe->layers[i]);
    }
    const struct layer_shape *out = &last_layer(model)->out;
    REQUIRE(out->height == 1 && out->width == 1);
    REQUIRE(out->channels >= 2 && out->channels <= 256);
    step_plan_make(&model->plan, kernels_for(options), model->layers, model->layer_offsets,
                   model->layer_count);
    return model;
}

static struct model *create_quadratic(const struct quadratic_options *options) {
    REQUIRE(options->dimension >= 1);
    struct model *model = memory_allocate(1, sizeof *model);
    model->quadratic = *options;
    size_t shape = (size_t)options->dimension;
    add_tensor(model, "w", 1, &shape, 1);
    return model;
}

struct model *model_create(const struct model_options *options) {
    const struct model_entry *entry = model_catalogue_find(options->name);
    if (entry == NULL) {
        return NULL;
    }
    if (entry->family == MODEL_OF_NO_DATA) {
        return create_quadratic(&options->quadratic);
    }
    struct model_recipe recipe;
    model_catalogue_recipe(entry, options, &recipe);
    return model_create_from_recipe(&recipe, options);
}

void model_destroy(struct model *model) {
    memory_free(model);
}

// ---- describing ----

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

bool model_takes_data(const struct model *model) {
    return model->layer_count > 0;
}

size_t model_input_count(const struct model *model) {
    return layer_shape_count(&model->input);
}

void model_input_shape(const struct model *model, size_t shape[3]) {
    shape[0] = model->input.channels;
    shape[1] = model->input.height;
    shape[2] = model->input.width;
}

int32_t model_class_count(const struct model *model) {
    return model_takes_data(model) ? (int32_t)last_layer(model)->out.channels : 0;
}

const char *model_isa(const struct model *model) {
    return model->plan.kernels == NULL ? "" : model->plan.kernels->isa;
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
    if (!model_takes_data(model)) {
        snprintf(text, size, "quadratic  %zu parameters\n", model->parameter_count);
    }
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
        real *values = parameters + tensor->offset;
        if (isnan(tensor->start)) {
            initial_weights_fill(seed, (uint32_t)i, tensor->fan_in, tensor->count, values);
            continue;
        }
        for (size_t k = 0; k < tensor->count; k++) {
            values[k] = (real)tensor->start;
        }
    }
}
