// SPDX-License-Identifier: GPL-3.0-or-later
// Who is missed: a worker that is silent (incident_calendar.h) for longer than policy.missing says
// is counted out, at the server (parameter_server.h) or among those who average their models
// (averaging.h), as a missing heartbeat would tell. Which span holds is that of the phase in which
// the silence begins.
//
// Calls of the roll are events of the engine, the last at their instant: what comes in at that
// moment has come in time, and all whose time is up are counted out together, before the server
// looks at its buffer. The server hears of a worker by a gradient. Without a server a worker is
// heard of when its silence is over, before all else of that instant; a call of the roll, at its
// end, lets it go on. Where no phase says after how long, there are none.
#pragma once

#include "sim/simulation/simulation_state.h"

void simulation_missing_create(struct simulation *sim);
void simulation_missing_destroy(struct simulation *sim);

// The run has started: from now on the roll is called.
void simulation_missing_start(struct simulation *sim);

// So long from now the roll is called.
void simulation_call_roll(struct simulation *sim, int64_t span_ns);

// Whether the worker is counted out, and silent still: a gradient of it that comes in had set out
// before that silence, so that it is not heard of.
bool simulation_is_missed(const struct simulation *sim, int32_t worker);

// Counts out whose time is up. The server has to look at its buffer then (simulation_server.h), or
// workers may go on (simulation_local.h).
void simulation_on_roll_call(struct simulation *sim);

// Without a server: counts in whose silence is over by then.
void simulation_hear(struct simulation *sim, int64_t time_ns);

// When, from that time on, the worker is connected or counted out.
int64_t simulation_heeded_until(struct simulation *sim, int32_t worker, int64_t time_ns);

// When the roll will be called next for somebody who is silent now, of a run without a server;
// SIM_TIME_NEVER: it will not.
int64_t simulation_next_count(const struct simulation *sim);
