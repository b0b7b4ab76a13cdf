// SPDX-License-Identifier: GPL-3.0-or-later
// The baseline of a sweep's file: which value of each axis it names.
#ifndef DESGD_SWEEP_SWEEP_BASELINE_H
#define DESGD_SWEEP_SWEEP_BASELINE_H

#include "sim/scenario/scenario.h"
#include "sim/sweep/sweep_axes.h"

// Reads "baseline" (NULL: none), a map that is not empty, into the axes. A member whose key or
// value no axis has is fine, too, if some of the cells' scenarios (count) have what it says, in
// whatever words (setting_match.h). What every cell has is refused: nothing would be left to
// compare. Errors: STATUS_BAD_DATA.
enum status sweep_baseline_read(struct sweep_axes *axes, const struct node *baseline,
                                const struct scenario *scenarios, size_t count,
                                struct error *error);

#endif
