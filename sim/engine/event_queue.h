// SPDX-License-Identifier: GPL-3.0-or-later
// The events to come: a 4-ary heap ordered by event_before.
#ifndef DESGD_ENGINE_EVENT_QUEUE_H
#define DESGD_ENGINE_EVENT_QUEUE_H

#include <stddef.h>

#include "sim/engine/event.h"

struct event_queue {
    struct event *heap; // heap[i] is not before heap[(i - 1) / 4]
    size_t count;
    size_t capacity;
};

void event_queue_init(struct event_queue *queue, size_t capacity);
void event_queue_reset(struct event_queue *queue); // releases the memory

void event_queue_push(struct event_queue *queue, const struct event *event); // grows when full

// Requires: count > 0.
const struct event *event_queue_peek(const struct event_queue *queue);
struct event event_queue_pop(struct event_queue *queue);

#endif
