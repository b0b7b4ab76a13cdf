// SPDX-License-Identifier: GPL-3.0-or-later
// What the incidents of a cluster (incident_calendar.h) do to a run: spans from now on become
// longer, and rows of /incidents come as they begin. Without a calendar a span is what it is. An
// answer of SIM_SPAN_MAX_NS or more: it does not end.
#pragma once

#include "sim/simulation/simulation_state.h"

// A worker computes.
int64_t simulation_computing_span(struct simulation *sim, int32_t worker, int64_t span_ns);

// The server receives, updates or replies.
int64_t simulation_serving_span(struct simulation *sim, int64_t span_ns);

// A message goes from the worker to the server: it waits where it is, sets out, travels, and waits
// where it comes in.
int64_t simulation_push_span(struct simulation *sim, int32_t worker, int64_t span_ns);

// And the way back.
int64_t simulation_return_span(struct simulation *sim, int32_t worker, int64_t span_ns);

// The parts of these ways, where something lies between: until the message sets out, and then so
// long; so long, and then until it comes in at the server, or at the worker.
int64_t simulation_departure_span(struct simulation *sim, int32_t worker, int64_t span_ns);
int64_t simulation_landing_span(struct simulation *sim, int32_t worker, int64_t span_ns);
int64_t simulation_taking_span(struct simulation *sim, int32_t worker, int64_t span_ns);

// Whether the worker is not disconnected.
bool simulation_is_connected(struct simulation *sim, int32_t worker);

// An all-reduce of these workers: it begins, and ends, when all of them are connected who take part
// and are not counted out by then.
int64_t simulation_reducing_span(struct simulation *sim, struct reduction_group group,
                                 int64_t span_ns);

// Tells the sinks of the incidents that begin by then. Requires: it is not SIM_TIME_NEVER.
void simulation_tell_incidents(struct simulation *sim, int64_t until_ns);
