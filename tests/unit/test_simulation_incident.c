// SPDX-License-Identifier: GPL-3.0-or-later
// What incidents do to the spans of a run, one span at a time. Whole runs: test_trace_incidents.c
// and test_property_incidents.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/sim_time.h"
#include "sim/simulation/simulation_incident.h"

// At 1000 ns; worker 1 is disconnected from 1100 to 1200, worker 2 from 1200 to 1300.
static struct simulation simulation_with(struct incident_calendar *calendar) {
    struct simulation sim = {.incidents = calendar};
    sim.engine.now_ns = 1000;
    for (int32_t worker = 1; worker <= 2; worker++) {
        const struct incident cut = {.began_ns = 1000 + 100 * worker,
                                     .ended_ns = 1100 + 100 * worker,
                                     .worker = worker,
                                     .kind = INCIDENT_DISCONNECT};
        incident_calendar_record(calendar, &cut);
    }
    return sim;
}

// A run to which nothing happens must be what it ever was.
static void spans__without_a_calendar__are_what_they_are(void **state) {
    (void)state;
    struct simulation sim = {0};
    const struct reduction_group all = {0, 3, true, NULL};
    assert_int_equal(simulation_computing_span(&sim, 0, 77), 77);
    assert_int_equal(simulation_serving_span(&sim, 77), 77);
    assert_int_equal(simulation_push_span(&sim, 0, 77), 77);
    assert_int_equal(simulation_return_span(&sim, 0, 77), 77);
    assert_int_equal(simulation_reducing_span(&sim, all, SIM_TIME_NEVER), SIM_TIME_NEVER);
}

// A message under way when its worker is disconnected waits before the end; the server and the
// other workers do not.
static void spans__of_messages__wait_at_both_ends(void **state) {
    (void)state;
    struct incident_calendar *calendar = incident_calendar_create(3, SIM_TIME_NEVER);
    struct simulation sim = simulation_with(calendar);
    assert_int_equal(simulation_push_span(&sim, 1, 99), 99);
    assert_int_equal(simulation_push_span(&sim, 1, 150), 200);
    assert_int_equal(simulation_return_span(&sim, 1, 150), 200);
    assert_int_equal(simulation_push_span(&sim, 0, 150), 150);
    assert_int_equal(simulation_serving_span(&sim, 150), 150);
    sim.engine.now_ns = 1150;
    assert_int_equal(simulation_push_span(&sim, 1, 10), 60);
    assert_true(simulation_push_span(&sim, 1, SIM_SPAN_MAX_NS) >= SIM_SPAN_MAX_NS);
    incident_calendar_destroy(calendar);
}

// One after the other is silent: an average has to wait for a moment without either.
static void spans__of_reductions__wait_until_all_are_connected(void **state) {
    (void)state;
    struct incident_calendar *calendar = incident_calendar_create(3, SIM_TIME_NEVER);
    struct simulation sim = simulation_with(calendar);
    const struct reduction_group all = {0, 3, true, NULL};
    const struct reduction_group first = {0, 1, false, NULL};
    assert_int_equal(simulation_reducing_span(&sim, all, 50), 50);
    assert_int_equal(simulation_reducing_span(&sim, all, 150), 300);
    assert_int_equal(simulation_reducing_span(&sim, first, 150), 150);
    incident_calendar_destroy(calendar);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans__without_a_calendar__are_what_they_are),
        cmocka_unit_test(spans__of_messages__wait_at_both_ends),
        cmocka_unit_test(spans__of_reductions__wait_until_all_are_connected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
