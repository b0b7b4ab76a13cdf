// SPDX-License-Identifier: GPL-3.0-or-later
// span_column: the spans of a log as measured times, for those who fit laws to them and for laws
// whose file is a log.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/sim_time.h"
#include "sim/runlog/runlog_csv.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/span_column.h"
#include "sim/scenario/scenario_parse.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"
#include "tests/support/story_log.h"

// The spans of a log must come from their own column, each with its worker.
static void span_column__each__has_its_spans_in_the_order_of_dispatch(void **state) {
    (void)state;
    static const int64_t first_ns[] = {100000000, 50000000, 1000000, 1000000, 10000000, 1000000};
    struct runlog log = story_log_create();
    assert_int_equal(span_column_count, 6);
    for (size_t i = 0; i < span_column_count; i++) {
        struct csv_times times = {0};
        int32_t without = 0;
        assert_ptr_equal(span_column_find(span_columns[i].name, NULL), &span_columns[i]);
        assert_int_equal(span_column_read("a.h5", &log, &span_columns[i], &times, &without, NULL),
                         STATUS_OK);
        bool delay = strcmp(span_columns[i].name, "delay_ns") == 0;
        assert_int_equal(times.spans_ns[0], first_ns[i]);
        assert_int_equal(without, delay);
        assert_int_equal(times.worker_count, delay ? 1 : 2);
        assert_string_equal(times.names[0], delay ? "1" : "0");
        for (size_t k = 0; k < times.count && !delay; k++) {
            assert_int_equal(times.worker_of[k], log.gradients[k].worker);
        }
        csv_times_reset(&times);
    }
    runlog_reset(&log);
}

// A wrong name must not give the times of another column; a log without delays none at all.
static void span_column__what_is_not_there__is_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct csv_times times = {0};
    int32_t without = 0;
    struct runlog log = story_log_create();
    assert_null(span_column_find("compute_n", &error));
    assert_int_equal(error.status, STATUS_USAGE);
    assert_non_null(strstr(error.message, "did you mean 'compute_ns'?"));
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
        log.gradients[i].delay_ns = 0;
        log.gradients[i].push_ns = -1;
    }
    assert_int_equal(span_column_read("a.h5", &log, span_column_find("delay_ns", NULL), &times,
                                      &without, &error),
                     STATUS_BAD_DATA);
    assert_string_equal(error.message, "a.h5: error: no gradient is delayed");
    assert_int_equal(
        span_column_read("a.h5", &log, span_column_find("push_ns", NULL), &times, &without, &error),
        STATUS_BAD_DATA);
    assert_string_equal(error.message, "a.h5: error: the log has no pushes");
    assert_null(times.spans_ns);
    runlog_reset(&log);
}

// ---- the file of a law ----

static void write_log(void **state, const char *name, const struct runlog *log, const char *cpu) {
    char path[SCRATCH_PATH_SIZE];
    struct provenance provenance = {.threads = 1};
    snprintf(provenance.cpu, sizeof provenance.cpu, "%s", cpu);
    assert_int_equal(log_in_memory_write(scratch_path(state, name, path), log, &provenance, NULL),
                     STATUS_OK);
}

static struct law_times law_of(void **state, const char *name, const char *column,
                               const char *worker) {
    char path[SCRATCH_PATH_SIZE];
    struct law_times law = {.unit_ns = 1};
    snprintf(law.path, sizeof law.path, "%s", scratch_path(state, name, path));
    snprintf(law.column, sizeof law.column, "%s", column);
    snprintf(law.worker, sizeof law.worker, "%s", worker);
    return law;
}

