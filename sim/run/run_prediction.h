// SPDX-License-Identifier: GPL-3.0-or-later
// What a run will have to compute, from its events alone: the scenario is simulated without
// arithmetic, the whole of it or a beginning, from which the rest is extrapolated in proportion to
// the end of the run. Policies that read the loss see none, as before their first gradients, and
// no run diverges: of these it is a guess.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/scenario/scenario.h"

struct run_prediction {
    double gradients; // applied; what is cancelled, dropped or pending at the end is not computed
    double updates;
    double evaluations; // of parameters that an earlier one has not seen
    double seconds;     // of the host, for the events without a log
    bool extrapolated;  // the simulation was stopped after gradients_max
};

// The model's parameters and the samples of the training set, as the real run has them (0: there
// are none) set the length of messages and of epochs. Requires: gradients_max >= 1. A run that
// fails is predicted as far as it came.
struct run_prediction run_predict(const struct scenario *scenario, int64_t parameter_count,
                                  int64_t train_count, int64_t gradients_max);

// Whether a run applies a gradient before it ends (report/untrained.h has what that means), from
// the events alone, up to the first update: false if it surely does not. The length of messages is
// that of the model, but for a user's own data, whose shape is in their file: there it counts as 0.
bool run_predicts_training(const struct scenario *scenario);

// Of a run that ends with a count, in which workers crash: whether no gradient is applied as far as
// this was looked at, which is up to *until_ns (set then): the whole run if it stalls or fails
// before, else a million events.
bool run_predicts_losses_alone(const struct scenario *scenario, int64_t *until_ns);

// Of a run that ends with a count, whose workers wait for no reply and whose server drops what is
// late: whether its queue grows beyond all use, so that the run may never end. It is looked at
// for 300,000 events: true if 10,000 gradients (*waiting) wait there then, at *until_ns. Else
// *until_ns and *waiting are untouched.
bool run_predicts_flood(const struct scenario *scenario, int64_t *until_ns, int64_t *waiting);
