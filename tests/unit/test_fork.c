// SPDX-License-Identifier: GPL-3.0-or-later
// fork: runs with gradients, forked; and logs that cannot be. (Timing: tests/property.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/run/fork.h"
#include "sim/run/replay.h"
#include "sim/run/run_phases.h"
#include "sim/runlog/runlog_reader.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"
#include "tests/support/written_log.h"

#define MS INT64_C(1000000)

static const char *const small_hybrid =
    "seed: 23\nmodel: mnist_ray\nend: 900 ms\n"
    "training: {batch: 4, learning_rate: 0.01}\n"
    "policy: {name: hybrid, threshold: {schedule: step, every: 12}}\n"
    "cluster:\n  workers: 5\n  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
    "  delay: {law: normal, std: 60 ms}\n  network: {latency: {law: exponential, mean: 1 ms}}\n"
    "  server: {receive: 5 ms, update: {law: uniform, min: 1 ms, max: 4 ms}, reply: 1 ms}\n"
    "evaluation: {every: 200 ms, test_samples: 50, train_samples: 20}\n";

struct case_files {
    char run[SCRATCH_PATH_SIZE];
    char fork[SCRATCH_PATH_SIZE];
    char again[SCRATCH_PATH_SIZE];
};

static void record(void *const *state, struct case_files *files, struct runlog *log) {
    struct scenario scenario;
    scratch_path(state, "run.h5", files->run);
    scratch_path(state, "fork.h5", files->fork);
    scratch_path(state, "again.h5", files->again);
    struct small_cluster_options options = {.output = files->run};
    small_cluster_parse(&scenario, "%s", small_hybrid);
    small_cluster_run_with(&scenario, &options, log, NULL);
}

static enum status fork_to(const char *from, int64_t at_ns, const char *key, const char *value,
                           const char *to, struct runlog *log, struct error *error) {
    const struct scenario_setting setting = {key, value};
    struct run_outcome outcome;
    struct run_sink sink = runlog_memory_sink(log);
    struct run_options options = {.output = to, .threads = 2, .sinks = &sink, .sink_count = 1};
    struct fork_request request = {
        .path = from, .at_ns = at_ns, .settings = &setting, .setting_count = key != NULL};
    *log = (struct runlog){0};
    *error = (struct error){.message = ""};
    return fork_file(&request, &options, &outcome, error);
}

