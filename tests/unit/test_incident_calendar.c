// SPDX-License-Identifier: GPL-3.0-or-later
// How long things take under incidents: pauses, slow phases, silences, whoever asks and in whatever
// order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/base/sim_time.h"
#include "sim/cluster/incident_calendar.h"

static struct incident_plan plan_of(enum incident_kind kind, const char *name) {
    struct incident_plan plan = {.kind = kind,
                                 .slowdown = kind == INCIDENT_SLOWDOWN ? 4 : 1,
                                 .who = {.kind = WORKERS_SHARE, .share = 1}};
    memcpy(plan.name, name, strlen(name) + 1);
    return plan;
}

static struct own_law exactly(int64_t span_ns) {
    return (struct own_law){true, distribution_constant(span_ns)};
}

static struct own_law exponential(double mean_ns) {
    return (struct own_law){true, {.law = LAW_EXPONENTIAL, .parameters = {mean_ns}}};
}

// Two workers; the events are the test's.
static struct cluster_options cluster_of(const struct incident_plan *plans, int32_t count) {
    struct cluster_options options = {.workers = 2};
    options.events.count = count;
    for (int32_t i = 0; i < count; i++) {
        options.events.entries[i] = plans[i];
    }
    return options;
}

static struct incident_calendar *calendar_of(const struct cluster_options *options) {
    struct incident_calendar *calendar = incident_calendar_create(options->workers, SIM_TIME_NEVER);
    incident_calendar_plan(calendar, options, 7, 0, SIM_TIME_NEVER);
    return calendar;
}

static void record(struct incident_calendar *calendar, enum incident_kind kind, int32_t event,
                   int64_t began_ns, int64_t ended_ns, double factor) {
    const struct incident incident = {.began_ns = began_ns,
                                      .ended_ns = ended_ns,
                                      .worker = kind == INCIDENT_SERVER_PAUSE ? -1 : 0,
                                      .event = event,
                                      .kind = kind,
                                      .factor = factor};
    incident_calendar_record(calendar, &incident);
}

// What is left of a gradient becomes slower, not what is done; and faster again behind the phase.
static void computed__slow_phase__stretches_what_remains(void **state) {
    (void)state;
    struct incident_calendar *calendar = incident_calendar_create(2, SIM_TIME_NEVER);
    record(calendar, INCIDENT_SLOWDOWN, 0, 100, 200, 4);
    assert_int_equal(incident_calendar_computed(calendar, 0, 0, 100), 100);
    assert_int_equal(incident_calendar_computed(calendar, 0, 0, 110), 140);
    assert_int_equal(incident_calendar_computed(calendar, 0, 0, 150), 225);
    assert_int_equal(incident_calendar_computed(calendar, 0, 150, 20), 208);
    assert_int_equal(incident_calendar_computed(calendar, 0, 200, 20), 220);
    assert_int_equal(incident_calendar_computed(calendar, 1, 0, 150), 150); // another worker
    incident_calendar_destroy(calendar);
}

// What is no change of speed must round nothing, and cost nothing: crashes each microsecond took a
// thousand steps for each gradient of a millisecond.
static void computed__crash_and_disconnection__do_not_count(void **state) {
    (void)state;
    struct incident_calendar *calendar = incident_calendar_create(1, SIM_TIME_NEVER);
    record(calendar, INCIDENT_SLOWDOWN, 0, 0, 1000, 3);
    record(calendar, INCIDENT_DISCONNECT, 1, 5, 7, 0);
    record(calendar, INCIDENT_CRASH, 2, 11, 13, 0);
    assert_int_equal(incident_calendar_computed(calendar, 0, 0, 10), 30);
    incident_calendar_destroy(calendar);
}

