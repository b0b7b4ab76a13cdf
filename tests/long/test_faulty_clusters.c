// SPDX-License-Identifier: GPL-3.0-or-later
// Thousands of random clusters with groups, losses, a port and events, under random policies: each
// keeps every rule (log_audit.h), has the draws of its laws and seed, replays, resumes and forks to
// the bit, and is the same on more threads. $CLUSTER runs one of them, $CLUSTERS so many.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/rng_stream.h"
#include "sim/report/runlog_diff.h"
#include "sim/report/summary.h"
#include "sim/report/tell.h"
#include "sim/run/redrawn_spans.h"
#include "sim/run/replay.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/runlog_skim.h"
#include "sim/scenario/scenario_applies.h"
#include "sim/scenario/scenario_parse.h"
#include "tests/support/log_audit.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_cluster.h"
#include "tests/support/random_events.h"
#include "tests/support/random_groups.h"
#include "tests/support/random_values.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"
#include "tests/support/summary_text.h"

enum { CLUSTERS = 2000, RESUMED_EVERY = 10, LOCAL_EVERY = 3, TEXT_SIZE = 8192, SETTINGS_MAX = 10 };
enum { SECONDS_MOST = 300 }; // what a cluster takes: one of minutes is a fault

struct subject {
    uint32_t seed;
    const char *path; // for its files
    char text[TEXT_SIZE];
    char policy[100]; // in the place of the text's, or ""
    char missing[32]; // its policy.missing
    const char *momentum, *place;
    struct scenario scenario;
    struct runlog log;
};

static void give_up(const struct subject *subject, const char *what, const char *why) {
    fail_msg("cluster %u: %s: %s\nrepeat: CLUSTER=%u build/obj/release/tests/long/"
             "test_faulty_clusters\npolicy %s, missing %s, momentum %s at the %s\n%s",
             subject->seed, what, why, subject->seed,
             subject->policy[0] == 0 ? "as below" : subject->policy, subject->missing,
             subject->momentum, subject->place, subject->text);
}

static void expect_equal(const struct subject *subject, const char *what,
                         const struct runlog *other) {
    static const char *const names[2] = {"the run", "the other"};
    struct runlog_difference difference;
    if (runlog_diff(&subject->log, other, names, &difference)) {
        give_up(subject, what, difference.text);
    }
}

// Any policy in the place of the text's, those without a server among them. Only a time ends a
// flood of k_batch_sync, which the text's own policy has.
static void choose_policy(struct rng_stream *stream, struct subject *subject) {
    uint32_t policy = random_below(stream, 2 * POLICY_COUNT);
    subject->policy[0] = 0;
    if (policy < POLICY_COUNT && policy != POLICY_K_BATCH_SYNC) {
        snprintf(subject->policy, sizeof subject->policy, "%s", policy_table[policy].name);
    }
}

// Of draws of their own: when silent workers are counted out; the momentum, where the policy has a
// rule for it.
static void choose_rules(struct subject *subject) {
    enum policy policy = subject->scenario.training.policy.policy;
    struct rng_stream stream;
    struct text_buffer missing = {0};
    rng_stream_init(&stream, subject->seed, RNG_TEST, 47, 0, 0);
    random_events_add_missing(&stream, &missing);
    snprintf(subject->missing, sizeof subject->missing, "%s", text_buffer_text(&missing));
    text_buffer_clear(&missing);
    bool at_worker = random_below(&stream, 2) == 0 && policy != POLICY_FEDBUFF;
    bool moves = random_below(&stream, 2) == 0;
    bool rules = policy_table[policy].aggregation != NULL ||
                 policy_table[policy].averaging.family == AVERAGING_FAMILY_PERIODIC;
    subject->place = at_worker ? "worker" : "server";
    subject->momentum = rules && moves ? "0.5" : "0";
}

