// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of the simulation presume of each other: a call that breaks it ends the program
// before it can make a wrong row.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/base/status.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/local_version.h"
#include "sim/simulation/simulation_checkpoint.h"
#include "sim/simulation/simulation_crash.h"
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
    row_output_start(&begun->sim->output, &begun->header);
    simulation_on_start(begun->sim);
}

static void end(struct begun *begun) {
    local_run_destroy(begun->sim);
    simulation_state_destroy(begun->sim);
}

static void expect_broken(void (*action)(void *), void *sim) {
    char text[512];
    assert_int_equal(child_exit_status(action, sim, text, sizeof text), STATUS_INTERNAL);
    assert_non_null(strstr(text, "sim/simulation/"));
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

static struct in_flight *first_of(void *sim) {
    return in_flight_at(&((struct simulation *)sim)->flights, 0);
}

static void be_ready_at_another_time(void *sim) {
    simulation_on_ready(sim, 0);
}

static void be_ready_twice(void *sim) {
    ((struct simulation *)sim)->engine.now_ns = 100000000;
    simulation_on_ready(sim, 0);
    simulation_on_ready(sim, 0);
}

static void arrive_before_it_is_ready(void *sim) {
    simulation_on_arrived(sim, 0);
}

static void be_received_before_it_arrives(void *sim) {
    simulation_on_received(sim, 0);
}

static void update_without_gradients(void *sim) {
    simulation_on_updated(sim);
}

static void end_a_reply_that_never_began(void *sim) {
    simulation_on_replied(sim, 0);
}

static void deliver_what_was_not_replied(void *sim) {
    simulation_on_delivered(sim, 0);
}

static void start_twice(void *sim) {
    simulation_on_start(sim);
}

static void let_a_slot_go_whose_row_is_not_told(void *sim) {
    in_flight_give_back(&((struct simulation *)sim)->flights, 0);
}

static void drop_what_is_applied(void *sim) {
    simulation_close_gradient(sim, first_of(sim), OUTCOME_APPLIED);
}

static void tell_of_a_version_to_come(void *sim) {
    simulation_log_event(sim, EVENT_UPDATED, NULL, 1);
}

static void tell_of_yesterday(void *sim) {
    struct simulation *simulation = sim;
    struct event_row row = {.time_ns = 7};
    row_output_event(&simulation->output, &row);
    row.time_ns = 6;
    row_output_event(&simulation->output, &row);
}

static void end_a_rerun_that_is_none(void *sim) {
    simulation_end_rerun(sim);
}

static void end_with_a_worker_that_spent_no_time(void *sim) {
    struct simulation *simulation = sim;
    struct simulation_result result = {.end_ns = 9};
    simulation->workers[1].since_ns = 5;
    simulation_end(sim, &result);
}
// Without these a wrong turn of a policy would be a wrong row, and the run would go on.
static void simulation__a_step_that_the_state_forbids__is_a_broken_contract(void **state) {
    (void)state;
    struct begun begun;
    begin(&begun, "name: async");
    void (*const wrong[])(void *) = {cancel_what_is_ready,
                                     tell_twice,
                                     be_ready_at_another_time,
                                     be_ready_twice,
                                     arrive_before_it_is_ready,
                                     be_received_before_it_arrives,
                                     update_without_gradients,
                                     end_a_reply_that_never_began,
                                     deliver_what_was_not_replied,
                                     start_twice,
                                     let_a_slot_go_whose_row_is_not_told,
                                     drop_what_is_applied,
                                     tell_of_a_version_to_come,
                                     tell_of_yesterday,
                                     end_a_rerun_that_is_none,
                                     end_with_a_worker_that_spent_no_time};
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

static void be_ready_at_another_time_alone(void *sim) {
    simulation_local_on_ready(sim, 0);
}

static void dispatch_who_computes(void *sim) {
    local_version_dispatch(sim, 1);
}

static void answer_without_an_exchange(void *sim) {
    local_answer(sim, 0);
}

static void step_by_what_is_not_ready(void *sim) {
    local_step(sim, in_flight_at(&((struct simulation *)sim)->flights, 0));
}

static void reduce_twice(void *sim) {
    struct local_reduction *all = &((struct simulation *)sim)->local->reductions[0];
    all->group = (struct averaging_group){0, 2, true};
    local_average(sim, all);
    local_average(sim, all);
}

static void make_a_version_of_nobody(void *sim) {
    local_version_make(sim, 0, 0, false);
}
// The same of runs without a server.
static void simulation_local__a_step_that_the_state_forbids__is_a_broken_contract(void **state) {
    (void)state;
    struct begun begun;
    begin(&begun, "name: k_avg, steps: 2");
    void (*const wrong[])(void *) = {
        ask_for_a_third_worker, pull_without_a_centre,      be_ready_at_another_time_alone,
        dispatch_who_computes,  answer_without_an_exchange, step_by_what_is_not_ready,
        reduce_twice,           make_a_version_of_nobody};
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
