// SPDX-License-Identifier: GPL-3.0-or-later
// What the server does: turns each effect of its state machine into the event of its end.
#pragma once

#include "sim/simulation/simulation_state.h"

// One handler per kind of event.
void simulation_on_push_at_port(struct simulation *sim, uint32_t reference);
void simulation_on_reply_at_port(struct simulation *sim, uint32_t reference);
void simulation_on_push_at_uplink(struct simulation *sim, uint32_t reference);
void simulation_on_reply_at_uplink(struct simulation *sim, uint32_t reference);
void simulation_on_arrived(struct simulation *sim, uint32_t reference);
void simulation_on_received(struct simulation *sim, uint32_t reference);
void simulation_on_updated(struct simulation *sim);
void simulation_on_replied(struct simulation *sim, uint32_t reference);

// Somebody has been counted out: an idle server looks at its buffer again.
void simulation_look_again(struct simulation *sim);