static enum status parse(struct subject *subject, bool has_groups, struct error *error) {
    struct scenario_setting settings[SETTINGS_MAX] = {{"model", "quadratic"},
                                                      {"training.learning_rate", "0.001"},
                                                      {"training.momentum", subject->momentum},
                                                      {"training.momentum_at", subject->place},
                                                      {"evaluation.every", "0 s"},
                                                      {"log.gradients", "true"}};
    size_t count = 6;
    if (subject->missing[0] != 0) {
        settings[count++] = (struct scenario_setting){"policy.missing", subject->missing};
    }
    if (subject->policy[0] != 0) {
        settings[count++] = (struct scenario_setting){"policy.name", subject->policy};
    }
    if (has_groups) { // whose members must be there
        settings[count++] = (struct scenario_setting){"cluster.workers", "30"};
    }
    return scenario_parse("test", subject->text, strlen(subject->text), settings, count,
                          &subject->scenario, error);
}

// False: there is no such run, for what happens would begin behind its end, or its policy takes no
// such cluster.
static bool make(struct subject *subject, uint32_t seed) {
    struct rng_stream stream;
    char cluster[RANDOM_CLUSTER_TEXT_SIZE];
    struct text_buffer groups = {0};
    struct text_buffer events = {0};
    struct error error;
    bool serves = seed % LOCAL_EVERY != 0;
    subject->seed = seed;
    subject->missing[0] = subject->policy[0] = 0;
    subject->momentum = "0";
    subject->place = "server";
    rng_stream_init(&stream, seed, RNG_TEST, 46, 0, 0);
    (serves ? random_cluster_make : random_local_cluster_make)(&stream, seed, cluster);
    if (serves) {
        choose_policy(&stream, subject);
    }
    bool has_groups = random_below(&stream, 2) == 0;
    if (has_groups) {
        random_groups_add(&stream, &groups);
    }
    snprintf(subject->text, sizeof subject->text, "%s%s%s%s", cluster,
             has_groups ? "  groups: " : "", text_buffer_text(&groups), has_groups ? "\n" : "");
    bool taken = parse(subject, has_groups, &error) == STATUS_OK;
    if (taken) {
        choose_rules(subject);
        random_events_add(
            &stream, subject->scenario.cluster.workers, applies_server(&subject->scenario),
            policy_table[subject->scenario.training.policy.policy].aggregation != NULL, &events);
        size_t length = strlen(subject->text);
        snprintf(subject->text + length, sizeof subject->text - length, "  events: %s\n",
                 text_buffer_text(&events));
        taken = parse(subject, has_groups, &error) == STATUS_OK;
    }
    text_buffer_clear(&groups);
    text_buffer_clear(&events);
    return taken;
}

// Its log is sound, whatever comes of it.
static enum status run(const struct subject *subject, const char *what, int32_t threads,
                       struct runlog *log) {
    *log = (struct runlog){0};
    struct run_sink sink = runlog_memory_sink(log);
    const struct run_options options = {.threads = threads, .sinks = &sink, .sink_count = 1};
    struct run_outcome outcome;
    struct error error = {.message = ""};
    char problem[600];
    enum status status = run_scenario(&subject->scenario, &options, &outcome, &error);
    bool is_whole = status == STATUS_OK || status == STATUS_DIVERGED;
    if (is_whole && !log_audit(&subject->scenario, log, problem, sizeof problem)) {
        give_up(subject, what, problem);
    }
    return status;
}

static void expect_proof(const struct subject *subject) {
    const struct run_options options = {.threads = 1};
    struct replay_outcome outcome = {0};
    struct error error = {.message = ""};
    struct span_tally tally;
    enum status status =
        replay_log("test", &subject->log, &subject->scenario, &options, &outcome, &error);
    if (status != STATUS_OK) {
        give_up(subject, "the replay",
                status == STATUS_DIFFERENT ? outcome.difference.text : error.message);
    }
    redrawn_spans_compare(&subject->log, &subject->scenario, &tally, NULL);
    if (tally.other + tally.rounded > 0) {
        give_up(subject, "the spans", tally.first);
    }
}

