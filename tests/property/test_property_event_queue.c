// SPDX-License-Identifier: GPL-3.0-or-later
// The heap against the plainest queue there is: an array, searched for its first event each time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/rng_stream.h"
#include "sim/engine/event_queue.h"

enum { SEEDS = 200, STEPS = 600, PLACES = STEPS };

struct plain_queue {
    struct event events[PLACES];
    size_t count;
};

static struct event pop_plain(struct plain_queue *plain) {
    size_t first = 0;
    for (size_t i = 1; i < plain->count; i++) {
        if (event_before(&plain->events[i], &plain->events[first])) {
            first = i;
        }
    }
    struct event event = plain->events[first];
    plain->events[first] = plain->events[--plain->count];
    return event;
}

// Those who look through the queue see each event once, and the first at 0.
static void expect_same_events(const struct event_queue *queue, const struct plain_queue *plain) {
    uint64_t sum = 0;
    assert_int_equal(event_queue_count(queue), plain->count);
    assert_int_equal(event_queue_is_empty(queue), plain->count == 0);
    for (size_t i = 0; i < plain->count; i++) {
        sum += event_queue_at(queue, i)->sequence - plain->events[i].sequence;
        assert_false(event_before(event_queue_at(queue, i), event_queue_peek(queue)));
    }
    assert_true(sum == 0);
}

// From seed to seed: all ties are 0 (keys alone decide then), or some have the same upper bits; and
// the sequence passes what a key holds of it.
static struct event random_event(struct rng_stream *stream, uint32_t seed, uint64_t number) {
    struct event event = {.sequence = number + (seed % 3 == 0 ? (UINT64_C(1) << 31) - 99 : 0)};
    event.time_ns = rng_stream_u32(stream) % 20;
    uint64_t tie = rng_stream_u32(stream) % 3;
    event.tie = seed % 2 == 0 ? 0 : tie << rng_stream_u32(stream) % 2 * 40;
    event.kind = rng_stream_u32(stream);
    return event;
}

// Few distinct times and ties, so that most events have equals. The share of pushes changes from
// seed to seed: queues that stay small, grow, and are emptied. What follows a pop is often a push,
// which takes the place at the top.
static void expect_equal_pops(uint32_t seed) {
    struct rng_stream stream;
    struct plain_queue plain = {.count = 0};
    struct event_queue queue;
    rng_stream_init(&stream, seed, RNG_TEST, 0, 0, 0);
    event_queue_init(&queue, seed % 5);
    uint32_t pushes = 30 + seed % 40; // of 100
    for (uint64_t i = 0; i < STEPS; i++) {
        if (plain.count == 0 || rng_stream_u32(&stream) % 100 < pushes) {
            struct event event = random_event(&stream, seed, i);
            plain.events[plain.count++] = event;
            event_queue_push(&queue, event);
        } else {
            struct event expected = pop_plain(&plain);
            struct event actual = event_queue_pop(&queue);
            if (actual.sequence != expected.sequence || actual.kind != expected.kind) {
                fail_msg("seed %u, step %llu: event %llu, should be %llu", seed,
                         (unsigned long long)i, (unsigned long long)actual.sequence,
                         (unsigned long long)expected.sequence);
            }
        }
        expect_same_events(&queue, &plain);
    }
    event_queue_reset(&queue);
}

// Whatever the mixture of pushes and pops, an event out of order would change a run's bits.
static void event_queue__random_pushes_and_pops__is_a_sorted_list(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        expect_equal_pops(seed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_queue__random_pushes_and_pops__is_a_sorted_list),
    };
    return cmocka_run_group_tests_name("property_event_queue", tests, NULL, NULL);
}
