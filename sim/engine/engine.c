// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/engine/engine.h"

void engine_init(struct engine *engine, size_t expected_events) {
    *engine = (struct engine){0};
    event_queue_init(&engine->queue, expected_events);
}

void engine_reset(struct engine *engine) {
    event_queue_reset(&engine->queue);
}

void engine_discard(struct engine *engine) {
    event_queue_pop(&engine->queue);
}