static void expect_same_on_threads(const struct subject *subject) {
    struct runlog log;
    run(subject, "on three threads", 3, &log);
    expect_equal(subject, "on three threads", &log);
    runlog_reset(&log);
}

// A fork that changes nothing is the run, whenever it forks.
static void expect_same_fork(const struct subject *subject) {
    struct runlog fork = {0};
    struct run_sink sink = runlog_memory_sink(&fork);
    struct run_outcome outcome;
    struct error error = {.message = ""};
    const struct run_options options = {.threads = 1,
                                        .sinks = &sink,
                                        .sink_count = 1,
                                        .fork_of = &subject->log,
                                        .fork_at_ns = subject->log.ending.end_ns / 8 *
                                                      (1 + subject->seed % 7)};
    if (run_scenario(&subject->scenario, &options, &outcome, &error) != STATUS_OK) {
        give_up(subject, "the fork", error.message);
    }
    expect_equal(subject, "the fork", &fork);
    runlog_reset(&fork);
}

static enum status run_to_file(const struct subject *subject, struct interruption *interruption) {
    struct run_sink sink = small_cluster_interruption(interruption);
    const struct run_options options = {.output = subject->path,
                                        .threads = 1,
                                        .sinks = &sink,
                                        .sink_count = 1,
                                        .interrupted = &interruption->flag,
                                        .checkpoints = true,
                                        .resume = true};
    struct run_outcome outcome;
    struct error error = {.message = ""};
    enum status status = run_scenario(&subject->scenario, &options, &outcome, &error);
    if (status != STATUS_OK && status != STATUS_INTERRUPTED) {
        give_up(subject, "the run to a file", error.message);
    }
    return status;
}

static void expect_resumes(const struct subject *subject) {
    struct runlog resumed = {0};
    struct error error = {.message = ""};
    struct interruption first = {.events_left = 1 + (int64_t)subject->log.event_count / 2};
    struct interruption never = {.events_left = INT64_MAX};
    if (run_to_file(subject, &first) == STATUS_INTERRUPTED) {
        run_to_file(subject, &never);
    }
    if (runlog_read(subject->path, &resumed, NULL, &error) != STATUS_OK) {
        give_up(subject, "what was resumed", error.message);
    }
    expect_equal(subject, "what was resumed", &resumed);
    runlog_reset(&resumed);
    remove(subject->path);
}

static char *told(const struct subject *subject, const struct runlog *log,
                  const struct tell_options *options) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    struct error error = {.message = ""};
    if (stream == NULL || tell(stream, log, options, &error) != STATUS_OK) {
        give_up(subject, "what is told", error.message);
    }
    fclose(stream);
    return text;
}

// A window that is read no further than to its end is told as out of the whole log.
static void expect_same_told(const struct subject *subject) {
    const struct provenance provenance = {.threads = 1};
    struct runlog part = {0};
    struct error error = {.message = ""};
    struct tell_options options = tell_options_all();
    options.details = true;
    options.to_ns = subject->log.ending.end_ns / 9 * (1 + subject->seed % 8);
    options.from_ns = subject->seed % 4 == 0 ? options.to_ns / 2 : INT64_MIN;
    if (log_in_memory_write(subject->path, &subject->log, &provenance, &error) != STATUS_OK ||
        runlog_read_until(subject->path, options.to_ns, &part, &error) != STATUS_OK) {
        give_up(subject, "a part of the log", error.message);
    }
    char *texts[2] = {told(subject, &subject->log, &options), told(subject, &part, &options)};
    if (strcmp(texts[0], texts[1]) != 0) {
        give_up(subject, "a part of the log is told otherwise", texts[1]);
    }
    free(texts[0]);
    free(texts[1]);
    runlog_reset(&part);
}

