// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/stale_correction.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/cpu_clones.h"

CPU_CLONED void stale_compensate(const float *g, const float *w, const float *w_read, float lambda,
                                 float *corrected, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float curvature = lambda * g[i] * g[i];
        corrected[i] = g[i] + curvature * (w[i] - w_read[i]);
    }
}

CPU_CLONED void stale_average_square(float *square, const float *step, float decay, size_t count) {
    float rest = 1 - decay;
    for (size_t i = 0; i < count; i++) {
        square[i] = decay * square[i] + rest * (step[i] * step[i]);
    }
}

float stale_average_bias(float decay, int64_t steps) {
    REQUIRE(decay >= 0 && steps >= 0);
    double power = 1;
    double base = (double)decay;
    for (int64_t left = steps; left > 0; left /= 2) { // by squaring
        power *= left % 2 == 1 ? base : 1;
        base *= base;
    }
    return (float)(1 - power);
}

CPU_CLONED void stale_compensate_adaptively(const float *g, const float *w, const float *w_read,
                                            float lambda_0, float m, float *mean_square,
                                            float *corrected, size_t count) {
    static const float epsilon = 1e-7f;
    stale_average_square(mean_square, g, m, count);
    if (w_read == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        float lambda = lambda_0 / sqrtf(mean_square[i] + epsilon);
        float curvature = lambda * g[i] * g[i];
        corrected[i] = g[i] + curvature * (w[i] - w_read[i]);
    }
}

CPU_CLONED void stale_scale_by_gap(const float *g, const float *w, const float *w_read,
                                   const float *square, float bias, float rate, float *corrected,
                                   size_t count) {
    static const float epsilon = 1e-8f;
    for (size_t i = 0; i < count; i++) {
        float usual = rate * (sqrtf(square[i] / bias) + epsilon);
        corrected[i] = g[i] / (1 + fabsf(w[i] - w_read[i]) / usual);
    }
}
