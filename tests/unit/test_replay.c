// SPDX-License-Identifier: GPL-3.0-or-later
// replay: a log runs again from its own spans, and a log that was changed is found out.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/run/replay.h"
#include "sim/runlog/runlog_reader.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"
#include "tests/support/written_log.h"

static const char *const small_hybrid =
    "seed: 23\nmodel: mnist_ray\nend: 60 gradients\nties: random\n"
    "training: {batch: 4, learning_rate: 0.01}\n"
    "policy: {name: hybrid, threshold: {schedule: step, every: 12}}\n"
    "cluster:\n  workers: 5\n  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
    "  delay: {law: normal, std: 60 ms}\n  network: {latency: {law: exponential, mean: 1 ms}}\n"
    "  server: {receive: 5 ms, update: {law: uniform, min: 1 ms, max: 4 ms}, reply: 1 ms}\n"
    "evaluation: {every: 200 ms, test_samples: 50, train_samples: 20}\n";

static void record(const char *yaml, const char *path, struct runlog *log) {
    struct scenario scenario;
    struct small_cluster_options options = {.output = path};
    small_cluster_parse(&scenario, "%s", yaml);
    small_cluster_run_with(&scenario, &options, log, NULL);
}

static enum status replay(const char *path, int32_t threads, struct replay_outcome *outcome) {
    struct error error = {.message = ""};
    enum status status =
        replay_file(path, &(struct run_options){.threads = threads}, outcome, &error);
    if (status != STATUS_OK && status != STATUS_DIFFERENT) {
        print_message("%s\n", error.message);
    }
    return status;
}

static void expect_identical(const char *path, int32_t threads) {
    struct replay_outcome outcome;
    enum status status = replay(path, threads, &outcome);
    if (status != STATUS_OK) {
        fail_msg("replay of %s: %d: %s", path, (int)status, outcome.difference.text);
    }
}

// Writes the log and expects that its replay differs, naming "first" in the first line.
static void expect_different(const struct runlog *log, const char *path, const char *first) {
    struct replay_outcome outcome;
    written_log(log, path);
    enum status status = replay(path, 1, &outcome);
    size_t line = strcspn(outcome.difference.text, "\n");
    outcome.difference.text[line] = 0;
    if (status != STATUS_DIFFERENT || strstr(outcome.difference.text, first) == NULL) {
        fail_msg("replay returns %d and says \"%s\", should name %s", (int)status,
                 outcome.difference.text, first);
    }
}

// Before desgd had a word for a run that stalls, it called such a run complete.
static void replay__a_stalled_run_that_was_called_complete__is_identical(void **state) {
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record("model: none\nend: 40 updates\npolicy: sync\n"
           "cluster: {workers: 2, compute: 100 ms,\n"
           "  events: {dies: {event: crash, worker: 1, at: 150 ms}}}\n",
           scratch_path(state, "a.h5", path), &log);
    assert_int_equal(log.ending.status, RUN_STALLED);
    log.ending.status = RUN_COMPLETE;
    log.ending.stalled_since_ns = 0;
    log.ending.reason[0] = 0;
    written_log(&log, path);
    expect_identical(path, 1);
    runlog_reset(&log);
}

// The promise of the log: it alone is enough to run it all again, with any number of threads.
static void replay__a_run__is_identical(void **state) {
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record(small_hybrid, scratch_path(state, "a.h5", path), &log);
    runlog_reset(&log);
    for (int32_t threads = 1; threads <= 3; threads++) {
        expect_identical(path, threads);
    }
}

// The test's own writer must not be what differs below.
static void replay__a_log_written_again__is_identical(void **state) {
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record(small_hybrid, scratch_path(state, "a.h5", path), &log);
    written_log(&log, scratch_path(state, "b.h5", path));
    expect_identical(path, 1);
    runlog_reset(&log);
}