// A log whose rows are never all in memory comes to the same.
static void expect_same_summary(const struct subject *subject) {
    struct summary_accumulator accumulator;
    struct runlog_skim skim = summary_skim(&accumulator);
    struct runlog log = {0};
    struct summary summaries[2];
    struct error error = {.message = ""};
    if (runlog_skim(subject->path, &skim, &log, NULL, &error) != STATUS_OK) {
        give_up(subject, "the skimmed log", error.message);
    }
    summary_of_skim(&accumulator, &skim, &log, &summaries[0]);
    summary_of_log(&subject->log, &summaries[1]);
    char *texts[2] = {summary_text(&summaries[0], 1, summary_print_json),
                      summary_text(&summaries[1], 1, summary_print_json)};
    if (strcmp(texts[0], texts[1]) != 0) {
        give_up(subject, "the skimmed log comes to something else", texts[0]);
    }
    free(texts[0]);
    free(texts[1]);
    runlog_reset(&log);
}

// What happened in all of them: a test of clusters in which nothing does shows nothing.
struct tally {
    uint32_t runs, local, grouped;
    int64_t incidents, losses, waits, stalled;
};

static void count(struct tally *tally, const struct subject *subject) {
    const struct runlog *log = &subject->log;
    tally->runs++;
    tally->local += log->reduction_count > 0;
    tally->grouped += subject->scenario.cluster.groups.count > 0;
    tally->incidents += (int64_t)log->incident_count;
    for (size_t i = 0; i < log->gradient_count; i++) { // or none
        tally->losses += log->gradients[i].push_attempts - 1;
        tally->waits += log->gradients[i].push_port_wait_ns > 0;
        tally->stalled += log->gradients[i].stalled_ns > 0;
    }
}

static void check_cluster(uint32_t seed, const char *path, struct tally *tally) {
    static struct subject subject;
    subject.path = path;
    fprintf(stderr, "%u%s", seed, seed % 20 == 0 ? "\n" : " "); // the last one is who fails
    alarm(SECONDS_MOST);
    if (!make(&subject, seed)) {
        return;
    }
    if (run(&subject, "the run breaks a rule", 1, &subject.log) == STATUS_OK) {
        count(tally, &subject);
        expect_proof(&subject);
        expect_same_on_threads(&subject);
        expect_same_fork(&subject);
        expect_same_told(&subject);
        expect_same_summary(&subject);
        remove(subject.path);
        if (seed % RESUMED_EVERY == 0 && subject.log.event_count > 4) {
            expect_resumes(&subject);
        }
    }
    runlog_reset(&subject.log);
}

// If it failed, somebody who publishes a run with faults would publish one that nobody can repeat,
// or one that breaks a rule of its policy.
static void faulty_clusters__random__keep_every_rule_and_repeat(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct tally tally = {0};
    const char *one = getenv("CLUSTER");
    const char *many = getenv("CLUSTERS");
    scratch_path(state, "a.h5", path);
    if (one != NULL) {
        check_cluster((uint32_t)strtoul(one, NULL, 10), path, &tally);
        return;
    }
    uint32_t wanted = many == NULL ? CLUSTERS : (uint32_t)strtoul(many, NULL, 10);
    for (uint32_t seed = 1; tally.runs < wanted && seed <= 4 * wanted; seed++) {
        check_cluster(seed, path, &tally);
    }
    print_message("%u runs, %u without a server, %u with groups: %lld incidents, %lld messages "
                  "lost, %lld waits at a port, %lld gradients held up\n",
                  tally.runs, tally.local, tally.grouped, (long long)tally.incidents,
                  (long long)tally.losses, (long long)tally.waits, (long long)tally.stalled);
    assert_int_equal(tally.runs, wanted);
    assert_true(tally.local > wanted / 5 && tally.grouped > wanted / 5);
    assert_true(tally.incidents > wanted && tally.losses > wanted);
    assert_true(tally.waits > wanted && tally.stalled > wanted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(faulty_clusters__random__keep_every_rule_and_repeat,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("faulty_clusters", tests, NULL, NULL);
}
