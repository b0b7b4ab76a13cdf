// SPDX-License-Identifier: GPL-3.0-or-later
// verify: whatever is changed in a log is found, also where somebody seals it again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/run/verify.h"
#include "sim/runlog/runlog_schema.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"
#include "tests/support/written_log.h"

#define SMALL_NET                                                                                  \
    "seed: 7\nmodel: softmax\ndata: {name: random, features: 3, classes: 2, samples: 60}\n"        \
    "training: {batch: 2, learning_rate: 0.1}\n"                                                   \
    "evaluation: {every: 200 ms, test_samples: 6, train_samples: 4}\n"

// Every span of a gradient and an update is random, and so are the ties.
#define RANDOM_SERVER                                                                              \
    "ties: random\ncluster:\n  workers: 3\n  start_up: 10 ms\n"                                    \
    "  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"                                         \
    "  delay: {law: normal, std: 60 ms, workers: 50 %, who: random}\n"                             \
    "  network: {latency: {law: exponential, mean: 1 ms}, bandwidth: 1 Mbit/s}\n"                  \
    "  server: {receive: {law: gamma, mean: 5 ms, cv: 0.5}, update: {law: uniform, min: 1 ms, "    \
    "max: 4 ms}, reply: {law: weibull, scale: 1 ms, shape: 2}}\n"

#define RANDOM_EVENTS                                                                              \
    "  events: {noise: {event: slowdown, slowdown: 2, workers: 100 %, every: {law: exponential, "  \
    "mean: 50 ms}, for: {law: exponential, mean: 20 ms}}}\n"

static const char server_run[] = SMALL_NET RANDOM_SERVER RANDOM_EVENTS
    "end: 24 gradients\nlog: {samples: true, gradients: true, probes: 3}\n"
    "policy: {name: hybrid, threshold: {schedule: step, every: 5}}\n";

static const char local_run[] =
    SMALL_NET "end: 1500 ms\nties: random\n"
              "policy: {name: hier_avg, steps: 4, cluster_steps: 2, cluster_size: 2}\n"
              "cluster:\n  workers: 4\n  compute: {law: exponential, mean: 50 ms}\n"
              "  network: {latency: {law: lognormal, mean: 1 ms, cv: 1}, cluster_size: 2, "
              "inter_latency: {law: pareto, scale: 2 ms, shape: 3}, inter_bandwidth: 1 "
              "Mbit/s}\n" RANDOM_EVENTS;

static void record(const char *yaml, const char *path, struct runlog *log) {
    struct scenario scenario;
    enum status status = STATUS_OK;
    struct small_cluster_options options = {.output = path};
    small_cluster_parse(&scenario, "%s", yaml);
    small_cluster_run_with(&scenario, &options, log, &status);
    assert_int_equal(status, STATUS_OK);
}

static void verify(const char *path, struct verify_verdict *verdict) {
    verify_log(path, &(struct run_options){.threads = 1}, verdict);
}

static void expect_verified(const char *path, const char *what) {
    struct verify_verdict verdict;
    verify(path, &verdict);
    if (verdict.status != STATUS_OK) {
        fail_msg("%s: %d: %s", what, (int)verdict.status, verdict.reason);
    }
    for (int part = 0; part < VERIFY_PART_COUNT; part++) {
        assert_int_equal(verdict.findings[part], FINDING_HOLDS);
    }
    assert_int_equal(verdict.spans.rounded, 0);
}

// The log, sealed, is not what its scenario gives, and "part" is what tells.
static void expect_different(const struct runlog *log, const char *path, enum verify_part part,
                             const char *what) {
    struct verify_verdict verdict;
    written_log(log, path);
    verify(path, &verdict);
    if (verdict.status != STATUS_DIFFERENT || verdict.findings[part] != FINDING_FAILS ||
        verdict.reason[0] == 0 || verdict.findings[VERIFY_SEAL] != FINDING_HOLDS) {
        fail_msg("%s changed: %d, and %s %s: %s", what, (int)verdict.status,
                 verify_part_names[part], verify_finding_names[verdict.findings[part]],
                 verdict.reason);
    }
}

