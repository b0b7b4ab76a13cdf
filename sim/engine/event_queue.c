// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/engine/event_queue.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"

enum { ARITY = 4 };

void event_queue_init(struct event_queue *queue, size_t capacity) {
    queue->count = 0;
    queue->capacity = capacity;
    queue->heap = memory_allocate(capacity, sizeof *queue->heap);
}

void event_queue_reset(struct event_queue *queue) {
    memory_free(queue->heap);
    *queue = (struct event_queue){0};
}

void event_queue_push(struct event_queue *queue, const struct event *event) {
    queue->heap = memory_grow(queue->heap, &queue->capacity, queue->count + 1, sizeof *queue->heap);
    struct event *heap = queue->heap;
    size_t hole = queue->count++;
    INVARIANT(queue->count <= queue->capacity);
    while (hole > 0) {
        size_t parent = (hole - 1) / ARITY;
        if (!event_before(event, &heap[parent])) {
            break;
        }
        heap[hole] = heap[parent];
        hole = parent;
    }
    heap[hole] = *event;
}

const struct event *event_queue_peek(const struct event_queue *queue) {
    REQUIRE(queue->count > 0);
    return &queue->heap[0];
}

// The first of the children first_child .. first_child + 3 that exist.
static size_t least_child(const struct event *heap, size_t first_child, size_t count) {
    REQUIRE(first_child < count);
    size_t end = first_child + ARITY < count ? first_child + ARITY : count;
    size_t least = first_child;
    for (size_t child = first_child + 1; child < end; child++) {
        if (event_before(&heap[child], &heap[least])) {
            least = child;
        }
    }
    return least;
}

struct event event_queue_pop(struct event_queue *queue) {
    REQUIRE(queue->count > 0);
    struct event *heap = queue->heap;
    struct event first = heap[0];
    struct event last = heap[--queue->count];
    size_t hole = 0;
    for (;;) {
        size_t child = ARITY * hole + 1;
        if (child >= queue->count) {
            break;
        }
        child = least_child(heap, child, queue->count);
        if (!event_before(&heap[child], &last)) {
            break;
        }
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = last;
    ENSURE(queue->count == 0 || event_before(&first, &heap[0]));
    return first;
}
