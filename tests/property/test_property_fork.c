// SPDX-License-Identifier: GPL-3.0-or-later
// Forks of random small clusters at random moments. $CLUSTER runs one of them, $CLUSTERS so many.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng_stream.h"
#include "sim/report/runlog_diff.h"
#include "sim/run/fork.h"
#include "sim/run/replay.h"
#include "tests/support/log_audit.h"
#include "tests/support/random_cluster.h"
#include "tests/support/random_values.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

enum { CLUSTERS = 25, POLICY_SIZE = 160 };

// One cluster: its run, in memory and in a file, and what to say when a fork of it is wrong.
struct subject {
    uint32_t seed;
    char text[RANDOM_CLUSTER_TEXT_SIZE];
    char path[SCRATCH_PATH_SIZE];
    char fork_path[SCRATCH_PATH_SIZE];
    struct runlog log;
    int64_t at_ns;
    char policy[POLICY_SIZE]; // of the fork
};

static void give_up(const struct subject *subject, const char *what, const char *why) {
    fail_msg("cluster %u, fork at %" PRId64 " ns to policy %s: %s: %s\nrepeat: CLUSTER=%u "
             "build/obj/release/tests/property/test_property_fork\n%s",
             subject->seed, subject->at_ns, subject->policy, what, why, subject->seed,
             subject->text);
}

static void expect_equal(const struct subject *subject, const char *what, const struct runlog *a,
                         const struct runlog *b) {
    static const char *const names[2] = {"one", "other"};
    struct runlog_difference difference;
    if (runlog_diff(a, b, names, &difference)) {
        give_up(subject, what, difference.text);
    }
    if (strcmp(a->header.scenario, b->header.scenario) != 0) {
        give_up(subject, what, difference.scenario);
    }
}

// Forks the file and audits the fork against its own scenario.
static void fork_at(const struct subject *subject, int64_t at_ns, const char *policy,
                    const char *output, struct runlog *log) {
    char problem[600];
    struct scenario forked;
    struct error error = {.message = ""};
    struct run_outcome outcome;
    const struct scenario_setting setting = {"policy", policy};
    *log = (struct runlog){0};
    struct run_sink sink = runlog_memory_sink(log);
    struct run_options options = {.output = output, .threads = 1, .sinks = &sink, .sink_count = 1};
    struct fork_request request = {.path = subject->path,
                                   .at_ns = at_ns,
                                   .settings = &setting,
                                   .setting_count = policy != NULL};
    if (fork_file(&request, &options, &outcome, &error) != STATUS_OK) {
        give_up(subject, "no fork", error.message);
    }
    const char *text = log->header.scenario;
    if (scenario_parse("fork", text, strlen(text), NULL, 0, &forked, &error) != STATUS_OK) {
        give_up(subject, "its scenario", error.message);
    }
    if (!log_audit(&forked, log, problem, sizeof problem)) {
        give_up(subject, "the log breaks a rule", problem);
    }
}

static void expect_same_past(const struct subject *subject, const struct runlog *fork) {
    const struct runlog *log = &subject->log;
    size_t i = 0;
    for (; i < log->event_count && log->events[i].time_ns < subject->at_ns; i++) { // or none
        if (i >= fork->event_count ||
            memcmp(&log->events[i], &fork->events[i], sizeof fork->events[i]) != 0) {
            give_up(subject, "the past", "is another one");
        }
    }
    if (i < fork->event_count && fork->events[i].time_ns < subject->at_ns) {
        give_up(subject, "the past", "has more events");
    }
}

// The spans of a gradient are those of the same gradient in the other log, if it has that one, and
// so are the spans of an update.
static void expect_same_spans(const struct subject *subject, const struct runlog *a,
                              const struct runlog *b) {
    for (size_t i = 0; i < a->gradient_count; i++) { // or none
        const struct gradient_row *x = &a->gradients[i];
        for (size_t j = 0; j < b->gradient_count; j++) { // or none
            const struct gradient_row *y = &b->gradients[j];
            bool same = x->compute_ns == y->compute_ns && x->delay_ns == y->delay_ns &&
                        x->push_ns == y->push_ns && x->receive_ns == y->receive_ns &&
                        x->reply_ns == y->reply_ns && x->tie == y->tie &&
                        x->reply_travel_ns == y->reply_travel_ns;
            if (x->worker == y->worker && x->number == y->number && !same) {
                give_up(subject, "the spans", "of one gradient are not the same in two forks");
            }
        }
    }
    for (size_t i = 0; i < a->update_count && i < b->update_count; i++) { // or none
        if (a->updates[i].update_ns != b->updates[i].update_ns) {
            give_up(subject, "the spans", "of one update are not the same in two forks");
        }
    }
}

