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

// The worker's gradients of these numbers, each as soon as the one before.
static void start(struct attendance *attendance, int32_t worker, int64_t from, int64_t to) {
    for (int64_t number = from; number < to; number++) {
        attendance_started(attendance,
                           &(struct gradient_stamp){.worker = worker, .number = number});
    }
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
    int64_t numbers[WORKERS] = {0};
    attendance_init(&attendance, WORKERS);
    for (int i = 0; i < 1000; i++) {
        int32_t worker = (i * i + i / 7) % WORKERS;
        worker = i % 50 == 0 ? WORKERS - 1 : worker;
        const struct gradient_stamp stamp = {.worker = worker, .number = numbers[worker]++};
        start(&attendance, worker, stamp.number, stamp.number + 1);
        attendance_received(&attendance, &stamp);
        int64_t least = INT64_MAX;
        for (int32_t w = 0; w < WORKERS; w++) {
            least = attendance.workers[w].clock < least ? attendance.workers[w].clock : least;
        }
        assert_true(attendance.clock_least == least);
    }
    assert_true(attendance.clock_least > 10);
    attendance_reset(&attendance);
}

static void receive(struct attendance *attendance, int64_t number) {
    const struct gradient_stamp stamp = {.worker = 0, .number = number};
    attendance_received(attendance, &stamp);
}

// A worker whose third gradient overtakes the first two has delivered none that another may build
// on: its clock is 0 until the first comes, and then 1, for the second is still on the way.
static void attendance__a_gradient_that_overtakes__does_not_count_before_the_others(void **state) {
    (void)state;
    struct attendance attendance;
    attendance_init(&attendance, 1);
    start(&attendance, 0, 0, 3);
    receive(&attendance, 2);
    assert_int_equal(attendance.workers[0].clock, 0);
    receive(&attendance, 0);
    assert_int_equal(attendance.workers[0].clock, 1);
    assert_int_equal(attendance.clock_least, 1);
    receive(&attendance, 1);
    assert_int_equal(attendance.workers[0].clock, 3);
    assert_int_equal(attendance.clock_least, 3);
    attendance_reset(&attendance);
}

// However far ahead, against a plain search: blocks of 37 that come in reverse.
static void attendance__many_that_overtake__count_up_to_the_first_gap(void **state) {
    (void)state;
    enum { BLOCK = 37, BLOCKS = 20 };
    struct attendance attendance;
    attendance_init(&attendance, 1);
    for (int64_t block = 0; block < BLOCKS; block++) {
        start(&attendance, 0, BLOCK * block, BLOCK * (block + 1));
        for (int64_t i = BLOCK - 1; i >= 0; i--) {
            receive(&attendance, BLOCK * block + i);
            assert_int_equal(attendance.workers[0].clock, BLOCK * (block + (i == 0)));
        }
    }
    attendance_reset(&attendance);
}

// What is cancelled never comes: a clock that waited for it would stand for ever. Nor does it
// count.
static void attendance__a_cancelled_gradient__is_no_gap_and_no_gradient(void **state) {
    (void)state;
    struct attendance attendance;
    attendance_init(&attendance, 1);
    start(&attendance, 0, 0, 4);
    attendance_cancelled(&attendance, &(struct gradient_stamp){.number = 1});
    assert_int_equal(attendance.workers[0].started, 3);
    receive(&attendance, 2);
    assert_int_equal(attendance.workers[0].clock, 0);
    receive(&attendance, 0);
    assert_int_equal(attendance.workers[0].clock, 2);
    receive(&attendance, 3);
    assert_int_equal(attendance.workers[0].clock, 3);
    attendance_reset(&attendance);
}

static void receive_the_unstarted(void *context) {
    receive(context, 0);
}

static void receive_twice(void *context) {
    start(context, 0, 0, 1);
    receive(context, 0);
    receive(context, 0);
}

static void receive_of_nobody(void *context) {
    attendance_received(context, &(struct gradient_stamp){.worker = 1});
}

// A clock that counts what nobody has computed lets the others run too far ahead.
static void attendance__what_was_not_started__cannot_be_received(void **state) {
    (void)state;
    struct attendance attendance;
    char text[256];
    void (*const wrong[])(void *) = {receive_the_unstarted, receive_twice, receive_of_nobody};
    attendance_init(&attendance, 1);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(child_exit_status(wrong[i], &attendance, text, sizeof text),
                         STATUS_INTERNAL);
    }
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

