// SPDX-License-Identifier: GPL-3.0-or-later
// The star (star.h) by what a textbook has: a binary heap of 24-byte events.
#include "tests/bench/star.h"

enum kind { ARRIVES, SERVED, DELIVERED };

struct event {
    int64_t time_ns;
    uint64_t sequence;
    uint32_t kind, worker;
};

struct heap {
    struct event *events;
    size_t count;
    uint64_t sequence;
};

static bool before(const struct event *a, const struct event *b) {
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->sequence < b->sequence;
}

static void push(struct heap *heap, int64_t time_ns, enum kind kind, uint32_t worker) {
    struct event event = {time_ns, heap->sequence++, kind, worker};
    size_t hole = heap->count++;
    while (hole > 0 && before(&event, &heap->events[(hole - 1) / 2])) {
        heap->events[hole] = heap->events[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    heap->events[hole] = event;
}

static struct event pop(struct heap *heap) {
    struct event *events = heap->events;
    struct event first = events[0];
    struct event last = events[--heap->count];
    size_t hole = 0;
    for (size_t child = 1; child < heap->count; child = 2 * hole + 1) {
        child += child + 1 < heap->count && before(&events[child + 1], &events[child]);
        if (!before(&events[child], &last)) {
            break;
        }
        events[hole] = events[child];
        hole = child;
    }
    events[hole] = last;
    return first;
}

static void handle(struct star *star, struct heap *heap, const struct event *event) {
    int64_t now_ns = event->time_ns;
    if (event->kind == ARRIVES) {
        if (star_arrives(star, event->worker)) {
            push(heap, now_ns + star->service_ns, SERVED, event->worker);
        }
    } else if (event->kind == SERVED) {
        push(heap, now_ns + star->latency_ns, DELIVERED, event->worker);
        if (star_served(star)) {
            push(heap, now_ns + star->service_ns, SERVED, star->in_service);
        }
    } else {
        push(heap, now_ns + star_compute_ns(star) + star->latency_ns, ARRIVES, event->worker);
    }
}

int main(int argc, char **argv) {
    struct star star = {0};
    star_init(&star, argc, argv);
    struct heap heap = {.events = calloc(star.workers + 2, sizeof *heap.events)};
    for (uint32_t i = 0; i < star.workers; i++) {
        push(&heap, star_compute_ns(&star) + star.latency_ns, ARRIVES, i);
    }
    struct event event = {0};
    while (star.gradients < star.until) {
        event = pop(&heap);
        handle(&star, &heap, &event);
    }
    star_end(&star, event.time_ns);
    return 0;
}