// Phases that meet: both slow it down. A pause stops it altogether.
static void computed__incidents_that_overlap__all_count(void **state) {
    (void)state;
    struct incident_calendar *calendar = incident_calendar_create(1, SIM_TIME_NEVER);
    record(calendar, INCIDENT_SLOWDOWN, 0, 100, 300, 2);
    record(calendar, INCIDENT_SLOWDOWN, 1, 200, 400, 5);
    record(calendar, INCIDENT_PAUSE, 2, 400, 500, 0);
    // 100 by 100, 50 by 200, 10 by 300, 20 by 400, none by 500.
    assert_int_equal(incident_calendar_computed(calendar, 0, 0, 155), 250);
    assert_int_equal(incident_calendar_computed(calendar, 0, 0, 180), 400);
    assert_int_equal(incident_calendar_computed(calendar, 0, 0, 181), 501);
    assert_int_equal(incident_calendar_computed(calendar, 0, 450, 0), 500); // it is not awake
    incident_calendar_destroy(calendar);
}

// A pause keeps nobody's message on its way; a disconnect does not keep anybody from computing.
static void messages__each_kind__keeps_what_it_keeps(void **state) {
    (void)state;
    struct incident_calendar *calendar = incident_calendar_create(1, SIM_TIME_NEVER);
    record(calendar, INCIDENT_PAUSE, 0, 100, 200, 0);
    record(calendar, INCIDENT_DISCONNECT, 1, 200, 300, 0);
    record(calendar, INCIDENT_SERVER_PAUSE, 2, 100, 150, 0);
    assert_int_equal(incident_calendar_connected(calendar, 0, 150), 150);
    assert_int_equal(incident_calendar_connected(calendar, 0, 200), 300);
    assert_int_equal(incident_calendar_taken(calendar, 0, 99), 99);
    assert_int_equal(incident_calendar_taken(calendar, 0, 150), 300); // one after the other
    assert_int_equal(incident_calendar_taken(calendar, 0, 300), 300);
    assert_int_equal(incident_calendar_computed(calendar, 0, 200, 50), 250);
    assert_int_equal(incident_calendar_served(calendar, 90, 20), 160);
    assert_int_equal(incident_calendar_computed(calendar, 0, 50, 20), 70);
    incident_calendar_destroy(calendar);
}

// What lasts to the end is never over.
static void computed__pause_without_end__is_never(void **state) {
    (void)state;
    struct incident_plan plan = plan_of(INCIDENT_PAUSE, "off");
    plan.at = (struct own_time){true, 100};
    struct cluster_options options = cluster_of(&plan, 1);
    struct incident_calendar *calendar = calendar_of(&options);
    assert_int_equal(incident_calendar_computed(calendar, 0, 0, 100), 100);
    assert_true(incident_calendar_computed(calendar, 0, 0, 101) == SIM_TIME_NEVER);
    assert_true(incident_calendar_taken(calendar, 0, 100) == SIM_TIME_NEVER);
    incident_calendar_destroy(calendar);
}

// Tells all incidents up to a time.
static size_t tell(struct incident_calendar *calendar, int64_t until_ns, struct incident *told,
                   size_t most) {
    size_t count = 0;
    while (count < most && incident_calendar_next(calendar, until_ns, &told[count])) {
        count++;
    }
    return count;
}

enum { TOLD_MAX = 400 };

static struct cluster_options busy_cluster(void) {
    struct incident_plan plans[3] = {plan_of(INCIDENT_SLOWDOWN, "noise"),
                                     plan_of(INCIDENT_PAUSE, "naps"),
                                     plan_of(INCIDENT_SERVER_PAUSE, "gc")};
    plans[0].every = exponential(5e5);
    plans[0].duration = exponential(2e5);
    plans[1].every = exactly(700000);
    plans[1].duration = exponential(1e5);
    plans[1].stagger_ns = 1000;
    plans[2].every = exponential(1e6);
    plans[2].duration = exactly(30000);
    return cluster_of(plans, 3);
}

