// SPDX-License-Identifier: GPL-3.0-or-later
// group_incidents: what the links of the workers of an all-reduce are. (In runs:
// test_simulation_link.c, test_property_links.c.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/group_incidents.h"

static void record(struct incident_calendar *calendar, enum incident_kind kind, int32_t worker,
                   int64_t began_ns, int64_t ended_ns) {
    const struct incident incident = {.began_ns = began_ns,
                                      .ended_ns = ended_ns,
                                      .worker = worker,
                                      .event = (int32_t)kind,
                                      .kind = kind,
                                      .link = {.5, 2, 3}};
    incident_calendar_record(calendar, &incident);
}

// Without incidents of links there is no list, nor where no link is another one at that moment.
static void group__links__are_those_of_the_moment_of_its_beginning(void **state) {
    (void)state;
    struct incident_calendar *calendar = incident_calendar_create(4, SIM_TIME_NEVER);
    record(calendar, INCIDENT_DISCONNECT, 1, 0, 30);
    assert_null(group_incidents_links(calendar, 0, 4, 0));
    incident_calendar_destroy(calendar);
    calendar = incident_calendar_create(4, SIM_TIME_NEVER);
    record(calendar, INCIDENT_DISCONNECT, 1, 0, 30);
    record(calendar, INCIDENT_LINK, 2, 30, 50);
    struct link_factors *links = group_incidents_links(calendar, 1, 3, 35);
    assert_non_null(links);
    assert_true(links[0].latency == 1 && links[1].bandwidth == .5 && links[1].latency == 2);
    assert_true(links[1].loss == 3 && links[2].loss == 1);
    memory_free(links);
    assert_null(group_incidents_links(calendar, 2, 2, 5));
    assert_null(group_incidents_links(calendar, 0, 2, 35));
    incident_calendar_destroy(calendar);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(group__links__are_those_of_the_moment_of_its_beginning),
    };
    return cmocka_run_group_tests_name("group_incidents", tests, NULL, NULL);
}
