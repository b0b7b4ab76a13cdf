// SPDX-License-Identifier: GPL-3.0-or-later
// The training loss as the server can know it: the mean of the minibatch losses of the last
// gradients that were applied. Each loss is in the log (/gradients/loss), and so is the mean after
// each update (/updates/loss_estimate); it depends on nothing else, so that a replay and a resumed
// run find the same.
#pragma once

#include <stdint.h>

struct loss_estimate {
    double *losses; // ring of the last "window"
    int64_t window;
    int64_t count; // losses ever added
    double first;  // the mean of the first "window"; NaN before
};

// Requires: window >= 1.
void loss_estimate_init(struct loss_estimate *estimate, int64_t window);
void loss_estimate_reset(struct loss_estimate *estimate);

// In the order in which gradients are applied: by update, then (worker, number).
void loss_estimate_add(struct loss_estimate *estimate, double loss);

// The mean of the last "window" losses, summed from the oldest on; NaN while there are fewer.
double loss_estimate_mean(const struct loss_estimate *estimate);
