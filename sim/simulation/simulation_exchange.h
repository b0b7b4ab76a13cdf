// SPDX-License-Identifier: GPL-3.0-or-later
// A centre at the server with which workers exchange their models (easgd): a push, the FIFO queue,
// one uninterrupted service of receive, update, reply, and the way back. The gradient at which the
// model was sent has the spans. From its update on that gradient may be in a version and its slot
// another's: what comes later is known by the worker.
#pragma once

#include "sim/simulation/simulation_state.h"

// The worker of this gradient sends its model to the centre.
void simulation_exchange_begins(struct simulation *sim, uint32_t reference);

// One handler per kind of event, of the worker whose model it is.
void simulation_exchange_on_push_at_port(struct simulation *sim, uint32_t worker);
void simulation_exchange_on_reply_at_port(struct simulation *sim, uint32_t worker);
void simulation_exchange_on_push_at_uplink(struct simulation *sim, uint32_t worker);
void simulation_exchange_on_reply_at_uplink(struct simulation *sim, uint32_t worker);
void simulation_exchange_on_arrived(struct simulation *sim, uint32_t worker);
void simulation_exchange_on_received(struct simulation *sim, uint32_t worker);
void simulation_exchange_on_updated(struct simulation *sim, uint32_t worker);
void simulation_exchange_on_replied(struct simulation *sim, uint32_t worker);

// The worker's model is pulled. Returns whether it has yet to step by the gradient in its hand;
// otherwise it starts the next one.
bool simulation_exchange_on_delivered(struct simulation *sim, uint32_t worker);

// A worker crashes: a model on its way to the centre is lost, one that has arrived stays.
void simulation_exchange_on_crashed(struct simulation *sim, int32_t worker);

// The answer comes in at a worker that has crashed since.
void simulation_exchange_vanishes(struct simulation *sim, uint32_t worker);
