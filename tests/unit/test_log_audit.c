// SPDX-License-Identifier: GPL-3.0-or-later
// The auditor audited: it must notice any number that is changed in a log. (Every simulation test
// trusts it.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/runlog/runlog_fingerprint.h"
#include "tests/support/log_audit.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

static void run_hybrid(const char *pushed_worker, struct scenario *scenario, struct runlog *log) {
    small_cluster_parse(
        scenario,
        "seed: 3\nmodel: none\nend: 2 s\n"
        "policy:\n  name: hybrid\n  pushed_worker: %s\n"
        "  threshold: {schedule: step, every: 12, start: 1}\n"
        "cluster:\n  workers: 4\n  compute: {law: uniform, min: 50 ms, max: 90 ms}\n"
        "  network: {latency: 1 ms}\n"
        "  server: {receive: 10 ms, update: 5 ms, reply: 2 ms}\n",
        pushed_worker);
    small_cluster_run(scenario, log);
}

// As if the simulation had made the change: the fingerprint must not give it away.
static void seal(struct runlog *log) {
    struct timeline_fingerprint fingerprint;
    timeline_fingerprint_init(&fingerprint);
    for (size_t i = 0; i < rows(log->event_count); i++) {
        timeline_fingerprint_event(&fingerprint, &log->events[i]);
    }
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        timeline_fingerprint_gradient(&fingerprint, (int64_t)i, &log->gradients[i]);
    }
    for (size_t i = 0; i < log->update_count; i++) { // or none
        timeline_fingerprint_update(&fingerprint, &log->updates[i]);
    }
    for (size_t i = 0; i < log->incident_count; i++) { // or none
        timeline_fingerprint_incident(&fingerprint, &log->incidents[i]);
    }
    log->ending.timeline_fingerprint = timeline_fingerprint_value(&fingerprint);
    timeline_fingerprint_reset(&fingerprint);
}

// Changes each 32-bit word of a row by one and expects a complaint.
static void expect_every_word_noticed(const struct scenario *scenario, struct runlog *log,
                                      void *row, size_t size, const char *what) {
    char problem[600];
    for (size_t offset = 0; offset < size; offset += sizeof(uint32_t)) {
        uint32_t kept = 0;
        memcpy(&kept, (char *)row + offset, sizeof kept);
        uint32_t changed = kept ^ 1;
        memcpy((char *)row + offset, &changed, sizeof changed);
        seal(log);
        if (log_audit(scenario, log, problem, sizeof problem)) {
            fail_msg("a change of %s at byte %zu is not noticed", what, offset);
        }
        memcpy((char *)row + offset, &kept, sizeof kept);
    }
    seal(log);
    log_audit_expect_sound(scenario, log);
}

// If a field could be changed unnoticed, a simulation that gets it wrong would pass every test.
static void log_audit__any_field_of_a_row__is_held_against_the_rules(void **state) {
    (void)state;
    static const char *const choices[] = {"waits", "continues"};
    for (int i = 0; i < 2; i++) {
        struct scenario scenario;
        struct runlog log;
        run_hybrid(choices[i], &scenario, &log);
        assert_true(log.gradient_count > 40 && log.update_count > 15);
        for (size_t row = 3; row < 30; row += 7) {
            // All but loss and distance, NaN here: no bit of a NaN is held against anything.
            struct gradient_row *gradient = &log.gradients[row];
            expect_every_word_noticed(&scenario, &log, gradient,
                                      offsetof(struct gradient_row, loss), "a gradient");
            expect_every_word_noticed(&scenario, &log, &gradient->threshold,
                                      sizeof *gradient - offsetof(struct gradient_row, threshold),
                                      "a gradient's end");
        }
        for (size_t row = 0; row < 6; row++) {
            expect_every_word_noticed(&scenario, &log, &log.updates[row],
                                      offsetof(struct update_row, update_norm), "an update");
            expect_every_word_noticed(&scenario, &log, &log.events[20 + row],
                                      sizeof(struct event_row), "an event");
        }
        for (size_t worker = 0; worker < 4; worker++) {
            expect_every_word_noticed(&scenario, &log, &log.ending.workers[worker],
                                      sizeof(struct worker_row), "a worker");
        }
        runlog_reset(&log);
    }
}

// Rows or events that are missing, or stand in another order.
static void log_audit__missing_or_exchanged_rows__are_noticed(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    char problem[600];
    run_hybrid("waits", &scenario, &log);
    log.event_count--;
    seal(&log);
    assert_false(log_audit(&scenario, &log, problem, sizeof problem));
    log.event_count++;
    log.update_count--;
    seal(&log);
    assert_false(log_audit(&scenario, &log, problem, sizeof problem));
    log.update_count++;
    struct event_row kept = log.events[30];
    log.events[30] = log.events[31];
    log.events[31] = kept;
    seal(&log);
    assert_false(log_audit(&scenario, &log, problem, sizeof problem));
    runlog_reset(&log);
}

