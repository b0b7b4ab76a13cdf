// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/model_average.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/cpu_clones.h"
#include "sim/training/optimizer.h"

CPU_CLONED static void divide(float *values, float divisor, size_t size) {
    for (size_t i = 0; i < size; i++) {
        values[i] /= divisor;
    }
}

void model_average_mean(const float *const *models, size_t count, size_t size, float *mean) {
    REQUIRE(count >= 1);
    memcpy(mean, models[0], size * sizeof *mean);
    for (size_t i = 1; i < count; i++) {
        optimizer_accumulate(mean, models[i], size);
    }
    divide(mean, (float)count, size);
}

void model_average_weighted(const float *const *models, const float *weights, size_t count,
                            size_t size, float *mean) {
    REQUIRE(count >= 1);
    double whole = 0;
    if (count == 1) {
        memcpy(mean, models[0], size * sizeof *mean);
        return;
    }
    memset(mean, 0, size * sizeof *mean);
    for (size_t i = 0; i < count; i++) {
        optimizer_accumulate_weighted(mean, models[i], weights[i], size);
        whole += (double)weights[i];
    }
    INVARIANT(whole > 0);
    divide(mean, (float)whole, size);
}

double model_average_spread(const float *const *models, size_t count, size_t size,
                            const float *mean) {
    double sum = 0;
    REQUIRE(count >= 1);
    for (size_t i = 0; i < count; i++) {
        double distance = optimizer_distance(models[i], mean, size);
        sum += distance * distance;
    }
    return sqrt(sum / (double)count);
}

CPU_CLONED void model_average_rebase(float *model, const float *anchor, const float *average,
                                     size_t size) {
    for (size_t i = 0; i < size; i++) {
        model[i] = average[i] + (model[i] - anchor[i]);
    }
}

CPU_CLONED void model_average_elastic(const float *model, const float *centre, float alpha,
                                      float *pull, float *centre_next, size_t size) {
    for (size_t i = 0; i < size; i++) {
        pull[i] = alpha * (model[i] - centre[i]);
        centre_next[i] = centre[i] + pull[i];
    }
}

CPU_CLONED void model_average_subtract(float *model, const float *pull, size_t size) {
    for (size_t i = 0; i < size; i++) {
        model[i] -= pull[i];
    }
}

void model_average_pull(float *model, const float *average, float alpha, size_t size) {
    for (size_t i = 0; i < size; i++) {
        model[i] = fmaf(alpha, average[i] - model[i], model[i]);
    }
}
