// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model_catalogue.h"

#include <string.h>

#include "models/layer_kinds.h"
#include "sim/base/check.h"

#define CONV(name, outputs, kernel, padding)                                                       \
    { .kind = &layer_conv2d, name, outputs, kernel, padding }
#define POOL(side)                                                                                 \
    { .kind = &layer_maxpool2d, .kernel = (side) }
#define RELU                                                                                       \
    { .kind = &layer_relu }
#define DENSE(name, outputs)                                                                       \
    { .kind = &layer_dense, name, outputs }

static const struct model_recipe recipes[] = {
    // The net of Ray's tutorial on parameter servers.
    {.entry = {"mnist_ray",
               "conv 3 k3, max-pool 3, relu, dense 10; 1,960 parameters; 28 x 28 grey images",
               MODEL_OF_ITS_DATA},
     .input = {1, 28, 28},
     .layers = {CONV("conv", 3, 3, 0), POOL(3), RELU, DENSE("fc", 10)}},
    // The net of PyTorch's first MNIST example, without dropout.
    {.entry = {"mnist_lenet",
               "conv 10 k5, max-pool 2, relu, conv 20 k5, max-pool 2, relu, dense "
               "50, relu, dense 10; 21,840 parameters; 28 x 28 grey images",
               MODEL_OF_ITS_DATA},
     .input = {1, 28, 28},
     .layers = {CONV("conv1", 10, 5, 0), POOL(2), RELU, CONV("conv2", 20, 5, 0), POOL(2), RELU,
                DENSE("fc1", 50), RELU, DENSE("fc2", 10)}},
    // The net of PyTorch's CIFAR-10 tutorial.
    {.entry = {"cifar_lenet",
               "conv 6 k5, relu, max-pool 2, conv 16 k5, relu, max-pool 2, dense 120, relu, dense "
               "84, relu, dense 10; 62,006 parameters; 32 x 32 colour images",
               MODEL_OF_ITS_DATA},
     .input = {3, 32, 32},
     .layers = {CONV("conv1", 6, 5, 0), RELU, POOL(2), CONV("conv2", 16, 5, 0), RELU, POOL(2),
                DENSE("fc1", 120), RELU, DENSE("fc2", 84), RELU, DENSE("fc3", 10)}},
    {.entry = {"cifar_cnn",
               "conv 32 k3 padding 1, relu, max-pool 2, conv 64 k3 padding 1, relu, "
               "max-pool 2, dense 128, relu, dense 10; 545,098 parameters; 32 x 32 "
               "colour images",
               MODEL_OF_ITS_DATA},
     .input = {3, 32, 32},
     .layers = {CONV("conv1", 32, 3, 1), RELU, POOL(2), CONV("conv2", 64, 3, 1), RELU, POOL(2),
                DENSE("fc1", 128), RELU, DENSE("fc2", 10)}},
    // A residual net of eight layers with weights on its longest path, without statistics over the
    // batch: a gradient is a function of its own samples. What batch normalisation does elsewhere,
    // the initial law does here: the last convolution of each residual path starts at zero, so that
    // at first every block hands on its shortcut, activations keep their scale through any number
    // of blocks, and each path grows from nothing (as in Fixup, Zhang et al., ICLR 2019). Where a
    // stage widens, the shortcut is a 1 x 1 convolution; max-pools halve the image between stages.
    {.entry = {"cifar_resnet8",
               "conv 16, three residual blocks of two convs of 16, 32, 64 k3 padding 1, relu, "
               "max-pool 2 between, no batch normalisation (the second conv of a block starts at "
               "zero), mean, dense 10; 77,706 parameters; 32 x 32 colour images",
               MODEL_OF_ITS_DATA},
     .input = {3, 32, 32},
     .layers = {CONV("stem", 16, 3, 1),
                RELU,
                CONV("block1.conv1", 16, 3, 1),
                RELU,
                {&layer_conv2d, "block1.conv2", 16, 3, .padding = 1, .starts_at_zero = true},
                {.kind = &layer_add, .adds = 4},
                RELU,
                POOL(2),
                CONV("block2.conv1", 32, 3, 1),
                RELU,
                {&layer_conv2d, "block2.conv2", 32, 3, .padding = 1, .starts_at_zero = true},
                {&layer_conv2d, "block2.shortcut", 32, 1, .reads = 4},
                {.kind = &layer_add, .adds = 2},
                RELU,
                POOL(2),
                CONV("block3.conv1", 64, 3, 1),
                RELU,
                {&layer_conv2d, "block3.conv2", 64, 3, .padding = 1, .starts_at_zero = true},
                {&layer_conv2d, "block3.shortcut", 64, 1, .reads = 4},
                {.kind = &layer_add, .adds = 2},
                RELU,
                {.kind = &layer_avgpool},
                DENSE("fc", 10)}},
    {.entry = {"mlp",
               "dense layers of the sizes in `model.hidden`, each with a relu, and one dense layer "
               "to the classes of the data set; any data",
               MODEL_OF_ANY_DATA}},
    {.entry = {"softmax",
               "one dense layer to the classes of the data set: the loss is convex; any "
               "data",
               MODEL_OF_ANY_DATA}},
    {.entry = {"quadratic",
               "curvature / 2 * |w|^2 from w = (1, ..., 1); each coordinate of a gradient has "
               "noise of a known variance; no data, and closed forms for every moment",
               MODEL_OF_NO_DATA}},
};

enum { RECIPE_COUNT = sizeof recipes / sizeof recipes[0] };

size_t model_catalogue_count(void) {
    return RECIPE_COUNT;
}

const struct model_entry *model_catalogue_entry(size_t index) {
    REQUIRE(index < RECIPE_COUNT);
    return &recipes[index].entry;
}

static const struct model_recipe *find(const char *name) {
    REQUIRE(name != NULL);
    for (size_t i = 0; i < RECIPE_COUNT; i++) {
        if (strcmp(recipes[i].entry.name, name) == 0) {
            return &recipes[i];
        }
    }
    return NULL;
}

const struct model_entry *model_catalogue_find(const char *name) {
    const struct model_recipe *recipe = find(name);
    return recipe == NULL ? NULL : &recipe->entry;
}

// Dense layers fc1, fc2, ... to the hidden sizes and then to the classes; softmax has no hidden
// ones.
static void fill_dense_layers(const struct model_options *options, int32_t hidden_count,
                              struct model_recipe *recipe) {
    static const char *const names[HIDDEN_MAX + 1] = {"fc1", "fc2", "fc3", "fc4", "fc5",
                                                      "fc6", "fc7", "fc8", "fc9"};
    REQUIRE(options->input_count >= 1 && hidden_count <= HIDDEN_MAX);
    recipe->input = (struct layer_shape){options->input_count, 1, 1};
    struct layer_recipe *next = recipe->layers;
    for (int32_t i = 0; i <= hidden_count; i++) {
        int32_t size = i < hidden_count ? options->mlp.hidden[i] : options->class_count;
        REQUIRE(size >= 1);
        *next++ = (struct layer_recipe)DENSE(names[i], (size_t)size);
        if (i < hidden_count) {
            *next++ = (struct layer_recipe)RELU;
        }
    }
}

void model_catalogue_recipe(const struct model_entry *entry, const struct model_options *options,
                            struct model_recipe *recipe) {
    *recipe = *find(entry->name);
    if (entry->family == MODEL_OF_ANY_DATA) {
        bool deep = strcmp(entry->name, "mlp") == 0;
        fill_dense_layers(options, deep ? options->mlp.hidden_count : 0, recipe);
    }
}
