// SPDX-License-Identifier: GPL-3.0-or-later
// The events to come, ordered by event_before: a 4-ary heap, and before it a place for one event
// that comes before all of the heap. What follows at the same instant passes through this place
// alone, which most events of a run do.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/check.h"
#include "sim/engine/event.h"

struct event_queue {
    struct event *heap; // heap[i] is not before heap[(i - 1) / 4]
    size_t heap_count;
    size_t capacity;    // of the heap
    struct event front; // comes before heap[0], if has_front
    bool has_front;
};

void event_queue_init(struct event_queue *queue, size_t capacity);
void event_queue_reset(struct event_queue *queue); // releases the memory

static inline bool event_queue_is_empty(const struct event_queue *queue) {
    return queue->heap_count == 0 && !queue->has_front;
}

static inline size_t event_queue_count(const struct event_queue *queue) {
    return queue->heap_count + (queue->has_front ? 1 : 0);
}

// In no order but that the first is at 0. Requires: index < count.
const struct event *event_queue_at(const struct event_queue *queue, size_t index);

// Require: not empty.
static inline const struct event *event_queue_peek(const struct event_queue *queue) {
    REQUIRE(!event_queue_is_empty(queue));
    return queue->has_front ? &queue->front : &queue->heap[0];
}

struct event event_queue_pop_heap(struct event_queue *queue); // of the heap; no front is there

static inline struct event event_queue_pop(struct event_queue *queue) {
    if (!queue->has_front) {
        return event_queue_pop_heap(queue);
    }
    INVARIANT(queue->heap_count == 0 || event_before(&queue->front, queue->heap));
    queue->has_front = false;
    return queue->front;
}

void event_queue_push_behind(struct event_queue *queue, struct event event); // into the heap

// Grows when full. Most events of a run go to the front: made in registers, written once.
static inline void event_queue_push(struct event_queue *queue, struct event event) {
    if (!event_queue_is_empty(queue) && !event_before(&event, event_queue_peek(queue))) {
        event_queue_push_behind(queue, event);
        return;
    }
    if (queue->has_front) {
        event_queue_push_behind(queue, queue->front);
    }
    queue->front = event;
    queue->has_front = true;
}
