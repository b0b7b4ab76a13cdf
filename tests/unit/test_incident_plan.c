// SPDX-License-Identifier: GPL-3.0-or-later
// When the incidents of an event begin and end, and that nobody else's draws move them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/base/sim_time.h"
#include "sim/cluster/incident_plan.h"

static struct own_law exactly(int64_t span_ns) {
    return (struct own_law){true, distribution_constant(span_ns)};
}

static struct own_law exponential(double mean_ns) {
    return (struct own_law){true, {.law = LAW_EXPONENTIAL, .parameters = {mean_ns}}};
}

static struct incident next_of(struct incident_sequence *sequence, int64_t began_ns,
                               int64_t ended_ns) {
    struct incident incident = incident_sequence_next(sequence);
    assert_int_equal(incident.began_ns, began_ns);
    assert_int_equal(incident.ended_ns, ended_ns);
    return incident;
}

// Scripted: once, at the time that is written.
static void sequence__at__is_once(void **state) {
    (void)state;
    const struct incident_plan plan = {
        .name = "a", .kind = INCIDENT_PAUSE, .at = {true, 40}, .duration = exactly(10)};
    struct incident_sequence sequence = incident_sequence_begin(&plan, 1, 5, 3, 0, 2);
    struct incident incident = next_of(&sequence, 40, 50);
    assert_int_equal(incident.worker, 3);
    assert_int_equal(incident.event, 2);
    assert_true(sequence.next_began_ns == SIM_TIME_NEVER);
}

// A time counts from one beginning to the next, whatever they last, and the first comes a period
// after the start-up, or when "at" says.
static void sequence__every_time__counts_from_beginnings(void **state) {
    (void)state;
    struct incident_plan plan = {.name = "a",
                                 .kind = INCIDENT_SLOWDOWN,
                                 .slowdown = 3,
                                 .every = exactly(100),
                                 .duration = exactly(30)};
    struct incident_sequence sequence = incident_sequence_begin(&plan, 1, 5, 0, 0, 0);
    assert_true(next_of(&sequence, 105, 135).factor == 3);
    next_of(&sequence, 205, 235);
    plan.at = (struct own_time){true, 7};
    sequence = incident_sequence_begin(&plan, 1, 5, 0, 0, 0);
    next_of(&sequence, 7, 37);
    next_of(&sequence, 107, 137);
}

// A law counts from the end of the last one: what is down cannot go down.
static void sequence__every_law__counts_from_ends(void **state) {
    (void)state;
    const struct incident_plan plan = {
        .name = "a", .kind = INCIDENT_PAUSE, .every = exponential(1e6), .duration = exactly(5000)};
    struct incident_sequence sequence = incident_sequence_begin(&plan, 1, 5, 0, 0, 0);
    int64_t free_ns = 5;
    for (int i = 0; i < 100; i++) {
        struct incident incident = incident_sequence_next(&sequence);
        assert_true(incident.began_ns >= free_ns);
        assert_int_equal(incident.ended_ns - incident.began_ns, 5000);
        free_ns = incident.ended_ns;
    }
}

// One that would outlast the period ends when the next begins: two of one event never overlap.
static void sequence__longer_than_its_period__is_cut(void **state) {
    (void)state;
    const struct incident_plan plan = {
        .name = "a", .kind = INCIDENT_PAUSE, .every = exactly(1000), .duration = exponential(2e3)};
    struct incident_sequence sequence = incident_sequence_begin(&plan, 1, 0, 0, 0, 0);
    int cut = 0;
    for (int i = 0; i < 100; i++) {
        struct incident incident = incident_sequence_next(&sequence);
        assert_int_equal(incident.began_ns, 1000 * (i + 1));
        assert_true(incident.ended_ns <= 1000 * (i + 2));
        cut += incident.ended_ns == 1000 * (i + 2);
    }
    assert_in_range(cut, 40, 80); // exp(-1/2) of them
}

