// SPDX-License-Identifier: GPL-3.0-or-later
// attendance: who waits for a reply, and how far the slowest worker is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/status.h"
#include "sim/training/attendance.h"
#include "tests/support/child.h"

static const struct gradient_stamp first = {.worker = 1, .number = 0};
static const struct gradient_stamp second = {.worker = 1, .number = 1};

// A reply to an older gradient than the one that the worker waits for would start it twice.
static void attendance__a_newer_gradient__takes_over_what_is_owed(void **state) {
    (void)state;
    struct attendance attendance;
    attendance_init(&attendance, 3);
    assert_false(attendance_is_owed(&attendance, &first));
    attendance_started(&attendance, &first);
    assert_true(attendance_is_owed(&attendance, &first));
    attendance_started(&attendance, &second);
    assert_false(attendance_is_owed(&attendance, &first));
    assert_true(attendance_is_owed(&attendance, &second));
    attendance_answer(&attendance, 1);
    assert_false(attendance_is_owed(&attendance, &second));
    attendance_reset(&attendance);
}

// The number of those held back says whether anybody must be looked for at all.
static void attendance__holding__is_counted_once(void **state) {
    (void)state;
    struct attendance attendance;
    attendance_init(&attendance, 3);
    attendance_started(&attendance, &first);
    attendance_hold(&attendance, 1);
    attendance_hold(&attendance, 1);
    assert_int_equal(attendance.held, 1);
    attendance_answer(&attendance, 1);
    assert_int_equal(attendance.held, 0);
    assert_false(attendance.workers[1].held);
    attendance_reset(&attendance);
}

// The slowest clock against a plain search, after every receipt, in an order that leaves one worker
// behind for long.
static void attendance__the_least_clock__is_that_of_the_slowest(void **state) {
    (void)state;
    enum { WORKERS = 5 };
    struct attendance attendance;
    attendance_init(&attendance, WORKERS);
    for (int i = 0; i < 1000; i++) {
        int32_t worker = (i * i + i / 7) % WORKERS;
        worker = i % 50 == 0 ? WORKERS - 1 : worker;
        attendance_received(&attendance, &(struct gradient_stamp){.worker = worker});
        int64_t least = INT64_MAX;
        for (int32_t w = 0; w < WORKERS; w++) {
            least = attendance.workers[w].clock < least ? attendance.workers[w].clock : least;
        }
        assert_true(attendance.clock_least == least);
    }
    assert_true(attendance.clock_least > 10);
    attendance_reset(&attendance);
}

static void answer_nobody(void *context) {
    attendance_answer(context, 0);
}

static void hold_nobody(void *context) {
    attendance_hold(context, 0);
}

// A second reply to the same worker is a bug of the server.
static void attendance__a_worker_that_waits_for_nothing__cannot_be_answered(void **state) {
    (void)state;
    struct attendance attendance;
    char text[256];
    attendance_init(&attendance, 1);
    assert_int_equal(child_exit_status(answer_nobody, &attendance, text, sizeof text),
                     STATUS_INTERNAL);
    assert_int_equal(child_exit_status(hold_nobody, &attendance, text, sizeof text),
                     STATUS_INTERNAL);
    attendance_reset(&attendance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attendance__a_newer_gradient__takes_over_what_is_owed),
        cmocka_unit_test(attendance__holding__is_counted_once),
        cmocka_unit_test(attendance__the_least_clock__is_that_of_the_slowest),
        cmocka_unit_test(attendance__a_worker_that_waits_for_nothing__cannot_be_answered),
    };
    return cmocka_run_group_tests_name("attendance", tests, NULL, NULL);
}