// ---- what was changed ----

// Changes one value as little as can be, within the range that a reader allows.
static void change(const struct runlog_column *column, unsigned char *value, int32_t workers) {
    int64_t wide = 0;
    int32_t worker = 0;
    uint32_t word = 0;
    double number = 0;
    switch (column->type) {
    case COLUMN_INT64:
    case COLUMN_UINT64:
        memcpy(&wide, value, sizeof wide);
        wide++;
        memcpy(value, &wide, sizeof wide);
        return;
    case COLUMN_WORKER:
        memcpy(&worker, value, sizeof worker);
        worker = worker + 1 < workers ? worker + 1 : 0;
        memcpy(value, &worker, sizeof worker);
        return;
    case COLUMN_DOUBLE:
        memcpy(&number, value, sizeof number);
        number = isnan(number) ? 0.5 : nextafter(number, 1e9);
        memcpy(value, &number, sizeof number);
        return;
    case COLUMN_ENUM:
    default:
        memcpy(&word, value, sizeof word);
        word = word + 1 < column->word_count ? word + 1 : 0;
        memcpy(value, &word, sizeof word);
    }
}

static void change_every_column(void *const *state, const char *yaml, size_t *changes) {
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record(yaml, scratch_path(state, "a.h5", path), &log);
    scratch_path(state, "b.h5", path);
    for (int id = 0; id < TABLE_COUNT; id++) {
        const struct runlog_table *table = &runlog_tables[id];
        size_t count = 0;
        unsigned char *rows =
            (unsigned char *)(uintptr_t)runlog_table_rows(&log, (enum runlog_table_id)id, &count);
        for (size_t i = 0; i < table->column_count && count > 0; i++) {
            const struct runlog_column *column = &table->columns[i];
            unsigned char *value = rows + count / 2 * table->row_bytes + column->offset;
            unsigned char before[8];
            char what[64];
            memcpy(before, value,
                   column->type == COLUMN_ENUM || column->type == COLUMN_WORKER ? 4 : 8);
            change(column, value, log.header.workers);
            snprintf(what, sizeof what, "/%s/%s", table->name, column->name);
            // One ns is what another libm may round to, so that the replay has to tell.
            struct verify_verdict verdict;
            written_log(&log, path);
            verify(path, &verdict);
            if (verdict.status != STATUS_DIFFERENT) {
                fail_msg("%s changed: %d %s", what, (int)verdict.status, verdict.reason);
            }
            memcpy(value, before,
                   column->type == COLUMN_ENUM || column->type == COLUMN_WORKER ? 4 : 8);
            (*changes)++;
        }
    }
    written_log(&log, path);
    expect_verified(path, "what was changed back");
    runlog_reset(&log);
}

// Any value of any column of any table: what is in the log and can be computed again is compared,
// or a forger would change just that.
static void verify__any_column_of_any_table_changed__is_different(void **state) {
    size_t changes = 0;
    change_every_column(state, server_run, &changes);
    change_every_column(state, local_run, &changes);
    size_t columns = 0;
    for (int id = 0; id < TABLE_COUNT; id++) {
        columns += runlog_tables[id].column_count;
    }
    assert_int_equal(changes, 2 * columns - runlog_tables[TABLE_REDUCTIONS].column_count -
                                  runlog_tables[TABLE_PROBES].column_count);
}

