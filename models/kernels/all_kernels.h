// SPDX-License-Identifier: GPL-3.0-or-later
// All kernels of one instruction set, and their table "kernels_table". Included once by each of
// isa_avx512.c, isa_avx2.c and isa_generic.c, which name the set first.
#pragma once

#include "models/kernels/convolution.h"
#include "models/kernels/matrix.h"
#include "models/kernels/pooling.h"
#include "models/kernels/softmax.h"

static const struct kernels kernels_table = {.isa = KERNELS_NAME,
                                             .conv_scratch_bytes = conv_scratch_bytes,
                                             .conv_forward = conv_forward,
                                             .conv_backward = conv_backward,
                                             .dense_scratch_bytes = dense_scratch_bytes,
                                             .dense_forward = dense_forward,
                                             .dense_backward = dense_backward,
                                             .pool_forward = pool_forward,
                                             .pool_backward = pool_backward,
                                             .mean_forward = mean_forward,
                                             .mean_backward = mean_backward,
                                             .relu_forward = relu_forward,
                                             .relu_backward = relu_backward,
                                             .add = add_blocks,
                                             .softmax_loss = softmax_loss,
                                             .softmax_best = softmax_best};
