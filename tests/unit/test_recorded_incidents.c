// SPDX-License-Identifier: GPL-3.0-or-later
// recorded_incidents: what a log says has happened to the cluster, as far as it makes sense.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/sim_time.h"
#include "sim/run/recorded_incidents.h"

static struct incident_row rows[] = {
    {.began_ns = 10, .ended_ns = 20, .event = 0, .kind = INCIDENT_PAUSE},
    {.began_ns = 10, .ended_ns = -1, .event = 2, .worker = 1, .kind = INCIDENT_DISCONNECT},
    {.began_ns = 30, .ended_ns = 25, .event = 1, .kind = INCIDENT_PAUSE},
    {.began_ns = 40, .ended_ns = 50, .event = 1, .kind = INCIDENT_SLOWDOWN, .factor = -3},
    {.began_ns = 60, .ended_ns = 70, .event = INT64_MAX, .kind = INCIDENT_PAUSE},
    {.began_ns = 80,
     .ended_ns = 90,
     .event = 1,
     .kind = INCIDENT_LINK,
     .bandwidth_factor = .5,
     .loss_factor = -1},
};
static const struct runlog log_of_six = {.incidents = rows, .incident_count = 6};

static size_t count_added(int64_t until_ns, int64_t events, struct incident *last) {
    struct incident_calendar *calendar = incident_calendar_create(2, SIM_TIME_NEVER);
    size_t count = 0;
    recorded_incidents_add(calendar, &log_of_six, until_ns, events);
    while (incident_calendar_next(calendar, SIM_TIME_NEVER - 1, last)) {
        count++;
    }
    incident_calendar_destroy(calendar);
    return count;
}

// Files come from strangers: what ends before it begins, or slows by nothing, must not break a
// contract.
static void recorded_incidents__of_a_log__are_as_much_as_makes_sense(void **state) {
    (void)state;
    struct incident last;
    assert_int_equal(count_added(10, 3, &last), 0);
    assert_int_equal(count_added(30, 3, &last), 2);
    assert_true(last.event == 2 && last.ended_ns == SIM_TIME_NEVER);
    assert_int_equal(count_added(31, 3, &last), 3);
    assert_true(last.ended_ns == last.began_ns);
    assert_int_equal(count_added(80, 3, &last), 4);
    assert_true(last.factor == 1);
    assert_int_equal(count_added(SIM_TIME_NEVER, 3, &last), 5);
    assert_true(last.link.bandwidth == .5 && last.link.latency == 1 && last.link.loss == 1);
}

// Each event is looked at whenever anything takes time: a log with an event for each of its rows
// would be repeated for days.
static void recorded_incidents__of_events_that_there_are_not__are_left_out(void **state) {
    (void)state;
    struct incident last;
    assert_int_equal(count_added(SIM_TIME_NEVER, 2, &last), 4);
    assert_int_equal(count_added(SIM_TIME_NEVER, 1, &last), 1);
    assert_int_equal(count_added(SIM_TIME_NEVER, 0, &last), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_incidents__of_a_log__are_as_much_as_makes_sense),
        cmocka_unit_test(recorded_incidents__of_events_that_there_are_not__are_left_out),
    };
    return cmocka_run_group_tests_name("recorded_incidents", tests, NULL, NULL);
}
