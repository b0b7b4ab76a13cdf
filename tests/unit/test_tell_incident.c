// SPDX-License-Identifier: GPL-3.0-or-later
// In which order the beginnings and ends of incidents are told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/tell_incident.h"

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
    const struct incident_mark expected[] = {
        {10, 0, false}, {30, 0, true}, {30, 2, false}, {40, 3, false}};
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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(marks__of_a_log__stand_in_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