// The header, the parameters, the matrices and the ending.
static void verify__anything_else_changed__is_different(void **state) {
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record(server_run, scratch_path(state, "a.h5", path), &log);
    scratch_path(state, "b.h5", path);
#define CHANGED(part, how, back)                                                                   \
    do {                                                                                           \
        how;                                                                                       \
        expect_different(&log, path, part, #how);                                                  \
        back;                                                                                      \
    } while (0)
    CHANGED(VERIFY_REPLAY, log.header.policy[0] = 'x', log.header.policy[0] = 'h');
    CHANGED(VERIFY_DATA, log.header.data_hash++, log.header.data_hash--);
    CHANGED(VERIFY_REPLAY, log.header.initial[2] += 1, log.header.initial[2] -= 1);
    CHANGED(VERIFY_REPLAY, log.ending.final[1] += 1, log.ending.final[1] -= 1);
    CHANGED(VERIFY_REPLAY, log.header.layout[1].name[0] = 'x', log.header.layout[1].name[0] = 'y');
    CHANGED(VERIFY_REPLAY, log.header.layout_count--, log.header.layout_count++);
    CHANGED(VERIFY_REPLAY, log.ending.parameter_fingerprint++, log.ending.parameter_fingerprint--);
    CHANGED(VERIFY_REPLAY, log.ending.timeline_fingerprint++, log.ending.timeline_fingerprint--);
    CHANGED(VERIFY_REPLAY, log.ending.event_count++, log.ending.event_count--);
    CHANGED(VERIFY_REPLAY, log.ending.end_ns++, log.ending.end_ns--);
    CHANGED(VERIFY_REPLAY, log.ending.status = RUN_DIVERGED, log.ending.status = RUN_COMPLETE);
    CHANGED(VERIFY_REPLAY, log.samples[5]++, log.samples[5]--);
    CHANGED(VERIFY_REPLAY, log.values[3] += 1, log.values[3] -= 1);
    CHANGED(VERIFY_REPLAY, log.evaluation_count--, log.evaluation_count++);
    CHANGED(VERIFY_REPLAY, log.update_count--, log.update_count++);
#undef CHANGED
    runlog_reset(&log);
}

// The centre of easgd: a log of before that lacks it is as good, one that has another is not.
static void verify__a_changed_centre__is_different(void **state) {
    struct verify_verdict verdict;
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record("model: {name: quadratic, dimension: 3}\nend: 40 gradients\n"
           "policy: {name: easgd, steps: 2}\ncluster: {workers: 3, compute: 100 ms}\n",
           scratch_path(state, "a.h5", path), &log);
    assert_non_null(log.ending.centre);
    expect_verified(path, "easgd");
    scratch_path(state, "b.h5", path);
    log.ending.centre[2] += 1;
    expect_different(&log, path, VERIFY_REPLAY, "the centre");
    verify(path, &verdict);
    assert_non_null(strstr(verdict.reason, "centre parameter 2 differs: recorded "));
    memory_free(log.ending.centre);
    log.ending.centre = NULL;
    written_log(&log, path);
    expect_verified(path, "easgd without its centre");
    runlog_reset(&log);
}

// Why a run ended without its end is what its reader looks for first.
static void verify__another_cause_of_the_end__is_different(void **state) {
    struct scenario scenario;
    struct runlog log;
    enum status status = STATUS_OK;
    char path[SCRATCH_PATH_SIZE];
    struct small_cluster_options options = {.output = scratch_path(state, "a.h5", path)};
    small_cluster_parse(&scenario, "model: none\nend: 500 updates\npolicy: {name: sync}\n"
                                   "cluster: {workers: 3, compute: {law: pareto, scale: 1 s, "
                                   "shape: 0.05}}\n");
    small_cluster_run_with(&scenario, &options, &log, &status);
    assert_int_equal(log.ending.status, RUN_FAILED);
    expect_verified(path, "a failed run");
    log.ending.reason[3] ^= 1;
    expect_different(&log, scratch_path(state, "b.h5", path), VERIFY_REPLAY, "the reason");
    runlog_reset(&log);
}

// A log that says it keeps no events would be compared without them.
static void verify__events_left_out__are_missed(void **state) {
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record(server_run, scratch_path(state, "a.h5", path), &log);
    log.header.events = false;
    size_t count = log.event_count;
    log.event_count = 0;
    expect_different(&log, scratch_path(state, "b.h5", path), VERIFY_REPLAY, "events_logged");
    log.event_count = count;
    runlog_reset(&log);
}

// ---- a scenario that is not the one of the run ----

// Whatever key of the scenario is another in the log than in the run.
static void verify__any_key_of_the_scenario_changed__is_different(void **state) {
    static const struct scenario_setting settings[] = {
        {"seed", "8"},
        {"end", "40 gradients"},
        {"end", "900 ms"},
        {"ties", "fifo"},
        {"cluster.workers", "4"},
        {"cluster.start_up", "10000001 ns"},
        {"cluster.compute", "{law: uniform, min: 80 ms, max: 121 ms}"},
        {"cluster.compute", "100 ms"},
        {"cluster.delay.std", "61 ms"},
        {"cluster.delay.workers", "90 %"},
        {"cluster.delay.who", "fixed"},
        {"cluster.network.latency", "1 ms"},
        {"cluster.network.bandwidth", "2 Mbit/s"},
        {"cluster.network.message", "1 kB"},
        {"cluster.server.receive", "{law: gamma, mean: 5 ms, cv: 0.6}"},
        {"cluster.server.update", "{law: uniform, min: 1 ms, max: 5 ms}"},
        {"cluster.server.reply", "{law: weibull, scale: 1 ms, shape: 3}"},
        {"training.batch", "3"},
        {"training.learning_rate", "0.11"},
        {"policy.name", "async"},
        {"policy.threshold.every", "6"},
        {"policy.combine", "mean"},
        {"evaluation.every", "100 ms"},
        {"evaluation.test_samples", "5"},
        {"evaluation.train_samples", "3"},
        {"log.samples", "false"},
        {"log.events", "false"},
        {"data.samples", "61"},
        {"model", "quadratic"},
        {"model", "none"},
    };
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record(server_run, scratch_path(state, "a.h5", path), &log);
    scratch_path(state, "b.h5", path);
    char *text = log.header.scenario;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        struct scenario scenario;
        struct error error = {.message = ""};
        struct verify_verdict verdict;
        enum status status =
            scenario_parse("a.h5", text, strlen(text), &settings[i], 1, &scenario, &error);
        if (status != STATUS_OK) {
            print_message("%s=%s: %s\n", settings[i].key, settings[i].value, error.message);
            fail();
        }
        log.header.scenario = scenario_print(&scenario);
        written_log(&log, path);
        verify(path, &verdict);
        memory_free(log.header.scenario);
        if (verdict.status != STATUS_DIFFERENT) {
            fail_msg("%s=%s: %d %s", settings[i].key, settings[i].value, (int)verdict.status,
                     verdict.reason);
        }
    }
    log.header.scenario = text;
    runlog_reset(&log);
}