// The rules of another policy are other rules.
static void log_audit__another_policy__is_noticed(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    char problem[600];
    run_hybrid("continues", &scenario, &log);
    scenario.training.policy.pushed_worker = PUSHED_WAITS;
    assert_false(log_audit(&scenario, &log, problem, sizeof problem));
    scenario.training.policy.pushed_worker = PUSHED_CONTINUES;
    scenario.training.policy.threshold.every++;
    assert_false(log_audit(&scenario, &log, problem, sizeof problem));
    runlog_reset(&log);
}

// ---- what happens to a cluster ----

static void expect_refused(const struct scenario *scenario, struct runlog *log, const char *what) {
    char problem[600];
    seal(log);
    if (log_audit(scenario, log, problem, sizeof problem)) {
        fail_msg("%s: not noticed", what);
    }
}

// Slow phases, pauses, silences, crashes, changed links and a server that pauses; with a momentum
// of each worker, which ends with a crash.
static void run_faulty(struct scenario *scenario, struct runlog *log) {
    small_cluster_parse(
        scenario,
        "seed: 3\nmodel: {name: quadratic, dimension: 3}\nend: 80 updates\n"
        "training: {learning_rate: 0.01, momentum: 0.5, momentum_at: worker}\n"
        "log: {gradients: true}\n"
        "policy: {name: hybrid, missing: 40 ms, threshold: {schedule: step, every: 40}}\n"
        "cluster:\n  workers: 4\n  compute: {law: uniform, min: 50 ms, max: 90 ms}\n"
        "  network: {latency: 1 ms, loss: 10 %%, timeout: 20 ms}\n"
        "  server: {receive: 4 ms, update: 5 ms, reply: 2 ms}\n"
        "  events:\n"
        "    slow: {event: slowdown, slowdown: 3, worker: 0, every: 300 ms, for: 95 ms}\n"
        "    stands: {event: pause, worker: 1, every: 270 ms, for: 85 ms}\n"
        "    is_silent: {event: disconnect, worker: 2, every: 310 ms, for: 95 ms}\n"
        "    fails: {event: crash, worker: 3, every: 350 ms, for: 75 ms}\n"
        "    far: {event: link, worker: 1, latency: 7, loss: 2, every: 400 ms, for: 150 ms}\n"
        "    gc: {event: server_pause, every: 330 ms, for: 45 ms}\n");
    small_cluster_run(scenario, log);
    assert_true(log->incident_count > 20);
}

// If a row told of something else than its event makes, or things took longer or shorter than it
// says, nobody would know what had slowed a run down.
static void log_audit__what_happens_to_a_cluster__is_held_against_the_rules(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    run_faulty(&scenario, &log);
    for (size_t row = 0; row < 20; row++) {
        struct incident_row *incident = &log.incidents[row];
        expect_every_word_noticed(&scenario, &log, &incident->event,
                                  sizeof *incident - offsetof(struct incident_row, event),
                                  "an incident");
        for (int more = -1; more <= 1 && incident->kind == INCIDENT_CRASH; more += 2) {
            incident->began_ns += more;
            expect_refused(&scenario, &log, "a crash at another moment");
            incident->began_ns -= more;
            incident->ended_ns += more;
            expect_refused(&scenario, &log, "a crash that ends at another moment");
            incident->ended_ns -= more;
        }
    }
    for (size_t row = 10; row < 50; row++) {
        struct gradient_row *gradient = &log.gradients[row];
        if (gradient->outcome != OUTCOME_APPLIED) {
            continue; // only its law says how long it would have been computed
        }
        expect_every_word_noticed(&scenario, &log, gradient, offsetof(struct gradient_row, push_ns),
                                  "a gradient"); // a pause may hide how long a message took
        expect_every_word_noticed(&scenario, &log, &gradient->stalled_ns,
                                  sizeof gradient->stalled_ns, "how long it stood still");
    }
    runlog_reset(&log);
}

// A parameter that comes from a lost gradient, or from a momentum that a crash has ended, would be
// a wrong result under right times.
static void log_audit__values__are_those_of_the_gradients_applied(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    run_faulty(&scenario, &log);
    size_t count = log.header.parameter_count;
    size_t lost = 0;
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
        float kept = log.values[i * count];
        lost += log.gradients[i].outcome == OUTCOME_LOST;
        log.values[i * count] = isnan(kept) ? 1 : kept * 2 + 1;
        expect_refused(&scenario, &log, "another value");
        log.values[i * count] = kept;
    }
    assert_true(lost > 2);
    for (size_t i = 0; i < rows(log.update_count); i++) {
        log.updates[i].parameter_hash ^= 1;
        expect_refused(&scenario, &log, "another hash");
        log.updates[i].parameter_hash ^= 1;
    }
    scenario.training.optimizer.momentum_place = MOMENTUM_AT_SERVER;
    expect_refused(&scenario, &log, "momentum elsewhere");
    runlog_reset(&log);
}