// Who is back from a crash must not hold the others back, nor be held for what was lost with it.
static void attendance__back_from_a_crash__has_the_least_clock_of_the_others(void **state) {
    (void)state;
    struct attendance attendance;
    attendance_init(&attendance, 3);
    for (int32_t worker = 0; worker < 3; worker++) {
        start(&attendance, worker, 0, 4);
    }
    for (int64_t number = 0; number < 4; number++) {
        attendance_received(&attendance, &(struct gradient_stamp){.worker = 0, .number = number});
    }
    attendance_received(&attendance, &(struct gradient_stamp){.worker = 2, .number = 0});
    attendance_received(&attendance, &(struct gradient_stamp){.worker = 2, .number = 1});
    const struct gradient_stamp lost = {.worker = 1, .number = 3};
    attendance_lost(&attendance, &(struct gradient_stamp){.worker = 1, .number = 1});
    attendance_lost(&attendance, &lost); // numbers 0 and 2 have arrived, and are not yet received
    assert_false(attendance_is_owed(&attendance, &lost));
    assert_int_equal(attendance.workers[1].started, 2);
    attendance_returned(&attendance, 1);
    assert_int_equal(attendance.workers[1].clock, 2);
    assert_int_equal(attendance.workers[1].started, 4);
    assert_int_equal(attendance.clock_least, 2);
    start(&attendance, 1, 4, 5);
    attendance_received(&attendance, &(struct gradient_stamp){.worker = 1, .number = 0});
    attendance_received(&attendance, &(struct gradient_stamp){.worker = 1, .number = 2});
    assert_int_equal(attendance.workers[1].clock, 4);
    attendance_received(&attendance, &(struct gradient_stamp){.worker = 1, .number = 4});
    assert_int_equal(attendance.workers[1].clock, attendance.workers[1].started);
    attendance_reset(&attendance);
}

// A worker that has started nothing and is back twice, as one that is told of each crash in time:
// if its gradient 0 were taken for one that is here, it would be held back one gradient too early.
static void attendance__back_twice_before_it_starts__has_nothing_here(void **state) {
    (void)state;
    struct attendance attendance;
    attendance_init(&attendance, 2);
    start(&attendance, 1, 0, 2);
    for (int64_t number = 0; number < 2; number++) {
        attendance_received(&attendance, &(struct gradient_stamp){.worker = 1, .number = number});
    }
    for (int times = 0; times < 2; times++) {
        attendance_returned(&attendance, 0);
        assert_int_equal(attendance.workers[0].clock, 2);
        assert_int_equal(attendance.workers[0].started, 2);
    }
    attendance_reset(&attendance);
}

// Nobody waits for who is counted out; and one that is heard of again after the others have gone on
// must not make them wait until it has caught up.
static void attendance__counted_out__comes_back_beside_the_others(void **state) {
    (void)state;
    struct attendance attendance;
    attendance_init(&attendance, 3);
    for (int32_t worker = 0; worker < 3; worker++) {
        start(&attendance, worker, 0, 1);
    }
    for (int64_t number = 0; number < 4; number++) {
        for (int32_t worker = 0; worker < 3; worker += 2) {
            attendance_received(&attendance,
                                &(struct gradient_stamp){.worker = worker, .number = number});
            start(&attendance, worker, number + 1, number + 2);
        }
    }
    assert_int_equal(attendance.clock_least, 0);
    attendance_count_out(&attendance, 1);
    attendance_count_out(&attendance, 1);
    assert_int_equal(attendance.clock_least, 4);
    assert_int_equal(attendance.absent, 1);
    attendance_arrived(&attendance, 1, true); // it had set out before: present, but still out
    assert_int_equal(attendance.absent, 0);
    attendance_left(&attendance, 1);
    assert_int_equal(attendance.absent, 1);
    attendance_arrived(&attendance, 1, false);
    assert_int_equal(attendance.absent, 0);
    assert_int_equal(attendance.workers[1].clock, 4);
    assert_int_equal(attendance.workers[1].started, 5);
    attendance_received(&attendance, &first);
    attendance_left(&attendance, 1);
    assert_int_equal(attendance.workers[1].clock, 5);
    assert_int_equal(attendance.clock_least, 4);
    attendance_reset(&attendance);
}

static void expect_least(const struct attendance *attendance) {
    int64_t least = INT64_MAX;
    int32_t at_least = 0;
    for (int32_t i = 0; i < attendance->count; i++) {
        const struct attendee *attendee = &attendance->workers[i];
        if (!attendee->out && attendee->clock <= least) {
            at_least = attendee->clock < least ? 1 : at_least + 1;
            least = attendee->clock;
        }
    }
    assert_int_equal(attendance->at_least, at_least);
    assert_true(at_least == 0 || attendance->clock_least == least);
}

