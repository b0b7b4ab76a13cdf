// SPDX-License-Identifier: GPL-3.0-or-later
// What incidents do to the links of workers (link_change.h): to a message, and to an all-reduce,
// that sets out while they last.
#pragma once

#include "sim/simulation/simulation_state.h"

// The push, or the reply, of this gradient of the worker sets out now, or as soon as the worker is
// connected: its spans become what they are then.
void simulation_link_push(struct simulation *sim, int32_t worker, int64_t number,
                          struct port_spans *port);
// The same of a push that would be ready at some time.
void simulation_link_push_at(struct simulation *sim, int32_t worker, int64_t number,
                             int64_t ready_ns, struct port_spans *port);
void simulation_link_reply(struct simulation *sim, int32_t worker, int64_t number,
                           struct port_spans *port);

// Of an all-reduce of these workers that begins now: what becomes of each one's link; NULL:
// nothing.
// To be released with memory_free.
struct link_factors *simulation_links(struct simulation *sim, int32_t first, int32_t members);
