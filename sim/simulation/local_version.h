// SPDX-License-Identifier: GPL-3.0-or-later
// The versions of a run without a server, and the gradients in them: a worker starts its next
// gradient on its own model; a version is made of what the workers have given.
#pragma once

#include "sim/simulation/simulation_state.h"

// The worker starts its next gradient on its own model.
void local_version_dispatch(struct simulation *sim, int32_t index);

// A version out of what the workers have given: logs it, its gradients and its row. averaged: how
// many models are in it. Returns the mean loss of its gradients.
double local_version_make(struct simulation *sim, int64_t span_ns, int64_t averaged,
                          bool ends_window);

// What is lost with the model of the worker "index": its window, and its gradients that are in no
// reduction that has begun. Requires: its model is not under way to a centre.
void local_version_lose(struct simulation *sim, int32_t index);

// The same of the latest gradient alone, whose row stays open: its model is at the centre with the
// others.
void local_version_lose_held(struct simulation *sim, int32_t index);
