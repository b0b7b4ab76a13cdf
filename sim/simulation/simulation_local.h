// SPDX-License-Identifier: GPL-3.0-or-later
// A run without a parameter server: turns the effects of averaging.h into events, one handler per
// kind of event. Gradients are dispatched and computed as ever; a version is an average of all
// models. Nothing is pushed: those spans are 0.
#pragma once

#include "sim/simulation/simulation_state.h"

// Every worker that is not down starts on the initial model, in worker order.
void simulation_local_on_start(struct simulation *sim);

// A gradient is computed; its worker steps, or comes to the barrier.
void simulation_local_on_ready(struct simulation *sim, uint32_t reference);

// An all-reduce is over; reference: its group (local_models.h).
void simulation_local_on_reduced(struct simulation *sim, uint32_t reference);

// The centre's answer has reached the worker, which goes on.
void simulation_local_on_delivered(struct simulation *sim, uint32_t worker);

// A worker crashes: its model is lost. It is back: it waits for the next average of all, or asks
// the centre. simulation_crash.h does the rest.
void simulation_local_on_crashed(struct simulation *sim, int32_t worker);
void simulation_local_on_returned(struct simulation *sim, int32_t worker);

// The roll has been called (simulation_missing.h): who has been counted in goes on, and so do those
// who waited for somebody that has been counted out.
void simulation_local_on_roll_call(struct simulation *sim);

// The run has ended: gradients in no version have no loss, and the mean of the models becomes the
// final parameters.
void simulation_local_end(struct simulation *sim);
