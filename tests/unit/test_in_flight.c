// SPDX-License-Identifier: GPL-3.0-or-later
// in_flight: slots that events find by an index.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "sim/base/rng_stream.h"
#include "sim/base/status.h"
#include "sim/simulation/in_flight.h"
#include "tests/support/child.h"

// A gradient that inherits anything of the slot's last one would be logged wrongly.
static void in_flight__a_slot_used_again__knows_nothing_of_before(void **state) {
    (void)state;
    struct in_flight_table table;
    uint32_t reference = 0;
    in_flight_init(&table, 1);
    struct in_flight *flight = in_flight_take(&table, &reference);
    flight->accounted = flight->reply_begun = flight->reply_over = flight->gone = true;
    flight->wanted = true;
    flight->life = 7;
    flight->due_sequence = 8;
    in_flight_give_back(&table, reference);
    uint32_t again = 99;
    flight = in_flight_take(&table, &again);
    assert_int_equal(again, reference);
    assert_true(flight->in_use && !flight->accounted && !flight->reply_begun &&
                !flight->reply_over && !flight->gone && !flight->wanted);
    assert_true(flight->life == 0 && flight->due_sequence == 0);
    in_flight_reset(&table);
}

// Under "continues" with a large K more gradients are open than there are workers.
static void in_flight__more_than_expected__keeps_all_apart(void **state) {
    (void)state;
    struct in_flight_table table;
    in_flight_init(&table, 2);
    for (int64_t i = 0; i < 1000; i++) {
        uint32_t reference = 0;
        in_flight_take(&table, &reference)->index = i;
        assert_int_equal(reference, i); // lowest first: a run's memory stays together
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_true(in_flight_at(&table, i)->index == i);
    }
    assert_true(table.capacity >= 1000);
    in_flight_reset(&table);
}

// If it failed, nobody would see in the log that incidents made a gradient late, or made it early:
// computed and delayed in 500, it is ready after 700 in a pause, after 300 at a higher speed.
static void in_flight__a_ready_gradient__says_how_long_it_was_stalled(void **state) {
    (void)state;
    static const int64_t ready_ns[] = {1500, 1700, 1300};
    static const int64_t stalled_ns[] = {0, 200, -200};
    for (int i = 0; i < 3; i++) {
        struct in_flight flight = {
            .in_use = true,
            .row = {.dispatched_ns = 1000, .compute_ns = 400, .delay_ns = 100, .ready_ns = -1}};
        in_flight_mark_ready(&flight, ready_ns[i]);
        assert_int_equal(flight.row.ready_ns, ready_ns[i]);
        assert_int_equal(flight.row.stalled_ns, stalled_ns[i]);
    }
}

enum { KEPT = 300 };

// Any order of taking and giving back, against a plain list of what must be where.
static void in_flight__random_use__never_mixes_slots_up(void **state) {
    (void)state;
    struct in_flight_table table;
    struct rng_stream stream;
    static uint32_t references[KEPT];
    static int64_t expected[KEPT];
    size_t kept = 0;
    rng_stream_init(&stream, 1, RNG_TEST, 0, 0, 0);
    in_flight_init(&table, 3);
    for (int64_t i = 0; i < 20000; i++) {
        if (kept < KEPT && (kept == 0 || rng_stream_u32(&stream) % 2 == 0)) {
            in_flight_take(&table, &references[kept])->index = i;
            expected[kept++] = i;
        } else {
            size_t out = rng_stream_u32(&stream) % kept;
            assert_true(in_flight_at(&table, references[out])->index == expected[out]);
            in_flight_at(&table, references[out])->accounted = true;
            in_flight_give_back(&table, references[out]);
            kept--;
            references[out] = references[kept];
            expected[out] = expected[kept];
        }
        assert_int_equal(table.free_count, table.capacity - kept);
    }
    in_flight_reset(&table);
}

static void expect_chain(const struct in_flight_table *table, const struct in_flight_chain *chain,
                         const uint32_t *expected, size_t count) {
    uint32_t at = chain->first;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(at, expected[i]);
        at = in_flight_at(table, at)->after;
    }
    assert_int_equal(at, IN_FLIGHT_NONE);
    assert_int_equal(chain->last, count == 0 ? IN_FLIGHT_NONE : expected[count - 1]);
}

