// SPDX-License-Identifier: GPL-3.0-or-later
// pace: when the clock stands still, and what is remembered of its way.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/simulation/pace.h"

// A clock that moves at every look never stands still, however many events there are between.
static void pace__a_clock_that_moves__never_stands_still(void **state) {
    (void)state;
    struct pace pace = {0};
    for (int64_t i = 1; i < 100; i++) {
        assert_false(pace_stands_still(&pace, i, (uint64_t)i * 1000000000, 1));
    }
}

// Runs whose spans are all zero would fill the disk; large clusters may do more at one instant.
static void pace__too_many_events_at_one_instant__stand_still(void **state) {
    (void)state;
    struct pace pace = {0};
    assert_false(pace_stands_still(&pace, 7, 50, 1));
    assert_false(pace_stands_still(&pace, 7, 50 + 1000100, 1));
    assert_true(pace_stands_still(&pace, 7, 50 + 1000101, 1));
    assert_false(pace_stands_still(&pace, 7, 50 + 1000101, 2));
    assert_false(pace_stands_still(&pace, 8, 50 + 1000101, 1));
}

// A stall is judged by the longest wait, not by the last.
static void pace__waits_and_versions__the_longest_and_the_last_are_kept(void **state) {
    (void)state;
    struct pace pace = {0};
    pace_note_wait(&pace, 5);
    pace_note_wait(&pace, 3);
    pace_note_version(&pace, 4);
    pace_note_version(&pace, 9);
    assert_true(pace.longest_wait_ns == 5 && pace.version_made_ns == 9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pace__a_clock_that_moves__never_stands_still),
        cmocka_unit_test(pace__too_many_events_at_one_instant__stand_still),
        cmocka_unit_test(pace__waits_and_versions__the_longest_and_the_last_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
