// SPDX-License-Identifier: GPL-3.0-or-later
// The gradient of a whole minibatch whose inputs are all there, block after block.
#pragma once

#include "models/model.h"

// inputs: (C, H, W, lanes) of each block, 64-byte aligned; labels: (batch); gradient: (parameter
// count), overwritten. Returns the mean loss: summed in double in sample order, divided once.
double batch_gradient(const struct model *model, struct model_workspace *workspace,
                      const real *parameters, const real *inputs, const uint8_t *labels,
                      size_t batch, real *gradient);