// A log's incidents give the times that the scenario's gave: else no replay would be exact.
static void record__what_was_told__gives_the_same_answers(void **state) {
    (void)state;
    static struct incident told[TOLD_MAX];
    const int64_t end_ns = 20000000;
    struct cluster_options options = busy_cluster();
    struct incident_calendar *drawn = calendar_of(&options);
    struct incident_calendar *recorded = incident_calendar_create(2, SIM_TIME_NEVER);
    size_t count = tell(drawn, end_ns, told, TOLD_MAX);
    assert_in_range(count, 100, TOLD_MAX - 1);
    for (size_t i = count; i > 0; i--) { // in any order
        incident_calendar_record(recorded, &told[i - 1]);
    }
    for (int64_t at_ns = 0; at_ns < end_ns - 2000000; at_ns += 12345) {
        for (int32_t worker = 0; worker < 2; worker++) {
            assert_int_equal(incident_calendar_computed(drawn, worker, at_ns, 150000),
                             incident_calendar_computed(recorded, worker, at_ns, 150000));
        }
        assert_int_equal(incident_calendar_taken(drawn, 0, at_ns),
                         incident_calendar_taken(recorded, 0, at_ns));
        assert_int_equal(incident_calendar_served(drawn, at_ns, 10000),
                         incident_calendar_served(recorded, at_ns, 10000));
    }
    incident_calendar_destroy(drawn);
    incident_calendar_destroy(recorded);
}

// Rows come in order of their beginnings, and whoever asked before changes nothing.
static void next__asked_late_or_early__tells_the_same_in_order(void **state) {
    (void)state;
    static struct incident early[TOLD_MAX];
    static struct incident late[TOLD_MAX];
    struct cluster_options options = busy_cluster();
    struct incident_calendar *first = calendar_of(&options);
    struct incident_calendar *second = calendar_of(&options);
    size_t count = tell(first, 20000000, early, TOLD_MAX);
    incident_calendar_computed(second, 1, 0, 15000000);
    incident_calendar_served(second, 3000000, 15000000);
    size_t again = 0;
    for (int64_t until_ns = 0; until_ns <= 20000000; until_ns += 100000) {
        again += tell(second, until_ns, late + again, TOLD_MAX - again);
    }
    assert_int_equal(count, again);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(early[i].began_ns, late[i].began_ns);
        assert_int_equal(early[i].ended_ns, late[i].ended_ns);
        assert_int_equal(early[i].worker, late[i].worker);
        assert_true(i == 0 || early[i].began_ns >= early[i - 1].began_ns);
    }
    incident_calendar_destroy(first);
    incident_calendar_destroy(second);
}

// An incident belongs to the stretch of the run in which it begins: it goes on behind it, and those
// of a sequence that began before are another's.
static void plan__two_stretches__each_has_what_begins_in_it(void **state) {
    (void)state;
    struct incident told[8];
    struct incident_plan before = plan_of(INCIDENT_PAUSE, "nap");
    before.every = exactly(100);
    before.duration = exactly(60);
    struct incident_plan after = before;
    after.duration = exactly(10);
    struct cluster_options first = cluster_of(&before, 1);
    struct cluster_options second = cluster_of(&after, 1);
    first.workers = second.workers = 1;
    struct incident_calendar *calendar = incident_calendar_create(1, SIM_TIME_NEVER);
    incident_calendar_plan(calendar, &first, 1, 0, 230);
    incident_calendar_plan(calendar, &second, 1, 230, SIM_TIME_NEVER);
    assert_int_equal(tell(calendar, 400, told, 8), 4);
    const int64_t ends_ns[4] = {160, 260, 310, 410};
    for (int32_t i = 0; i < 4; i++) {
        assert_int_equal(told[i].began_ns, 100 * (i + 1));
        assert_int_equal(told[i].ended_ns, ends_ns[i]);
        assert_int_equal(told[i].event, i / 2); // those of the first stretch are counted first
    }
    assert_int_equal(incident_calendar_computed(calendar, 0, 0, 180), 300);
    incident_calendar_destroy(calendar);
}

// Rows of a stranger's log that begin at once: which of them comes first is no matter of the order
// in which they stand.
static void record__of_one_beginning__does_not_hang_on_the_order(void **state) {
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct incident_calendar *calendar = incident_calendar_create(1, SIM_TIME_NEVER);
        record(calendar, INCIDENT_PAUSE, 0, 100, order == 0 ? 200 : 300, 0);
        record(calendar, INCIDENT_PAUSE, 0, 100, order == 0 ? 300 : 200, 0);
        assert_int_equal(incident_calendar_computed(calendar, 0, 0, 150), 350);
        incident_calendar_destroy(calendar);
    }
}

