// SPDX-License-Identifier: GPL-3.0-or-later
// simulation_port: messages that come to the server's port one after the other. (Whole runs:
// test_property_port.c, test_trace_network.c.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/simulation_port.h"
#include "sim/simulation/simulation_record.h"

static void find_port(const void *context, int32_t worker, const struct gradient_spans *spans,
                      struct port_spans *port) {
    (void)context;
    (void)worker;
    *port = (struct port_spans){.push_ns = spans->push_ns,
                                .reply_ns = spans->reply_travel_ns,
                                .port_ns = 10,
                                .push_timeouts_ns = 100 * spans->push_losses,
                                .reply_timeouts_ns = 1000 * spans->reply_losses};
}

// With eight messages under way.
static void begin(struct simulation *sim) {
    uint32_t reference = 0;
    engine_init(&sim->engine, 8);
    in_flight_init(&sim->flights, 8);
    for (int i = 0; i < 8; i++) {
        in_flight_take(&sim->flights, &reference);
    }
}

static void end(struct simulation *sim) {
    engine_reset(&sim->engine);
    in_flight_reset(&sim->flights);
    memory_free(sim->uplinks);
}

// The next event of the engine.
static void expect_event(struct simulation *sim, int64_t time_ns, enum happening kind,
                         uint32_t reference) {
    struct event event = engine_step(&sim->engine);
    assert_int_equal(event.time_ns, time_ns);
    assert_int_equal(event.kind, kind);
    assert_int_equal(event.reference, reference);
}

// Where there is no port, a message is on its way with no event between.
static void port__that_there_is_not__lets_messages_go_at_once(void **state) {
    (void)state;
    struct simulation sim = {0};
    const struct gradient_spans spans = {.push_losses = 2, .push_ns = 50, .reply_travel_ns = 60};
    begin(&sim);
    struct port_spans none;
    simulation_port_of(&sim, 0, &spans, &none);
    assert_int_equal(none.port_ns, 0);
    simulation_port_push(&sim, &none, 3, 0);
    simulation_port_reply(&sim, &none, 4, 0);
    expect_event(&sim, 50, HAPPENS_ARRIVED, 3);
    expect_event(&sim, 60, HAPPENS_DELIVERED, 4);
    end(&sim);
}

// A message comes to the port after its time-outs. The second waits for the first; the reply, on
// the other way, waits for neither.
static void port__two_pushes_and_a_reply__wait_for_their_own_way(void **state) {
    (void)state;
    struct simulation sim = {.spans = {.port = find_port}};
    const struct gradient_spans lost_once = {
        .push_losses = 1, .push_ns = 150, .reply_travel_ns = 70};
    begin(&sim);
    struct port_spans port;
    simulation_port_of(&sim, 0, &lost_once, &port);
    simulation_port_push(&sim, &port, 3, 0);
    expect_event(&sim, 100, HAPPENS_PUSH_AT_PORT, 3);
    assert_int_equal(simulation_port_passes_push(&sim, &port, 3, 0), 0);
    assert_int_equal(simulation_port_passes_push(&sim, &port, 4, 0), 10);
    assert_int_equal(simulation_port_passes_reply(&sim, &port, 5, 0), 0);
    expect_event(&sim, 150, HAPPENS_ARRIVED, 3);
    expect_event(&sim, 160, HAPPENS_ARRIVED, 4);
    expect_event(&sim, 170, HAPPENS_DELIVERED, 5);
    assert_int_equal(simulation_port_passes_push(&sim, &port, 6, 0), 0); // free for long
    end(&sim);
}

// A push passes the uplink, then the server's port, and a reply the other way round; two uplinks do
// not know each other, and behind both lies the rest of the way.
static void port__with_uplinks__takes_the_messages_that_passed_them(void **state) {
    (void)state;
    struct simulation sim = {0};
    const struct port_spans near = {
        .push_ns = 100, .reply_ns = 100, .port_ns = 10, .uplink_ns = 30, .uplink = 1};
    const struct port_spans far = {.push_ns = 100, .port_ns = 10, .uplink_ns = 20, .uplink = 2};
    const struct port_spans alone = {
        .push_ns = 100, .uplink_ns = 20, .uplink = 3, .push_timeouts_ns = 5};
    begin(&sim);
    simulation_port_push(&sim, &near, 3, 0);
    expect_event(&sim, 0, HAPPENS_PUSH_AT_UPLINK, 3);
    assert_int_equal(simulation_port_passes_push_uplink(&sim, &near, 3, 0), 0);
    assert_int_equal(simulation_port_passes_push_uplink(&sim, &near, 4, 0), 30);
    assert_int_equal(simulation_port_passes_push_uplink(&sim, &far, 5, 0), 0);
    expect_event(&sim, 20, HAPPENS_PUSH_AT_PORT, 5);
    assert_int_equal(simulation_port_passes_push(&sim, &far, 5, 0), 0);
    expect_event(&sim, 30, HAPPENS_PUSH_AT_PORT, 3);
    assert_int_equal(simulation_port_passes_push(&sim, &near, 3, 0), 0);
    simulation_port_reply(&sim, &near, 6, 0);
    simulation_port_push(&sim, &alone, 7, 0);
    expect_event(&sim, 30, HAPPENS_REPLY_AT_PORT, 6);
    assert_int_equal(simulation_port_passes_reply(&sim, &near, 6, 0), 0);
    expect_event(&sim, 35, HAPPENS_PUSH_AT_UPLINK, 7);
    assert_int_equal(simulation_port_passes_push_uplink(&sim, &alone, 7, 0), 0);
    expect_event(&sim, 40, HAPPENS_REPLY_AT_UPLINK, 6);
    assert_int_equal(simulation_port_passes_reply_uplink(&sim, &near, 6, 0), 0);
    expect_event(&sim, 60, HAPPENS_PUSH_AT_PORT, 4);
    expect_event(&sim, 100, HAPPENS_ARRIVED, 5); // 20 at the uplink, 80 more
    expect_event(&sim, 100, HAPPENS_ARRIVED, 3); // 30, 70 more
    expect_event(&sim, 130, HAPPENS_ARRIVED, 7); // from 30 on
    expect_event(&sim, 130, HAPPENS_DELIVERED, 6);
    end(&sim);
}

// A stranger's log may have a span that is shorter than its time-outs.
static void port__span_shorter_than_its_time_outs__ends_at_once(void **state) {
    (void)state;
    struct simulation sim = {.spans = {.port = find_port}};
    const struct gradient_spans lost_often = {.push_losses = 5, .push_ns = 20};
    begin(&sim);
    struct port_spans port;
    simulation_port_of(&sim, 0, &lost_often, &port);
    simulation_port_passes_push(&sim, &port, 3, 0);
    expect_event(&sim, 0, HAPPENS_ARRIVED, 3);
    end(&sim);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(port__that_there_is_not__lets_messages_go_at_once),
        cmocka_unit_test(port__two_pushes_and_a_reply__wait_for_their_own_way),
        cmocka_unit_test(port__with_uplinks__takes_the_messages_that_passed_them),
        cmocka_unit_test(port__span_shorter_than_its_time_outs__ends_at_once),
    };
    return cmocka_run_group_tests_name("simulation_port", tests, NULL, NULL);
}
