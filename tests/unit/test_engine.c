// SPDX-License-Identifier: GPL-3.0-or-later
// engine: the clock of the cluster.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/rng_stream.h"
#include "sim/base/sim_time.h"
#include "sim/base/status.h"
#include "sim/engine/engine.h"
#include "tests/support/child.h"

// The clock would run ahead of its events, or stay behind.
static void engine__a_step__moves_the_clock_to_the_event(void **state) {
    (void)state;
    struct engine engine;
    engine_init(&engine, 4);
    assert_true(engine.now_ns == 0);
    engine_schedule(&engine, 30, 0, 7, 70);
    engine_schedule(&engine, 10, 0, 8, 80);
    assert_true(engine_next_time(&engine) == 10);
    assert_true(engine.now_ns == 0);
    struct event event = engine_step(&engine);
    assert_true(engine.now_ns == 10 && event.time_ns == 10);
    assert_true(event.kind == 8 && event.reference == 80);
    engine_schedule(&engine, 5, 0, 9, 90); // from now, not from 0
    assert_true(engine_next_time(&engine) == 15);
    assert_int_equal(engine_step(&engine).kind, 9);
    assert_int_equal(engine_step(&engine).kind, 7);
    assert_true(engine.now_ns == 30);
    assert_int_equal(engine.events_happened, 3);
    engine_reset(&engine);
}

// Under "fifo" whoever is scheduled first at an instant must come first, also among spans of zero
// that are scheduled while that instant lasts.
static void engine__equal_times__happen_in_the_order_of_scheduling(void **state) {
    (void)state;
    struct engine engine;
    engine_init(&engine, 4);
    for (uint32_t i = 0; i < 10; i++) {
        engine_schedule(&engine, 100, 0, i, 0);
    }
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(engine_step(&engine).kind, i);
        if (i < 10) {
            engine_schedule(&engine, 0, 0, 10 + i, 0);
        }
    }
    assert_true(engine.now_ns == 100);
    engine_reset(&engine);
}

// Under "random" the key decides, but it cannot bring an event before its cause.
static void engine__a_small_tie_key__goes_first_at_its_instant_only(void **state) {
    (void)state;
    struct engine engine;
    engine_init(&engine, 4);
    engine_schedule(&engine, 10, 5, 1, 0);
    engine_schedule(&engine, 10, 3, 2, 0);
    engine_schedule(&engine, 20, 0, 3, 0);
    assert_int_equal(engine_step(&engine).kind, 2);
    engine_schedule(&engine, 0, 0, 4, 0);
    assert_int_equal(engine_step(&engine).kind, 4);
    assert_int_equal(engine_step(&engine).kind, 1);
    assert_int_equal(engine_step(&engine).kind, 3);
    engine_reset(&engine);
}

// An event that overflows the clock would happen in the distant past.
static void engine__past_the_end_of_the_clock__never_happens(void **state) {
    (void)state;
    struct engine engine;
    engine_init(&engine, 4);
    engine_schedule(&engine, SIM_SPAN_MAX_NS, 0, 1, 0);
    engine_step(&engine);
    engine_schedule(&engine, SIM_SPAN_MAX_NS, 0, 2, 0);
    engine_step(&engine);
    assert_true(engine.now_ns == 2 * SIM_SPAN_MAX_NS);
    engine_schedule(&engine, SIM_SPAN_MAX_NS, 0, 3, 0);
    engine_schedule(&engine, SIM_TIME_NEVER - engine.now_ns, 0, 4, 0);
    assert_int_equal(event_queue_count(&engine.queue), 2); // its owner may ask what they are
    assert_true(engine_next_time(&engine) == SIM_TIME_NEVER);
    engine_schedule(&engine, SIM_TIME_NEVER - engine.now_ns - 1, 0, 5, 0);
    assert_int_equal(engine_step(&engine).kind, 5);
    assert_true(engine.now_ns == SIM_TIME_NEVER - 1);
    engine_reset(&engine);
}

// A cancelled event that still moved the clock would move the end of an interrupted run.
static void engine__a_discarded_event__does_not_happen(void **state) {
    (void)state;
    struct engine engine;
    engine_init(&engine, 4);
    uint64_t first = engine_schedule(&engine, 10, 0, 1, 0);
    uint64_t second = engine_schedule(&engine, 20, 0, 2, 0);
    assert_true(first != second && second != ENGINE_NO_EVENT);
    assert_true(engine_schedule(&engine, SIM_TIME_NEVER, 0, 3, 0) != ENGINE_NO_EVENT);
    assert_true(event_queue_peek(&engine.queue)->sequence == first);
    engine_discard(&engine);
    assert_true(engine.now_ns == 0 && engine.events_happened == 0);
    assert_true(engine_step(&engine).sequence == second);
    assert_true(engine.now_ns == 20 && engine.events_happened == 1);
    engine_reset(&engine);
}

// The clock would go back on some mixture of spans.
static void engine__random_spans__never_go_back(void **state) {
    (void)state;
    struct engine engine;
    struct rng_stream stream;
    engine_init(&engine, 1);
    rng_stream_init(&stream, 3, RNG_TEST, 0, 0, 0);
    int64_t last_ns = 0;
    for (uint32_t i = 0; i < 100; i++) {
        engine_schedule(&engine, rng_stream_u32(&stream) % 50, 0, i, 0);
    }
    for (int i = 0; i < 20000; i++) {
        struct event event = engine_step(&engine);
        assert_true(event.time_ns >= last_ns && engine.now_ns == event.time_ns);
        last_ns = event.time_ns;
        uint32_t later_ns = rng_stream_u32(&stream) % 50;
        engine_schedule(&engine, later_ns, rng_stream_u32(&stream) % 3, 0, 0);
    }
    engine_reset(&engine);
}

static void schedule_into_the_past(void *context) {
    engine_schedule(context, -1, 0, 0, 0);
}

static void step_without_events(void *context) {
    engine_step(context);
}

// A negative span is a bug of whoever asks for it, and must not become an event.
static void engine__negative_span_or_no_event__is_a_broken_contract(void **state) {
    (void)state;
    struct engine engine;
    char text[256];
    engine_init(&engine, 4);
    assert_int_equal(child_exit_status(schedule_into_the_past, &engine, text, sizeof text),
                     STATUS_INTERNAL);
    assert_int_equal(child_exit_status(step_without_events, &engine, text, sizeof text),
                     STATUS_INTERNAL);
    engine_reset(&engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine__a_step__moves_the_clock_to_the_event),
        cmocka_unit_test(engine__equal_times__happen_in_the_order_of_scheduling),
        cmocka_unit_test(engine__a_small_tie_key__goes_first_at_its_instant_only),
        cmocka_unit_test(engine__a_discarded_event__does_not_happen),
        cmocka_unit_test(engine__past_the_end_of_the_clock__never_happens),
        cmocka_unit_test(engine__random_spans__never_go_back),
        cmocka_unit_test(engine__negative_span_or_no_event__is_a_broken_contract),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
