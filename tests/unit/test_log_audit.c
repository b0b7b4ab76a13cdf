// SPDX-License-Identifier: GPL-3.0-or-later
// The auditor audited: it must notice any number that is changed in a log. (Every simulation test
// trusts it.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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
    for (size_t i = 0; i < rows(log->update_count); i++) {
        timeline_fingerprint_update(&fingerprint, &log->updates[i]);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_audit__any_field_of_a_row__is_held_against_the_rules),
        cmocka_unit_test(log_audit__missing_or_exchanged_rows__are_noticed),
        cmocka_unit_test(log_audit__another_policy__is_noticed),
    };
    return cmocka_run_group_tests_name("log_audit", tests, NULL, NULL);
}
