// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model_catalogue.h"

#include "sim/base/check.h"

static const struct model_recipe recipes[] = {
    // The net of Ray's tutorial on parameter servers.
    {.entry = {"mnist_ray",
               "conv 3 k3, max-pool 3, relu, dense 10; 1,960 parameters; 28 x 28 grey images"},
     .input = {1, 28, 28},
     .layers = {{&layer_conv2d, "conv", 3, 3},
                {&layer_maxpool2d, NULL, 0, 3},
                {&layer_relu, NULL, 0, 0},
                {&layer_dense, "fc", 10, 0}}},
    // The net of PyTorch's first MNIST example, without dropout.
    {.entry = {"mnist_lenet", "conv 10 k5, max-pool 2, relu, conv 20 k5, max-pool 2, relu, dense "
                              "50, relu, dense 10; 21,840 parameters; 28 x 28 grey images"},
     .input = {1, 28, 28},
     .layers = {{&layer_conv2d, "conv1", 10, 5},
                {&layer_maxpool2d, NULL, 0, 2},
                {&layer_relu, NULL, 0, 0},
                {&layer_conv2d, "conv2", 20, 5},
                {&layer_maxpool2d, NULL, 0, 2},
                {&layer_relu, NULL, 0, 0},
                {&layer_dense, "fc1", 50, 0},
                {&layer_relu, NULL, 0, 0},
                {&layer_dense, "fc2", 10, 0}}},
};

enum { RECIPE_COUNT = sizeof recipes / sizeof recipes[0] };

size_t model_catalogue_count(void) {
    return RECIPE_COUNT;
}

const struct model_recipe *model_catalogue_recipe(size_t index) {
    REQUIRE(index < RECIPE_COUNT);
    return &recipes[index];
}

const struct model_entry *model_catalogue_entry(size_t index) {
    return &model_catalogue_recipe(index)->entry;
}
