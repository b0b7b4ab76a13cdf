// SPDX-License-Identifier: GPL-3.0-or-later
// Nets as recipes: a table of layers. A new net is one more entry of the catalogue.
#ifndef DESGD_MODELS_MODEL_CATALOGUE_H
#define DESGD_MODELS_MODEL_CATALOGUE_H

#include <stddef.h>

#include "models/layer.h"
#include "models/model.h"

enum { MODEL_LAYER_MAX = 32 };

struct model_recipe {
    struct model_entry entry;
    struct layer_shape input;
    struct layer_recipe layers[MODEL_LAYER_MAX]; // up to the first without a kind
};

// The table of layers of an entry, with the sizes of the options filled in where the entry leaves
// them open; no layers for a model that takes no data.
void model_catalogue_recipe(const struct model_entry *entry, const struct model_options *options,
                            struct model_recipe *recipe);

// A model that need not be in the catalogue. Takes arithmetic and kernels of the options. Requires:
// every layer fits its input; the last one has at least two outputs of 1 x 1, at most 256.
struct model *model_create_from_recipe(const struct model_recipe *recipe,
                                       const struct model_options *options);

#endif
