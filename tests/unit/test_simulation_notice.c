// SPDX-License-Identifier: GPL-3.0-or-later
// simulation_notice: what a worker that is told of a crash may start. Whole runs:
// test_property_incidents.c, test_trace_crashes.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/sim_time.h"
#include "sim/simulation/simulation_notice.h"

// Computing takes 50 ns, the way 10 ns, whoever asks.
static void spans_of(const void *context, int64_t index, int32_t worker, int64_t number,
                     struct gradient_spans *spans) {
    (void)context;
    (void)index;
    (void)worker;
    (void)number;
    *spans = (struct gradient_spans){.compute_ns = 50, .push_ns = 10};
}

// A log that says that worker 0 starts its gradient 0 at 45 ns, and no other.
static bool log_knows(const void *context, int64_t index, const struct gradient_start *start,
                      bool *starts) {
    (void)context;
    *starts = index == 0 && start->worker == 0 && start->number == 0 && start->time_ns == 45;
    return true;
}

struct subject {
    struct scenario scenario;
    struct simulation_options options;
    struct worker workers[2];
    struct simulation sim;
};

// Worker 0 crashes at 100 ns, and is told of it from 60 ns before on.
static void set_up(struct subject *subject) {
    struct cluster_options *cluster = &subject->scenario.cluster;
    *subject = (struct subject){.scenario.cluster.workers = 2};
    cluster->events.count = 1;
    cluster->events.entries[0] = (struct incident_plan){.name = "reclaim",
                                                        .kind = INCIDENT_CRASH,
                                                        .who = {.kind = WORKERS_COUNT, .count = 1},
                                                        .at = {true, 100},
                                                        .notice_ns = 60};
    subject->options = (struct simulation_options){.scenario = &subject->scenario,
                                                   .notices = crash_notices_create(cluster, 1)};
    subject->sim = (struct simulation){.options = &subject->options,
                                       .scenario = &subject->scenario,
                                       .spans = {.gradient = spans_of},
                                       .workers = subject->workers,
                                       .incidents = incident_calendar_create(2, SIM_TIME_NEVER)};
    incident_calendar_plan(subject->sim.incidents, cluster, 1, 0, SIM_TIME_NEVER);
}

static void tear_down(struct subject *subject) {
    crash_notices_destroy(subject->options.notices);
    incident_calendar_destroy(subject->sim.incidents);
}

static bool may_start_at(struct subject *subject, int32_t worker, int64_t time_ns) {
    subject->sim.engine.now_ns = time_ns;
    return simulation_may_start(&subject->sim, worker);
}

// Before its notice it does not know; at 40 ns it would come in at the moment of the crash.
static void worker__that_is_told__starts_what_comes_in_before(void **state) {
    (void)state;
    struct subject subject;
    set_up(&subject);
    assert_true(may_start_at(&subject, 0, 39));
    assert_false(may_start_at(&subject, 0, 40));
    assert_false(may_start_at(&subject, 0, 99));
    assert_true(may_start_at(&subject, 0, 100));
    assert_true(may_start_at(&subject, 1, 99));
    assert_int_equal(subject.workers[0].next_number, 0);
    tear_down(&subject);
}

// Who starts is in the log, whatever the spans.
static void worker__of_a_replay__starts_what_the_log_has(void **state) {
    (void)state;
    struct subject subject;
    set_up(&subject);
    subject.sim.spans.knows_start = log_knows;
    assert_true(may_start_at(&subject, 0, 45));
    assert_false(may_start_at(&subject, 0, 46));
    assert_false(may_start_at(&subject, 1, 45));
    tear_down(&subject);
}

// It waits, so that its time is told as such, and is known to idle: a next phase asks it again.
static void worker__that_idles__waits(void **state) {
    (void)state;
    struct subject subject;
    set_up(&subject);
    subject.sim.engine.now_ns = 45;
    subject.workers[0].state = WORKER_COMMUNICATING;
    simulation_idle(&subject.sim, 0);
    assert_true(subject.workers[0].idles);
    assert_int_equal(subject.workers[0].state, WORKER_WAITING);
    tear_down(&subject);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker__that_is_told__starts_what_comes_in_before),
        cmocka_unit_test(worker__of_a_replay__starts_what_the_log_has),
        cmocka_unit_test(worker__that_idles__waits),
    };
    return cmocka_run_group_tests_name("simulation_notice", tests, NULL, NULL);
}
