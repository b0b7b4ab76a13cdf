// SPDX-License-Identifier: GPL-3.0-or-later
// Random small clusters to which something happens. Every run is audited (small_cluster.h): all
// times are those that the incidents of its log give, and the staleness identity holds. $CLUSTER
// runs one of them, $CLUSTERS so many.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/runlog_diff.h"
#include "sim/run/fork.h"
#include "sim/run/redrawn_spans.h"
#include "sim/run/replay.h"
#include "sim/runlog/runlog_reader.h"
#include "tests/support/log_audit.h"
#include "tests/support/random_cluster.h"
#include "tests/support/random_events.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

enum { CLUSTERS = 200, FILES = 25, TEXT_SIZE = 4096 };

struct subject {
    uint32_t seed;
    char text[TEXT_SIZE];
    struct scenario plain; // without the events
    struct scenario scenario;
    struct runlog log;
};

static void give_up(const struct subject *subject, const char *what, const char *why) {
    fail_msg("cluster %u: %s: %s\nrepeat: CLUSTER=%u "
             "build/obj/release/tests/property/test_property_incidents\n%s",
             subject->seed, what, why, subject->seed, subject->text);
}

static void make(struct subject *subject, uint32_t seed) {
    struct rng_stream stream;
    char cluster[RANDOM_CLUSTER_TEXT_SIZE];
    *subject = (struct subject){.seed = seed};
    rng_stream_init(&stream, seed, RNG_TEST, 45, 0, 0);
    (seed % 3 == 0 ? random_local_cluster_make : random_cluster_make)(&stream, seed, cluster);
    small_cluster_parse(&subject->plain, "%s", cluster);
    random_events_join(&stream, &subject->plain, cluster, subject->text, sizeof subject->text);
    // What begins behind the end is refused; a time as the end is that of the cluster before.
    struct error error;
    if (scenario_parse("test", subject->text, strlen(subject->text), NULL, 0, &subject->scenario,
                       &error) != STATUS_OK) {
        if (strstr(error.message, "but the run ends at") == NULL) {
            give_up(subject, "is refused", error.message);
        }
        subject->scenario = subject->plain;
    }
}

static void expect_replays(const struct subject *subject) {
    struct replay_outcome outcome = {0};
    struct error error = {.message = ""};
    const struct run_options options = {.threads = 1};
    enum status status =
        replay_log("test", &subject->log, &subject->scenario, &options, &outcome, &error);
    if (status != STATUS_OK) {
        give_up(subject, "the replay",
                status == STATUS_DIFFERENT ? outcome.difference.text : error.message);
    }
    struct span_tally tally;
    redrawn_spans_compare(&subject->log, &subject->scenario, &tally, NULL);
    if (tally.other + tally.rounded > 0) {
        give_up(subject, "the spans", tally.first);
    }
}

// Common random numbers: whatever happens, the gradients have the draws of a run in which nothing
// does.
static void expect_same_draws(const struct subject *subject, const struct runlog *plain) {
    for (size_t i = 0; i < subject->log.gradient_count; i++) { // or none
        const struct gradient_row *x = &subject->log.gradients[i];
        for (size_t j = 0; j < plain->gradient_count; j++) { // or none
            const struct gradient_row *y = &plain->gradients[j];
            bool same = x->compute_ns == y->compute_ns && x->delay_ns == y->delay_ns &&
                        x->push_ns == y->push_ns && x->receive_ns == y->receive_ns &&
                        x->reply_ns == y->reply_ns && x->tie == y->tie &&
                        x->reply_travel_ns == y->reply_travel_ns;
            if (x->worker == y->worker && x->number == y->number && !same) {
                give_up(subject, "the draws", "of a gradient are others when something happens");
            }
        }
    }
}

