// SPDX-License-Identifier: GPL-3.0-or-later
// The rerun: of a run that goes on from a checkpoint, the events up to there, run again without
// arithmetic. What the arithmetic gave then is read from the rows that were recorded of them.
#pragma once

#include "sim/runlog/runlog.h"

// recorded: NULL outside of a rerun. Rows that it does not have were never applied, or are made
// behind the checkpoint.

// Loss and distance of an applied gradient, by its dispatch order; *row stays if there are none.
void rerun_gradient(const struct runlog *recorded, int64_t index, struct gradient_row *row);

// The spread of a reduction, by its row; NaN if there is none.
double rerun_spread(const struct runlog *recorded, int64_t reduction);

// The row of the update that made the version (>= 1); NULL if there is none.
const struct update_row *rerun_update(const struct runlog *recorded, int64_t version);
