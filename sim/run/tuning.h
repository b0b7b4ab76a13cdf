// SPDX-License-Identifier: GPL-3.0-or-later
// Chooses, for each cell of a sweep that tunes, the value of the tuned key that did best in the
// tuning's own runs.
#ifndef DESGD_RUN_TUNING_H
#define DESGD_RUN_TUNING_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/sweep_plan.h"

// How many runs of the tuning are in no state to be judged: not done, and not failed either.
size_t tuning_missing(const char *folder, const struct sweep_plan *plan);

// Adds the rounds of the best candidates to the plan: by the mean of the metric over the rounds of
// the tuning; of equals the first. A candidate with a run that diverged, failed or has no such
// metric comes behind all others. notice (may be NULL) hears, in a sentence each, of cells whose
// best value is the first or the last of those tried, and of cells of which no candidate is sound.
// Requires: a sweep that tunes, nothing missing.
void tuning_choose(const char *folder, struct sweep_plan *plan,
                   void (*notice)(void *context, const char *sentence), void *context);

#endif