// A rolling restart: each member so much later.
static void sequence__stagger__shifts_by_the_place(void **state) {
    (void)state;
    const struct incident_plan plan = {.name = "a",
                                       .kind = INCIDENT_PAUSE,
                                       .at = {true, 60},
                                       .duration = exactly(5),
                                       .stagger_ns = 10};
    struct incident_sequence sequence = incident_sequence_begin(&plan, 1, 0, 4, 2, 0);
    next_of(&sequence, 80, 85);
}

static struct incident third_of(const struct incident_plan *plan, uint64_t seed, int32_t worker) {
    struct incident_sequence sequence = incident_sequence_begin(plan, seed, 0, worker, 0, 0);
    incident_sequence_next(&sequence);
    incident_sequence_next(&sequence);
    return incident_sequence_next(&sequence);
}

// Common random numbers: seed, name, worker and index decide, and "together" makes all alike.
static void sequence__draws__are_keyed_by_seed_name_and_worker(void **state) {
    (void)state;
    struct incident_plan plan = {.name = "a",
                                 .kind = INCIDENT_PAUSE,
                                 .every = exponential(1e6),
                                 .duration = exponential(1e5)};
    struct incident_plan other = plan;
    other.name[0] = 'b';
    struct incident base = third_of(&plan, 1, 0);
    assert_int_equal(third_of(&plan, 1, 0).began_ns, base.began_ns);
    assert_int_equal(third_of(&plan, 1, 0).ended_ns, base.ended_ns);
    assert_true(third_of(&plan, 2, 0).began_ns != base.began_ns);
    assert_true(third_of(&plan, 1, 1).began_ns != base.began_ns);
    assert_true(third_of(&other, 1, 0).began_ns != base.began_ns);
    plan.together = true;
    assert_int_equal(third_of(&plan, 1, 0).began_ns, third_of(&plan, 1, 1).began_ns);
    assert_int_equal(third_of(&plan, 1, 0).ended_ns, third_of(&plan, 1, 1).ended_ns);
}

// Whatever the event's name, its law may be a mixture (which draws beside) or bounded (which draws
// again), and no name's draws are another's.
static void sequence__any_name__may_have_any_law(void **state) {
    (void)state;
    enum { NAMES = 26, BOUND_NS = 2000000 };
    struct incident_plan plan = {
        .kind = INCIDENT_PAUSE, .every = exponential(1e6), .duration = exponential(1e6)};
    plan.every.law = (struct distribution){
        .law = LAW_MIXTURE,
        .part_count = 2,
        .parts = {{.name = "a", .share = 0.5, .law = LAW_EXPONENTIAL, .parameters = {2e6}},
                  {.name = "b", .share = 0.5, .law = LAW_EXPONENTIAL, .parameters = {5e6}}}};
    plan.duration.law.at_most = BOUND_NS;
    int64_t began_ns[NAMES];
    for (int name = 0; name < NAMES; name++) {
        plan.name[0] = (char)('a' + name);
        struct incident_sequence sequence = incident_sequence_begin(&plan, 1, 0, 0, 0, 0);
        for (int i = 0; i < 20; i++) {
            struct incident incident = incident_sequence_next(&sequence);
            began_ns[name] = incident.began_ns;
            assert_in_range(incident.ended_ns - incident.began_ns, 0, BOUND_NS);
        }
        for (int other = 0; other < name; other++) {
            assert_true(began_ns[other] != began_ns[name]);
        }
    }
}

// What check prints as the share of time: the mean over a long time is that.
static void share__long_run__is_what_happens(void **state) {
    (void)state;
    const struct incident_plan plan = {.name = "a",
                                       .kind = INCIDENT_PAUSE,
                                       .every = exponential(6e7),
                                       .duration = exponential(1e7)};
    assert_true(fabs(incident_plan_share(&plan) - 1.0 / 7) < 1e-12);
    struct incident_sequence sequence = incident_sequence_begin(&plan, 1, 0, 0, 0, 0);
    double inside = 0;
    struct incident incident = {0};
    for (int i = 0; i < 40000; i++) {
        incident = incident_sequence_next(&sequence);
        inside += (double)(incident.ended_ns - incident.began_ns);
    }
    double share = inside / (double)incident.ended_ns;
    // Of n cycles the variance is 2 s^2 (1-s)^2 / n, both spans being exponential.
    double deviation = sqrt(2.0 / 40000) * (1.0 / 7) * (6.0 / 7);
    assert_true(fabs(share - 1.0 / 7) < 4 * deviation);
}