// The scenario of the fork as a scenario of its own, from its first event on.
static void expect_equal_without_the_log(const struct subject *subject, const struct runlog *fork) {
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario, "%s", fork->header.scenario);
    small_cluster_run_with(&scenario, NULL, &log, NULL); // it may stall, as the fork does
    expect_equal(subject, "the fork's scenario by itself", fork, &log);
    runlog_reset(&log);
}

static void expect_replays(const struct subject *subject) {
    struct replay_outcome outcome;
    struct error error = {.message = ""};
    enum status status =
        replay_file(subject->fork_path, &(struct run_options){.threads = 1}, &outcome, &error);
    if (status != STATUS_OK) {
        give_up(subject, "the replay",
                status == STATUS_DIFFERENT ? outcome.difference.text : error.message);
    }
}

static void random_policy(struct rng_stream *stream, uint32_t workers, char policy[POLICY_SIZE]) {
    uint32_t kind = random_below(stream, 11);
    if (kind < 2) {
        snprintf(policy, POLICY_SIZE, "{name: %s}", kind == 0 ? "sync" : "async");
        return;
    }
    if (kind == 6) {
        snprintf(policy, POLICY_SIZE, "{name: k_sync, threshold: %u}",
                 1 + random_below(stream, workers));
        return;
    }
    if (kind == 7) {
        uint32_t backup = random_below(stream, workers);
        snprintf(policy, POLICY_SIZE, "{name: backup, backup_workers: %u, late: %s}", backup,
                 random_below(stream, 2) == 0 ? "cancel" : "finish");
        return;
    }
    if (kind >= 8) {
        snprintf(policy, POLICY_SIZE, "{name: ssp, slack: %u, read: %s}", random_below(stream, 4),
                 kind == 8 ? "newest" : "cached");
        return;
    }
    bool waits = kind < 4;
    snprintf(policy, POLICY_SIZE, "{name: hybrid, pushed_worker: %s, threshold: %u}",
             waits ? "waits" : "continues",
             1 + random_below(stream, waits ? workers : 3 * workers));
}

static void check_forks(const struct subject *subject) {
    struct runlog fork;
    struct runlog other;
    fork_at(subject, subject->at_ns, NULL, NULL, &fork);
    expect_equal(subject, "a fork without a change", &subject->log, &fork);
    runlog_reset(&fork);
    fork_at(subject, subject->at_ns, subject->policy, subject->fork_path, &fork);
    expect_same_past(subject, &fork);
    expect_same_spans(subject, &fork, &subject->log);
    expect_equal_without_the_log(subject, &fork);
    expect_replays(subject);
    fork_at(subject, subject->at_ns, "{name: async}", NULL, &other);
    expect_same_spans(subject, &fork, &other);
    runlog_reset(&other);
    runlog_reset(&fork);
}

// At the start there is no past.
static void check_fork_at_the_start(const struct subject *subject) {
    struct runlog fork;
    struct runlog own;
    struct scenario scenario;
    struct error error;
    const struct scenario_setting setting = {"policy", subject->policy};
    const char *text = subject->log.header.scenario;
    fork_at(subject, 0, subject->policy, NULL, &fork);
    assert_int_equal(scenario_parse("own", text, strlen(text), &setting, 1, &scenario, &error),
                     STATUS_OK);
    small_cluster_run_with(&scenario, NULL, &own, NULL);
    expect_equal(subject, "a fork at the start", &fork, &own);
    runlog_reset(&fork);
    runlog_reset(&own);
}

static void check_cluster(void *const *state, uint32_t seed) {
    struct rng_stream stream;
    struct scenario scenario;
    struct subject subject = {.seed = seed};
    rng_stream_init(&stream, seed, RNG_TEST, 2, 0, 0);
    random_cluster_make(&stream, seed, subject.text);
    scratch_path(state, "run.h5", subject.path);
    scratch_path(state, "fork.h5", subject.fork_path);
    small_cluster_parse(&scenario, "%s", subject.text);
    struct small_cluster_options options = {.output = subject.path};
    small_cluster_run_with(&scenario, &options, &subject.log, NULL);
    random_policy(&stream, (uint32_t)scenario.cluster.workers, subject.policy);
    subject.at_ns = (int64_t)(rng_stream_u64(&stream) % ((uint64_t)subject.log.ending.end_ns + 1));
    if (random_below(&stream, 2) == 0 && subject.log.event_count > 0) { // at an event's own instant
        subject.at_ns =
            subject.log.events[random_below(&stream, (uint32_t)subject.log.event_count)].time_ns;
    }
    check_forks(&subject);
    check_fork_at_the_start(&subject);
    runlog_reset(&subject.log);
}

