// SPDX-License-Identifier: GPL-3.0-or-later
// threshold_schedule: K(n), the smooth switch itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/status.h"
#include "sim/training/threshold_schedule.h"
#include "tests/support/child.h"

static const struct threshold_options of_paper = {
    .schedule = SCHEDULE_STEP, .every = 300, .start = 1, .increment = 1};

// The paper's K(n) = min(P, 1 + floor(n / s)), s = 300, P = 25, at every edge.
static void threshold_at__the_paper_s_step__is_one_more_every_300(void **state) {
    (void)state;
    static const struct {
        int64_t n, k;
    } rows[] = {{0, 1},
                {1, 1},
                {299, 1},
                {300, 2},
                {301, 2},
                {599, 2},
                {600, 3},
                {7199, 24},
                {7200, 25},
                {7499, 25},
                {7500, 25},
                {INT64_MAX, 25},
                {3000, 11},
                {2999, 10},
                {3300, 12},
                {6900, 24},
                {INT64_C(1) << 40, 25}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(threshold_at(&of_paper, 25, rows[i].n) == rows[i].k);
    }
}

// Larger increments, from another start, capped at P; and every n one.
static void threshold_at__other_steps__follow_the_formula(void **state) {
    (void)state;
    struct threshold_options options = {
        .schedule = SCHEDULE_STEP, .every = 10, .start = 3, .increment = 4};
    static const int64_t expected[] = {3, 7, 11, 15, 16, 16};
    for (int64_t i = 0; i < 6; i++) {
        assert_true(threshold_at(&options, 16, 10 * i) == expected[i]);
        assert_true(threshold_at(&options, 16, 10 * i + 9) == expected[i]);
    }
    options.every = 1;
    options.increment = 1;
    for (int64_t n = 0; n < 10; n++) {
        assert_true(threshold_at(&options, 100, n) == 3 + n);
    }
}

// Schedules may fall (Sync-Switch goes from synchronous to asynchronous), but not below 1.
static void threshold_at__a_negative_increment__falls_to_one(void **state) {
    (void)state;
    struct threshold_options options = {
        .schedule = SCHEDULE_STEP, .every = 5, .start = 8, .increment = -3};
    static const int64_t expected[] = {8, 5, 2, 1, 1};
    for (int64_t i = 0; i < 5; i++) {
        assert_true(threshold_at(&options, 8, 5 * i + 4) == expected[i]);
    }
}

// A step of zero is a constant; a start above P is capped.
static void threshold_at__a_step_of_zero__stays_at_its_start(void **state) {
    (void)state;
    struct threshold_options options = {
        .schedule = SCHEDULE_STEP, .every = 1, .start = 4, .increment = 0};
    assert_true(threshold_at(&options, 8, 1000) == 4);
    assert_true(threshold_at(&options, 3, 1000) == 3);
}

// A constant is what it says, also above P ("continues" lets a worker push twice).
static void threshold_at__a_constant__is_its_start(void **state) {
    (void)state;
    struct threshold_options options = {
        .schedule = SCHEDULE_CONSTANT, .every = 1, .start = 40, .increment = 7};
    assert_true(threshold_at(&options, 25, 0) == 40);
    assert_true(threshold_at(&options, 25, INT64_MAX) == 40);
}

// Extreme keys: the product increment * (n / every) has up to 83 bits.
static void threshold_at__extreme_keys__do_not_overflow(void **state) {
    (void)state;
    struct threshold_options options = {
        .schedule = SCHEDULE_STEP, .every = 1, .start = 1000000, .increment = 1000000};
    assert_true(threshold_at(&options, 25, INT64_MAX) == 25);
    options.increment = -1000000;
    assert_true(threshold_at(&options, 25, INT64_MAX) == 1);
    options.increment = INT64_MAX;
    assert_true(threshold_at(&options, 25, INT64_MAX) == 25);
}

static void ask_for_negative_n(void *context) {
    threshold_at(context, 25, -1);
}

// A count below zero is a bug of whoever counts.
static void threshold_at__negative_n__is_a_broken_contract(void **state) {
    (void)state;
    struct threshold_options options = of_paper;
    char text[256];
    assert_int_equal(child_exit_status(ask_for_negative_n, &options, text, sizeof text),
                     STATUS_INTERNAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threshold_at__the_paper_s_step__is_one_more_every_300),
        cmocka_unit_test(threshold_at__other_steps__follow_the_formula),
        cmocka_unit_test(threshold_at__a_negative_increment__falls_to_one),
        cmocka_unit_test(threshold_at__a_step_of_zero__stays_at_its_start),
        cmocka_unit_test(threshold_at__a_constant__is_its_start),
        cmocka_unit_test(threshold_at__extreme_keys__do_not_overflow),
        cmocka_unit_test(threshold_at__negative_n__is_a_broken_contract),
    };
    return cmocka_run_group_tests_name("threshold_schedule", tests, NULL, NULL);
}
