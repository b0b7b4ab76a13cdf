// SPDX-License-Identifier: GPL-3.0-or-later
// The clock of the simulated cluster: schedules events and hands them back in order. Knows nothing
// of what they mean.
#pragma once

#include "sim/base/sim_time.h"
#include "sim/engine/event_queue.h"

struct engine {
    struct event_queue queue;
    int64_t now_ns;
    uint64_t next_sequence;
    uint64_t events_happened;
};

void engine_init(struct engine *engine, size_t expected_events);
void engine_reset(struct engine *engine);

// Schedules an event span_ns from now. Requires: span_ns >= 0. One that would lie past the end of
// the clock stays at SIM_TIME_NEVER: it is not to be stepped to. Returns its sequence number, by
// which the owner may know it again; never ENGINE_NO_EVENT.
#define ENGINE_NO_EVENT UINT64_MAX
static inline uint64_t engine_schedule(struct engine *engine, int64_t span_ns, uint64_t tie,
                                       uint32_t kind, uint32_t reference) {
    REQUIRE(span_ns >= 0 && engine->next_sequence != ENGINE_NO_EVENT);
    struct event event = {.time_ns = sim_time_add(engine->now_ns, span_ns),
                          .tie = tie,
                          .sequence = engine->next_sequence++,
                          .kind = kind,
                          .reference = reference};
    event_queue_push(&engine->queue, event);
    return event.sequence;
}

// The time of the next event, SIM_TIME_NEVER if there is none that can happen.
static inline int64_t engine_next_time(const struct engine *engine) {
    return engine->queue.has_front ? engine->queue.front.time_ns
                                   : event_queue_time_behind(&engine->queue);
}

// Takes the next event away: it does not happen, and the clock stays. Requires: there is one.
void engine_discard(struct engine *engine);

// Moves the clock to the next event and takes it. Requires: there is one that can happen.
static inline struct event engine_step(struct engine *engine) {
    struct event event = event_queue_pop(&engine->queue);
    INVARIANT(event.time_ns >= engine->now_ns && event.time_ns < SIM_TIME_NEVER);
    engine->now_ns = event.time_ns;
    engine->events_happened++;
    return event;
}
