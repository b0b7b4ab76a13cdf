// SPDX-License-Identifier: GPL-3.0-or-later
// run_times: runs whose laws have measured times, from the file to the log and back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/run/fork.h"
#include "sim/run/redrawn_spans.h"
#include "sim/run/replay.h"
#include "sim/run/run_times.h"
#include "sim/run/scenario_input.h"
#include "sim/run/verify.h"
#include "sim/runlog/runlog_csv.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_times.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

enum { MS = 1000000, PATH_SIZE = SCRATCH_PATH_SIZE };

static const char times_csv[] = "ms\n10\n30\n20\n70\n5\n";

static void make_scenario(void **state, const char *network, struct scenario *scenario) {
    char path[PATH_SIZE];
    scratch_write(state, "a.csv", times_csv);
    scratch_path(state, "a.csv", path);
    small_cluster_parse(scenario,
                        "model: none\nend: 300 ms\nseed: 3\npolicy: {name: async}\n"
                        "cluster:\n  workers: 2\n  network: {latency: %s}\n"
                        "  compute: {law: trace, file: %s, column: ms, unit: ms}\n"
                        "  server: {update: {law: empirical, file: %s, column: ms, unit: us}}\n",
                        network, path, path);
}

static void run_to_file(void **state, const struct scenario *scenario, const char *name,
                        char path[PATH_SIZE]) {
    struct runlog log;
    small_cluster_run_with(
        scenario, &(struct small_cluster_options){.output = scratch_path(state, name, path)}, &log,
        NULL);
    runlog_reset(&log);
}

// The times of the log are those of the file, in turn: worker 1 of 2 begins at row floor(5/2).
static void run_times__trace__gives_the_rows_in_turn(void **state) {
    static const int64_t rows_ms[] = {10, 30, 20, 70, 5};
    struct scenario scenario;
    struct runlog log;
    make_scenario(state, "1 ms", &scenario);
    small_cluster_run(&scenario, &log);
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
        const struct gradient_row *row = &log.gradients[i];
        assert_int_equal(row->compute_ns, rows_ms[(row->number + 2 * row->worker) % 5] * MS);
    }
    runlog_reset(&log);
}

// Common random numbers: the trace at one place changes no draw at another.
static void run_times__trace_of_compute__changes_no_draw_elsewhere(void **state) {
    struct scenario scenario;
    struct runlog traced;
    struct runlog plain;
    make_scenario(state, "{law: exponential, mean: 1 ms}", &scenario);
    small_cluster_run(&scenario, &traced);
    scenario.cluster.compute = distribution_constant(25 * MS);
    small_cluster_run(&scenario, &plain);
    size_t compared = 0;
    for (size_t i = 0; i < rows(traced.gradient_count); i++) {
        const struct gradient_row *a = &traced.gradients[i];
        for (size_t j = 0; j < rows(plain.gradient_count); j++) {
            const struct gradient_row *b = &plain.gradients[j];
            if (a->worker == b->worker && a->number == b->number) {
                assert_int_equal(a->push_ns, b->push_ns);
                assert_int_equal(a->reply_travel_ns, b->reply_travel_ns);
                compared++;
            }
        }
    }
    assert_true(compared > 10);
    for (size_t i = 0; i < rows(traced.update_count) && i < rows(plain.update_count); i++) {
        assert_int_equal(traced.updates[i].update_ns, plain.updates[i].update_ns);
    }
    runlog_reset(&traced);
    runlog_reset(&plain);
}

