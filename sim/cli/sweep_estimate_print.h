// SPDX-License-Identifier: GPL-3.0-or-later
// The line of "desgd sweep --dry-run" that says how long a plan will take, and from what that is
// told: "estimate: 4.1 min on 2 processors, from 0.41 ms a gradient measured now and 6480 gradients
// a run predicted".
#pragma once

#include <stdio.h>

#include "sim/sweep/sweep_estimate.h"

// error: what sweep_estimate_of gave; its sentence stands behind the line if it has one. Prints
// nothing if nothing is missing.
void sweep_estimate_print(FILE *file, const struct sweep_estimate *estimate,
                          const struct error *error, int32_t processors);