// If a worker's chain left one out, that would not be lost with its worker's crash, and would bring
// something to the server that nobody has.
static void in_flight_chain__random_use__keeps_those_that_have_joined_in_order(void **state) {
    (void)state;
    struct in_flight_table table;
    struct rng_stream stream;
    struct in_flight_chain chain = {IN_FLIGHT_NONE, IN_FLIGHT_NONE};
    uint32_t expected[KEPT];
    size_t count = 0;
    rng_stream_init(&stream, 2, RNG_TEST, 0, 0, 0);
    in_flight_init(&table, 3);
    for (int i = 0; i < 2000; i++) {
        if (count < KEPT && (count == 0 || rng_stream_u32(&stream) % 2 == 0)) {
            in_flight_take(&table, &expected[count]);
            in_flight_join(&table, &chain, expected[count++]);
        } else {
            size_t out = rng_stream_u32(&stream) % count;
            in_flight_leave(&table, &chain, expected[out]);
            in_flight_at(&table, expected[out])->accounted = true;
            in_flight_give_back(&table, expected[out]);
            count--;
            memmove(&expected[out], &expected[out + 1], (count - out) * sizeof *expected);
        }
        expect_chain(&table, &chain, expected, count);
    }
    in_flight_reset(&table);
}

static void leave_no_chain(void *context) {
    struct in_flight_chain chain = {IN_FLIGHT_NONE, IN_FLIGHT_NONE};
    in_flight_leave(context, &chain, 0);
}

static void join_twice(void *context) {
    struct in_flight_chain chain = {IN_FLIGHT_NONE, IN_FLIGHT_NONE};
    in_flight_join(context, &chain, 0);
    in_flight_join(context, &chain, 0);
}

static void give_back_one_of_a_chain(void *context) {
    struct in_flight_chain chain = {IN_FLIGHT_NONE, IN_FLIGHT_NONE};
    in_flight_join(context, &chain, 0);
    in_flight_at(context, 0)->accounted = true;
    in_flight_give_back(context, 0);
}

// A slot that is another's while a chain still leads to it would be lost with the wrong worker.
static void in_flight_chain__wrong_use__is_a_broken_contract(void **state) {
    (void)state;
    void (*const uses[])(void *) = {leave_no_chain, join_twice, give_back_one_of_a_chain};
    struct in_flight_table table;
    uint32_t reference = 0;
    char text[256];
    in_flight_init(&table, 4);
    in_flight_take(&table, &reference);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(child_exit_status(uses[i], &table, text, sizeof text), STATUS_INTERNAL);
    }
    in_flight_reset(&table);
}

static void look_at_a_free_slot(void *context) {
    in_flight_at(context, 0);
}

static void look_past_the_end(void *context) {
    in_flight_at(context, 1u << 20);
}

// An event about a gradient that is gone is a bug of the simulation.
static void in_flight_at__no_slot_in_use__is_a_broken_contract(void **state) {
    (void)state;
    struct in_flight_table table;
    char text[256];
    in_flight_init(&table, 4);
    assert_int_equal(child_exit_status(look_at_a_free_slot, &table, text, sizeof text),
                     STATUS_INTERNAL);
    assert_int_equal(child_exit_status(look_past_the_end, &table, text, sizeof text),
                     STATUS_INTERNAL);
    in_flight_reset(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_flight__a_slot_used_again__knows_nothing_of_before),
        cmocka_unit_test(in_flight__more_than_expected__keeps_all_apart),
        cmocka_unit_test(in_flight__a_ready_gradient__says_how_long_it_was_stalled),
        cmocka_unit_test(in_flight__random_use__never_mixes_slots_up),
        cmocka_unit_test(in_flight_chain__random_use__keeps_those_that_have_joined_in_order),
        cmocka_unit_test(in_flight_chain__wrong_use__is_a_broken_contract),
        cmocka_unit_test(in_flight_at__no_slot_in_use__is_a_broken_contract),
    };
    return cmocka_run_group_tests_name("in_flight", tests, NULL, NULL);
}