// Spans come from the file, not from the laws: a scenario with other laws but the recorded spans is
// repeated exactly (as on a machine whose libm rounds otherwise). But it says how many are not of
// the scenario, or else "identical" would be taken for more than it is.
static void replay__other_laws_in_the_scenario__still_takes_the_spans_of_the_file(void **state) {
    struct runlog log;
    struct replay_outcome outcome;
    char path[SCRATCH_PATH_SIZE];
    record(small_hybrid, scratch_path(state, "a.h5", path), &log);
    char *place = strstr(log.header.scenario, "min: 80 ms");
    assert_non_null(place);
    memcpy(place, "min: 81 ms", strlen("min: 81 ms"));
    written_log(&log, scratch_path(state, "b.h5", path));
    assert_int_equal(replay(path, 1, &outcome), STATUS_OK);
    assert_int_equal(outcome.spans.other, log.gradient_count); // the computation of each
    // Compute, delay, push, receive, reply, way back and tie of each, and the updates.
    assert_int_equal(outcome.spans.compared, 7 * log.gradient_count + log.update_count);
    assert_non_null(strstr(outcome.spans.first, "gradient 0 of worker 0: compute"));
    runlog_reset(&log);
}

// One nanosecond in one span of an applied gradient: the first event that differs is its "ready".
static void replay__one_compute_span_changed_by_1_ns__names_the_first_event(void **state) {
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record(small_hybrid, scratch_path(state, "a.h5", path), &log);
    size_t row = 20;
    assert_int_equal(log.gradients[row].outcome, OUTCOME_APPLIED);
    log.gradients[row].compute_ns++;
    size_t event = 0;
    while (log.events[event].kind != EVENT_READY ||
           log.events[event].actor != log.gradients[row].worker ||
           log.events[event].gradient != log.gradients[row].number) {
        event++;
    }
    char name[64];
    snprintf(name, sizeof name, "event %zu differs in time_ns", event);
    expect_different(&log, scratch_path(state, "b.h5", path), name);
    runlog_reset(&log);
}

// Each span that a replay takes must be able to make a difference, or it is not taken.
static void replay__any_span_changed__is_different(void **state) {
    static const size_t offsets[] = {
        offsetof(struct gradient_row, compute_ns), offsetof(struct gradient_row, delay_ns),
        offsetof(struct gradient_row, push_ns),    offsetof(struct gradient_row, receive_ns),
        offsetof(struct gradient_row, reply_ns),   offsetof(struct gradient_row, reply_travel_ns)};
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record(small_hybrid, scratch_path(state, "a.h5", path), &log);
    scratch_path(state, "b.h5", path);
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        int64_t span_ns = 0;
        char *field = (char *)&log.gradients[11] + offsets[i];
        memcpy(&span_ns, field, sizeof span_ns);
        span_ns += 1000;
        memcpy(field, &span_ns, sizeof span_ns);
        expect_different(&log, path, "event ");
        span_ns -= 1000;
        memcpy(field, &span_ns, sizeof span_ns);
    }
    log.updates[5].update_ns++;
    expect_different(&log, path, "event ");
    runlog_reset(&log);
}

// One bit of one hash: the update is named.
static void replay__one_parameter_hash_changed__names_the_update(void **state) {
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record(small_hybrid, scratch_path(state, "a.h5", path), &log);
    log.updates[7].parameter_hash ^= 1;
    expect_different(&log, scratch_path(state, "b.h5", path),
                     "makes version 8) differs in parameter_hash");
    runlog_reset(&log);
}

// A log that claims less or more than happened.
static void replay__missing_rows__are_a_difference(void **state) {
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record(small_hybrid, scratch_path(state, "a.h5", path), &log);
    scratch_path(state, "b.h5", path);
    log.event_count--;
    log.ending.event_count--;
    expect_different(&log, path, "event");
    log.event_count++;
    log.ending.event_count++;
    // Without the second half of the gradients the repetition runs out of spans.
    size_t kept = log.gradient_count;
    log.gradient_count = kept / 2;
    expect_different(&log, path, "event");
    log.gradient_count = kept;
    runlog_reset(&log);
}