// A fork without a change is the same run to the bit, at whatever moment; with another policy it
// has the same past, event by event, keeps every rule (log_audit.h) after it, too, meets the same
// spans as any other fork, is the run of its own scenario, and replays; at the start it is the
// other policy's own run.
static void fork__random_clusters_and_moments__change_nothing_but_the_future(void **state) {
    const char *one = getenv("CLUSTER");
    if (one != NULL) {
        check_cluster(state, (uint32_t)strtoul(one, NULL, 10));
        return;
    }
    const char *many = getenv("CLUSTERS");
    uint32_t clusters = many == NULL ? CLUSTERS : (uint32_t)strtoul(many, NULL, 10);
    for (uint32_t seed = 1; seed <= clusters; seed++) {
        check_cluster(state, seed);
    }
}

static const char *const with_gradients =
    "seed: 7\nmodel: mnist_ray\nend: 900 ms\n"
    "training: {batch: 4, learning_rate: 0.01, momentum: %s}\n"
    "policy: %s\n"
    "cluster:\n  workers: 5\n  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
    "  delay: {law: normal, std: 60 ms}\n  server: {receive: 5 ms, update: 3 ms, reply: 1 ms}\n"
    "evaluation: {every: 200 ms, test_samples: 50, train_samples: 20}\n";

// Updates before the moment give the same parameters, to the bit.
static void expect_same_parameters_before(const struct subject *subject,
                                          const struct runlog *fork) {
    const struct runlog *log = &subject->log;
    size_t count = log->update_count;
    for (size_t i = 0; i < count && log->updates[i].time_ns < subject->at_ns; i++) {
        if (i >= fork->update_count ||
            memcmp(&log->updates[i], &fork->updates[i], sizeof fork->updates[i]) != 0) {
            give_up(subject, "the past", "has other parameters");
        }
    }
}

static void check_gradients(void *const *state, const char *momentum, const char *policy,
                            struct rng_stream *stream) {
    struct subject subject = {.seed = 0};
    struct scenario scenario;
    struct runlog fork;
    snprintf(subject.text, sizeof subject.text, with_gradients, momentum, policy);
    scratch_path(state, "run.h5", subject.path);
    scratch_path(state, "fork.h5", subject.fork_path);
    small_cluster_parse(&scenario, "%s", subject.text);
    struct small_cluster_options options = {.output = subject.path, .threads = 2};
    small_cluster_run_with(&scenario, &options, &subject.log, NULL);
    for (int moment = 0; moment < 2; moment++) {
        subject.at_ns = (int64_t)(rng_stream_u64(stream) % 900000000u);
        random_policy(stream, 5, subject.policy);
        fork_at(&subject, subject.at_ns, NULL, NULL, &fork);
        expect_equal(&subject, "a fork without a change", &subject.log, &fork);
        runlog_reset(&fork);
        fork_at(&subject, subject.at_ns, subject.policy, subject.fork_path, &fork);
        expect_same_past(&subject, &fork);
        expect_same_parameters_before(&subject, &fork);
        expect_same_spans(&subject, &fork, &subject.log);
        expect_equal_without_the_log(&subject, &fork);
        expect_replays(&subject);
        runlog_reset(&fork);
    }
    check_fork_at_the_start(&subject);
    runlog_reset(&subject.log);
}

// The same with a net: every bit of the parameters, with and without momentum, under policies that
// wait, go on, drop and cancel.
static void fork__random_moments_of_mnist_ray__change_nothing_but_the_future(void **state) {
    static const char *const policies[] = {"{name: hybrid, threshold: {schedule: step, every: 12}}",
                                           "{name: sync}",
                                           "{name: hybrid, threshold: 7, pushed_worker: continues}",
                                           "{name: k_sync, threshold: 3}",
                                           "{name: ssp, slack: 1}",
                                           "{name: dc_asgd, adaptive: true}"};
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, 3, 0, 0);
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        check_gradients(state, i % 2 == 0 ? "0.9" : "0", policies[i], &stream);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            fork__random_clusters_and_moments__change_nothing_but_the_future, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(
            fork__random_moments_of_mnist_ray__change_nothing_but_the_future, scratch_setup,
            scratch_teardown),
    };
    return cmocka_run_group_tests_name("property_fork", tests, NULL, NULL);
}
