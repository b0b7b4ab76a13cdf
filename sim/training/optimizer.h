// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of an update on flat float vectors: one order of operations, fused multiply-add on
// every CPU, so that the bits depend on nothing but the inputs.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// sum += gradient, elementwise. Both (count).
void optimizer_accumulate(float *sum, const float *gradient, size_t count);

// sum = fma(weight, gradient, sum), elementwise: with a weight of 1 the same bits. Both (count).
void optimizer_accumulate_weighted(float *sum, const float *gradient, float weight, size_t count);

// next = fma(-rate, sum, current), elementwise: w <- w - eta * s (arXiv 2407.00101, eq. 3). All
// (count); next may be current, but not sum.
void optimizer_step(const float *current, const float *sum, float rate, float *next, size_t count);

// Euclidean norm of a - b: differences and sums in double, over 8 interleaved partial sums folded
// in one fixed order.
double optimizer_distance(const float *a, const float *b, size_t count);

// False if any element is infinite or NaN.
bool optimizer_all_finite(const float *values, size_t count);

// Replaces every NaN by the one canonical quiet NaN: payloads depend on the CPU.
void optimizer_canonical_nan(float *values, size_t count);
