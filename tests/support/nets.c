// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/nets.h"

static struct model_options options_of(const char *name) {
    return (struct model_options){.name = name,
                                  .input_count = 784,
                                  .class_count = 10,
                                  .mlp = {.hidden_count = 2, .hidden = {50, 20}},
                                  .quadratic = {.dimension = 10, .curvature = 1, .noise = 1}};
}

struct model *net_create(const char *name, enum arithmetic arithmetic) {
    struct model_options options = options_of(name);
    options.arithmetic = arithmetic;
    return model_create(&options);
}

struct model *net_create_with_kernels(const char *name, const struct kernels *kernels) {
    struct model_options options = options_of(name);
    options.kernels = kernels;
    return model_create(&options);
}
