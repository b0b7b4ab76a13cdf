// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/engine/event_queue.h"

#include "sim/base/memory.h"

enum { ARITY = 4 };

void event_queue_init(struct event_queue *queue, size_t capacity) {
    *queue = (struct event_queue){.capacity = capacity};
    queue->heap = memory_allocate(capacity, sizeof *queue->heap);
}

void event_queue_reset(struct event_queue *queue) {
    memory_free(queue->heap);
    *queue = (struct event_queue){0};
}

void event_queue_push_behind(struct event_queue *queue, struct event event) {
    size_t hole = queue->heap_count++;
    queue->heap =
        memory_grow(queue->heap, &queue->capacity, queue->heap_count, sizeof *queue->heap);
    struct event *heap = queue->heap;
    INVARIANT(queue->heap_count <= queue->capacity);
    while (hole > 0 && event_before(&event, &heap[(hole - 1) / ARITY])) {
        heap[hole] = heap[(hole - 1) / ARITY];
        hole = (hole - 1) / ARITY;
    }
    heap[hole] = event;
}

const struct event *event_queue_at(const struct event_queue *queue, size_t index) {
    REQUIRE(index < event_queue_count(queue));
    return index == 0 ? event_queue_peek(queue) : &queue->heap[index - (queue->has_front ? 1 : 0)];
}

static size_t earlier(const struct event *heap, size_t a, size_t b) {
    return event_before(&heap[b], &heap[a]) ? b : a;
}

// The first of the children first_child .. first_child + 3 that exist.
static size_t least_child(const struct event *heap, size_t first_child, size_t count) {
    REQUIRE(first_child < count);
    if (first_child + ARITY <= count) { // two pairs, which the processor compares side by side
        return earlier(heap, earlier(heap, first_child, first_child + 1),
                       earlier(heap, first_child + 2, first_child + 3));
    }
    size_t least = first_child;
    for (size_t child = first_child + 1; child < count; child++) {
        least = earlier(heap, least, child);
    }
    return least;
}

struct event event_queue_pop_heap(struct event_queue *queue) {
    REQUIRE(queue->heap_count > 0 && !queue->has_front);
    struct event *heap = queue->heap;
    struct event first = heap[0];
    size_t count = --queue->heap_count;
    const struct event last = heap[count];
    size_t hole = 0;
    for (size_t child = 1; child < count; child = ARITY * hole + 1) {
        child = least_child(heap, child, count);
        if (!event_before(&heap[child], &last)) {
            break;
        }
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = last;
    ENSURE(count == 0 || event_before(&first, &heap[0]));
    return first;
}
