// SPDX-License-Identifier: GPL-3.0-or-later
// The kinds of layers, one file each: layer_conv2d.c and so on. A file says what shape the layer
// makes and what it computes under "arithmetic: openblas"; the kernels of the default, "portable",
// are in models/kernels.
#pragma once

#include "models/layer.h"

extern const struct layer_kind layer_conv2d;    // stride 1
extern const struct layer_kind layer_maxpool2d; // windows side by side; what is left over is unused
extern const struct layer_kind layer_relu;
extern const struct layer_kind layer_dense;
extern const struct layer_kind layer_add;     // the sum of two layers' outputs
extern const struct layer_kind layer_avgpool; // the mean of each channel: (channels, 1, 1)
