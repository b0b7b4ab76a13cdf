// SPDX-License-Identifier: GPL-3.0-or-later
// What one run of a scenario has of a quantity: from its log in memory. Warm-up is removed: means
// leave out the first fifth of the updates, exact times the first half. NaN: the run does not tell.
#pragma once

#include "sim/runlog/runlog.h"
#include "sim/scenario/scenario.h"

typedef double measure(const struct scenario *scenario, const struct runlog *log);

measure measure_update_s;           // time per update
measure measure_update_ns;          // the same, of constant times
measure measure_rate;               // gradients applied, 1/s
measure measure_response_s;         // of the server: from the queue to the end of the receipt
measure measure_push_attempts;      // of all gradients; so too below
measure measure_reply_attempts;     //
measure measure_push_s;             //
measure measure_retries;            // a reduction
measure measure_all_reduce_ns;      // span of a reduction; NaN unless all are alike
measure measure_down_share;         // of the workers' time up to the end
measure measure_staleness;          // in versions, mean of the gradients applied
measure measure_staleness_most;     //
measure measure_gradient_staleness; // in gradients, mean

// Sum of (applied - read) over the gradients applied, of (V - read) over what is open at the end,
// V the last version, minus P V, plus the replies that belong to the flushes: those of all
// gradients where workers wait, else one each. 0 by the staleness identity (design notes in
// sim/simulation/staleness_balance.h). Requires: events in the log, no gradient dropped or lost.
measure measure_staleness_excess;

// The most by which a start is ahead of the slowest worker's clock, in gradients. Requires: events,
// messages that do not overtake each other.
measure measure_lead;

measure measure_mean_square; // of the final parameters: w^2, mean over the coordinates
measure
    measure_read_square; // w^2 of the parameters that gradients were computed at, by their losses
measure measure_mean;    // likewise: w
measure measure_stable;  // 1: losses shrink; 0: they grow
measure measure_spread;  // of the models before a reduction: square distance from their mean
