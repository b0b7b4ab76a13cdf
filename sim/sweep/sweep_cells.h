// SPDX-License-Identifier: GPL-3.0-or-later
// The cells of a sweep: each place of the grid with the scenario that its values make of the
// sweep's, if that satisfies the conditions of "where". For sweep_plan alone.
#pragma once

#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/sweep/sweep_file.h"

struct sweep_cells {
    size_t count;
    size_t *places;              // (count) in the grid, ascending
    struct scenario *scenarios;  // (count) with the seed of round 0
    struct scenario_notes notes; // keys that were written and have no effect in any cell
};

// Settings are applied to all cells, after the sweep's own "set" and before what varies; one that
// no cell would have is refused. Errors: STATUS_NO_INPUT (the scenario is missing),
// STATUS_BAD_DATA. Requires: *cells is zeroed; it is released with sweep_cells_reset even then.
enum status sweep_cells_make(const struct sweep_file *file, const struct scenario_setting *settings,
                             size_t setting_count, struct sweep_cells *cells, struct error *error);
void sweep_cells_reset(struct sweep_cells *cells);