static void expect_fork(const char *from, int64_t at_ns, const char *key, const char *value,
                        const char *to, struct runlog *log) {
    struct error error;
    if (fork_to(from, at_ns, key, value, to, log, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

static void expect_replays(const char *path) {
    struct replay_outcome outcome;
    struct error error = {.message = ""};
    enum status status = replay_file(path, &(struct run_options){.threads = 1}, &outcome, &error);
    if (status != STATUS_OK) {
        fail_msg("%s%s", error.message, outcome.difference.text);
    }
}

// Updates before the fork make the same parameters; a new learning rate is in force from the first
// update that ends at the fork or later.
static void fork__another_rate__changes_the_updates_from_then_on(void **state) {
    struct case_files files;
    struct runlog log;
    struct runlog fork;
    record(state, &files, &log);
    expect_fork(files.run, 450 * MS, "training.learning_rate", "0.02", files.fork, &fork);
    size_t before = 0;
    while (log.updates[before].time_ns < 450 * MS) {
        assert_memory_equal(&log.updates[before], &fork.updates[before], sizeof *log.updates);
        before++;
    }
    assert_true(before > 10 && before + 3 < fork.update_count);
    for (size_t i = before; i < rows(fork.update_count); i++) {
        assert_true(fork.updates[i].learning_rate == 0.02); // NOLINT: both are the same literal
        assert_true(fork.updates[i].time_ns == log.updates[i].time_ns); // rates move no event
        assert_true(fork.updates[i].parameter_hash != log.updates[i].parameter_hash);
    }
    expect_replays(files.fork);
    runlog_reset(&log);
    runlog_reset(&fork);
}

// The same moment and settings give the same log, a fork of the fork without a change that log
// again, and no change at all the first one.
static void fork__again__gives_the_same_log(void **state) {
    struct case_files files;
    struct runlog log;
    struct runlog fork;
    struct runlog again;
    record(state, &files, &log);
    expect_fork(files.run, 450 * MS, "policy", "{name: async}", files.fork, &fork);
    expect_fork(files.run, 450 * MS, "policy", "{name: async}", NULL, &again);
    small_cluster_expect_equal(&fork, &again, "the same fork");
    runlog_reset(&again);
    expect_fork(files.fork, 700 * MS, NULL, NULL, NULL, &again);
    small_cluster_expect_equal(&fork, &again, "a fork of the fork");
    assert_string_equal(fork.header.scenario, again.header.scenario);
    runlog_reset(&again);
    expect_fork(files.run, 450 * MS, NULL, NULL, NULL, &again);
    small_cluster_expect_equal(&log, &again, "no change");
    assert_string_equal(log.header.scenario, again.header.scenario);
    runlog_reset(&again);
    expect_fork(files.fork, 700 * MS, "policy", "{name: sync}", files.again, &again);
    expect_replays(files.again);
    runlog_reset(&again);
    runlog_reset(&fork);
    runlog_reset(&log);
}

// What an optimizer remembers is carried over the fork: without a change nothing changes, with
// another momentum the velocity goes on from where it was, and such a fork replays, too.
static void fork__with_momentum__carries_the_velocity(void **state) {
    struct case_files files;
    struct runlog first;
    struct runlog fork;
    record(state, &files, &first);
    runlog_reset(&first);
    expect_fork(files.run, 0, "training", "{momentum: 0.9, weight_decay: 0.01}", files.fork,
                &first);
    expect_fork(files.fork, 450 * MS, NULL, NULL, NULL, &fork);
    small_cluster_expect_equal(&first, &fork, "no change");
    runlog_reset(&fork);
    expect_fork(files.fork, 450 * MS, "training.momentum", "0.5", files.again, &fork);
    size_t after = 0;
    while (fork.updates[after].time_ns < 450 * MS) {
        after++;
    }
    // g + 0.9 v and g + 0.5 v: had v begun anew, both would be g.
    assert_true(fork.updates[after].update_norm != first.updates[after].update_norm);
    expect_replays(files.again);
    runlog_reset(&fork);
    runlog_reset(&first);
}

static void expect_other_from(const struct runlog *log, const struct runlog *fork, int64_t at_ns) {
    size_t i = 0;
    while (log->updates[i].time_ns < at_ns) {
        assert_memory_equal(&log->updates[i], &fork->updates[i], sizeof *log->updates);
        i++;
    }
    assert_true(i > 10 && i < fork->update_count);
    size_t last = fork->update_count - 1;
    assert_true(fork->updates[last].parameter_hash != log->updates[last].parameter_hash);
}

// What a scenario leaves out because it stands at none, and what is switched on or off at the fork,
// did not hold, or did hold, before: another past could not be rebuilt, or worse, would pass.
static void fork__switched_on_and_off__leaves_the_past_as_it_was(void **state) {
    static const char *const on[][2] = {{"training.momentum", "0.9"},
                                        {"training.weight_decay", "0.1"},
                                        {"training.rate.warm_up", "500"},
                                        {"training.rate.scaling", "linear"},
                                        {"training.rate", "{schedule: cosine, over: 50}"},
                                        {"policy.stale_weight", "inverse"},
                                        {"policy", "{name: n_softsync, stale_weight: inverse}"}};
    struct case_files files;
    struct runlog log;
    struct runlog fork;
    struct runlog off;
    record(state, &files, &log);
    for (size_t i = 0; i < sizeof on / sizeof on[0]; i++) {
        expect_fork(files.run, 450 * MS, on[i][0], on[i][1], files.fork, &fork);
        expect_other_from(&log, &fork, 450 * MS);
        expect_replays(files.fork);
        runlog_reset(&fork);
    }
    expect_fork(files.run, 0, "training", "{momentum: 0.9, weight_decay: 0.1}", files.fork, &fork);
    expect_fork(files.fork, 450 * MS, "training", "{momentum: 0, weight_decay: 0}", files.again,
                &off);
    expect_other_from(&fork, &off, 450 * MS);
    expect_replays(files.again);
    runlog_reset(&off);
    runlog_reset(&fork);
    runlog_reset(&log);
}

static volatile sig_atomic_t stop;

static void stop_after(void *context, const struct event_row *row) {
    int64_t *left = context;
    (void)row;
    stop = --*left == 0;
}

// A fork that is interrupted, before its moment or after, goes on with the same command.
static void fork__interrupted__goes_on(void **state) {
    struct case_files files;
    struct runlog log;
    struct runlog whole;
    struct runlog resumed = {0};
    struct error error = {.message = ""};
    struct run_outcome outcome;
    record(state, &files, &log);
    expect_fork(files.run, 450 * MS, "policy.name", "sync", NULL, &whole);
    const struct scenario_setting setting = {"policy.name", "sync"};
    struct fork_request request = {
        .path = files.run, .at_ns = 450 * MS, .settings = &setting, .setting_count = 1};
    int64_t left = whole.ending.event_count / 4;
    struct run_sink sink = {.context = &left, .event = stop_after};
    struct run_options options = {.output = files.fork,
                                  .threads = 1,
                                  .sinks = &sink,
                                  .sink_count = 1,
                                  .interrupted = &stop,
                                  .checkpoints = true};
    assert_int_equal(fork_file(&request, &options, &outcome, &error), STATUS_INTERRUPTED);
    left = whole.ending.event_count / 4 * 3; // the events of the past are counted again
    stop = 0;
    options.resume = true;
    assert_int_equal(fork_file(&request, &options, &outcome, &error), STATUS_INTERRUPTED);
    stop = 0;
    options.sink_count = 0;
    if (fork_file(&request, &options, &outcome, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(runlog_read(files.fork, &resumed, NULL, &error), STATUS_OK);
    small_cluster_expect_equal(&whole, &resumed, "the fork that went on");
    runlog_reset(&resumed);
    runlog_reset(&whole);
    runlog_reset(&log);
}

// A finished run goes on when it is forked at its end.
static void fork__at_the_end__goes_on(void **state) {
    struct case_files files;
    struct runlog log;
    struct runlog longer;
    struct runlog whole;
    struct scenario scenario;
    record(state, &files, &log);
    expect_fork(files.run, 900 * MS, "end", "1400 ms", NULL, &longer);
    small_cluster_parse(&scenario, "%s", small_hybrid);
    scenario.end.time_ns = 1400 * MS;
    small_cluster_run(&scenario, &whole);
    small_cluster_expect_equal(&longer, &whole, "a longer run");
    runlog_reset(&whole);
    runlog_reset(&longer);
    runlog_reset(&log);
}

static void expect_refused(const char *from, int64_t at_ns, const char *key, const char *value,
                           const char *to, const char *message) {
    struct runlog log;
    struct error error;
    assert_int_equal(fork_to(from, at_ns, key, value, to, &log, &error), STATUS_BAD_DATA);
    if (strstr(error.message, message) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.message, message);
    }
    FILE *file = to == NULL ? NULL : fopen(to, "r");
    assert_null(file); // nothing was written
    runlog_reset(&log);
}

// A fork past the end of what is known, or behind its own end, would be a run of no scenario.
static void fork__a_moment_that_cannot_be__is_refused(void **state) {
    struct case_files files;
    struct runlog log;
    record(state, &files, &log);
    expect_refused(files.run, 900 * MS + 1, NULL, NULL, files.fork,
                   "ends at 900 ms: it cannot be forked at 900000001 ns");
    expect_refused(files.run, 450 * MS, "end", "5 updates", files.fork,
                   "the end, 5 updates, is before the fork: by 450 ms ");
    expect_refused(files.run, 450 * MS, "end", "9 gradients", files.fork,
                   "the end, 9 gradients, is before the fork: by 450 ms ");
    expect_refused(files.run, 450 * MS, "seed", "24", files.fork, "'seed' cannot change at a fork");
    runlog_reset(&log);
}

// Writes the log with one span of its past made longer.
static void tamper(const char *from, const char *to) {
    struct runlog log = {0};
    struct error error;
    struct provenance provenance;
    assert_int_equal(runlog_read(from, &log, &provenance, &error), STATUS_OK);
    log.gradients[1].compute_ns += 1;
    assert_int_equal(log_in_memory_write(to, &log, &provenance, &error), STATUS_OK);
    runlog_reset(&log);
}

// A log that is not what its scenario and spans come to would give a past that never was.
static void fork__a_log_that_was_changed__is_refused(void **state) {
    struct case_files files;
    struct runlog log;
    record(state, &files, &log);
    tamper(files.run, files.again);
    expect_refused(files.again, 450 * MS, "policy.name", "sync", files.fork,
                   "its past cannot be rebuilt: event ");
    runlog_reset(&log);
}

// Each phase draws from its own laws, and a log's past from the log.
static void run_phases__of_a_past__have_their_own_laws(void **state) {
    (void)state;
    struct scenario scenario;
    struct gradient_spans spans;
    small_cluster_parse(&scenario,
                        "model: none\nend: 10 s\n"
                        "cluster: {workers: 1, compute: 3 ms, server: {update: 7 ms}}\n"
                        "past: [{until: 1 s, cluster.compute: 1 ms}, "
                        "{until: 2 s, cluster.compute: 2 ms, cluster.server.update: 9 ms}]\n");
    struct run_options options = {.threads = 1};
    struct run_phases *phases = NULL;
    assert_int_equal(run_phases_create(&scenario, 0, &options, &phases, NULL), STATUS_OK);
    assert_int_equal(phases->count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct simulation_phase *phase = &phases->before[i];
        phase->spans.gradient(phase->spans.context, 0, 0, 0, &spans);
        assert_true(spans.compute_ns == ((int64_t)i + 1) * MS);
        assert_true(phase->spans.update(phase->spans.context, 1) == (i == 0 ? 7 : 9) * MS);
    }
    phases->last.gradient(phases->last.context, 0, 0, 0, &spans);
    assert_true(spans.compute_ns == 3 * MS && phases->before[1].until_ns == 2000 * MS);
    run_phases_destroy(phases);
}

// A log may be forked up to its very last update, which is then made anew by the new settings; it
// is not of the past, and an end at its count is not before the fork.
static void fork__exactly_at_the_last_update__makes_it_anew(void **state) {
    struct case_files files;
    struct runlog log;
    struct runlog fork;
    struct scenario scenario;
    record(state, &files, &log); // for the names
    runlog_reset(&log);
    small_cluster_parse(&scenario,
                        "seed: 3\nmodel: {name: quadratic, dimension: 5}\n"
                        "end: 8 updates\npolicy: {name: async}\n"
                        "training: {learning_rate: 0.01}\n"
                        "cluster: {workers: 3, compute: {law: exponential, mean: 1 s}}\n");
    struct small_cluster_options options = {.output = files.run};
    small_cluster_run_with(&scenario, &options, &log, NULL);
    assert_int_equal(log.update_count, 8);
    int64_t last_ns = log.updates[7].time_ns;
    assert_true(log.ending.end_ns == last_ns && log.updates[6].time_ns < last_ns);
    expect_fork(files.run, last_ns, "training.learning_rate", "0.02", files.fork, &fork);
    assert_int_equal(fork.update_count, 8);
    assert_true(fork.updates[6].parameter_hash == log.updates[6].parameter_hash);
    assert_true(fork.updates[7].parameter_hash != log.updates[7].parameter_hash);
    expect_replays(files.fork);
    runlog_reset(&fork);
    expect_fork(files.run, last_ns, "end", "8 gradients", NULL, &fork);
    small_cluster_expect_equal(&log, &fork, "an end that is to come");
    runlog_reset(&fork);
    expect_refused(files.run, last_ns, "end", "7 updates", files.again,
                   "the end, 7 updates, is before the fork");
    runlog_reset(&log);
}

// An end in gradients counts those of each update, of which there are several here: at so many as
// are applied by the fork there is nothing to come, at one more there is.
static void fork__end_in_gradients__counts_those_of_each_update(void **state) {
    struct case_files files;
    struct runlog log;
    struct runlog fork;
    char count[32];
    int64_t applied = 0;
    int64_t updates = 0;
    record(state, &files, &log);
    for (; log.updates[updates].time_ns < 450 * MS; updates++) {
        applied += log.updates[updates].gradients;
    }
    assert_true(applied > updates);
    snprintf(count, sizeof count, "%d gradients", (int)applied);
    expect_refused(files.run, 450 * MS, "end", count, files.fork, "is before the fork");
    snprintf(count, sizeof count, "%d gradients", (int)applied + 1);
    expect_fork(files.run, 450 * MS, "end", count, NULL, &fork);
    assert_int_equal(fork.update_count, updates + 1);
    runlog_reset(&fork);
    runlog_reset(&log);
}

// The same events with other parameters is a past that never was, too.
static void fork__a_log_with_other_parameters__is_refused(void **state) {
    struct case_files files;
    struct runlog log;
    struct error error;
    record(state, &files, &log);
    runlog_reset(&log);
    assert_int_equal(runlog_read(files.run, &log, NULL, &error), STATUS_OK);
    log.updates[1].parameter_hash ^= 1;
    written_log(&log, files.again);
    expect_refused(files.again, 450 * MS, "policy.name", "sync", files.fork,
                   "its past cannot be rebuilt: update 1");
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fork__another_rate__changes_the_updates_from_then_on,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fork__again__gives_the_same_log, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fork__with_momentum__carries_the_velocity, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fork__switched_on_and_off__leaves_the_past_as_it_was,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fork__interrupted__goes_on, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fork__at_the_end__goes_on, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fork__a_moment_that_cannot_be__is_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fork__a_log_that_was_changed__is_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(run_phases__of_a_past__have_their_own_laws),
        cmocka_unit_test_setup_teardown(fork__exactly_at_the_last_update__makes_it_anew,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fork__end_in_gradients__counts_those_of_each_update,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fork__a_log_with_other_parameters__is_refused,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