// Whoever receives a log and the file checks it; without the file, or with another, it is unknown
// (66), not wrong; a replay has the times in the log.
static void run_times__log_without_its_file__replays_and_cannot_be_verified(void **state) {
    struct scenario scenario;
    char path[PATH_SIZE];
    char csv[PATH_SIZE];
    struct verify_verdict verdict;
    struct replay_outcome outcome;
    struct error error = {.message = ""};
    const struct run_options options = {.threads = 1};
    make_scenario(state, "1 ms", &scenario);
    run_to_file(state, &scenario, "a.h5", path);
    verify_log(path, &options, &verdict);
    assert_int_equal(verdict.status, STATUS_OK);
    assert_true(verdict.spans.compared > 10);
    scratch_write(state, "a.csv", "ms\n10\n30\n20\n70\n6\n");
    verify_log(path, &options, &verdict);
    assert_int_equal(verdict.status, STATUS_NO_INPUT);
    assert_non_null(strstr(verdict.reason, "other times than those of the scenario"));
    assert_int_equal(unlink(scratch_path(state, "a.csv", csv)), 0);
    verify_log(path, &options, &verdict);
    assert_int_equal(verdict.status, STATUS_NO_INPUT);
    assert_int_equal(replay_file(path, &options, &outcome, &error), STATUS_OK);
    assert_int_equal(outcome.spans.compared, 0);
    assert_non_null(strstr(outcome.spans.first, "a.csv: error: cannot be opened"));
}

// The scenario in a log has no path: its run is found again by the log's provenance.
static void run_times__scenario_of_a_log__finds_its_file_again(void **state) {
    struct scenario scenario;
    struct scenario again;
    char path[PATH_SIZE];
    struct runlog first;
    struct runlog second;
    struct error error;
    make_scenario(state, "1 ms", &scenario);
    run_to_file(state, &scenario, "a.h5", path);
    assert_int_equal(scenario_input_read(path, NULL, 0, &again, NULL, &error), STATUS_OK);
    assert_int_equal(again.times_files.count, 1);
    small_cluster_run(&scenario, &first);
    small_cluster_run(&again, &second);
    small_cluster_expect_equal(&first, &second, "the scenario of the log");
    runlog_reset(&first);
    runlog_reset(&second);
}

