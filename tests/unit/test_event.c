// SPDX-License-Identifier: GPL-3.0-or-later
// event_before: THE order of events. Everything that a run gives depends on it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/engine/event.h"

static bool before(struct event a, struct event b) {
    return event_before(&a, &b);
}

// Time would not come first, and the clock would go back.
static void event_before__other_times__the_earlier_one_whatever_the_rest(void **state) {
    (void)state;
    struct event early = {.time_ns = 1, .tie = 9, .sequence = 9};
    struct event late = {.time_ns = 2, .tie = 0, .sequence = 0};
    assert_true(before(early, late));
    assert_false(before(late, early));
    struct event first = {.time_ns = INT64_MIN};
    struct event last = {.time_ns = INT64_MAX};
    assert_true(before(first, last));
    assert_false(before(last, first));
}

// The tie rule "random" would have no effect.
static void event_before__equal_times__the_smaller_tie_key(void **state) {
    (void)state;
    struct event small = {.time_ns = 5, .tie = 1, .sequence = 9};
    struct event large = {.time_ns = 5, .tie = UINT64_MAX, .sequence = 0};
    assert_true(before(small, large));
    assert_false(before(large, small));
}

// The tie rule "fifo" would have no effect.
static void event_before__equal_times_and_ties__the_order_of_scheduling(void **state) {
    (void)state;
    struct event first = {.time_ns = 5, .tie = 7, .sequence = 1, .kind = 9, .reference = 9};
    struct event second = {.time_ns = 5, .tie = 7, .sequence = UINT64_MAX};
    assert_true(before(first, second));
    assert_false(before(second, first));
}

enum { VALUES = 3, ALL = VALUES * VALUES * VALUES };

static struct event event_numbered(int number) {
    return (struct event){.time_ns = number / (VALUES * VALUES),
                          .tie = (uint64_t)(number / VALUES % VALUES),
                          .sequence = (uint64_t)(number % VALUES),
                          .kind = (uint32_t)(ALL - number)};
}

// Sorting by an order that is not total gives what the algorithm likes. Over a grid of all
// combinations: irreflexive, trichotomous, transitive, and equal to the lexicographic order.
static void event_before__all_combinations__is_a_strict_total_order(void **state) {
    (void)state;
    for (int a = 0; a < ALL; a++) {
        for (int b = 0; b < ALL; b++) {
            assert_int_equal(before(event_numbered(a), event_numbered(b)), a < b);
            for (int c = 0; c < ALL; c++) {
                bool chain = before(event_numbered(a), event_numbered(b)) &&
                             before(event_numbered(b), event_numbered(c));
                assert_true(!chain || before(event_numbered(a), event_numbered(c)));
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_before__other_times__the_earlier_one_whatever_the_rest),
        cmocka_unit_test(event_before__equal_times__the_smaller_tie_key),
        cmocka_unit_test(event_before__equal_times_and_ties__the_order_of_scheduling),
        cmocka_unit_test(event_before__all_combinations__is_a_strict_total_order),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
