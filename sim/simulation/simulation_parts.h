// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of the simulation call of each other: simulation.c (the loop), _worker (what a
// worker does), _server (what the server does), _record (events and rows), _ending, _stall (nothing
// happens any more); _local (workers with models of their own), _exchange (these with a centre).
#ifndef DESGD_SIMULATION_SIMULATION_PARTS_H
#define DESGD_SIMULATION_SIMULATION_PARTS_H

#include "sim/simulation/simulation_state.h"

// The kinds of scheduled events. Zero-length spans go through the queue, too: the order stays the
// one of event.h.
enum happening {
    HAPPENS_START,
    HAPPENS_READY,
    HAPPENS_ARRIVED,
    HAPPENS_RECEIVED,
    HAPPENS_UPDATED,
    HAPPENS_REPLIED,
    HAPPENS_DELIVERED,
    HAPPENS_REDUCED // of a run without a server
};

// ---- simulation_worker.c ----

// A slot for the next gradient of worker "index", its row filled as far as the dispatch says. read:
// is copied; its reference passes to the gradient.
struct in_flight *simulation_take_flight(struct simulation *sim, int32_t index,
                                         const struct carried_version *read, uint32_t *reference);

void simulation_on_start(struct simulation *sim);
void simulation_on_ready(struct simulation *sim, uint32_t reference);
void simulation_on_delivered(struct simulation *sim, uint32_t reference);

// The worker stops computing this gradient, free and at once. Requires: it is not ready.
void simulation_cancel(struct simulation *sim, uint32_t reference);

// Whether what this event of the queue was due for has been cancelled: it will not happen.
bool simulation_is_cancelled(const struct simulation *sim, const struct event *event);

// Takes what was due of cancelled gradients off the engine, so that its next event is one.
void simulation_discard_cancelled(struct simulation *sim);

// The version of now, as a message carries it.
struct carried_version simulation_carry_current(struct simulation *sim);

// Hands the gradient to the executor, unless that is done or nothing is computed.
void simulation_submit(struct simulation *sim, struct in_flight *flight);

// ---- simulation_server.c ----

void simulation_on_arrived(struct simulation *sim, uint32_t reference);
void simulation_on_received(struct simulation *sim, uint32_t reference);
void simulation_on_updated(struct simulation *sim);
void simulation_on_replied(struct simulation *sim, uint32_t reference);

// ---- simulation_local.c: of runs without a server ----

// Every worker starts on the initial model, in worker order.
void simulation_local_on_start(struct simulation *sim);

// A gradient is computed; its worker steps, or comes to the barrier.
void simulation_local_on_ready(struct simulation *sim, uint32_t reference);

// An all-reduce is over; reference: its group (local_models.h).
void simulation_local_on_reduced(struct simulation *sim, uint32_t reference);

// The worker steps by this gradient, or comes to the barrier with it, and what follows from that.
void simulation_local_step(struct simulation *sim, uint32_t reference);

// The worker starts its next gradient on its own model.
void simulation_local_dispatch(struct simulation *sim, int32_t index);

// A version out of what the workers have given: logs it, its gradients and its row. averaged: how
// many models are in it. Returns the mean loss of its gradients.
double simulation_local_make_version(struct simulation *sim, int64_t span_ns, int64_t averaged,
                                     bool ends_window);

// The run has ended: gradients in no version have no loss, and the mean of the models becomes the
// final parameters.
void simulation_local_end(struct simulation *sim);

// ---- simulation_exchange.c: of runs with a centre (easgd) ----

// The worker of this gradient sends its model to the centre.
void simulation_exchange_begins(struct simulation *sim, uint32_t reference);

// One handler per kind of event, of the worker whose model it is.
void simulation_exchange_on_arrived(struct simulation *sim, uint32_t worker);
void simulation_exchange_on_received(struct simulation *sim, uint32_t worker);
void simulation_exchange_on_updated(struct simulation *sim, uint32_t worker);
void simulation_exchange_on_replied(struct simulation *sim, uint32_t worker);
void simulation_exchange_on_delivered(struct simulation *sim, uint32_t worker);

// ---- simulation_record.c ----

// Schedules the end of a span, which is in no time known if it is SIM_SPAN_MAX_NS or longer.
// Returns what engine_schedule does.
uint64_t simulation_schedule(struct simulation *sim, int64_t span_ns, enum happening kind,
                             uint32_t reference, uint64_t gradient_tie);

// gradient: NULL for what is about none.
void simulation_log_event(struct simulation *sim, enum event_kind kind,
                          const struct gradient_row *gradient, int64_t version);

// The row is final: it goes to the log.
void simulation_log_gradient(struct simulation *sim, struct in_flight *flight);

// The same for a gradient that no update will take: its job and its hold on parameters go, too.
void simulation_close_gradient(struct simulation *sim, struct in_flight *flight,
                               enum gradient_outcome outcome);

// The slot is free once the gradient's row is final and its worker has gone on.
void simulation_let_go_if_over(struct simulation *sim, uint32_t reference);

// ---- simulation_ending.c ----

// Rows of what is still open, the totals of the workers, the last words to the sinks; then nothing
// is held any more.
void simulation_end(struct simulation *sim, struct simulation_result *result);

#endif
