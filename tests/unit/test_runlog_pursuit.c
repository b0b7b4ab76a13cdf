// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_journal: a journal that is read while it grows gives each row once, whatever becomes of it
// meanwhile.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file_bytes.h"
#include "sim/base/memory.h"
#include "sim/runlog/journal.h"
#include "sim/runlog/runlog_journal.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"

enum { EVENTS = 60 };

// What came, since the last start.
struct seen {
    int starts;
    size_t events;
    int64_t first_time_ns;
};

static void see_start(void *context, const struct runlog_header *header) {
    struct seen *seen = context;
    (void)header;
    *seen = (struct seen){.starts = seen->starts + 1};
}

static void see_event(void *context, const struct event_row *row) {
    struct seen *seen = context;
    seen->first_time_ns = seen->events == 0 ? row->time_ns : seen->first_time_ns;
    assert_int_equal(row->time_ns, seen->first_time_ns + (int64_t)seen->events);
    seen->events++;
}

static void pass_gradient(void *context, int64_t index, const struct gradient_row *row,
                          const int32_t *samples) {
    (void)context, (void)index, (void)row, (void)samples;
}
static void pass_values(void *context, int64_t index, const float *values) {
    (void)context, (void)index, (void)values;
}
static void pass_update(void *context, const struct update_row *row) {
    (void)context, (void)row;
}
static void pass_evaluation(void *context, const struct evaluation_row *row) {
    (void)context, (void)row;
}
static void pass_reduction(void *context, const struct reduction_row *row) {
    (void)context, (void)row;
}
static void pass_incident(void *context, const struct incident_row *row) {
    (void)context, (void)row;
}
static void pass_probe(void *context, const struct probe_row *row) {
    (void)context, (void)row;
}
static void pass_end(void *context, const struct runlog_ending *ending) {
    (void)context, (void)ending;
}

static struct run_sink sink_of(struct seen *seen) {
    return (struct run_sink){.context = seen,
                             .start = see_start,
                             .event = see_event,
                             .gradient = pass_gradient,
                             .values = pass_values,
                             .update = pass_update,
                             .evaluation = pass_evaluation,
                             .reduction = pass_reduction,
                             .incident = pass_incident,
                             .probe = pass_probe,
                             .end = pass_end};
}

// A journal of EVENTS events at from_ns, from_ns + 1, ..., one to five in a record.
static char *journal_bytes(void **state, int64_t from_ns, size_t *size) {
    char path[SCRATCH_PATH_SIZE];
    struct journal *journal = NULL;
    struct event_row events[EVENTS] = {0};
    char *bytes = NULL;
    scratch_path(state, "whole", path);
    assert_int_equal(journal_create(path, path, RUNLOG_JOURNAL_VERSION, &journal, NULL), STATUS_OK);
    void *header = runlog_journal_pack_header(&(struct runlog_header){.workers = 2}, size);
    journal_append(journal, RECORD_HEADER, header, *size);
    memory_free(header);
    for (size_t i = 0; i < EVENTS; i++) {
        events[i].time_ns = from_ns + (int64_t)i;
    }
    for (size_t i = 0, count = 1; i < EVENTS; i += count, count = count % 5 + 1) {
        count = count < EVENTS - i ? count : EVENTS - i;
        journal_append(journal, RECORD_EVENTS, &events[i], count * sizeof events[i]);
    }
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(file_read_whole(file, 1 << 20, &bytes, size), 0);
    close(file);
    return bytes;
}

// Into the same file, as who writes a journal does; nothing of before is left.
static void put(const char *path, const char *bytes, size_t size) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    assert_true(file >= 0 && ftruncate(file, 0) == 0);
    assert_true(file_write_all(file, bytes, size));
    close(file);
}

