// SPDX-License-Identifier: GPL-3.0-or-later
// Where a tensor of parameters lies in a model's flat vector, and where it starts.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { TENSOR_RANK_MAX = 4, TENSOR_NAME_SIZE = 32 };

// One parameter tensor inside the flat vector, row-major, in PyTorch's order: convolution weights
// (out, in, kernel height, kernel width), dense weights (out, in), biases (out).
struct parameter_tensor {
    char name[TENSOR_NAME_SIZE]; // as in PyTorch: "conv1.weight", "fc1.bias"
    int32_t rank;
    int32_t shape[TENSOR_RANK_MAX];
    size_t offset; // of the first element, in elements
    size_t count;
    size_t fan_in;
    double start; // where every parameter starts; NaN: by PyTorch's law, +-1/sqrt(fan_in)
};
