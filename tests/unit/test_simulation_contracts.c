// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of the simulation presume of each other: a call that breaks it ends the program
// before it can make a wrong row.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/status.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/local_version.h"
#include "sim/simulation/simulation_checkpoint.h"
#include "sim/simulation/simulation_ending.h"
#include "sim/simulation/simulation_exchange.h"
#include "sim/simulation/simulation_local.h"
#include "sim/simulation/simulation_record.h"
#include "sim/simulation/simulation_server.h"
#include "sim/simulation/simulation_worker.h"
#include "tests/support/child.h"
#include "tests/support/small_cluster.h"

// A cluster whose two workers have begun their first gradients, 0 and 1.
struct begun {
    struct scenario scenario;
    struct runlog_header header;
    struct span_laws laws;
    struct simulation_options options;
    struct simulation *sim;
};

static void begin(struct begun *begun, const char *policy) {
    small_cluster_parse(&begun->scenario,
                        "model: none\nend: 10 s\npolicy: {%s}\n"
                        "cluster: {workers: 2, compute: 100 ms}\n",
                        policy);
    span_laws_init(&begun->laws, &begun->scenario.cluster, 1, false, 0);
    begun->header = (struct runlog_header){.workers = 2};
    begun->options = (struct simulation_options){.scenario = &begun->scenario,
                                                 .spans = span_source_from_laws(&begun->laws),
                                                 .header = &begun->header};
    begun->sim = simulation_state_create(&begun->options);
    local_run_create(begun->sim);
    if (begun->sim->local == NULL) {
        simulation_on_start(begun->sim);
    } else {
        simulation_local_on_start(begun->sim);
    }
}

static void end(struct begun *begun) {
    local_run_destroy(begun->sim);
    simulation_state_destroy(begun->sim);
}

static void expect_broken(void (*action)(void *), void *sim) {
    char text[512];
    assert_int_equal(child_exit_status(action, sim, text, sizeof text), STATUS_INTERNAL);
}

static void cancel_what_is_ready(void *sim) {
    in_flight_at(&((struct simulation *)sim)->flights, 0)->row.ready_ns = 5;
    simulation_cancel(sim, 0);
}

static void tell_twice(void *sim) {
    struct in_flight *flight = in_flight_at(&((struct simulation *)sim)->flights, 0);
    simulation_log_gradient(sim, flight);
    simulation_log_gradient(sim, flight);
}

// Without these a wrong turn of a policy would be a wrong row, and the run would go on.
static void simulation__a_step_that_the_state_forbids__is_a_broken_contract(void **state) {
    (void)state;
    struct begun begun;
    begin(&begun, "name: async");
    void (*const wrong[])(void *) = {cancel_what_is_ready, tell_twice};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        expect_broken(wrong[i], begun.sim);
    }
    end(&begun);
}

static void ask_for_a_third_worker(void *sim) {
    local_worker_of(sim, 2);
}

static void pull_without_a_centre(void *sim) {
    simulation_exchange_on_delivered(sim, 0);
}

// The same of runs without a server.
static void simulation_local__a_step_that_the_state_forbids__is_a_broken_contract(void **state) {
    (void)state;
    struct begun begun;
    begin(&begun, "name: k_avg, steps: 2");
    void (*const wrong[])(void *) = {ask_for_a_third_worker, pull_without_a_centre};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        expect_broken(wrong[i], begun.sim);
    }
    end(&begun);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simulation__a_step_that_the_state_forbids__is_a_broken_contract),
        cmocka_unit_test(simulation_local__a_step_that_the_state_forbids__is_a_broken_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
