// SPDX-License-Identifier: GPL-3.0-or-later
// What a plan is warned of before it is carried out: that its runs end before training begins.
#pragma once

#include "sim/sweep/sweep_plan.h"

// On stderr, from the cells' first runs, 500 at most, by their events alone.
void sweep_warning_print(const struct sweep_plan *plan);
