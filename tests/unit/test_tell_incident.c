// SPDX-License-Identifier: GPL-3.0-or-later
// In which order the beginnings and ends of incidents are told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/tell_incident.h"
#include "sim/report/tell_missing.h"

// At one instant who wakes comes before who falls asleep; what ends behind the run, or never, or as
// it begins, has no end to tell of.
static void marks__of_a_log__stand_in_order(void **state) {
    (void)state;
    struct incident_row rows[] = {
        {.began_ns = 10, .ended_ns = 30},                               // 0
        {.began_ns = 20, .ended_ns = 20},                               // nothing
        {.began_ns = 30, .ended_ns = -1},                               // 2: never over
        {.began_ns = 40, .ended_ns = 101, .kind = INCIDENT_DISCONNECT}, // 3: over behind the end
        {.began_ns = 50, .ended_ns = 60, .kind = INCIDENT_KIND_COUNT},  // a stranger's
    };
    const struct runlog log = {.incidents = rows, .incident_count = 5, .ending = {.end_ns = 100}};
    const struct incident_mark expected[] = {{10, 0, .ends = false},
                                             {30, 0, .ends = true},
                                             {30, 2, .ends = false},
                                             {40, 3, .ends = false}};
    size_t count = 0;
    struct incident_mark *marks = tell_incident_marks(&log, &count);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(marks[i].time_ns, expected[i].time_ns);
        assert_int_equal(marks[i].row, expected[i].row);
        assert_int_equal(marks[i].ends, expected[i].ends);
    }
    memory_free(marks);
}

// A silence is counted from its beginning, over all rows that touch; under the span of the phase in
// which it begins; and one that is over before is none.
static void marks__of_silences__say_when_they_are_too_long(void **state) {
    (void)state;
    struct incident_row rows[] = {
        {.began_ns = 10, .ended_ns = 60, .worker = 1, .kind = INCIDENT_PAUSE}, // goes_on, start-up
        {.began_ns = 200, .ended_ns = 280, .worker = 1, .kind = INCIDENT_PAUSE},
        {.began_ns = 210, .ended_ns = 900, .worker = 0, .kind = INCIDENT_SLOWDOWN},
        {.began_ns = 280, .ended_ns = 301, .worker = 1, .kind = INCIDENT_DISCONNECT},
        {.began_ns = 400, .ended_ns = 500, .worker = 0, .kind = INCIDENT_PAUSE}, // not longer
        {.began_ns = 450, .ended_ns = -1, .worker = 1, .kind = INCIDENT_PAUSE},
        {.began_ns = 950, .ended_ns = -1, .worker = 0, .kind = INCIDENT_PAUSE}, // the run ends
    };
    struct runlog log = {.incidents = rows, .incident_count = 7, .ending = {.end_ns = 1000}};
    char text[] = "policy:\n  name: sync\n  missing: 100 ns\ncluster:\n  start_up: 50 ns\npast: "
                  "[{until: 150 ns, policy.missing: goes_on}]\n";
    log.header.scenario = text;
    log.header.workers = 2;
    const struct incident_mark expected[] = {
        {50, 0, .counts_out = true}, {300, 1, .counts_out = true}, {550, 5, .counts_out = true}};
    struct incident_mark marks[7];
    assert_int_equal(tell_missing_marks(&log, marks), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(marks[i].time_ns, expected[i].time_ns);
        assert_int_equal(marks[i].row, expected[i].row);
        assert_true(marks[i].counts_out);
    }
}

// Without a server a worker is counted in when its silence is over, which may be behind the end.
static void marks__of_silences_without_a_server__say_when_they_are_over(void **state) {
    (void)state;
    struct incident_row rows[] = {
        {.began_ns = 200, .ended_ns = 280, .worker = 1, .kind = INCIDENT_PAUSE},
        {.began_ns = 280, .ended_ns = 400, .worker = 1, .kind = INCIDENT_DISCONNECT},
        {.began_ns = 400, .ended_ns = 450, .worker = 0, .kind = INCIDENT_PAUSE}, // too short
        {.began_ns = 800, .ended_ns = 1500, .worker = 0, .kind = INCIDENT_PAUSE},
    };
    struct runlog log = {.incidents = rows, .incident_count = 4, .ending = {.end_ns = 1000}};
    char text[] = "policy:\n  name: k_avg\n  missing: 100 ns\ncluster:\n  network:\n    "
                  "all_reduce: ring\n";
    log.header.scenario = text;
    log.header.workers = 2;
    struct incident_mark marks[8];
    assert_int_equal(tell_missing_marks(&log, marks), 3);
    assert_true(marks[0].counts_out || marks[1].counts_out);
    for (size_t i = 0; i < 3; i++) {
        int64_t out_ns = marks[i].row == 0 ? 300 : 900;
        assert_int_equal(marks[i].time_ns, marks[i].counts_in ? 400 : out_ns);
        assert_true(marks[i].counts_in != marks[i].counts_out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks__of_a_log__stand_in_order),
        cmocka_unit_test(marks__of_silences__say_when_they_are_too_long),
        cmocka_unit_test(marks__of_silences_without_a_server__say_when_they_are_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
