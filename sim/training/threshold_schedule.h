// SPDX-License-Identifier: GPL-3.0-or-later
// The threshold K as a function of n (gradients received or updates applied): the smooth switch.
#ifndef DESGD_TRAINING_THRESHOLD_SCHEDULE_H
#define DESGD_TRAINING_THRESHOLD_SCHEDULE_H

#include "sim/training/training_options.h"

// K at n. step: start + increment * floor(n / every), kept within 1..workers (arXiv 2407.00101 with
// start = 1, increment = 1: K(n) = min(P, 1 + floor(n/s))). constant: start, also above the number
// of workers. Requires: n >= 0, every >= 1.
int64_t threshold_at(const struct threshold_options *options, int32_t workers, int64_t n);

#endif
