// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_rows: some rows of a table without the others, and who asks for them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/runlog_rows.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_log.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"

enum { ROWS = 40000, APART_NS = 10 }; // several chunks

// Random rows in the order of time: two at every instant.
static void make(struct runlog *log) {
    const struct random_log_options options = {.seed = 11,
                                               .events = ROWS,
                                               .gradients = 5,
                                               .updates = 3,
                                               .workers = 3,
                                               .incidents = 4,
                                               .sample_columns = 2,
                                               .parameters = 50,
                                               .events_logged = true};
    random_log_make(&options, log);
    for (size_t i = 0; i < ROWS; i++) {
        log->events[i].time_ns = (int64_t)(i / 2) * APART_NS;
    }
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        log->gradients[i].dispatched_ns = (int64_t)i * 100 * APART_NS;
    }
    for (size_t i = 0; i < rows(log->update_count); i++) {
        log->updates[i].time_ns = (int64_t)(i + 1) * 100 * APART_NS;
    }
    log->ending.end_ns = ROWS * APART_NS;
}

static void write_log(const char *path, struct runlog *log) {
    struct provenance provenance = {.threads = 1};
    make(log);
    struct error error = {.message = ""};
    if (log_in_memory_write(path, log, &provenance, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

struct opened {
    struct hdf5_source source;
    struct hdf5_input input;
    struct runlog_rows rows;
};

static void open_events(struct opened *opened, const char *path, runlog_wants_column *wants) {
    assert_int_equal(hdf5_source_open(&opened->source, path, NULL), STATUS_OK);
    assert_int_equal(hdf5_input_open_source(&opened->input, &opened->source, NULL), STATUS_OK);
    assert_true(runlog_rows_open(&opened->rows, &opened->input, TABLE_EVENTS, wants, NULL));
    assert_int_equal(opened->rows.count, ROWS);
}

static void close_all(struct opened *opened) {
    runlog_rows_close(&opened->rows);
    hdf5_input_close(&opened->input);
    hdf5_source_close(&opened->source);
}

// If it failed, a report on a part of a log would tell of other rows than those that it means.
static void runlog_rows__any_range__is_those_rows(void **state) {
    static const size_t ranges[][2] = {{0, ROWS},     {0, 1},       {16383, 2}, {16384, 16384},
                                       {ROWS - 1, 1}, {123, 20000}, {ROWS, 0},  {0, 0}};
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct opened opened;
    write_log(scratch_path(state, "a.h5", path), &log);
    open_events(&opened, path, NULL);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        size_t count = ranges[i][1];
        struct event_row *rows = memory_allocate(count, sizeof *rows);
        assert_true(runlog_rows_read(&opened.rows, ranges[i][0], count, rows));
        assert_memory_equal(rows, log.events + ranges[i][0], count * sizeof *rows);
        memory_free(rows);
    }
    close_all(&opened);
    runlog_reset(&log);
}

// A row that is as late as asked for belongs to it, and so do all others of its instant.
static void runlog_rows__until_a_time__are_as_many_as_by_counting(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct opened opened;
    write_log(scratch_path(state, "a.h5", path), &log);
    open_events(&opened, path, NULL);
    for (int64_t until_ns = -3; until_ns < ROWS * APART_NS; until_ns += 4999) {
        size_t expected = 0;
        size_t count = 0;
        for (size_t i = 0; i < ROWS; i++) {
            expected += log.events[i].time_ns <= until_ns;
        }
        assert_true(runlog_rows_until(&opened.rows, "time_ns", until_ns, &count));
        assert_int_equal(count, expected);
    }
    close_all(&opened);
    runlog_reset(&log);
}

static bool wants_actor(const void *context, const struct runlog_column *column) {
    (void)context;
    return strcmp(column->name, "actor") == 0;
}

// What nobody wants costs nothing, and stays as it was.
static void runlog_rows__unwanted_columns__are_left(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct opened opened;
    struct event_row rows[10] = {0};
    write_log(scratch_path(state, "a.h5", path), &log);
    open_events(&opened, path, wants_actor);
    assert_true(runlog_rows_read(&opened.rows, 50, 10, rows));
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(rows[i].actor, log.events[50 + i].actor);
        assert_int_equal(rows[i].version, 0);
    }
    close_all(&opened);
    runlog_reset(&log);
}

struct visited {
    const struct runlog *log;
    bool actors_alone;
    size_t count;
};

static bool look_at_events(void *context, const void *rows, size_t first, size_t count) {
    struct visited *visited = context;
    const struct event_row *events = rows;
    assert_int_equal(first, visited->count);
    for (size_t i = 0; i < count; i++) {
        struct event_row expected = visited->log->events[first + i];
        if (visited->actors_alone) {
            expected = (struct event_row){.actor = expected.actor};
        }
        assert_memory_equal(&events[i], &expected, sizeof expected);
    }
    visited->count += count;
    return true;
}

static bool refuse_events(void *context, const void *rows, size_t first, size_t count) {
    size_t *times = context;
    (void)rows;
    (void)first;
    (void)count;
    return ++*times < 3;
}

// If it failed, what is said of a long log would not be the sum of its rows.
static void runlog_rows__each__are_all_rows_in_order(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct opened opened;
    write_log(scratch_path(state, "a.h5", path), &log);
    for (int actors_alone = 0; actors_alone < 2; actors_alone++) {
        struct visited visited = {.log = &log, .actors_alone = actors_alone == 1};
        size_t times = 0;
        open_events(&opened, path, actors_alone == 1 ? wants_actor : NULL);
        assert_true(runlog_rows_each(&opened.rows, look_at_events, &visited));
        assert_int_equal(visited.count, ROWS);
        assert_false(runlog_rows_each(&opened.rows, refuse_events, &times));
        assert_int_equal(times, 3);
        close_all(&opened);
    }
    runlog_reset(&log);
}

static void expect_counts(const char *path, int64_t until_ns, size_t events, size_t gradients,
                          size_t updates) {
    struct runlog log = {0};
    assert_int_equal(runlog_read_until(path, until_ns, &log, NULL), STATUS_OK);
    assert_int_equal(log.event_count, events);
    assert_int_equal(log.gradient_count, gradients);
    assert_int_equal(log.update_count, updates);
    assert_int_equal(log.incident_count, 4);
    assert_int_equal(log.ending.worker_count, 3);
    assert_int_equal(log.samples != NULL, log.altered || until_ns >= log.ending.end_ns);
    runlog_reset(&log);
}

// If it failed, "tell --to" would leave something out, or read all of a long log.
static void reader__until__gives_what_has_happened_by_then(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    write_log(scratch_path(state, "a.h5", path), &log);
    expect_counts(path, -1, 0, 0, 0);
    expect_counts(path, 0, 2, 1, 0);
    expect_counts(path, 100 * APART_NS, 202, 2, 1);
    expect_counts(path, 200 * APART_NS - 1, 400, 2, 1);
    expect_counts(path, log.ending.end_ns - 1, ROWS, 5, 3);
    expect_counts(path, log.ending.end_ns, ROWS, 5, 3);
    runlog_reset(&log);
}

// Who has changed a file may have changed the order of its rows: then all are looked at.
static void reader__until__reads_an_altered_log_whole(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    write_log(scratch_path(state, "a.h5", path), &log);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Fclose(file) >= 0);
    expect_counts(path, 0, ROWS, 5, 3);
    runlog_reset(&log);
}

int main(void) {
#define TEST(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(runlog_rows__any_range__is_those_rows),
        TEST(runlog_rows__until_a_time__are_as_many_as_by_counting),
        TEST(runlog_rows__unwanted_columns__are_left),
        TEST(runlog_rows__each__are_all_rows_in_order),
        TEST(reader__until__gives_what_has_happened_by_then),
        TEST(reader__until__reads_an_altered_log_whole),
    };
#undef TEST
    return cmocka_run_group_tests_name("runlog_rows", tests, NULL, NULL);
}
