// SPDX-License-Identifier: GPL-3.0-or-later
// The designs of a sweep: "random", "latin_hypercube" and "sobol", each a number of points over the
// ranges of some keys. A design is one axis of the grid, so its points meet every other value.
#pragma once

#include "sim/base/unit_points.h"
#include "sim/sweep/sweep_axes.h"

struct sweep_design_entry {
    const char *name; // the key of the sweep's file
    const char *summary;
};
extern const struct sweep_design_entry sweep_design_table[UNIT_DESIGN_COUNT];

// Adds an axis for each design of the file. Errors: STATUS_BAD_DATA.
enum status sweep_designs_read(struct document *document, const struct node *root,
                               struct sweep_axes *axes, struct error *error);
