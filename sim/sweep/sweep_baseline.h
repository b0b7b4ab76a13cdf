// SPDX-License-Identifier: GPL-3.0-or-later
// The baseline of a sweep's file: whether there is one.
#pragma once

#include "sim/scenario/scenario.h"
#include "sim/sweep/sweep_axes.h"

// Checks "baseline" (NULL: none), a map that is not empty: each member must be a value of an axis,
// or what some of the cells' scenarios (count) have, in whatever words (setting_match.h). What all
// cells have is refused: nothing would be left to compare. Errors: STATUS_BAD_DATA.
enum status sweep_baseline_check(const struct sweep_axes *axes, const struct node *baseline,
                                 const struct scenario *scenarios, size_t count,
                                 struct error *error);
