// SPDX-License-Identifier: GPL-3.0-or-later
// What a worker of a server does: takes a version, computes, pushes, and may be cancelled.
#pragma once

#include "sim/simulation/simulation_state.h"

// A slot for the next gradient of worker "index", its row filled as far as the dispatch says. read:
// is copied; its reference passes to the gradient.
struct in_flight *simulation_take_flight(struct simulation *sim, int32_t index,
                                         const struct carried_version *read, uint32_t *reference);

// The worker starts its next gradient on the version of now, without a reply.
void simulation_start_worker(struct simulation *sim, int32_t worker);

void simulation_on_ready(struct simulation *sim, uint32_t reference);
void simulation_on_delivered(struct simulation *sim, uint32_t reference);
void simulation_on_asked_again(struct simulation *sim, int32_t worker); // simulation_notice.h

// The worker stops computing this gradient, free and at once. Requires: it is not ready.
void simulation_cancel(struct simulation *sim, uint32_t reference);

// What comes next on the way of the gradient to the server will not happen. Requires: something
// does.
void simulation_call_off(struct simulation *sim, struct in_flight *flight);

// Whether what this event of the queue was due for has been called off: it will not happen.
bool simulation_is_cancelled(const struct simulation *sim, const struct event *event);

// Takes what was due of such gradients off the engine, so that its next event is one.
void simulation_discard_cancelled(struct simulation *sim);

// The version of now, as a message carries it.
struct carried_version simulation_carry_current(struct simulation *sim);

// Hands the gradient to the executor, unless that is done or nothing is computed.
void simulation_submit(struct simulation *sim, struct in_flight *flight);
