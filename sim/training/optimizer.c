// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/optimizer.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { PARTIAL_SUMS = 8 };

void optimizer_accumulate(float *sum, const float *gradient, size_t count) {
    for (size_t i = 0; i < count; i++) {
        sum[i] += gradient[i];
    }
}

// Both copies of the step compute the same correctly rounded fma; the first without a call per
// element.
__attribute__((target("avx2,fma"))) static void
step_with_fma(const float *current, const float *sum, float rate, float *next, size_t count) {
    for (size_t i = 0; i < count; i++) {
        next[i] = __builtin_fmaf(-rate, sum[i], current[i]);
    }
}

static void step_by_library(const float *current, const float *sum, float rate, float *next,
                            size_t count) {
    for (size_t i = 0; i < count; i++) {
        next[i] = fmaf(-rate, sum[i], current[i]);
    }
}

void optimizer_step(const float *current, const float *sum, float rate, float *next, size_t count) {
    if (__builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2")) {
        step_with_fma(current, sum, rate, next, count);
    } else {
        step_by_library(current, sum, rate, next, count);
    }
}

double optimizer_distance(const float *a, const float *b, size_t count) {
    double sums[PARTIAL_SUMS] = {0};
    size_t whole = count / PARTIAL_SUMS * PARTIAL_SUMS;
    for (size_t i = 0; i < whole; i += PARTIAL_SUMS) {
        for (size_t lane = 0; lane < PARTIAL_SUMS; lane++) {
            double difference = (double)a[i + lane] - (double)b[i + lane];
            sums[lane] += difference * difference;
        }
    }
    for (size_t i = whole; i < count; i++) {
        double difference = (double)a[i] - (double)b[i];
        sums[i - whole] += difference * difference;
    }
    double low = (sums[0] + sums[4]) + (sums[2] + sums[6]);
    double high = (sums[1] + sums[5]) + (sums[3] + sums[7]);
    return sqrt(low + high);
}

// An exponent of all ones is infinity or NaN.
static uint32_t has_full_exponent(float value) {
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return (bits & 0x7f800000u) == 0x7f800000u;
}

bool optimizer_all_finite(const float *values, size_t count) {
    uint32_t any = 0;
    for (size_t i = 0; i < count; i++) {
        any |= has_full_exponent(values[i]);
    }
    return any == 0;
}

void optimizer_canonical_nan(float *values, size_t count) {
    const uint32_t quiet = 0x7fc00000u;
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i])) {
            memcpy(&values[i], &quiet, sizeof quiet);
        }
    }
}
