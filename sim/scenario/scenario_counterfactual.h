// SPDX-License-Identifier: GPL-3.0-or-later
// Counterfactual scenarios: the order and the times of a run that is recorded, and other
// arithmetic: at which versions its gradients are computed, and how many an update applies.
// Let j count the gradients of a run in the order in which they are applied, within an update in
// the order (worker, number); r(j) of them had been applied when the parameters were sent at which
// the j-th was computed, f(j) before its update began.
//   reads: recorded   the j-th gradient is computed at the parameters after r(j) gradients
//          fresh      after f(j)
//   steps: recorded   one update for all gradients of an update of the record
//          single     one for each; with fresh reads the j-th is computed after j - 1
// All rows say when and in which order, and are those of the record: versions, staleness, K. What
// the arithmetic makes (losses, distances, rates, norms, parameters) is the run's own.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_places.h"

// Whether the scenario has a key of "counterfactual".
bool scenario_is_counterfactual(const struct scenario *scenario);

// Whether the scenario's run has updates to which these rules can be put. Errors: STATUS_BAD_DATA
// (no gradients; local models; several local steps to a gradient; K may follow a loss when nobody
// records it), at the key that says so. Others than counterfactual scenarios are not looked at.
enum status counterfactual_check(const struct scenario *scenario,
                                 const struct scenario_places *places, struct error *error);

// Makes the scenario one of the recorded timeline. recorded: the scenario that made it; name: of
// its log. Title, the seeds of weights and minibatches, evaluation, log, policy.combine, and of
// training all but the batch may be others: they change no time. Errors:
// STATUS_BAD_DATA (another key differs, which is named; or counterfactual.timeline names another
// timeline).
enum status counterfactual_adopt(const char *name, const struct scenario *recorded,
                                 uint64_t timeline, struct scenario *scenario, struct error *error);
