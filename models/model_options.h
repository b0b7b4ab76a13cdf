// SPDX-License-Identifier: GPL-3.0-or-later
// What a model is made from: its name in the catalogue, the sizes that some models take, the data
// that it must fit, and who does its arithmetic.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct kernels;

// portable: our own kernels, on blocks of 8, 16 or 32 samples; the bits depend on the inputs alone.
// openblas: matrix products by OpenBLAS; the bits depend on its kernel, too.
enum arithmetic { ARITHMETIC_PORTABLE, ARITHMETIC_OPENBLAS, ARITHMETIC_COUNT };

// The hidden layers of a multi-layer perceptron, from the input on.
enum { HIDDEN_MAX = 8 };
struct mlp_options {
    int32_t hidden_count;
    int32_t hidden[HIDDEN_MAX];
};

// The noisy quadratic: see models/quadratic.h.
struct quadratic_options {
    int32_t dimension;
    double curvature;
    double noise;
};

struct model_options {
    const char *name;
    enum arithmetic arithmetic;
    const struct kernels *kernels;      // under portable; NULL: the fastest that this CPU runs
    size_t input_count;                 // of a sample, for the nets that take any (mlp, softmax)
    int32_t class_count;                // likewise
    struct mlp_options mlp;             // mlp
    struct quadratic_options quadratic; // quadratic
};
