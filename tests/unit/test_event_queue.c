// SPDX-License-Identifier: GPL-3.0-or-later
// event_queue: the heap by cases; tests/property has it against a sorted array.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/status.h"
#include "sim/engine/event_queue.h"
#include "tests/support/child.h"

static void push(struct event_queue *queue, int64_t time_ns, uint64_t tie, uint64_t sequence) {
    struct event event = {.time_ns = time_ns, .tie = tie, .sequence = sequence};
    event_queue_push(queue, event);
}

// Events would come out in the order of scheduling.
static void event_queue__pushed_backwards__pop_forwards(void **state) {
    (void)state;
    struct event_queue queue;
    event_queue_init(&queue, 64);
    for (int64_t i = 50; i > 0; i--) {
        push(&queue, i, 0, (uint64_t)(50 - i));
    }
    for (int64_t i = 1; i <= 50; i++) {
        assert_true(event_queue_peek(&queue)->time_ns == i);
        assert_true(event_queue_pop(&queue).time_ns == i);
    }
    assert_int_equal(event_queue_count(&queue), 0);
    event_queue_reset(&queue);
}

// A heap alone forgets who came first among equals.
static void event_queue__equal_times__pop_in_tie_then_sequence_order(void **state) {
    (void)state;
    struct event_queue queue;
    event_queue_init(&queue, 8);
    push(&queue, 7, 2, 0);
    push(&queue, 7, 1, 1);
    push(&queue, 7, 2, 2);
    push(&queue, 7, 1, 3);
    push(&queue, 7, 0, 4);
    static const uint64_t expected[] = {4, 1, 3, 0, 2};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(event_queue_pop(&queue).sequence, expected[i]);
    }
    event_queue_reset(&queue);
}

// Events beyond the expected number would be lost or written past the end.
static void event_queue__more_than_its_capacity__grows(void **state) {
    (void)state;
    struct event_queue queue;
    event_queue_init(&queue, 0);
    for (uint64_t i = 0; i < 1000; i++) {
        push(&queue, (int64_t)(i * 7919 % 1000), 0, i);
    }
    assert_int_equal(event_queue_count(&queue), 1000);
    assert_true(queue.capacity >= 1000);
    for (int64_t i = 0; i < 1000; i++) {
        assert_true(event_queue_pop(&queue).time_ns == i);
    }
    event_queue_reset(&queue);
    assert_null(queue.heap);
}

// An event would change its meaning on its way through the heap.
static void event_queue__whole_event__comes_out_as_it_went_in(void **state) {
    (void)state;
    struct event_queue queue;
    event_queue_init(&queue, 4);
    struct event event = {
        .time_ns = -3, .tie = 11, .sequence = 12, .kind = 13, .reference = UINT32_MAX};
    event_queue_push(&queue, event);
    struct event popped = event_queue_pop(&queue);
    assert_memory_equal(&popped, &event, sizeof event);
    event_queue_reset(&queue);
}

static void pop_nothing(void *context) {
    event_queue_pop(context);
}

static void peek_at_nothing(void *context) {
    event_queue_peek(context);
}

// An empty queue would hand out what was left in its memory.
static void event_queue__empty__has_nothing_to_pop_or_peek_at(void **state) {
    (void)state;
    struct event_queue queue;
    char text[256];
    event_queue_init(&queue, 4);
    assert_int_equal(child_exit_status(pop_nothing, &queue, text, sizeof text), STATUS_INTERNAL);
    assert_int_equal(child_exit_status(peek_at_nothing, &queue, text, sizeof text),
                     STATUS_INTERNAL);
    event_queue_reset(&queue);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_queue__pushed_backwards__pop_forwards),
        cmocka_unit_test(event_queue__equal_times__pop_in_tie_then_sequence_order),
        cmocka_unit_test(event_queue__more_than_its_capacity__grows),
        cmocka_unit_test(event_queue__whole_event__comes_out_as_it_went_in),
        cmocka_unit_test(event_queue__empty__has_nothing_to_pop_or_peek_at),
    };
    return cmocka_run_group_tests_name("event_queue", tests, NULL, NULL);
}
