// SPDX-License-Identifier: GPL-3.0-or-later
// Nets as recipes: a table of layers. A new net is one more entry of the catalogue.
#pragma once

#include <stddef.h>

#include "models/layer.h"
#include "models/model_options.h"

enum { MODEL_LAYER_MAX = 32 };

// The catalogue: one row per model, for the scenario parser and "desgd list models". "none" (timing
// only) is not a model; the scenario knows it by itself.
enum model_family {
    MODEL_OF_ITS_DATA, // a net for inputs of one shape
    MODEL_OF_ANY_DATA, // a net for any number of inputs and classes
    MODEL_OF_NO_DATA,  // the quadratic
};

struct model_entry {
    const char *name;
    const char *summary; // the layers in words
    enum model_family family;
};

struct model_recipe {
    struct model_entry entry;
    struct layer_shape input;
    struct layer_recipe layers[MODEL_LAYER_MAX]; // up to the first without a kind
};

size_t model_catalogue_count(void);
const struct model_entry *model_catalogue_entry(size_t index);
const struct model_entry *model_catalogue_find(const char *name); // NULL if there is none

// The table of layers of an entry, with the sizes of the options filled in where the entry leaves
// them open; no layers for a model that takes no data.
void model_catalogue_recipe(const struct model_entry *entry, const struct model_options *options,
                            struct model_recipe *recipe);
