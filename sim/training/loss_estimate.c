// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/loss_estimate.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

void loss_estimate_init(struct loss_estimate *estimate, int64_t window) {
    REQUIRE(window >= 1);
    *estimate = (struct loss_estimate){.window = window, .first = (double)NAN};
    estimate->losses = memory_allocate((size_t)window, sizeof *estimate->losses);
}

void loss_estimate_reset(struct loss_estimate *estimate) {
    memory_free(estimate->losses);
    *estimate = (struct loss_estimate){0};
}

void loss_estimate_add(struct loss_estimate *estimate, double loss) {
    REQUIRE(estimate->window >= 1 && !isnan(loss));
    estimate->losses[estimate->count % estimate->window] = loss;
    estimate->count++;
    if (estimate->count == estimate->window) {
        estimate->first = loss_estimate_mean(estimate);
    }
}

double loss_estimate_mean(const struct loss_estimate *estimate) {
    if (estimate->count < estimate->window) {
        return (double)NAN;
    }
    double sum = 0;
    for (int64_t i = 0; i < estimate->window; i++) {
        sum += estimate->losses[(estimate->count + i) % estimate->window];
    }
    return sum / (double)estimate->window;
}
