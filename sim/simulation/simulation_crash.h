// SPDX-License-Identifier: GPL-3.0-or-later
// Crashes: a worker fails, and is back. What it computes and what of it is under way to the server
// is lost; what has arrived stays; replies to it vanish when they come in. Without a server its
// model is lost (averaging.h); with a centre it is not back before the answer to a model that has
// arrived there has vanished. A crash that begins while its worker is down makes it stay down, and
// a worker comes back when it is neither paused nor disconnected.
#pragma once

#include "sim/simulation/simulation_state.h"

// The start-up is over: whoever is not down starts, in worker order.
void simulation_on_start(struct simulation *sim);

// Schedules the worker's first crash. False: it is down at the start-up, and is not to be started.
bool simulation_is_there_at_start(struct simulation *sim, int32_t worker);

// One handler per kind of event.
void simulation_on_crashed(struct simulation *sim, int32_t worker);
void simulation_on_returned(struct simulation *sim, int32_t worker);

// The centre's answer has come in: a worker whose return waits for that is back now, or
// when the crash ends that has begun meanwhile.
void simulation_on_answer_over(struct simulation *sim, int32_t worker);