// Without a bound a span of a year under pauses of a microsecond would be walked for ever.
static void next__too_many_incidents__stop(void **state) {
    (void)state;
    struct incident_plan plan = plan_of(INCIDENT_SLOWDOWN, "buzz");
    plan.every = exactly(2);
    plan.duration = exactly(1);
    struct cluster_options options = cluster_of(&plan, 1);
    struct incident_calendar *calendar = calendar_of(&options);
    assert_false(incident_calendar_is_flooded(calendar));
    incident_calendar_computed(calendar, 0, 0, INT64_C(1000000000000));
    assert_true(incident_calendar_is_flooded(calendar));
    incident_calendar_destroy(calendar);
}

// Nobody asks behind the end of a run, so a long span need not be followed there.
static void computed__behind_the_horizon__knows_of_nothing(void **state) {
    (void)state;
    struct incident_plan plan = plan_of(INCIDENT_PAUSE, "nap");
    plan.every = exactly(100);
    plan.duration = exactly(50);
    struct cluster_options options = cluster_of(&plan, 1);
    struct incident_calendar *calendar = incident_calendar_create(2, 1000);
    incident_calendar_plan(calendar, &options, 7, 0, SIM_TIME_NEVER);
    assert_true(incident_calendar_computed(calendar, 0, 0, INT64_C(1000000000000)) > 1000);
    assert_false(incident_calendar_is_flooded(calendar));
    assert_int_equal(incident_calendar_computed(calendar, 0, 0, 120), 170);
    incident_calendar_destroy(calendar);
}

// Crashes of two events: what overlaps is one absence, and it lasts until the worker is neither
// paused nor disconnected.
static void calendar__crashes__are_found_and_end_when_the_worker_is_back(void **state) {
    (void)state;
    struct incident_calendar *calendar = incident_calendar_create(1, SIM_TIME_NEVER);
    record(calendar, INCIDENT_CRASH, 0, 100, 200, 0);
    record(calendar, INCIDENT_CRASH, 0, 900, 900, 0);
    record(calendar, INCIDENT_CRASH, 1, 150, 300, 0);
    record(calendar, INCIDENT_PAUSE, 2, 290, 400, 0);
    record(calendar, INCIDENT_DISCONNECT, 3, 400, 450, 0);
    assert_int_equal(incident_calendar_next_crash(calendar, 0, 0), 100);
    assert_int_equal(incident_calendar_next_crash(calendar, 0, 100), 150);
    assert_int_equal(incident_calendar_next_crash(calendar, 0, 150), 900);
    assert_int_equal(incident_calendar_next_crash(calendar, 0, 900), SIM_TIME_NEVER);
    assert_int_equal(incident_calendar_back(calendar, 0, 100), 450);
    assert_int_equal(incident_calendar_back(calendar, 0, 900), 900);
    assert_true(incident_calendar_is_down(calendar, 0, 299));
    assert_false(incident_calendar_is_down(calendar, 0, 300));
    assert_false(incident_calendar_is_down(calendar, 0, 900));
    assert_int_equal(incident_calendar_computed(calendar, 0, 0, 150), 150); // the crash is no pause
    incident_calendar_destroy(calendar);
}

// Behind the horizon nobody asks; before it, crashes that are drawn come one after another.
static void calendar__drawn_crashes__are_found_up_to_the_horizon(void **state) {
    (void)state;
    struct incident_plan plans[2] = {plan_of(INCIDENT_CRASH, "fails"),
                                     plan_of(INCIDENT_PAUSE, "nap")};
    for (size_t i = 0; i < 2; i++) {
        plans[i].every = exponential(5e5);
        plans[i].duration = exponential(1e5);
    }
    struct cluster_options options = cluster_of(plans, 2);
    struct incident_calendar *calendar = incident_calendar_create(2, 5000000);
    incident_calendar_plan(calendar, &options, 7, 0, SIM_TIME_NEVER);
    int64_t found = 0;
    int64_t all = 0;
    int64_t time_ns = incident_calendar_next_crash(calendar, 0, 0);
    while (time_ns != SIM_TIME_NEVER) {
        assert_true(time_ns <= 5000000);
        found++;
        all++;
        time_ns = incident_calendar_next_crash(calendar, 0, time_ns);
    }
    struct incident incident;
    while (incident_calendar_next(calendar, 5000000, &incident)) {
        found -= incident.worker == 0 && incident.kind == INCIDENT_CRASH;
    }
    assert_int_equal(found, 0);
    assert_true(all > 0);
    incident_calendar_destroy(calendar);
}