// ---- runs that did not complete ----

static void record_interrupted(const char *path, int64_t events, struct runlog *log) {
    struct scenario scenario;
    enum status status = STATUS_OK;
    struct interruption interruption = {.flag = events == 0, .events_left = events};
    struct run_sink sink = small_cluster_interruption(&interruption);
    struct small_cluster_options options = {
        .output = path, .sinks = &sink, .sink_count = 1, .interrupted = &interruption.flag};
    small_cluster_parse(&scenario, "%s", small_hybrid);
    small_cluster_run_with(&scenario, &options, log, &status);
    assert_int_equal(status, STATUS_INTERRUPTED);
}

// An interrupted run ends where nothing in the scenario says so; its replay must end there, too,
// wherever that was: also before the first event.
static void replay__an_interrupted_run__is_identical(void **state) {
    static const int64_t cuts[] = {0, 1, 5, 6, 7, 50, 133, 134, 135, 136, 137, 200};
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", path);
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        struct runlog log;
        record_interrupted(path, cuts[i], &log);
        expect_identical(path, 2);
        runlog_reset(&log);
    }
}

// NaN and infinity must be repeated to the bit, and compared as equal.
static void replay__a_diverged_run__is_identical(void **state) {
    static const char *const rates[] = {"1e6", "1e30"};
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", path);
    for (size_t i = 0; i < 2; i++) {
        struct scenario scenario;
        struct runlog log;
        enum status status = STATUS_OK;
        struct small_cluster_options options = {.output = path};
        small_cluster_parse(&scenario,
                            "model: mnist_ray\nend: 500 gradients\n"
                            "training: {batch: 4, learning_rate: %s}\ncluster: {workers: 3}\n"
                            "evaluation: {every: 1 s, test_samples: 20, train_samples: 0}\n",
                            rates[i]);
        small_cluster_run_with(&scenario, &options, &log, &status);
        assert_int_equal(status, STATUS_DIVERGED);
        expect_identical(path, 2);
        runlog_reset(&log);
    }
}

// Timing-only runs, logs without events, logs with samples and runs that log gradients but end
// before the first can be replayed, too.
static void replay__other_kinds_of_log__are_identical(void **state) {
    static const char *const tails[] = {
        "model: none\nend: 3 s\npolicy: {name: async}\n",
        "model: none\nend: 500 updates\nlog: {events: false}\n",
        "model: quadratic\nend: 1 s\ncluster: {start_up: 2 s}\nlog: {gradients: true}\n",
        ("model: mnist_ray\nend: 30 gradients\nlog: {events: false, samples: true}\n"
         "training: {batch: 3}\nevaluation: {every: 0 s, test_samples: 5, train_samples: 0}\n")};
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", path);
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        struct runlog log;
        record(tails[i], path, &log);
        expect_identical(path, 2);
        runlog_reset(&log);
    }
}

// Without gradients the rows of the repeated run are hashed: if that hid one that is other, a
// replay would call a changed log identical, or could not name the difference.
static void replay__changed_row_of_a_run_without_gradients__is_named(void **state) {
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", path);
    record("model: none\nend: 400 updates\npolicy: {name: async}\n", path, &log);
    log.gradients[7].buffered += 1;
    expect_different(&log, path, "gradient row 7");
    log.gradients[7].buffered -= 1;
    log.updates[399].staleness_max += 1;
    expect_different(&log, path, "update 399");
    log.updates[399].staleness_max -= 1;
    log.events[11].version += 1;
    expect_different(&log, path, "event 11");
    log.event_count--;
    log.events[11].version -= 1;
    expect_different(&log, path, "event");
    log.event_count++;
    written_log(&log, path);
    expect_identical(path, 1);
    runlog_reset(&log);
}

// ---- errors ----