// The title is what the one who signs the log calls it: nothing depends on it.
static void verify__another_title_sealed__is_verified(void **state) {
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record("title: mine\nmodel: none\nend: 1 s\ncluster: {workers: 2}\n",
           scratch_path(state, "a.h5", path), &log);
    memcpy(strstr(log.header.scenario, "mine"), "your", 4);
    written_log(&log, path);
    expect_verified(path, "another title");
    runlog_reset(&log);
}

// Text that desgd does not write would be read by it, and may say something else to a person.
static void verify__a_comment_in_the_scenario__is_different(void **state) {
    static const char comment[] = "# 900 ms in truth\n";
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    record("model: none\nend: 1 s\ncluster: {workers: 2}\n", scratch_path(state, "a.h5", path),
           &log);
    size_t size = strlen(log.header.scenario) + sizeof comment;
    char *text = memory_allocate(size, 1);
    snprintf(text, size, "%s%s", log.header.scenario, comment);
    memory_free(log.header.scenario);
    log.header.scenario = text;
    expect_different(&log, path, VERIFY_SCENARIO, "a comment");
    runlog_reset(&log);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(verify__any_column_of_any_table_changed__is_different),
        IN_A_FOLDER(verify__anything_else_changed__is_different),
        IN_A_FOLDER(verify__a_changed_centre__is_different),
        IN_A_FOLDER(verify__another_cause_of_the_end__is_different),
        IN_A_FOLDER(verify__events_left_out__are_missed),
        IN_A_FOLDER(verify__any_key_of_the_scenario_changed__is_different),
        IN_A_FOLDER(verify__another_title_sealed__is_verified),
        IN_A_FOLDER(verify__a_comment_in_the_scenario__is_different),
    };
    return cmocka_run_group_tests_name("verify_changed", tests, NULL, NULL);
}
