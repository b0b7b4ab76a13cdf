// SPDX-License-Identifier: GPL-3.0-or-later
// Every scenario of scenarios/experiments, under every policy that takes it, with a small model: it
// runs, keeps every rule (log_audit.h), has the spans that its laws and seed give, replays, and has
// the same bits on more threads. A policy that does not take it says why.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "sim/run/redrawn_spans.h"
#include "sim/run/replay.h"
#include "sim/run/run_scenario.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/training/training_options.h"
#include "tests/support/log_audit.h"
#include "tests/support/small_cluster.h"

enum { PATH_SIZE = 512, LINE_SIZE = 400 };

static void for_each(void (*check)(const char *path)) {
    glob_t found;
    assert_int_equal(glob("scenarios/experiments/*.yaml", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        check(found.gl_pathv[i]);
    }
    globfree(&found);
}

// The file with the policy's name in the place of its own (NULL: its own), and without data.
static enum status read_with(const char *path, const char *policy, struct scenario *scenario,
                             struct error *error) {
    const struct scenario_setting settings[] = {
        {"model", "quadratic"}, {"evaluation.every", "0 s"}, {"policy.name", policy}};
    return scenario_read_noting(path, settings, policy == NULL ? 2 : 3, scenario, NULL, error);
}

static void run_with(const char *what, const struct scenario *scenario, struct run_options options,
                     struct runlog *log) {
    struct run_outcome outcome;
    struct error error;
    struct run_sink sink = runlog_memory_sink(log);
    options.sinks = &sink;
    options.sink_count = 1;
    *log = (struct runlog){0};
    if (run_scenario(scenario, &options, &outcome, &error) != STATUS_OK) {
        fail_msg("%s: %s", what, error.message);
    }
    log_audit_expect_sound(scenario, log);
    if (log->update_count == 0) {
        fail_msg("%s: makes no update", what);
    }
}

static void run(const char *what, const struct scenario *scenario, int32_t threads,
                struct runlog *log) {
    run_with(what, scenario, (struct run_options){.threads = threads}, log);
}

static void expect_proof(const char *what, const struct scenario *scenario,
                         const struct runlog *log) {
    const struct run_options options = {.threads = 1};
    struct span_tally spans;
    struct replay_outcome outcome;
    struct error error = {.message = ""};
    if (redrawn_spans_compare(log, scenario, &spans, &error) != STATUS_OK) {
        fail_msg("%s: %s", what, error.message);
    }
    if (spans.compared == 0 || spans.rounded > 0 || spans.other > 0) {
        fail_msg("%s: %s", what, spans.first);
    }
    enum status status = replay_log(what, log, scenario, &options, &outcome, &error);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", what,
                 status == STATUS_DIFFERENT ? outcome.difference.text : error.message);
    }
}

static void check_policies(const char *path) {
    int taken = 0;
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        struct scenario scenario;
        struct runlog log;
        struct error error = {.message = ""};
        char what[PATH_SIZE];
        snprintf(what, sizeof what, "%s under %s", path, policy_table[policy].name);
        if (read_with(path, policy_table[policy].name, &scenario, &error) != STATUS_OK) {
            assert_non_null(strstr(error.message, ": error: "));
            continue;
        }
        run(what, &scenario, 1, &log);
        expect_proof(what, &scenario, &log);
        runlog_reset(&log);
        taken++;
    }
    assert_true(taken >= POLICY_COUNT / 2);
}

// Whoever compares policies under an experiment needs it under each of them, with its proof.
static void experiments__under_every_policy__run_verify_and_replay(void **state) {
    (void)state;
    for_each(check_policies);
}

static void check_threads(const char *path) {
    struct scenario scenario;
    struct error error;
    struct runlog logs[2];
    if (read_with(path, NULL, &scenario, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    run(path, &scenario, 1, &logs[0]);
    run(path, &scenario, 3, &logs[1]);
    small_cluster_expect_equal(&logs[0], &logs[1], path);
    runlog_reset(&logs[0]);
    runlog_reset(&logs[1]);
}

// Threads change when a gradient is computed, whatever happens in the cluster.
static void experiments__on_more_threads__are_the_same_runs(void **state) {
    (void)state;
    for_each(check_threads);
}

// Forks that change nothing: what began before has its spans from the log, the rest is drawn.
static void check_forks(const char *path) {
    struct scenario scenario;
    struct error error;
    struct runlog first;
    if (read_with(path, NULL, &scenario, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    run(path, &scenario, 1, &first);
    for (int64_t quarter = 1; quarter <= 3; quarter++) {
        struct runlog fork;
        const struct run_options options = {
            .threads = 1, .fork_of = &first, .fork_at_ns = first.ending.end_ns / 4 * quarter};
        run_with(path, &scenario, options, &fork);
        small_cluster_expect_equal(&first, &fork, path);
        runlog_reset(&fork);
    }
    runlog_reset(&first);
}

// A fork before, during or after what happens in the cluster keeps its past to the bit, and its
// future has the same luck.
static void experiments__forked_at_any_time__have_the_same_luck(void **state) {
    (void)state;
    for_each(check_forks);
}

static void check_training(const char *path) {
    const struct scenario_setting setting = {"evaluation.every", "0 s"};
    struct scenario scenario;
    struct error error;
    struct runlog log;
    if (scenario_read_noting(path, &setting, 1, &scenario, NULL, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    run(path, &scenario, 2, &log);
    assert_int_equal(log.ending.status, RUN_COMPLETE);
    runlog_reset(&log);
}

// As it stands there it is what a newcomer runs first: with a rate that was too high, three of them
// diverged.
static void experiments__with_their_own_net__learn(void **state) {
    (void)state;
    for_each(check_training);
}

static void check_comment(const char *path) {
    char line[LINE_SIZE];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int i = 0; i < 3; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        if (strncmp(line, "# ", 2) != 0 || strlen(line) < 20) {
            fail_msg("%s: line %d does not say what to watch for", path, i + 1);
        }
    }
    fclose(file);
}

// Three lines say what to watch for.
static void experiments__every_one__says_what_to_watch_for(void **state) {
    (void)state;
    for_each(check_comment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(experiments__under_every_policy__run_verify_and_replay),
        cmocka_unit_test(experiments__on_more_threads__are_the_same_runs),
        cmocka_unit_test(experiments__forked_at_any_time__have_the_same_luck),
        cmocka_unit_test(experiments__with_their_own_net__learn),
        cmocka_unit_test(experiments__every_one__says_what_to_watch_for),
    };
    return cmocka_run_group_tests_name("experiments", tests, NULL, NULL);
}