static struct measured_times *open_well(void **state, const char *name, const char *column,
                                        const char *worker) {
    struct measured_times *measured = NULL;
    struct error error;
    struct law_times law = law_of(state, name, column, worker);
    if (span_column_open(&law, 2, &measured, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return measured;
}

// Whoever exports a log first must get no other times, and nobody rows of another worker's.
static void span_column_open__log_and_its_csv__are_the_same_times(void **state) {
    static const char *const workers[] = {"", "worker"};
    struct runlog log = story_log_create();
    char path[SCRATCH_PATH_SIZE];
    write_log(state, "a.h5", &log, "one");
    FILE *csv = fopen(scratch_path(state, "a.csv", path), "w");
    assert_non_null(csv);
    assert_int_equal(runlog_export_csv(&log, "gradients", NULL, 0, csv, NULL), STATUS_OK);
    assert_int_equal(fclose(csv), 0);
    for (size_t i = 0; i < 2 * span_column_count; i++) {
        const char *column = span_columns[i / 2].name;
        struct measured_times *of_log = open_well(state, "a.h5", column, workers[i % 2]);
        struct measured_times *of_csv = open_well(state, "a.csv", column, workers[i % 2]);
        assert_int_equal(of_log->count, log.gradient_count);
        assert_int_equal(of_log->count, of_csv->count);
        assert_int_equal(of_log->named, i % 2 == 0 ? 0 : 2);
        assert_int_equal(of_log->named, of_csv->named);
        assert_memory_equal(of_log->spans_ns, of_csv->spans_ns,
                            of_log->count * sizeof *of_log->spans_ns);
        for (int32_t w = 0; w < 3 && of_log->named > 0; w++) {
            assert_int_equal(of_log->first[w], of_csv->first[w]);
        }
        measured_times_destroy(of_log);
        measured_times_destroy(of_csv);
    }
    runlog_reset(&log);
}

// A run that was repeated elsewhere has the same times; one with another time or with the same of
// another worker has not.
static void span_column_open__hash__is_that_of_the_times_alone(void **state) {
    struct runlog log = story_log_create();
    uint64_t hashes[4];
    static const char *const names[] = {"a.h5", "b.h5", "c.h5", "d.h5"};
    write_log(state, "a.h5", &log, "one");
    log.updates[0].learning_rate /= 2;
    write_log(state, "b.h5", &log, "another");
    log.gradients[1].compute_ns++;
    write_log(state, "c.h5", &log, "one");
    log.gradients[1].compute_ns--;
    log.gradients[1].worker = 1 - log.gradients[1].worker;
    write_log(state, "d.h5", &log, "one");
    for (size_t i = 0; i < 4; i++) {
        struct measured_times *measured = open_well(state, names[i], "compute_ns", "");
        hashes[i] = measured->hash;
        measured_times_destroy(measured);
    }
    assert_true(hashes[0] == hashes[1]);
    assert_true(hashes[0] != hashes[2] && hashes[0] != hashes[3] && hashes[2] != hashes[3]);
    runlog_reset(&log);
}

static void expect_refused(const struct law_times *law, enum status status, const char *words) {
    struct measured_times *measured = NULL;
    struct error error = {0};
    if (span_column_open(law, 2, &measured, &error) != status ||
        strstr(error.message, words) == NULL) {
        fail_msg("not \"%s\": %s", words, error.message);
    }
    assert_null(measured);
}

// A law may be a stranger's, and so may the log that it names.
static void span_column_open__what_cannot_be_taken__is_refused(void **state) {
    struct runlog log = story_log_create();
    struct law_times law = law_of(state, "a.h5", "compute_ms", "");
    char path[SCRATCH_PATH_SIZE];
    expect_refused(&law, STATUS_NO_INPUT, "a.h5: error: cannot be opened");
    write_log(state, "a.h5", &log, "");
    expect_refused(&law, STATUS_BAD_DATA, "a.h5: a log has no spans 'compute_ms' (did you mean");
    law = law_of(state, "a.h5", "compute_ns", "rank");
    expect_refused(&law, STATUS_BAD_DATA, "in the column 'worker', not 'rank'");
    law = law_of(state, "a.h5", "compute_ns", "");
    law.unit_ns = 1000;
    expect_refused(&law, STATUS_BAD_DATA, "the times of a log are in ns");
    law.unit_ns = 0;
    log.gradients[3].compute_ns = SIM_SPAN_MAX_NS + 1;
    write_log(state, "a.h5", &log, "");
    expect_refused(&law, STATUS_BAD_DATA, "/gradients/compute_ns: row 3 is longer than 126 years");
    assert_int_equal(truncate(scratch_path(state, "a.h5", path), 2000), 0);
    expect_refused(&law, STATUS_BAD_DATA, "a.h5: truncated or damaged HDF5 file");
    assert_int_equal(unlink(path), 0);
    log.gradient_count = 0;
    write_log(state, "a.h5", &log, "");
    expect_refused(&law, STATUS_BAD_DATA, "a.h5: error: the log has no gradients");
    runlog_reset(&log);
}

// A law takes a million rows at most: of more, which would be read again for each run of a sweep,
// no memory is taken. What is wrong in the table is found, and nothing else is looked at.
static void runlog_read_table__gives_at_most_so_many__and_nothing_else(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = story_log_create();
    struct runlog read = {0};
    struct error error;
    write_log(state, "a.h5", &log, "");
    scratch_path(state, "a.h5", path);
    assert_int_equal(
        runlog_read_table(path, TABLE_GRADIENTS, log.gradient_count - 1, &read, &error),
        STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "/gradients/worker has 5 rows; at most 4 are taken"));
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Ldelete(file, "/updates", H5P_DEFAULT) >= 0 && H5Fclose(file) >= 0);
    assert_int_equal(runlog_read_table(path, TABLE_GRADIENTS, log.gradient_count, &read, &error),
                     STATUS_OK);
    assert_int_equal(read.gradient_count, log.gradient_count);
    assert_int_equal(read.header.workers, 2);
    assert_null(read.events);
    runlog_reset(&read);
    file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Ldelete(file, "/gradients/push_ns", H5P_DEFAULT) >= 0 && H5Fclose(file) >= 0);
    assert_int_equal(runlog_read_table(path, TABLE_GRADIENTS, 5, &read, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "/gradients/push_ns is missing"));
    runlog_reset(&log);
}