// The times before a fork are those of the log, and those behind it of the same rows; the fork's
// own log knows the files of its past.
static void run_times__fork__takes_its_past_and_both_files(void **state) {
    struct scenario scenario;
    char path[PATH_SIZE];
    char other[PATH_SIZE];
    char law[2 * PATH_SIZE];
    char forked[PATH_SIZE];
    struct run_outcome outcome;
    struct verify_verdict verdict;
    struct error error;
    make_scenario(state, "1 ms", &scenario);
    run_to_file(state, &scenario, "a.h5", path);
    scratch_write(state, "b.csv", "t\n2\n");
    snprintf(law, sizeof law, "{law: trace, file: %s, column: t, unit: ms}",
             scratch_path(state, "b.csv", other));
    const struct scenario_setting setting = {"cluster.compute", law};
    const struct fork_request request = {
        .path = path, .at_ns = 100 * MS, .settings = &setting, .setting_count = 1};
    const struct run_options options = {.threads = 1,
                                        .output = scratch_path(state, "f.h5", forked)};
    if (fork_file(&request, &options, &outcome, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    verify_log(forked, &(struct run_options){.threads = 1}, &verdict);
    if (verdict.status != STATUS_OK) {
        fail_msg("%s", verdict.reason);
    }
    struct runlog log = {0};
    struct provenance provenance;
    struct times_file_list files = {.count = 0};
    assert_int_equal(runlog_read(forked, &log, &provenance, &error), STATUS_OK);
    times_files_read(provenance.measured_times, &files);
    assert_int_equal(files.count, 2);
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
        const struct gradient_row *row = &log.gradients[i];
        assert_true((row->compute_ns == 2 * MS) == (row->dispatched_ns >= 100 * MS));
    }
    runlog_reset(&log);
}

// A log is the file of a law like its own export: the same run to the bit, whose log is verified by
// it; gone, or that of another run, it makes the verdict unknown.
static void run_times__log_as_the_file__gives_the_times_of_its_export(void **state) {
    static const char *const laws[] = {"trace", "empirical"};
    struct scenario scenario;
    struct runlog of_log;
    struct runlog of_csv;
    struct verify_verdict verdict;
    char log[PATH_SIZE];
    char csv[PATH_SIZE];
    char path[PATH_SIZE];
    make_scenario(state, "1 ms", &scenario);
    run_to_file(state, &scenario, "a.h5", log);
    struct runlog first = {0};
    assert_int_equal(runlog_read(log, &first, NULL, NULL), STATUS_OK);
    FILE *out = fopen(scratch_path(state, "a.csv", csv), "w");
    assert_non_null(out);
    assert_int_equal(runlog_export_csv(&first, "gradients", NULL, 0, out, NULL), STATUS_OK);
    assert_int_equal(fclose(out), 0);
    runlog_reset(&first);
    for (size_t i = 0; i < 4; i++) {
        const char *worker = i % 2 == 0 ? "" : ", worker: worker";
        static const char text[] = "model: none\nend: 900 ms\ncluster: {workers: 2, compute: {law: "
                                   "%s, file: %s, column: compute_ns%s%s}}\n";
        small_cluster_parse(&scenario, text, laws[i / 2], csv, ", unit: ns", worker);
        small_cluster_run(&scenario, &of_csv);
        small_cluster_parse(&scenario, text, laws[i / 2], log, "", worker);
        small_cluster_run(&scenario, &of_log);
        assert_int_equal(rows(of_log.gradient_count), of_csv.gradient_count);
        assert_memory_equal(of_log.gradients, of_csv.gradients,
                            of_log.gradient_count * sizeof *of_log.gradients);
        runlog_reset(&of_csv);
        runlog_reset(&of_log);
    }
    run_to_file(state, &scenario, "b.h5", path);
    verify_log(path, &(struct run_options){.threads = 1}, &verdict);
    assert_int_equal(verdict.status, STATUS_OK);
    assert_int_equal(rename(log, scratch_path(state, "moved.h5", csv)), 0);
    verify_log(path, &(struct run_options){.threads = 1}, &verdict);
    assert_int_equal(verdict.status, STATUS_NO_INPUT);
    scenario.cluster.compute = distribution_constant(25 * MS);
    scenario.times_files.count = 0;
    run_to_file(state, &scenario, "a.h5", log);
    verify_log(path, &(struct run_options){.threads = 1}, &verdict);
    assert_int_equal(verdict.status, STATUS_NO_INPUT);
    assert_non_null(strstr(verdict.reason, "other times than those of the scenario"));
}

// A file that is one for two laws is read once.
static void run_times_open__two_laws_of_one_column__share_its_rows(void **state) {
    struct scenario scenario;
    struct run_times times = {0};
    struct error error;
    make_scenario(state, "1 ms", &scenario);
    scenario.cluster.delay.law = scenario.cluster.compute;
    assert_int_equal(run_times_open(&times, &scenario.times_files, &scenario.cluster, &error),
                     STATUS_OK);
    assert_int_equal(times.count, 2); // ms and us
    assert_ptr_equal(scenario.cluster.delay.law.times.measured,
                     scenario.cluster.compute.times.measured);
    run_times_close(&times);
    scenario.times_files.count = 0;
    assert_int_equal(run_times_open(&times, &scenario.times_files, &scenario.cluster, &error),
                     STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "is not known here"));
    run_times_close(&times);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(run_times__trace__gives_the_rows_in_turn),
        TEST(run_times__trace_of_compute__changes_no_draw_elsewhere),
        TEST(run_times__log_without_its_file__replays_and_cannot_be_verified),
        TEST(run_times__scenario_of_a_log__finds_its_file_again),
        TEST(run_times__fork__takes_its_past_and_both_files),
        TEST(run_times__log_as_the_file__gives_the_times_of_its_export),
        TEST(run_times_open__two_laws_of_one_column__share_its_rows),
    };
    return cmocka_run_group_tests_name("run_times", tests, NULL, NULL);
}
