// SPDX-License-Identifier: GPL-3.0-or-later
// An update: the gradients of a flush are waited for, summed in (worker, number) order and applied.
#pragma once

#include "sim/simulation/simulation_state.h"

struct update_summary {
    int64_t gradients;
    double staleness_mean;
    int64_t staleness_max;
    double learning_rate;    // before it is divided by the gradients of a mean; where each gradient
                             // is an update of its own, that of the first
    double update_norm;      // NaN in timing-only runs
    uint64_t parameter_hash; // 0 in timing-only runs
    double loss_estimate;    // of the training loss, this update included; NaN: none yet
    bool diverged;           // a loss of the flush or a new parameter is not finite
};

// Applies the server's flush: fills the rows of its gradients, publishes the next parameter
// version. s = 0; s = fma(weight, g, s) in (worker, number) order, with the weight of its staleness
// (1: s += g); w = fma(-eta, s, w) for a sum, fma(-eta/K, s, w) for a mean; in float.
// Of a counterfactual run (counterfactual.h) with single steps, this for each gradient in turn.
// What momentum, weight decay and corrections do to g and s: sim/training/optimizer_state.h.
void update_step(struct simulation *sim, struct update_summary *summary);

// Timing of a gradient that the version under way takes up: when and how stale. place: how many of
// that version's gradients go before it.
void update_step_mark_applied(const struct simulation *sim, struct in_flight *flight,
                              int64_t place);

// Drops a gradient's job and its hold on the version that it was read from.
void update_step_release(struct simulation *sim, struct in_flight *flight);

// What the schedule makes of the rate of the steps on a gradient's way (learning_rate.h).
double update_step_local_factor(const struct simulation *sim, const struct in_flight *flight);
