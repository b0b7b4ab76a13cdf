// SPDX-License-Identifier: GPL-3.0-or-later
// simulation_link: which incidents a message and an all-reduce meet. What becomes of them:
// test_link_change.c; whole runs: test_property_links.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/simulation_link.h"

// At 1000 ns. The link of worker 1 has a fifth of its speed until 1100; worker 2 is disconnected
// until 1050, and its link is slow from 1040 to 1060.
static struct simulation simulation_with(struct incident_calendar *calendar,
                                         const struct scenario *scenario) {
    struct simulation sim = {.incidents = calendar, .scenario = scenario};
    const struct incident incidents[] = {
        {.ended_ns = 1100, .worker = 1, .kind = INCIDENT_LINK, .link = {1, 5, 1}},
        {.ended_ns = 1050, .worker = 2, .event = 1, .kind = INCIDENT_DISCONNECT},
        {.began_ns = 1040,
         .ended_ns = 1060,
         .worker = 2,
         .event = 2,
         .kind = INCIDENT_LINK,
         .link = {1, 2, 1}}};
    sim.engine.now_ns = 1000;
    for (size_t i = 0; i < sizeof incidents / sizeof incidents[0]; i++) {
        incident_calendar_record(calendar, &incidents[i]);
    }
    return sim;
}

static int64_t pushed(struct simulation *sim, int32_t worker) {
    struct port_spans spans = {.push_ns = 10, .reply_ns = 10};
    simulation_link_push(sim, worker, 0, &spans);
    assert_int_equal(spans.reply_ns, 10);
    simulation_link_reply(sim, worker, 0, &spans);
    assert_int_equal(spans.push_ns, spans.reply_ns);
    return spans.push_ns;
}

// A message has the link of the moment when it sets out, not of that when it is ready.
static void link__of_a_message__is_that_of_its_setting_out(void **state) {
    (void)state;
    struct scenario scenario = {.seed = 1};
    struct incident_calendar *calendar = incident_calendar_create(3, SIM_TIME_NEVER);
    struct simulation sim = simulation_with(calendar, &scenario);
    assert_int_equal(pushed(&sim, 0), 10);
    assert_int_equal(pushed(&sim, 1), 50);
    assert_int_equal(pushed(&sim, 2), 20);
    sim.engine.now_ns = 1100;
    assert_int_equal(pushed(&sim, 1), 10);
    assert_int_equal(pushed(&sim, 2), 10);
    incident_calendar_destroy(calendar);
}

// An all-reduce has the links of the moment; of as ever there is no list.
static void link__of_an_all_reduce__is_that_of_its_beginning(void **state) {
    (void)state;
    struct scenario scenario = {.seed = 1};
    struct incident_calendar *calendar = incident_calendar_create(3, SIM_TIME_NEVER);
    struct simulation sim = simulation_with(calendar, &scenario);
    sim.engine.now_ns = 1045;
    struct link_factors *links = simulation_links(&sim, 0, 3);
    assert_non_null(links);
    assert_true(links[0].latency == 1 && links[1].latency == 5 && links[2].latency == 2);
    memory_free(links);
    assert_null(simulation_links(&sim, 0, 1));
    sim.engine.now_ns = 1070;
    links = simulation_links(&sim, 1, 2);
    assert_non_null(links);
    assert_true(links[0].latency == 5 && links[1].latency == 1);
    memory_free(links);
    sim.incidents = NULL;
    assert_null(simulation_links(&sim, 0, 3));
    incident_calendar_destroy(calendar);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(link__of_a_message__is_that_of_its_setting_out),
        cmocka_unit_test(link__of_an_all_reduce__is_that_of_its_beginning),
    };
    return cmocka_run_group_tests_name("simulation_link", tests, NULL, NULL);
}
