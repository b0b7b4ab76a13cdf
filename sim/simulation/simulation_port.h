// SPDX-License-Identifier: GPL-3.0-or-later
// The ports on the way of a message: the uplink of its worker's group, and the server's own link.
// Each carries one message at a time each way, in the order in which they come to it. A push comes
// to the uplink when its last attempt sets out, and to the server's port when it has passed the
// uplink; a reply the other way round. Behind them lies the rest of its way. Without a port a
// message is on its way at once.
#pragma once

#include "sim/simulation/simulation_state.h"

// What the scenario of now says of the messages of a gradient of the worker with these spans.
void simulation_port_of(const struct simulation *sim, int32_t worker,
                        const struct gradient_spans *spans, struct port_spans *port);

// The push, or the reply, sets out: it goes to its first port, or is on its way. reference: of its
// events.
void simulation_port_push(struct simulation *sim, const struct port_spans *port, uint32_t reference,
                          uint64_t tie);
void simulation_port_reply(struct simulation *sim, const struct port_spans *port,
                           uint32_t reference, uint64_t tie);

// It has come to a port: what follows is scheduled. Returns how long it waits there.
int64_t simulation_port_passes_push(struct simulation *sim, const struct port_spans *port,
                                    uint32_t reference, uint64_t tie);
int64_t simulation_port_passes_reply(struct simulation *sim, const struct port_spans *port,
                                     uint32_t reference, uint64_t tie);
int64_t simulation_port_passes_push_uplink(struct simulation *sim, const struct port_spans *port,
                                           uint32_t reference, uint64_t tie);
int64_t simulation_port_passes_reply_uplink(struct simulation *sim, const struct port_spans *port,
                                            uint32_t reference, uint64_t tie);
