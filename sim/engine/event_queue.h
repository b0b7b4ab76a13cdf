// SPDX-License-Identifier: GPL-3.0-or-later
// The events to come, ordered by event_before: a 4-ary heap of 16-byte keys, and before it a place
// for one event that comes before all of the heap. What follows at the same instant passes through
// this place alone, which most events of a run do.
//
// A key is the time and as much of tie and sequence as fits: smaller ones come first, and equal
// ones are decided by the events themselves. Four brothers share a cache line. When the first event
// of the heap is taken, its place stays empty until it is known what comes next: mostly an event is
// pushed, which then sinks from there.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/check.h"
#include "sim/engine/event.h"

// From the highest bit on: the time (64 bits, the sign turned), the rank (32), the slot (32).
typedef unsigned __int128 event_key;

struct event_queue {
    event_key *heap;      // heap[i] is not before heap[(i - 1) / 4]
    size_t heap_end;      // behind the last key
    size_t first;         // where the first key is: 0, or 1 .. 4 while the top is empty
    bool keys_decide;     // no two keys have been equal but for their slots
    size_t capacity;      // of the heap, and of the slots
    struct event *events; // by slot
    uint32_t free_slot;   // the first of a list through "reference"
    uint32_t slots_used;  // ever: at that number the list ends
    struct event front;   // comes before the heap, if has_front
    bool has_front;
};

void event_queue_init(struct event_queue *queue, size_t capacity);
void event_queue_reset(struct event_queue *queue); // releases the memory

static inline size_t event_queue_count(const struct event_queue *queue) {
    return queue->heap_end - (queue->first != 0) + queue->has_front;
}

static inline bool event_queue_is_empty(const struct event_queue *queue) {
    return queue->heap_end == 0 && !queue->has_front;
}

// In no order but that the first is at 0. Requires: index < count.
const struct event *event_queue_at(const struct event_queue *queue, size_t index);

// The first event but for what is in front; NULL: there is none.
static inline const struct event *event_queue_behind(const struct event_queue *queue) {
    return queue->heap_end == 0 ? NULL : &queue->events[(uint32_t)queue->heap[queue->first]];
}

// Require: not empty.
static inline const struct event *event_queue_peek(const struct event_queue *queue) {
    const struct event *first = queue->has_front ? &queue->front : event_queue_behind(queue);
    REQUIRE(first != NULL);
    return first;
}

struct event event_queue_pop_heap(struct event_queue *queue); // of the heap; no front is there

static inline struct event event_queue_pop(struct event_queue *queue) {
    if (!queue->has_front) {
        return event_queue_pop_heap(queue);
    }
    queue->has_front = false;
    return queue->front;
}

void event_queue_push_behind(struct event_queue *queue, struct event event); // into the heap

// Of the first of the heap, as its key says, SIM_TIME_NEVER: there is none.
static inline int64_t event_queue_time_behind(const struct event_queue *queue) {
    return queue->heap_end == 0
               ? INT64_MAX
               : (int64_t)((uint64_t)(queue->heap[queue->first] >> 64) ^ UINT64_C(1) << 63);
}

// Grows when full. Most events of a run go to the front: made in registers, written once.
static inline void event_queue_push(struct event_queue *queue, struct event event) {
    bool first = !queue->has_front && event.time_ns < event_queue_time_behind(queue);
    if (!first && !event_queue_is_empty(queue) && !event_before(&event, event_queue_peek(queue))) {
        event_queue_push_behind(queue, event);
        return;
    }
    if (queue->has_front) {
        event_queue_push_behind(queue, queue->front);
    }
    queue->front = event;
    queue->has_front = true;
}
