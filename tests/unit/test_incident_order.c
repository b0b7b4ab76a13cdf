// SPDX-License-Identifier: GPL-3.0-or-later
// incident_order: the order that a calendar's incidents have.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "sim/cluster/incident_order.h"

// A calendar finds the incidents of a worker side by side; those that were recorded come in any
// order.
static void incidents__in_any_order__stand_by_worker_event_and_time(void **state) {
    (void)state;
    struct incident incidents[] = {
        {.worker = INCIDENT_OF_SERVER, .event = 0, .began_ns = 1, .ended_ns = 2},
        {.worker = 1, .event = 0, .began_ns = 9, .ended_ns = 10},
        {.worker = 0, .event = 1, .began_ns = 3, .ended_ns = 9},
        {.worker = 0, .event = 1, .began_ns = 3, .ended_ns = 4},
        {.worker = 0, .event = 1, .began_ns = 2, .ended_ns = 8},
        {.worker = 0, .event = 0, .began_ns = 7, .ended_ns = 7},
    };
    static const int64_t ends[] = {7, 8, 4, 9, 10, 2};
    qsort(incidents, 6, sizeof incidents[0], incident_compare);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(incidents[i].ended_ns, ends[i]);
    }
    assert_int_equal(incident_compare_places(3, 3, 1, 1), 0);
    assert_true(incident_compare_places(INCIDENT_OF_SERVER, 1000, 0, 5) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incidents__in_any_order__stand_by_worker_event_and_time),
    };
    return cmocka_run_group_tests_name("incident_order", tests, NULL, NULL);
}
