// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/engine/engine.h"

#include "sim/base/check.h"

void engine_init(struct engine *engine, size_t expected_events) {
    *engine = (struct engine){0};
    event_queue_init(&engine->queue, expected_events);
}

void engine_reset(struct engine *engine) {
    event_queue_reset(&engine->queue);
}

uint64_t engine_schedule(struct engine *engine, int64_t span_ns, uint64_t tie, uint32_t kind,
                         uint32_t reference) {
    REQUIRE(span_ns >= 0 && engine->next_sequence != ENGINE_NO_EVENT);
    struct event event = {.time_ns = sim_time_add(engine->now_ns, span_ns),
                          .tie = tie,
                          .sequence = engine->next_sequence++,
                          .kind = kind,
                          .reference = reference};
    event_queue_push(&engine->queue, event);
    return event.sequence;
}

void engine_discard(struct engine *engine) {
    event_queue_pop(&engine->queue);
}