// If it failed, who watches a run would see rows twice, or none of a record that was half written
// when it was looked at.
static void pursuit__journal_that_grows_by_any_bytes__gives_each_row_once(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct seen seen = {0};
    size_t size = 0;
    char *bytes = journal_bytes(state, 1000, &size);
    scratch_path(state, "a.journal", path);
    struct runlog_pursuit *pursuit = runlog_pursuit_create(path, sink_of(&seen));
    assert_int_equal(runlog_pursuit_go_on(pursuit, NULL), STATUS_NO_INPUT);
    size_t before = 0;
    for (size_t length = 0; length < rows(size); length += 7) {
        put(path, bytes, length);
        enum status status = runlog_pursuit_go_on(pursuit, NULL);
        assert_int_equal(status, length < JOURNAL_FRONT_BYTES ? STATUS_BAD_DATA : STATUS_OK);
        assert_true(seen.events >= before);
        before = seen.events;
    }
    put(path, bytes, size);
    for (int times = 0; times < 2; times++) {
        assert_int_equal(runlog_pursuit_go_on(pursuit, NULL), STATUS_OK);
        assert_int_equal(seen.starts, 1);
        assert_int_equal(seen.events, EVENTS);
    }
    runlog_pursuit_destroy(&pursuit);
    memory_free(bytes);
}

// If it failed, the rows of two runs would be told as those of one: a run that is resumed cuts its
// journal, and one that begins anew writes over it or puts another file in its place.
static void pursuit__journal_that_becomes_another__begins_anew(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char other[SCRATCH_PATH_SIZE];
    struct seen seen = {0};
    size_t size = 0;
    char *one = journal_bytes(state, 1000, &size);
    char *two = journal_bytes(state, 5000, &size);
    scratch_path(state, "a.journal", path);
    scratch_path(state, "b.journal", other);
    struct runlog_pursuit *pursuit = runlog_pursuit_create(path, sink_of(&seen));
    const struct {
        const char *bytes;
        size_t size;
        int starts;
    } steps[] = {{one, size, 1}, {two, size, 2}, {two, size / 2, 3},
                 {two, size, 3}, {one, 3, 3},    {one, size, 4}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        put(path, steps[i].bytes, steps[i].size);
        (void)runlog_pursuit_go_on(pursuit, NULL);
        assert_int_equal(seen.starts, steps[i].starts);
        if (steps[i].size == size) {
            assert_int_equal(seen.events, EVENTS);
            assert_int_equal(seen.first_time_ns, steps[i].bytes == one ? 1000 : 5000);
        }
    }
    put(other, one, size);
    assert_int_equal(rename(other, path), 0);
    assert_int_equal(runlog_pursuit_go_on(pursuit, NULL), STATUS_OK);
    assert_int_equal(seen.starts, 5);
    runlog_pursuit_destroy(&pursuit);
    memory_free(one);
    memory_free(two);
}

// If it failed, a journal that somebody has made up could bring rows behind one that does not fit.
static void pursuit__senseless_record__is_the_last(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct seen seen = {0};
    struct journal *journal = NULL;
    struct error error;
    size_t size = 0;
    const struct event_row event = {.time_ns = 1};
    void *header = runlog_journal_pack_header(&(struct runlog_header){.workers = 2}, &size);
    scratch_path(state, "a.journal", path);
    assert_int_equal(journal_create(path, path, RUNLOG_JOURNAL_VERSION, &journal, NULL), STATUS_OK);
    journal_append(journal, RECORD_HEADER, header, size);
    journal_append(journal, RECORD_EVENTS, &event, 3);
    journal_append(journal, RECORD_EVENTS, &event, sizeof event);
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    struct runlog_pursuit *pursuit = runlog_pursuit_create(path, sink_of(&seen));
    for (int times = 0; times < 2; times++) {
        assert_int_equal(runlog_pursuit_go_on(pursuit, &error), STATUS_BAD_DATA);
        assert_int_equal(seen.starts, 1);
        assert_int_equal(seen.events, 0);
    }
    runlog_pursuit_destroy(&pursuit);
    memory_free(header);
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(pursuit__journal_that_grows_by_any_bytes__gives_each_row_once),
        IN_SCRATCH(pursuit__journal_that_becomes_another__begins_anew),
        IN_SCRATCH(pursuit__senseless_record__is_the_last),
    };
    return cmocka_run_group_tests_name("runlog_pursuit", tests, NULL, NULL);
}