static void check_cluster(uint32_t seed) {
    static struct subject subject;
    struct runlog plain;
    enum status status;
    make(&subject, seed);
    small_cluster_run_with(&subject.scenario, NULL, &subject.log, &status);
    if (status == STATUS_OK) {
        small_cluster_run_with(&subject.plain, NULL, &plain, &status);
        expect_same_draws(&subject, &plain);
        expect_replays(&subject);
        runlog_reset(&plain);
    }
    runlog_reset(&subject.log);
}

// Whatever happens to a cluster, its log keeps every rule, replays to the bit, has the incidents
// that the scenario gives, and changes nobody's draws.
static void incidents__random_clusters__keep_every_rule_and_replay(void **state) {
    (void)state;
    const char *one = getenv("CLUSTER");
    if (one != NULL) {
        check_cluster((uint32_t)strtoul(one, NULL, 10));
        return;
    }
    const char *many = getenv("CLUSTERS");
    uint32_t clusters = many == NULL ? CLUSTERS : (uint32_t)strtoul(many, NULL, 10);
    for (uint32_t seed = 1; seed <= clusters; seed++) {
        check_cluster(seed);
    }
}

static enum status run_to_file(const struct subject *subject, const char *path,
                               struct interruption *interruption) {
    struct run_sink sink = small_cluster_interruption(interruption);
    struct run_options options = {.output = path,
                                  .threads = 1,
                                  .sinks = &sink,
                                  .sink_count = 1,
                                  .interrupted = &interruption->flag,
                                  .checkpoints = true,
                                  .resume = true};
    struct run_outcome outcome;
    struct error error;
    return run_scenario(&subject->scenario, &options, &outcome, &error);
}

static void expect_resumes(const struct subject *subject, const char *path) {
    struct runlog resumed = {0};
    struct error error = {.message = ""};
    struct interruption first = {.events_left = (int64_t)subject->log.event_count / 2};
    struct interruption never = {.events_left = INT64_MAX};
    if (run_to_file(subject, path, &first) == STATUS_INTERRUPTED &&
        run_to_file(subject, path, &never) != STATUS_OK) {
        give_up(subject, "the run", "does not go on");
    }
    if (runlog_read(path, &resumed, NULL, &error) != STATUS_OK) {
        give_up(subject, "what was resumed", error.message);
    }
    small_cluster_expect_equal(&subject->log, &resumed, subject->text);
    runlog_reset(&resumed);
}

// The past stays, and what was under way goes on as it had begun; nothing new happens.
static void expect_forks(const struct subject *subject, const char *path) {
    struct runlog fork = {0};
    struct scenario forked;
    struct error error = {.message = ""};
    struct run_outcome outcome;
    char problem[600];
    int64_t at_ns = subject->log.ending.end_ns / 2;
    const struct scenario_setting settings[] = {{"cluster.events", "none"},
                                                {"policy.missing", "40 ms"}};
    struct run_sink sink = runlog_memory_sink(&fork);
    struct run_options options = {.threads = 1, .sinks = &sink, .sink_count = 1};
    struct fork_request request = {.path = path,
                                   .at_ns = at_ns,
                                   .settings = settings,
                                   .setting_count = at_ns % 2 == 0 ? 1 : 2};
    enum status status = fork_file(&request, &options, &outcome, &error);
    if (status != STATUS_OK) { // it may go on for ever, or fail as the run would without events
        give_up(subject, "the fork", error.message);
    }
    size_t before = 0;
    while (before < subject->log.incident_count &&
           subject->log.incidents[before].began_ns < at_ns) {
        before++;
    }
    if (fork.incident_count != before ||
        (before > 0 &&
         memcmp(fork.incidents, subject->log.incidents, before * sizeof *fork.incidents) != 0)) {
        give_up(subject, "the fork", "has not the incidents that began before it");
    }
    small_cluster_parse(&forked, "%s", fork.header.scenario);
    if (!log_audit(&forked, &fork, problem, sizeof problem)) {
        give_up(subject, "the fork breaks a rule", problem);
    }
    runlog_reset(&fork);
}