// ---- in a scenario ----

static enum status read_scenario(void **state, const char *text, struct scenario *scenario,
                                 struct error *error) {
    char path[SCRATCH_PATH_SIZE];
    scratch_write(state, "s.yaml", text);
    return scenario_read_noting(scratch_path(state, "s.yaml", path), NULL, 0, scenario, NULL,
                                error);
}

static void expect_told(void **state, const char *text, enum status status, const char *words) {
    struct scenario scenario;
    struct error error;
    assert_int_equal(read_scenario(state, text, &scenario, &error), status);
    if (strstr(error.message, words) == NULL) {
        fail_msg("%s", error.message);
    }
}

// A log's times are in ns and its workers in a column of one name; whatever is wrong with it has no
// line, but the law that names it has.
static void law_times_read__log__is_taken_or_told_with_the_place_of_the_law(void **state) {
    static const struct {
        const char *members;
        const char *words; // NULL: it is read
    } cases[] = {
        {"file: a.h5, column: compute_ns", NULL},
        {"file: a.h5, column: compute_ns, unit: ns, worker: worker", NULL},
        {"file: a.h5, column: compute", "s.yaml:1:65: error: 'cluster.compute.column': a log has "
                                        "no spans 'compute' (did you mean 'compute_ns'?); it has: "
                                        "compute_ns, delay_ns, push_ns, reply_travel_ns, "
                                        "receive_ns, reply_ns"},
        {"file: a.h5, column: compute_ns, unit: ms",
         "s.yaml:1:83: error: 'cluster.compute.unit': the times of a log are in ns; leave the unit "
         "out"},
        {"file: a.h5, column: compute_ns, worker: rank",
         "s.yaml:1:85: error: 'cluster.compute.worker': a log names its workers in the column "
         "'worker', not 'rank'"},
        {"file: b.h5, column: compute_ns, unit: ns",
         "s.yaml:1:51: error: 'cluster.compute.file': is neither a log"},
        {"file: c.h5, column: compute_ns", "s.yaml:1:51: error: 'cluster.compute.file': /"},
        {"file: c.h5, column: compute_ns", "c.h5: truncated or damaged HDF5 file"},
    };
    struct scenario scenario;
    struct runlog log = story_log_create();
    write_log(state, "a.h5", &log, "");
    scratch_write(state, "b.h5", "no log\n");
    scratch_write(state, "c.h5", "\x89HDF\r\n\x1a\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, "cluster: {workers: 2, compute: {law: trace, %s}}\n",
                 cases[i].members);
        if (cases[i].words != NULL) {
            expect_told(state, text, STATUS_BAD_DATA, cases[i].words);
            continue;
        }
        struct error error;
        if (read_scenario(state, text, &scenario, &error) != STATUS_OK) {
            fail_msg("%s", error.message);
        }
        assert_int_equal(scenario.cluster.compute.times.unit_ns, 1);
        assert_int_equal(scenario.cluster.compute.times.rows, log.gradient_count);
        assert_int_equal(scenario.times_files.count, 1);
    }
    expect_told(state,
                "cluster: {workers: 3, compute: {law: trace, file: a.h5, column: compute_ns, "
                "worker: worker}}\n",
                STATUS_BAD_DATA, "names 2 workers, and the cluster has 3");
    expect_told(state, "cluster: {compute: {law: trace, file: d.h5, column: compute_ns}}\n",
                STATUS_NO_INPUT, "1:39: error: 'cluster.compute.file': cannot be opened");
    runlog_reset(&log);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(span_column__each__has_its_spans_in_the_order_of_dispatch),
        TEST(span_column__what_is_not_there__is_refused),
        TEST(span_column_open__log_and_its_csv__are_the_same_times),
        TEST(span_column_open__hash__is_that_of_the_times_alone),
        TEST(runlog_read_table__gives_at_most_so_many__and_nothing_else),
        TEST(law_times_read__log__is_taken_or_told_with_the_place_of_the_law),
        TEST(span_column_open__what_cannot_be_taken__is_refused),
    };
    return cmocka_run_group_tests_name("span_column", tests, NULL, NULL);
}
