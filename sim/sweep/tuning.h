// SPDX-License-Identifier: GPL-3.0-or-later
// Chooses, for each cell of a sweep that tunes, the value of the tuned key that did best in the
// tuning's own runs.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/sweep/sweep_plan.h"

// How many runs of the tuning are in no state to be judged: not done, and not failed either.
// Errors: of run_record_find.
enum status tuning_missing(const char *folder, const struct sweep_plan *plan, size_t *missing,
                           struct error *error);

// Adds the rounds of the best candidates to the plan: by the mean of the metric over the rounds of
// the tuning; of equals the first. A candidate with a run that diverged or has no such metric comes
// behind all others; where that is so of all of them the first is taken, as ROLE_UNTUNED. A cell
// with a run of the tuning that failed gets no rounds: its candidates have not had the same number
// of runs: *without is how many cells these are. notice (may be NULL) hears of them in a sentence
// each, and likewise of cells of which no candidate is sound, or whose best value is at the edge.
// Errors: of run_record_find; then nothing is chosen. Requires: a sweep that tunes, nothing
// missing.
enum status tuning_choose(const char *folder, struct sweep_plan *plan,
                          void (*notice)(void *context, const char *sentence), void *context,
                          size_t *without, struct error *error);

// Whether a value is the least or the greatest of those that were tried (count; canonical), so that
// a better one may lie further out. Only quantities of one kind are compared, whole and decimal
// numbers being one: a word is at no edge, and neither is a quantity among words alone.
bool tuning_is_at_edge(const char *value, const char *const *tried, size_t count);