// A run that is stopped in the middle and goes on, and one that is forked there.
static void incidents__stopped_or_forked__go_on_as_they_had_begun(void **state) {
    static struct subject subject;
    char path[SCRATCH_PATH_SIZE];
    char name[32];
    for (uint32_t seed = 1; seed <= FILES; seed++) {
        enum status status;
        make(&subject, seed);
        small_cluster_run_with(&subject.scenario, NULL, &subject.log, &status);
        if (status == STATUS_OK && subject.log.event_count > 4) {
            snprintf(name, sizeof name, "%u.h5", seed);
            expect_resumes(&subject, scratch_path(state, name, path));
            if (subject.seed % 3 != 0) { // models of workers cannot change midway
                expect_forks(&subject, path);
            }
        }
        runlog_reset(&subject.log);
    }
}

// A worker that is slow a share s of the time, by a factor f, needs on the average
// 1 / ((1 - s) + s / f) times as long: renewal-reward.
static void incidents__slow_phases__have_the_mean_of_their_share(void **state) {
    (void)state;
    enum { SECONDS = 45000 };
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "model: none\nend: %d s\nlog: {events: false}\npolicy: {name: async}\n"
                        "cluster:\n  workers: 1\n  compute: 100 ms\n  events: {noisy: {event: "
                        "slowdown, slowdown: 3, worker: 0, every: {law: exponential, mean: 6 s}, "
                        "for: {law: exponential, mean: 2 s}}}\n",
                        SECONDS);
    small_cluster_run(&scenario, &log);
    double gradients = (double)log.gradient_count;
    double share = 2.0 / 8;
    double expected = SECONDS / 0.1 * ((1 - share) + share / 3);
    // The time in slow phases has the variance 2 s^2 (1-s)^2 T c, with cycles of c = 8 s.
    double cycles = SECONDS / 8.0;
    double deviation = SECONDS / 0.1 * (1 - 1.0 / 3) * sqrt(2 / cycles) * share * (1 - share);
    assert_true(deviation < .003 * expected);
    if (fabs(gradients - expected) > 4 * deviation) {
        fail_msg("%g gradients, expected are %g, give or take %g", gradients, expected, deviation);
    }
    runlog_reset(&log);
}

// Of a worker that crashes after times with the mean u and is back after times with the mean d, the
// share u / (u + d) is up: renewal-reward. The up time in T has the variance 2 s^2 (1-s)^2 T c
// where both are exponential, with s the share and c = u + d.
static void crashes__availability__is_up_by_up_and_down(void **state) {
    (void)state;
    enum { WORKERS = 25 };
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "model: none\nend: 80000 s\nlog: {events: false}\npolicy: {name: async}\n"
                        "cluster:\n  workers: 25\n  compute: 100 s\n  events: {fails: {event: "
                        "crash, workers: 100 %%, every: {law: exponential, mean: 30 s}, for: "
                        "{law: exponential, mean: 10 s}}}\n");
    small_cluster_run(&scenario, &log);
    double up = 0;
    for (int32_t i = 0; i < WORKERS; i++) {
        up += 1 - (double)log.ending.workers[i].down_ns / 80000e9;
    }
    double share = 30.0 / 40;
    double error = share * (1 - share) * sqrt(2 * 40.0 / (80000.0 * WORKERS)) / share;
    double z = (up / WORKERS - share) / (share * error);
    print_message("availability %.5f, z = %.2f, relative standard error %.4f\n", up / WORKERS, z,
                  error);
    assert_true(error <= 0.003);
    assert_true(fabs(z) <= 4);
    runlog_reset(&log);
}

