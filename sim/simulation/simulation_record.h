// SPDX-License-Identifier: GPL-3.0-or-later
// Events and rows: what is scheduled, what is told to the sinks, and what is done with then.
#pragma once

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
    HAPPENS_REDUCED, // of a run without a server
    HAPPENS_PUSH_AT_PORT,
    HAPPENS_REPLY_AT_PORT,
    HAPPENS_PUSH_AT_UPLINK,
    HAPPENS_REPLY_AT_UPLINK,
    HAPPENS_CRASHED, // of a worker, so too below
    HAPPENS_RETURNED,
    HAPPENS_ASKED_AGAIN, // it idles before a crash (simulation_notice.h)
    HAPPENS_ROLL_CALL    // the last at its instant (simulation_missing.h)
};

// Schedules the end of a span, which is in no time known if it is SIM_SPAN_MAX_NS or longer.
// Returns what engine_schedule does.
uint64_t simulation_schedule(struct simulation *sim, int64_t span_ns, enum happening kind,
                             uint32_t reference, uint64_t gradient_tie);

// After a step that has made a version: it may be evaluated.
void simulation_count_update(struct simulation *sim);

// gradient: NULL for what is about none.
void simulation_log_event(struct simulation *sim, enum event_kind kind,
                          const struct gradient_row *gradient, int64_t version);

// What is about a worker and no gradient of it.
void simulation_log_worker(struct simulation *sim, enum event_kind kind, int32_t worker);

// The row is final: it goes to the log.
void simulation_log_gradient(struct simulation *sim, struct in_flight *flight);

// The same for a gradient that no update will take: its job and its hold on parameters go, too.
void simulation_close_gradient(struct simulation *sim, struct in_flight *flight,
                               enum gradient_outcome outcome);

// The slot is free once the gradient's row is final and its worker has gone on.
void simulation_let_go_if_over(struct simulation *sim, uint32_t reference);
