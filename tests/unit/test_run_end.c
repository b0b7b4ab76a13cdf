// SPDX-License-Identifier: GPL-3.0-or-later
// run_end: each kind of end by itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/sim_time.h"
#include "sim/simulation/run_end.h"

static struct run_end end_of(enum end_kind kind, int64_t count, double epochs) {
    const struct scenario scenario = {
        .end = {.kind = kind, .time_ns = count, .count = count, .epochs = epochs},
        .training = {.batch = 32}};
    return run_end_of(&scenario, 60000);
}

// Every kind sets its own bound and no other: a run with two ends would stop at the wrong one.
static void run_end_of__every_kind__sets_one_bound(void **state) {
    (void)state;
    for (int kind = 0; kind < END_KIND_COUNT; kind++) {
        struct run_end end = end_of((enum end_kind)kind, 9, 1);
        int set = (end.time_ns != SIM_TIME_NEVER) + (end.updates != INT64_MAX) +
                  (end.gradients != INT64_MAX);
        assert_int_equal(set, 1);
    }
    assert_true(end_of(END_EPOCHS, 0, 1).gradients == 1875);
}

// A count is reached with it, not behind it; a time is none.
static void run_end_is_reached__at_the_count__and_never_by_time(void **state) {
    (void)state;
    struct run_end end = end_of(END_UPDATES, 9, 0);
    assert_false(run_end_is_reached(&end, 8, 1000));
    assert_true(run_end_is_reached(&end, 9, 0));
    end = end_of(END_GRADIENTS, 9, 0);
    assert_false(run_end_is_reached(&end, 1000, 8));
    assert_true(run_end_is_reached(&end, 0, 9));
    end = end_of(END_TIME, 9, 0);
    assert_false(run_end_is_reached(&end, 1000, 1000));
}

// The progress line goes from 0 to 1 for every kind of end.
static void run_end_fraction__every_kind__goes_from_0_to_1(void **state) {
    (void)state;
    for (int kind = 0; kind < END_KIND_COUNT; kind++) {
        struct run_end end = end_of((enum end_kind)kind, 8, 8 * 32 / 60000.0);
        assert_true(run_end_fraction(&end, 0, 0, 0) == 0);
        assert_true(run_end_fraction(&end, 4, 4, 4) == 0.5);
        assert_true(run_end_fraction(&end, 16, 16, 16) == 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_end_of__every_kind__sets_one_bound),
        cmocka_unit_test(run_end_is_reached__at_the_count__and_never_by_time),
        cmocka_unit_test(run_end_fraction__every_kind__goes_from_0_to_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
