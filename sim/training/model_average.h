// SPDX-License-Identifier: GPL-3.0-or-later
// Arithmetic on the models of several workers, as flat float vectors: one order of operations, so
// that the bits depend on nothing but the inputs and the order of the workers.
#pragma once

#include <stddef.h>

// mean = (models[0] + models[1] + ...) / count, elementwise: the sum from left to right in float,
// then one division, so that the mean of one model is that model to the bit. models: (count) of
// (size); mean is none of them.
void model_average_mean(const float *const *models, size_t count, size_t size, float *mean);

// mean = (weights[0] models[0] + weights[1] models[1] + ...) / (weights[0] + ...), elementwise:
// from left to right, each product and sum one rounding, then one division; the weights are summed
// in double. The mean of one model is that model to the bit. Requires: count >= 1.
void model_average_weighted(const float *const *models, const float *weights, size_t count,
                            size_t size, float *mean);

// sqrt of the mean over the models of |model - mean|^2; squares as in optimizer_distance.
double model_average_spread(const float *const *models, size_t count, size_t size,
                            const float *mean);

// model = average + (model - anchor): the steps since the anchor go on top of the average
// (CoCoD-SGD). Two roundings an element.
void model_average_rebase(float *model, const float *anchor, const float *average, size_t size);

// pull = alpha (model - centre), two roundings; centre_next = centre + pull (EASGD).
void model_average_elastic(const float *model, const float *centre, float alpha, float *pull,
                           float *centre_next, size_t size);

// model -= pull.
void model_average_subtract(float *model, const float *pull, size_t size);

// model = fma(alpha, average - model, model): a pull towards it (Overlap-Local-SGD).
void model_average_pull(float *model, const float *average, float alpha, size_t size);
