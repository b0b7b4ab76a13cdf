// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/engine/event_queue.h"

#include <string.h>

#include "sim/base/memory.h"

enum {
    ARITY = 4,
    OFFSET = ARITY - 1, // of heap[0] in its memory, so that brothers begin with a cache line
    RANK_BITS = 32,
    SLOT_BITS = 32,
};

#define RANK_OF_TIES (UINT32_C(1) << (RANK_BITS - 1)) // the least of those that have a tie key

// ---- keys ----

// Of two events the earlier one has no greater rank at the same time: of those without a tie key
// the sequence, as far as it fits; of the others, which come later, the upper bits of their key.
static uint32_t rank_of(const struct event *event) {
    if (event->tie != 0) {
        return RANK_OF_TIES | (uint32_t)(event->tie >> (RANK_BITS + 1));
    }
    return event->sequence < RANK_OF_TIES ? (uint32_t)event->sequence : RANK_OF_TIES - 1;
}

static event_key key_of(const struct event *event, uint32_t slot) {
    uint64_t time = (uint64_t)event->time_ns ^ UINT64_C(1) << 63;
    return (event_key)time << (RANK_BITS + SLOT_BITS) | (uint64_t)rank_of(event) << SLOT_BITS |
           slot;
}

// plain: keys decide.
static inline bool key_before(const struct event_queue *queue, event_key a, event_key b,
                              bool plain) {
    if (!plain && a >> SLOT_BITS == b >> SLOT_BITS) {
        return event_before(&queue->events[(uint32_t)a], &queue->events[(uint32_t)b]);
    }
    return a < b;
}

// ---- memory ----

// Of a heap with this capacity.
static void *memory_of(const struct event_queue *queue) {
    return queue->heap == NULL ? NULL : queue->heap - OFFSET;
}

static void make_room(struct event_queue *queue, size_t capacity) {
    REQUIRE(capacity >= queue->heap_end && capacity < UINT32_MAX);
    event_key *memory = memory_allocate_aligned(OFFSET + capacity, sizeof *memory);
    if (queue->heap_end > 0) {
        memcpy(memory + OFFSET, queue->heap, queue->heap_end * sizeof *memory);
    }
    memory_free(memory_of(queue));
    queue->heap = memory + OFFSET;
    queue->events = memory_resize(queue->events, capacity, sizeof *queue->events);
    queue->capacity = capacity;
}

void event_queue_init(struct event_queue *queue, size_t capacity) {
    size_t room = capacity < 16 ? 16 : capacity;
    *queue = (struct event_queue){.keys_decide = true};
    queue->events = memory_allocate_scattered(room, sizeof *queue->events);
    make_room(queue, room);
}

void event_queue_reset(struct event_queue *queue) {
    memory_free(memory_of(queue));
    memory_free(queue->events);
    *queue = (struct event_queue){0};
}

static uint32_t take_slot(struct event_queue *queue, const struct event *event) {
    uint32_t slot = queue->free_slot;
    INVARIANT(slot <= queue->slots_used && slot < queue->capacity);
    if (slot == queue->slots_used) {
        queue->free_slot = ++queue->slots_used;
    } else {
        queue->free_slot = queue->events[slot].reference;
    }
    queue->events[slot] = *event;
    return slot;
}

// ---- the heap ----

static inline size_t earlier(const struct event_queue *queue, size_t a, size_t b, bool plain) {
    return a + (b - a) * key_before(queue, queue->heap[b], queue->heap[a], plain);
}

// The first of the children first_child .. first_child + 3 that exist. No branch depends on who
// that is.
static inline size_t least_child(const struct event_queue *queue, size_t first_child, bool plain) {
    if (first_child + ARITY <= queue->heap_end) { // two pairs, side by side
        return earlier(queue, earlier(queue, first_child, first_child + 1, plain),
                       earlier(queue, first_child + 2, first_child + 3, plain), plain);
    }
    size_t least = first_child;
    for (size_t child = first_child + 1; child < queue->heap_end; child++) {
        least = earlier(queue, least, child, plain);
    }
    return least;
}

// The key takes the empty place at the top, or one below it. What may be wanted next comes
// from memory meanwhile.
static inline void sink(struct event_queue *queue, event_key key, bool plain) {
    event_key *heap = queue->heap;
    size_t hole = 0;
    size_t child = queue->first;
    while (child < queue->heap_end && key_before(queue, heap[child], key, plain)) {
        heap[hole] = heap[child];
        if (hole != 0 && hole <= ARITY) { // in the second row: soon its turn
            __builtin_prefetch(&queue->events[(uint32_t)heap[hole]]);
        }
        hole = child;
        child = ARITY * hole + 1;
        for (size_t i = 0; i < ARITY; i++) { // of which one will be wanted
            __builtin_prefetch(&heap[ARITY * (child + i) + 1]);
        }
        if (child < queue->heap_end) {
            child = least_child(queue, child, plain);
        }
    }
    heap[hole] = key;
    queue->first = 0;
}

static void fill_top(struct event_queue *queue, event_key key) {
    REQUIRE(queue->first != 0);
    if (queue->keys_decide) {
        sink(queue, key, true);
    } else {
        sink(queue, key, false);
    }
}

// The first key has been taken.
static void empty_top(struct event_queue *queue) {
    REQUIRE(queue->first == 0 && queue->heap_end > 0);
    if (queue->heap_end == 1) {
        queue->heap_end = 0;
        return;
    }
    queue->first = queue->keys_decide ? least_child(queue, 1, true) : least_child(queue, 1, false);
}

static void rise(struct event_queue *queue, size_t hole, event_key key) {
    event_key *heap = queue->heap;
    INVARIANT(queue->heap_end <= queue->capacity && queue->first == 0);
    while (hole > 0 && key_before(queue, key, heap[(hole - 1) / ARITY], false)) {
        heap[hole] = heap[(hole - 1) / ARITY];
        hole = (hole - 1) / ARITY;
    }
    heap[hole] = key;
}

void event_queue_push_behind(struct event_queue *queue, struct event event) {
    if (queue->heap_end == queue->capacity) {
        make_room(queue, 2 * queue->capacity);
    }
    event_key key = key_of(&event, take_slot(queue, &event));
    queue->keys_decide = queue->keys_decide && event.tie == 0 && event.sequence < RANK_OF_TIES - 1;
    if (queue->first != 0) {
        fill_top(queue, key);
    } else {
        rise(queue, queue->heap_end++, key);
    }
}

struct event event_queue_pop_heap(struct event_queue *queue) {
    REQUIRE(queue->heap_end > 0 && !queue->has_front);
    if (queue->first != 0) {
        fill_top(queue, queue->heap[--queue->heap_end]);
    }
    uint32_t slot = (uint32_t)queue->heap[0];
    struct event event = queue->events[slot];
    queue->events[slot].reference = queue->free_slot;
    queue->free_slot = slot;
    empty_top(queue);
    return event;
}

const struct event *event_queue_at(const struct event_queue *queue, size_t index) {
    REQUIRE(index < event_queue_count(queue));
    if (index == 0) {
        return event_queue_peek(queue);
    }
    size_t hole = queue->first != 0;
    size_t place = index - queue->has_front + hole;
    if (!queue->has_front && place == queue->first) {
        place = hole; // the first was at 0
    }
    return &queue->events[(uint32_t)queue->heap[place]];
}