// A log of other data would be called different, although nobody repeated it.
static void replay__other_data__is_an_error_of_the_input(void **state) {
    struct runlog log;
    struct replay_outcome outcome;
    struct error error;
    char path[SCRATCH_PATH_SIZE];
    record(small_hybrid, scratch_path(state, "a.h5", path), &log);
    log.header.data_hash ^= 1;
    written_log(&log, scratch_path(state, "b.h5", path));
    assert_int_equal(replay_file(path, &(struct run_options){.threads = 1}, &outcome, &error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "data"));
    runlog_reset(&log);
    assert_int_equal(replay_file(scratch_path(state, "none.h5", path),
                                 &(struct run_options){.threads = 1}, &outcome, &error),
                     STATUS_NO_INPUT);
}

static void count_evaluation_down(void *context, const struct evaluation_row *row) {
    struct interruption *interruption = context;
    (void)row;
    interruption->flag = --interruption->events_left <= 0;
}

// A run with many evaluations between two events would ignore an interrupt, or its log could not be
// repeated.
static void replay__interrupted_between_evaluations__is_identical(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct scenario scenario;
    struct runlog log;
    enum status status = STATUS_OK;
    struct interruption interruption = {.events_left = 300};
    struct run_sink sink = {.context = &interruption, .evaluation = count_evaluation_down};
    struct small_cluster_options options = {.output = scratch_path(state, "a.h5", path),
                                            .sinks = &sink,
                                            .sink_count = 1,
                                            .interrupted = &interruption.flag};
    small_cluster_parse(&scenario, "%s",
                        "model: mnist_ray\n"
                        "end: 1 s\n"
                        "policy: {name: async}\n"
                        "cluster: {workers: 2, compute: 100 ms}\n"
                        "evaluation: {every: 10 us, test_samples: 10, train_samples: 0}\n");
    small_cluster_run_with(&scenario, &options, &log, &status);
    assert_int_equal(status, STATUS_INTERRUPTED);
    assert_true(log.evaluation_count >= 300 && log.evaluation_count < 600);
    assert_true(log.ending.end_ns == log.evaluations[log.evaluation_count - 1].time_ns);
    runlog_reset(&log);
    expect_identical(path, 2);
}

// Ctrl-C during a replay is no difference.
static void replay__interrupted_by_the_user__says_so(void **state) {
    struct runlog log;
    struct replay_outcome outcome;
    struct error error;
    char path[SCRATCH_PATH_SIZE];
    static const volatile sig_atomic_t at_once = 1;
    record(small_hybrid, scratch_path(state, "a.h5", path), &log);
    runlog_reset(&log);
    assert_int_equal(replay_file(path, &(struct run_options){.threads = 1, .interrupted = &at_once},
                                 &outcome, &error),
                     STATUS_INTERRUPTED);
    assert_false(outcome.difference.found);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(replay__a_stalled_run_that_was_called_complete__is_identical),
        IN_A_FOLDER(replay__a_run__is_identical),
        IN_A_FOLDER(replay__a_log_written_again__is_identical),
        IN_A_FOLDER(replay__other_laws_in_the_scenario__still_takes_the_spans_of_the_file),
        IN_A_FOLDER(replay__one_compute_span_changed_by_1_ns__names_the_first_event),
        IN_A_FOLDER(replay__any_span_changed__is_different),
        IN_A_FOLDER(replay__one_parameter_hash_changed__names_the_update),
        IN_A_FOLDER(replay__missing_rows__are_a_difference),
        IN_A_FOLDER(replay__an_interrupted_run__is_identical),
        IN_A_FOLDER(replay__a_diverged_run__is_identical),
        IN_A_FOLDER(replay__other_kinds_of_log__are_identical),
        IN_A_FOLDER(replay__changed_row_of_a_run_without_gradients__is_named),
        IN_A_FOLDER(replay__other_data__is_an_error_of_the_input),
        IN_A_FOLDER(replay__interrupted_between_evaluations__is_identical),
        IN_A_FOLDER(replay__interrupted_by_the_user__says_so),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