// Whoever waits for one that never comes back is named, at once where the end is a count;
// also of a run that ends before they have waited long.
static void incidents__pause_without_end__stalls_and_names_whom(void **state) {
    (void)state;
    static const char *const ends[] = {"3 updates", "100 s", "250 ms"};
    for (size_t i = 0; i < 3; i++) {
        struct scenario scenario;
        struct runlog log;
        enum status status;
        small_cluster_parse(&scenario,
                            "model: none\nend: %s\npolicy: {name: sync}\ncluster:\n  workers: 3\n"
                            "  compute: 100 ms\n  events: {off: {event: pause, worker: 1, at: 150 "
                            "ms}}\n",
                            ends[i]);
        struct simulation_result result = small_cluster_run_with(&scenario, NULL, &log, &status);
        assert_int_equal(status, STATUS_OK);
        assert_int_equal(result.status, RUN_STALLED);
        assert_string_equal(log.ending.reason, "worker 1");
        runlog_reset(&log);
    }
}

// Up to five silences, each of which ends.
static void add_silences(struct rng_stream *stream, uint32_t workers, struct text_buffer *text) {
    static const char *const kinds[] = {"pause", "disconnect", "crash"};
    uint32_t count = 1 + rng_stream_u32(stream) % 5;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = rng_stream_u32(stream) % workers;
        uint32_t to = from + rng_stream_u32(stream) % (workers - from);
        text_buffer_add(text, "%sevent_%u: {event: %s, at: %u ms, for: %u ms, workers: %u..%u}",
                        i == 0 ? "{" : ", ", i, kinds[rng_stream_u32(stream) % 3],
                        10 * (rng_stream_u32(stream) % 150),
                        10 * (1 + rng_stream_u32(stream) % 100), from, to);
    }
    text_buffer_add(text, "}");
}

// Without a server, whoever is silent when and is missed or not: when all silences are over, nobody
// may wait for one that waits elsewhere, or for nobody at all.
static void silences__that_end__leave_no_average_waited_for_in_vain(void **state) {
    (void)state;
    static struct subject subject;
    const char *one = getenv("CLUSTER");
    const char *many = getenv("CLUSTERS");
    uint32_t clusters = many == NULL ? CLUSTERS : (uint32_t)strtoul(many, NULL, 10);
    uint32_t first = one == NULL ? 1 : (uint32_t)strtoul(one, NULL, 10);
    for (uint32_t seed = first; seed < first + (one == NULL ? clusters : 1); seed++) {
        struct rng_stream stream;
        struct text_buffer events = {0};
        struct text_buffer missing = {0};
        enum status status;
        struct error error;
        subject.seed = seed;
        rng_stream_init(&stream, seed, RNG_TEST, 48, 0, 0);
        random_local_cluster_make(&stream, seed, subject.text);
        small_cluster_parse(&subject.plain, "%s", subject.text);
        add_silences(&stream, (uint32_t)subject.plain.cluster.workers, &events);
        random_events_add_missing(&stream, &missing);
        const struct scenario_setting settings[] = {{"end", "40 updates"},
                                                    {"policy.missing", text_buffer_text(&missing)},
                                                    {"cluster.events", text_buffer_text(&events)}};
        if (scenario_parse("test", subject.text, strlen(subject.text), settings, 3,
                           &subject.scenario, &error) != STATUS_OK) {
            give_up(&subject, "is refused", error.message);
        }
        small_cluster_run_with(&subject.scenario, NULL, &subject.log, &status);
        if (status != STATUS_OK || subject.log.ending.status != RUN_COMPLETE) {
            print_message("missing: %s, events: %s\n", settings[1].value, settings[2].value);
            give_up(&subject, "does not go on", subject.log.ending.reason);
        }
        runlog_reset(&subject.log);
        text_buffer_clear(&missing);
        text_buffer_clear(&events);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incidents__random_clusters__keep_every_rule_and_replay),
        cmocka_unit_test_setup_teardown(incidents__stopped_or_forked__go_on_as_they_had_begun,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(silences__that_end__leave_no_average_waited_for_in_vain),
        cmocka_unit_test(incidents__slow_phases__have_the_mean_of_their_share),
        cmocka_unit_test(incidents__pause_without_end__stalls_and_names_whom),
        cmocka_unit_test(crashes__availability__is_up_by_up_and_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