// An exponential span that the next beginning cuts, of the mean of the time between two, is there
// for 1 - 1/e of the time, not for all of it; one that is a millionth as long, for a millionth.
static void plan_share__of_spans_that_are_cut__is_that_of_what_is_left(void **state) {
    (void)state;
    struct incident_plan plan = {.name = "a",
                                 .kind = INCIDENT_PAUSE,
                                 .every = {.own = true, .law = distribution_constant(60000000)},
                                 .duration = exponential(6e7)};
    assert_true(fabs(incident_plan_share(&plan) - (1 - exp(-1))) < 1e-6);
    plan.duration = exponential(60);
    assert_true(fabs(incident_plan_share(&plan) * 1e6 - 1) < 1e-3);
    plan.duration.law = distribution_constant(90000000);
    assert_true(incident_plan_share(&plan) == 1);
}

// How often three members, each 10 ms later than the one before, are spared for 40 ms: counted in
// 4,000 draws of the first incidents, against the law. What has a time of its own is not drawn.
static void plan_spares__members__is_how_often_none_begins(void **state) {
    (void)state;
    enum { ROUNDS = 4000, SPAN = 40000000 };
    struct incident_plan plan = {.name = "a",
                                 .kind = INCIDENT_PAUSE,
                                 .stagger_ns = 10000000,
                                 .every = exponential(6e7),
                                 .duration = exponential(1e7)};
    double expected = exp(-(40.0 + 30 + 20) / 60);
    assert_true(fabs(incident_plan_spares(&plan, 3, SPAN) - expected) < 1e-12);
    double spared = 0;
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        bool none = true;
        for (int32_t place = 0; place < 3; place++) {
            none = none && incident_sequence_begin(&plan, seed, 5, place, place, 0).next_began_ns >
                               SPAN + 5;
        }
        spared += none;
    }
    double deviation = sqrt(expected * (1 - expected) / ROUNDS);
    assert_true(fabs(spared / ROUNDS - expected) < 4 * deviation);
    plan.together = true;
    assert_true(fabs(incident_plan_spares(&plan, 3, SPAN) - exp(-40.0 / 60)) < 1e-12);
    plan.at.own = true;
    assert_true(isnan(incident_plan_spares(&plan, 3, SPAN)));
}

// A share of the workers, drawn or not, is the one that groups have; a server's pause is nobody's.
static void members__kinds__are_whom_they_concern(void **state) {
    (void)state;
    const struct cluster_options options = {.workers = 10};
    struct incident_plan plan = {
        .name = "a", .kind = INCIDENT_PAUSE, .who = {.kind = WORKERS_SHARE, .share = 0.4}};
    struct worker_set members;
    incident_plan_members(&options, &plan, 1, &members);
    assert_int_equal(members.count, 4);
    worker_set_reset(&members);
    plan.kind = INCIDENT_SERVER_PAUSE;
    incident_plan_members(&options, &plan, 1, &members);
    assert_int_equal(members.count, 0);
    worker_set_reset(&members);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequence__at__is_once),
        cmocka_unit_test(sequence__every_time__counts_from_beginnings),
        cmocka_unit_test(sequence__every_law__counts_from_ends),
        cmocka_unit_test(sequence__longer_than_its_period__is_cut),
        cmocka_unit_test(sequence__stagger__shifts_by_the_place),
        cmocka_unit_test(sequence__draws__are_keyed_by_seed_name_and_worker),
        cmocka_unit_test(sequence__any_name__may_have_any_law),
        cmocka_unit_test(share__long_run__is_what_happens),
        cmocka_unit_test(plan_share__of_spans_that_are_cut__is_that_of_what_is_left),
        cmocka_unit_test(plan_spares__members__is_how_often_none_begins),
        cmocka_unit_test(members__kinds__are_whom_they_concern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
