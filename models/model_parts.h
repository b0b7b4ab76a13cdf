// SPDX-License-Identifier: GPL-3.0-or-later
// What a model is made of. Internal to models: used by model.c and model_gradient.c.
#pragma once

#include "models/model_catalogue.h"
#include "models/parameter_tensor.h"
#include "models/step.h"

struct model {
    struct layer_shape input;
    struct quadratic_options quadratic; // of the family without data, which has no layers
    size_t layer_count;
    size_t tensor_count;
    size_t parameter_count;
    struct layer layers[MODEL_LAYER_MAX];
    size_t layer_offsets[MODEL_LAYER_MAX]; // of a layer's parameters in the flat vector
    struct parameter_tensor tensors[2 * MODEL_LAYER_MAX];
    struct step_plan plan;
};