// The least clock is kept up to date without a look at everybody: whoever comes and goes, it is
// what that look would find.
static void attendance__whoever_comes_and_goes__the_least_clock_is_theirs(void **state) {
    (void)state;
    enum { WORKERS = 4, STEPS = 4000 };
    struct attendance attendance;
    int64_t next[WORKERS] = {0};
    uint32_t random = 1;
    attendance_init(&attendance, WORKERS);
    for (int step = 0; step < STEPS; step++) {
        random = random * 1664525 + 1013904223;
        int32_t worker = (int32_t)(random >> 8) % WORKERS;
        const struct gradient_stamp stamp = {.worker = worker, .number = next[worker]};
        switch (random >> 24 & 7) {
        case 0:
            attendance_count_out(&attendance, worker);
            break;
        case 1:
            attendance_returned(&attendance, worker);
            break;
        default:
            start(&attendance, worker, next[worker], next[worker] + 1);
            next[worker]++;
            attendance_arrived(&attendance, worker, (random >> 27 & 3) == 0);
            attendance_received(&attendance, &stamp);
            attendance_left(&attendance, worker);
        }
        expect_least(&attendance);
    }
    assert_true(attendance.clock_least > 100);
    attendance_reset(&attendance);
}

// With nobody there the clock stays what it was: it would fall when the next one is heard of.
static void attendance__everybody_counted_out__leaves_the_clock(void **state) {
    (void)state;
    struct attendance attendance;
    attendance_init(&attendance, 2);
    for (int32_t worker = 0; worker < 2; worker++) {
        start(&attendance, worker, 0, 1);
        attendance_arrived(&attendance, worker, false);
        attendance_received(&attendance, &(struct gradient_stamp){.worker = worker});
        attendance_count_out(&attendance, worker);
    }
    assert_int_equal(attendance.clock_least, 1);
    assert_int_equal(attendance.absent, 0); // their gradients are here
    attendance_left(&attendance, 0);
    attendance_left(&attendance, 1);
    assert_int_equal(attendance.absent, 2);
    attendance_arrived(&attendance, 0, false);
    assert_int_equal(attendance.absent, 1);
    assert_int_equal(attendance.clock_least, 1);
    attendance_reset(&attendance);
}

// A cancelled gradient is not one that the worker has delivered: its clock stands, whether it comes
// in turn or behind another.
static void attendance__a_cancelled_gradient__moves_no_clock(void **state) {
    (void)state;
    struct attendance attendance;
    attendance_init(&attendance, 2);
    start(&attendance, 1, 0, 1);
    attendance_cancelled(&attendance, &first);
    assert_int_equal(attendance.workers[1].clock, 0);
    assert_int_equal(attendance.workers[1].started, 0);
    start(&attendance, 1, 1, 4);
    attendance_received(&attendance, &(struct gradient_stamp){.worker = 1, .number = 2});
    assert_int_equal(attendance.workers[1].clock, 0); // behind one that is awaited
    attendance_cancelled(&attendance, &second);
    assert_int_equal(attendance.workers[1].clock, 1);
    attendance_received(&attendance, &(struct gradient_stamp){.worker = 1, .number = 3});
    assert_int_equal(attendance.workers[1].clock, 2);
    attendance_reset(&attendance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attendance__what_was_not_started__cannot_be_received),
        cmocka_unit_test(attendance__a_newer_gradient__takes_over_what_is_owed),
        cmocka_unit_test(attendance__holding__is_counted_once),
        cmocka_unit_test(attendance__the_least_clock__is_that_of_the_slowest),
        cmocka_unit_test(attendance__a_gradient_that_overtakes__does_not_count_before_the_others),
        cmocka_unit_test(attendance__many_that_overtake__count_up_to_the_first_gap),
        cmocka_unit_test(attendance__a_cancelled_gradient__is_no_gap_and_no_gradient),
        cmocka_unit_test(attendance__a_worker_that_waits_for_nothing__cannot_be_answered),
        cmocka_unit_test(attendance__back_from_a_crash__has_the_least_clock_of_the_others),
        cmocka_unit_test(attendance__back_twice_before_it_starts__has_nothing_here),
        cmocka_unit_test(attendance__counted_out__comes_back_beside_the_others),
        cmocka_unit_test(attendance__everybody_counted_out__leaves_the_clock),
        cmocka_unit_test(attendance__whoever_comes_and_goes__the_least_clock_is_theirs),
        cmocka_unit_test(attendance__a_cancelled_gradient__moves_no_clock),
    };
    return cmocka_run_group_tests_name("attendance", tests, NULL, NULL);
}
