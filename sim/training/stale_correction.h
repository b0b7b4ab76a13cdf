// SPDX-License-Identifier: GPL-3.0-or-later
// What a server may do to a gradient g that was taken at w_read, when the parameters have become w
// meanwhile: elementwise, in float, each operation rounded by itself, in the order written here.
#pragma once

#include <stddef.h>
#include <stdint.h>

// DC-ASGD with a constant lambda (Zheng et al., ICML 2017, arXiv 1609.08326): the first term of the
// Taylor expansion of the gradient at w, its Hessian approximated by lambda g g.
//   corrected = g + ((lambda g) g) (w - w_read)
// All (count); corrected may be g.
void stale_compensate(const float *g, const float *w, const float *w_read, float lambda,
                      float *corrected, size_t count);

// DC-ASGD with an adaptive lambda (ibid.): first
//   mean_square = m mean_square + (1 - m) (g g)
// and then with lambda = lambda_0 / sqrt(mean_square + 1e-7), element by element, as above. All
// (count). w_read may be NULL: nothing has changed since, and only mean_square moves.
void stale_compensate_adaptively(const float *g, const float *w, const float *w_read,
                                 float lambda_0, float m, float *mean_square, float *corrected,
                                 size_t count);

// Gap-aware (Barkai, Hakimi, Schuster; ICLR 2020, arXiv 1909.10802): what has moved far since is
// scaled down by the distance in units of an average step,
//   corrected = g / (1 + |w - w_read| / C),   C = rate (sqrt(square / bias) + 1e-8)
// with "square" the moving average of the squared steps and bias = 1 - decay^steps. All (count);
// corrected may be g. Requires: bias > 0.
void stale_scale_by_gap(const float *g, const float *w, const float *w_read, const float *square,
                        float bias, float rate, float *corrected, size_t count);

// square = decay square + (1 - decay) (step step), elementwise.
void stale_average_square(float *square, const float *step, float decay, size_t count);

// 1 - decay^steps: what a moving average that began at zero has to be divided by.
float stale_average_bias(float decay, int64_t steps);
