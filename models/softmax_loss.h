// SPDX-License-Identifier: GPL-3.0-or-later
// The negative log-likelihood of the log-softmax of a net's outputs. All arrays of outputs are
// (classes, batch), the batch innermost.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "models/real.h"

// losses: (batch). A NaN among a sample's outputs makes its loss NaN. Requires: labels below
// classes.
void softmax_loss_forward(const real *outputs, size_t classes, size_t batch, const uint8_t *labels,
                          double *losses);

// The same losses, and the gradient of their mean by the outputs.
void softmax_loss_gradient(const real *outputs, size_t classes, size_t batch, const uint8_t *labels,
                           double *losses, real *d_outputs);

// correct[i] = 1 if the largest output of sample i, the first of equals, is its label.
void softmax_loss_correct(const real *outputs, size_t classes, size_t batch, const uint8_t *labels,
                          uint8_t *correct);