// Likewise of models that are averaged: without those who have lost theirs.
static void log_audit__means__are_those_of_the_gradients_applied(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(
        &scenario, "seed: 3\nmodel: {name: quadratic, dimension: 3}\nend: 3 s\n"
                   "training: {learning_rate: 0.01}\nlog: {gradients: true}\n"
                   "policy: {name: k_avg, steps: 2}\n"
                   "cluster:\n  workers: 4\n  compute: {law: uniform, min: 50 ms, max: 90 ms}\n"
                   "  events: {fails: {event: crash, worker: 3, every: 450 ms, for: 75 ms}}\n");
    small_cluster_run(&scenario, &log);
    size_t count = log.header.parameter_count;
    size_t outcomes[OUTCOME_COUNT] = {0};
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
        outcomes[log.gradients[i].outcome]++;
        if (log.gradients[i].outcome == OUTCOME_APPLIED) {
            float kept = log.values[i * count];
            log.values[i * count] = kept * 2 + 1;
            expect_refused(&scenario, &log, "another value");
            log.values[i * count] = kept;
        }
    }
    assert_true(outcomes[OUTCOME_APPLIED] > 40 && outcomes[OUTCOME_LOST] > 2);
    runlog_reset(&log);
}

// Two pushes wait at the port, and the one that came later is the first: all else is as it was.
static void log_audit__messages_that_overtake_at_the_port__are_noticed(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario, "model: none\nend: 105 ms\npolicy: {name: async}\n"
                                   "cluster:\n  workers: 3\n  compute: 10 ms\n"
                                   "  groups: {b: {worker: 1, compute: 20 ms}, c: {worker: 2, "
                                   "compute: 30 ms}}\n"
                                   "  network: {latency: 0 s, message: 100 kB}\n"
                                   "  server: {bandwidth: 8 Mbit/s}\n");
    small_cluster_run(&scenario, &log);
    assert_int_equal(log.gradient_count, 3);
    assert_int_equal(log.gradients[1].push_port_wait_ns, 90000000);
    assert_int_equal(log.gradients[2].push_port_wait_ns, 180000000);
    log.gradients[1].push_port_wait_ns = 190000000;
    log.gradients[2].push_port_wait_ns = 80000000;
    expect_refused(&scenario, &log, "a message that overtakes");
    runlog_reset(&log);
}

// Rows that end too early or too late would be a shorter or a longer run than the scenario's.
static void log_audit__another_end__is_noticed(void **state) {
    (void)state;
    static const char *const ends[] = {"40 updates", "40 gradients", "2 s"};
    for (size_t i = 0; i < 3; i++) {
        struct scenario scenario;
        struct runlog log;
        small_cluster_parse(&scenario,
                            "model: none\nend: %s\npolicy: {name: async}\ncluster:\n"
                            "  workers: 3\n  compute: {law: uniform, min: 50 ms, max: 90 ms}\n"
                            "  server: {receive: 4 ms, update: 5 ms, reply: 2 ms}\n",
                            ends[i]);
        small_cluster_run(&scenario, &log);
        for (int more = -1; more <= 1; more += 2) {
            struct scenario other = scenario;
            other.end.count += more;
            other.end.time_ns += more;
            expect_refused(&other, &log, "another end");
        }
        expect_every_word_noticed(&scenario, &log, &log.ending.service.time_ns,
                                  sizeof log.ending.service.time_ns, "the server's time");
        expect_every_word_noticed(&scenario, &log, &log.ending.service.replies,
                                  sizeof log.ending.service.replies, "the server's replies");
        runlog_reset(&log);
    }
}

// A run that stalls says since when, and for whom it waits.
static void log_audit__stall__is_since_the_last_version(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    enum status status;
    small_cluster_parse(&scenario, "model: none\nend: 30 updates\npolicy: {name: sync}\ncluster:\n"
                                   "  workers: 3\n  compute: 100 ms\n"
                                   "  events: {off: {event: pause, worker: 1, at: 450 ms}}\n");
    small_cluster_run_with(&scenario, NULL, &log, &status);
    assert_int_equal(log.ending.status, RUN_STALLED);
    expect_every_word_noticed(&scenario, &log, &log.ending.stalled_since_ns,
                              sizeof log.ending.stalled_since_ns, "since when it stalls");
    log.ending.status = RUN_COMPLETE;
    expect_refused(&scenario, &log, "a stall that is none");
    log.ending.status = RUN_STALLED;
    log.ending.reason[0] = 0;
    expect_refused(&scenario, &log, "a stall without a reason");
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_audit__any_field_of_a_row__is_held_against_the_rules),
        cmocka_unit_test(log_audit__missing_or_exchanged_rows__are_noticed),
        cmocka_unit_test(log_audit__another_policy__is_noticed),
        cmocka_unit_test(log_audit__what_happens_to_a_cluster__is_held_against_the_rules),
        cmocka_unit_test(log_audit__values__are_those_of_the_gradients_applied),
        cmocka_unit_test(log_audit__means__are_those_of_the_gradients_applied),
        cmocka_unit_test(log_audit__messages_that_overtake_at_the_port__are_noticed),
        cmocka_unit_test(log_audit__another_end__is_noticed),
        cmocka_unit_test(log_audit__stall__is_since_the_last_version),
    };
    return cmocka_run_group_tests_name("log_audit", tests, NULL, NULL);
}
