// SPDX-License-Identifier: GPL-3.0-or-later
// Who is told of which crash, and from when on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/base/sim_time.h"
#include "sim/cluster/crash_notice.h"

static void add_crash(struct cluster_options *options, const char *name, int64_t at_ns,
                      int64_t notice_ns) {
    struct incident_plan *plan = &options->events.entries[options->events.count++];
    *plan = (struct incident_plan){.kind = INCIDENT_CRASH,
                                   .who = {.kind = WORKERS_COUNT, .count = 2},
                                   .at = {true, at_ns},
                                   .duration = {true, distribution_constant(10)},
                                   .stagger_ns = 5,
                                   .notice_ns = notice_ns};
    strcpy(plan->name, name);
}

// From its notice on until it begins; the second member is staggered, and the third no member.
static void notice__of_a_crash__is_from_then_to_its_beginning(void **state) {
    (void)state;
    struct cluster_options options = {.workers = 3};
    add_crash(&options, "reclaimed", 100, 30);
    assert_true(crash_notices_are_given(&options));
    struct crash_notices *notices = crash_notices_create(&options, 1);
    assert_true(crash_notices_told(notices, 0, 69) == SIM_TIME_NEVER);
    assert_int_equal(crash_notices_told(notices, 0, 70), 100);
    assert_int_equal(crash_notices_told(notices, 0, 99), 100);
    assert_true(crash_notices_told(notices, 0, 100) == SIM_TIME_NEVER);
    assert_true(crash_notices_told(notices, 1, 74) == SIM_TIME_NEVER);
    assert_int_equal(crash_notices_told(notices, 1, 104), 105);
    assert_true(crash_notices_told(notices, 2, 90) == SIM_TIME_NEVER);
    crash_notices_destroy(notices);
}

// Of two crashes the first counts that the worker is told of, and one without a notice never.
static void notice__of_two_crashes__is_of_the_first_that_is_told(void **state) {
    (void)state;
    struct cluster_options options = {.workers = 2};
    add_crash(&options, "late", 100, 90);
    add_crash(&options, "early", 60, 20);
    add_crash(&options, "sudden", 50, 0);
    struct crash_notices *notices = crash_notices_create(&options, 1);
    assert_int_equal(crash_notices_told(notices, 0, 39), 100);
    assert_int_equal(crash_notices_told(notices, 0, 45), 60);
    assert_int_equal(crash_notices_told(notices, 0, 60), 100);
    crash_notices_destroy(notices);
}

// Runs without a notice pay nothing for it, and all of their workers start.
static void notice__of_no_event__is_none(void **state) {
    (void)state;
    struct cluster_options options = {.workers = 2};
    add_crash(&options, "sudden", 50, 0);
    assert_false(crash_notices_are_given(&options));
    assert_null(crash_notices_create(&options, 1));
    assert_true(crash_notices_told(NULL, 0, 45) == SIM_TIME_NEVER);
    crash_notices_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notice__of_a_crash__is_from_then_to_its_beginning),
        cmocka_unit_test(notice__of_two_crashes__is_of_the_first_that_is_told),
        cmocka_unit_test(notice__of_no_event__is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
