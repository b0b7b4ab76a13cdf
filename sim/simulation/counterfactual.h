// SPDX-License-Identifier: GPL-3.0-or-later
// What a counterfactual scenario (sim/scenario/scenario_counterfactual.h) changes in a run with a
// parameter server: asked by who computes gradients, applies them, and tests the buffer.
#pragma once

#include "sim/simulation/simulation_state.h"

// Gradients are computed at the newest parameters, when they are applied; not before.
bool counterfactual_is_fresh(const struct simulation *sim);

// Each gradient of a flush is an update of its own.
bool counterfactual_is_single(const struct simulation *sim);

// K as the recorded timeline has it at the receipt of this gradient, where the policy would ask
// for losses, which may be others here; 0: what the policy says is what it said then.
int64_t counterfactual_threshold(const struct simulation *sim, int64_t gradient);