static void expect_silence(struct incident_calendar *calendar, int64_t from_ns, int64_t began_ns,
                           int64_t ended_ns) {
    int64_t began = -1;
    int64_t ended = -1;
    bool is_there = incident_calendar_silence(calendar, 0, from_ns, &began, &ended);
    assert_int_equal(is_there, began_ns >= 0);
    assert_int_equal(began, began_ns);
    assert_int_equal(ended, ended_ns);
}

// A worker that is paused while it is disconnected, and then again, is silent once: nobody has
// heard of it in between. A slow one is not.
static void silence__incidents_that_touch__are_one(void **state) {
    (void)state;
    struct incident_calendar *calendar = incident_calendar_create(2, SIM_TIME_NEVER);
    record(calendar, INCIDENT_PAUSE, 0, 100, 200, 0);
    record(calendar, INCIDENT_PAUSE, 0, 230, 260, 0);
    record(calendar, INCIDENT_DISCONNECT, 1, 150, 230, 0);
    record(calendar, INCIDENT_SLOWDOWN, 2, 0, 500, 2);
    record(calendar, INCIDENT_DISCONNECT, 3, 300, 300, 0);
    record(calendar, INCIDENT_DISCONNECT, 3, 400, SIM_TIME_NEVER, 0);
    expect_silence(calendar, 0, 100, 260);
    expect_silence(calendar, 260, 300, 300); // one that ends as it begins
    expect_silence(calendar, 300, 400, SIM_TIME_NEVER);
    expect_silence(calendar, 450, 450, SIM_TIME_NEVER); // the rest of it
    int64_t began_ns = 0;
    int64_t ended_ns = 0;
    assert_false(incident_calendar_silence(calendar, 1, 0, &began_ns, &ended_ns));
    incident_calendar_destroy(calendar);
}

// Asked of a plan, before anybody has made its incidents.
static void silence__of_a_plan__is_made_as_it_is_asked_for(void **state) {
    (void)state;
    struct incident_plan plan = plan_of(INCIDENT_PAUSE, "nap");
    plan.at = (struct own_time){true, 1000};
    plan.every = exactly(500);
    plan.duration = exactly(50);
    struct cluster_options options = cluster_of(&plan, 1);
    struct incident_calendar *calendar = calendar_of(&options);
    expect_silence(calendar, 0, 1000, 1050);
    expect_silence(calendar, 1050, 1500, 1550);
    assert_false(incident_calendar_is_flooded(calendar));
    incident_calendar_destroy(calendar);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computed__slow_phase__stretches_what_remains),
        cmocka_unit_test(computed__crash_and_disconnection__do_not_count),
        cmocka_unit_test(computed__incidents_that_overlap__all_count),
        cmocka_unit_test(messages__each_kind__keeps_what_it_keeps),
        cmocka_unit_test(computed__pause_without_end__is_never),
        cmocka_unit_test(record__what_was_told__gives_the_same_answers),
        cmocka_unit_test(next__asked_late_or_early__tells_the_same_in_order),
        cmocka_unit_test(plan__two_stretches__each_has_what_begins_in_it),
        cmocka_unit_test(record__of_one_beginning__does_not_hang_on_the_order),
        cmocka_unit_test(next__too_many_incidents__stop),
        cmocka_unit_test(computed__behind_the_horizon__knows_of_nothing),
        cmocka_unit_test(calendar__crashes__are_found_and_end_when_the_worker_is_back),
        cmocka_unit_test(calendar__drawn_crashes__are_found_up_to_the_horizon),
        cmocka_unit_test(silence__incidents_that_touch__are_one),
        cmocka_unit_test(silence__of_a_plan__is_made_as_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
