// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_journal: a run that was packed into records comes out of them as it went in, and half a
// run does not pass for a whole one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/memory.h"
#include "sim/runlog/journal.h"
#include "sim/runlog/runlog_journal.h"
#include "sim/runlog/runlog_journal_ending.h"
#include "sim/runlog/runlog_writer.h"
#include "tests/support/random_log.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"

static struct journal *create(const char *path) {
    struct journal *journal = NULL;
    assert_int_equal(journal_create(path, path, RUNLOG_JOURNAL_VERSION, &journal, NULL), STATUS_OK);
    return journal;
}

static void write_values(struct journal *journal, const struct runlog *log) {
    size_t columns = log->header.parameter_count;
    size_t bytes = runlog_record_values_bytes(columns);
    unsigned char *row = memory_allocate(bytes, 1);
    for (size_t i = 0; i < rows(log->gradient_count) && log->header.gradient_values; i++) {
        int64_t index = (int64_t)i;
        memcpy(row, &index, sizeof index);
        memcpy(row + 8, log->values + i * columns, columns * 4);
        journal_append(journal, RECORD_GRADIENT_VALUES, row, bytes);
    }
    memory_free(row);
}

// Writes a log row by row, a record each: blocks of any length are legal.
static void write_log(struct journal *journal, const struct runlog *log) {
    size_t size = 0;
    void *header = runlog_journal_pack_header(&log->header, &size);
    journal_append(journal, RECORD_HEADER, header, size);
    memory_free(header);
    for (size_t i = 0; i < rows(log->event_count); i++) {
        journal_append(journal, RECORD_EVENTS, &log->events[i], sizeof log->events[i]);
    }
    size_t columns = (size_t)log->header.sample_columns;
    size_t bytes = runlog_record_layout(RECORD_WIDE_GRADIENTS, log->header.sample_columns).stride;
    unsigned char *row = memory_allocate(bytes, 1);
    for (size_t i = rows(log->gradient_count); i-- > 0;) { // the last dispatched first
        int64_t index = (int64_t)i;
        memcpy(row, &index, sizeof index);
        memcpy(row + 8, &log->gradients[i], sizeof log->gradients[i]);
        memcpy(row + 8 + sizeof log->gradients[i], log->samples + i * columns, columns * 4);
        journal_append(journal, RECORD_WIDE_GRADIENTS, row, bytes);
    }
    memory_free(row);
    write_values(journal, log);
    for (size_t i = 0; i < rows(log->update_count); i++) {
        journal_append(journal, RECORD_WIDE_UPDATES, &log->updates[i], sizeof log->updates[i]);
    }
    for (size_t i = 0; i < rows(log->evaluation_count); i++) {
        journal_append(journal, RECORD_WIDE_EVALUATIONS, &log->evaluations[i],
                       sizeof log->evaluations[i]);
    }
    for (size_t i = 0; i < rows(log->reduction_count); i++) {
        journal_append(journal, RECORD_WIDE_REDUCTIONS, &log->reductions[i],
                       sizeof log->reductions[i]);
    }
    void *ending = runlog_journal_pack_ending(&log->ending, log->header.parameter_count, &size);
    journal_append(journal, RECORD_ENDING, ending, size);
    memory_free(ending);
}

static const struct random_log_options options = {
    .seed = 9,
    .events = 30,
    .gradients = 10,
    .updates = 5,
    .evaluations = 4,
    .reductions = 3,
    .workers = 3,
    .sample_columns = 5, // odd: rows lie unaligned
    .parameters = 40,
    .events_logged = true,
    .centre_kept = true,
    .values_logged = true,
};

// The journal is the truth while a run goes on: what it gives back is what the file will hold.
static void runlog_journal__packed_run__comes_back(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog expected = {0};
    struct runlog found = {0};
    random_log_make(&options, &expected);
    struct journal *journal = create(scratch_path(state, "a.journal", path));
    write_log(journal, &expected);
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    struct run_sink sink = runlog_memory_sink(&found);
    assert_int_equal(runlog_journal_read(journal_named(path), &sink, NULL), STATUS_OK);
    random_log_expect_equal(&expected, &found, "journal");
    runlog_reset(&expected);
    runlog_reset(&found);
}

// A row of each table that grew, as journals of earlier versions have it.
static void write_narrow(struct journal *journal, const struct runlog *log) {
    size_t size = 0;
    size_t columns = (size_t)log->header.sample_columns;
    unsigned char row[8 + 176 + 5 * 4];
    void *header = runlog_journal_pack_header(&log->header, &size);
    journal_append(journal, RECORD_HEADER, header, size);
    memory_free(header);
    memset(row, 0, 8); // the index
    memcpy(row + 8, &log->gradients[0], 176);
    memcpy(row + 8 + 176, log->samples, columns * 4);
    journal_append(journal, RECORD_GRADIENTS, row, 8 + 176 + columns * 4);
    journal_append(journal, RECORD_REDUCTIONS, &log->reductions[0], 88);
    journal_append(journal, RECORD_UPDATES, &log->updates[0], 88);
    void *ending = runlog_journal_pack_ending(&log->ending, log->header.parameter_count, &size);
    journal_append(journal, RECORD_ENDING, ending, size);
    memory_free(ending);
}

// Somebody's run was killed under an earlier version: the columns that came later have the values
// that they have in all runs of then, and the samples stand where they stood.
static void runlog_journal__rows_of_an_earlier_version__are_read(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct runlog found = {0};
    random_log_make(&options, &log);
    struct journal *journal = create(scratch_path(state, "a.journal", path));
    write_narrow(journal, &log);
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    struct run_sink sink = runlog_memory_sink(&found);
    assert_int_equal(runlog_journal_read(journal_named(path), &sink, NULL), STATUS_OK);
    assert_int_equal(found.gradient_count, 1);
    assert_memory_equal(&found.gradients[0], &log.gradients[0], 176);
    assert_int_equal(found.gradients[0].push_attempts, 1);
    assert_int_equal(found.gradients[0].reply_attempts, 1);
    assert_memory_equal(found.samples, log.samples, 5 * sizeof(int32_t));
    assert_int_equal(found.reduction_count, 1);
    assert_memory_equal(&found.reductions[0], &log.reductions[0], 88);
    assert_int_equal(found.reductions[0].retries, 0);
    assert_int_equal(found.update_count, 1);
    assert_memory_equal(&found.updates[0], &log.updates[0], 88);
    assert_int_equal(found.updates[0].after_receipt_ns, 0);
    runlog_reset(&log);
    runlog_reset(&found);
}

// ---- narrow and wide records ----

// Writes a log with the writer, marking the journal behind each number of gradient, update and
// reduction. marks: (log->gradient_count).
static void write_with_marks(const char *path, const struct runlog *log,
                             struct journal_mark *marks) {
    struct runlog_writer *writer = NULL;
    size_t columns = (size_t)log->header.sample_columns;
    assert_int_equal(runlog_writer_create(path, &writer, NULL), STATUS_OK);
    struct run_sink sink = runlog_writer_sink(writer);
    sink.start(sink.context, &log->header);
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        sink.gradient(sink.context, (int64_t)i, &log->gradients[i], log->samples + i * columns);
        sink.update(sink.context, &log->updates[i]);
        sink.reduction(sink.context, &log->reductions[i]);
        assert_int_equal(runlog_writer_mark(writer, &marks[i], NULL), STATUS_OK);
    }
    sink.end(sink.context, &log->ending);
    runlog_writer_keep(writer);
    assert_int_equal(runlog_writer_close_journal(writer, NULL), STATUS_OK);
    runlog_writer_destroy(writer);
}

static bool count_type(void *context, uint32_t type, void *payload, size_t size) {
    size_t *counts = context;
    (void)payload;
    (void)size;
    assert_in_range(type, 0, RECORD_COUNT - 1);
    counts[type]++;
    return true;
}

// A run of hours is killed before or after its first incident, with which rows become wide: at
// every checkpoint the journal has the rows up to there, to the bit.
static void runlog_journal__first_late_value_midway__comes_back_at_every_mark(void **state) {
    enum { ROWS = 12, NARROW = 7 };
    struct random_log_options ours = options;
    ours.gradients = ours.updates = ours.reductions = ROWS;
    ours.events = ours.evaluations = 0;
    ours.values_logged = false;
    ours.narrow = ROWS;
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct journal_mark marks[ROWS];
    size_t counts[RECORD_COUNT] = {0};
    uint64_t dropped = 0;
    random_log_make(&ours, &log);
    for (size_t i = NARROW; i < ROWS; i++) {
        log.gradients[i].stalled_ns = -5;
        log.updates[i].after_receipt_ns = 5;
        log.reductions[i].retries = 1;
    }
    write_with_marks(scratch_path(state, "a.h5", path), &log, marks);
    scratch_path(state, "a.h5.journal", path);
    for (size_t i = 0; i < ROWS; i++) {
        struct runlog found = {0};
        struct run_sink sink = runlog_memory_sink(&found);
        assert_int_equal(runlog_journal_read_until(journal_named(path), marks[i], &sink, NULL),
                         STATUS_OK);
        assert_int_equal(found.gradient_count, i + 1);
        assert_memory_equal(found.gradients, log.gradients, (i + 1) * sizeof *log.gradients);
        assert_memory_equal(found.updates, log.updates, (i + 1) * sizeof *log.updates);
        assert_memory_equal(found.reductions, log.reductions, (i + 1) * sizeof *log.reductions);
        assert_memory_equal(found.samples, log.samples, (i + 1) * 5 * sizeof *log.samples);
        runlog_reset(&found);
    }
    assert_int_equal(journal_read(journal_named(path), RUNLOG_JOURNAL_VERSION, count_type, counts,
                                  &dropped, NULL),
                     STATUS_OK);
    assert_int_equal(counts[RECORD_GRADIENTS], NARROW);
    assert_int_equal(counts[RECORD_WIDE_GRADIENTS], ROWS - NARROW);
    assert_int_equal(counts[RECORD_UPDATES], NARROW);
    assert_int_equal(counts[RECORD_WIDE_UPDATES], ROWS - NARROW);
    assert_int_equal(counts[RECORD_REDUCTIONS], NARROW);
    assert_int_equal(counts[RECORD_WIDE_REDUCTIONS], ROWS - NARROW);
    runlog_reset(&log);
}

// An index must not be further out than the file could hold rows before it: narrow ones.
static void runlog_journal__nothing_but_narrow_gradients__comes_back(void **state) {
    const struct random_log_options ours = {
        .seed = 3, .gradients = 5000, .workers = 2, .narrow = 5000};
    char path[SCRATCH_PATH_SIZE];
    struct runlog expected = {0};
    struct runlog found = {0};
    struct runlog_writer *writer = NULL;
    random_log_make(&ours, &expected);
    assert_int_equal(runlog_writer_create(scratch_path(state, "a.h5", path), &writer, NULL),
                     STATUS_OK);
    struct run_sink sink = runlog_writer_sink(writer);
    random_log_play(&ours, &sink);
    runlog_writer_keep(writer);
    assert_int_equal(runlog_writer_close_journal(writer, NULL), STATUS_OK);
    runlog_writer_destroy(writer);
    sink = runlog_memory_sink(&found);
    assert_int_equal(
        runlog_journal_read(journal_named(scratch_path(state, "a.h5.journal", path)), &sink, NULL),
        STATUS_OK);
    random_log_expect_equal(&expected, &found, "narrow");
    runlog_reset(&expected);
    runlog_reset(&found);
}

// The ending of this log comes back from its journal as it is.
static void expect_ending(const char *path, const struct runlog *log) {
    struct runlog found = {0};
    struct runlog empty = {.header = log->header, .ending = log->ending};
    struct journal *journal = create(path);
    size_t size = 0;
    void *header = runlog_journal_pack_header(&empty.header, &size);
    journal_append(journal, RECORD_HEADER, header, size);
    memory_free(header);
    void *ending = runlog_journal_pack_ending(&empty.ending, empty.header.parameter_count, &size);
    journal_append(journal, RECORD_ENDING, ending, size);
    memory_free(ending);
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    struct run_sink sink = runlog_memory_sink(&found);
    assert_int_equal(runlog_journal_read(journal_named(path), &sink, NULL), STATUS_OK);
    random_log_expect_equal(&empty, &found, "ending");
    runlog_reset(&found);
}

// Journals of before have no centre, so what lies behind the parameters has to be told apart even
// where a centre is as long as the reason of an ending: 66 parameters.
static void runlog_journal__ending_with_or_without_reason_and_centre__comes_back(void **state) {
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.journal", path);
    for (size_t parameters = 1; parameters <= 67; parameters += parameters == 1 ? 64 : 1) {
        const struct random_log_options ours = {
            .seed = 4, .workers = 2, .parameters = parameters, .centre_kept = true};
        struct runlog log = {0};
        random_log_make(&ours, &log);
        log.header.layout_count = 0;
        float *centre = log.ending.centre;
        log.ending.status = RUN_STALLED;
        memset(log.ending.reason, 0, sizeof log.ending.reason);
        snprintf(log.ending.reason, sizeof log.ending.reason, "worker 3");
        log.ending.stalled_since_ns = 5;
        expect_ending(path, &log);
        log.ending.centre = NULL;
        expect_ending(path, &log);
        log.ending.status = RUN_COMPLETE;
        memset(log.ending.reason, 0, sizeof log.ending.reason);
        log.ending.stalled_since_ns = 0;
        expect_ending(path, &log);
        log.ending.centre = centre;
        expect_ending(path, &log);
        runlog_reset(&log);
    }
}

static void expect_refused(const char *path, const char *words) {
    struct runlog log = {0};
    struct error error = {0};
    struct run_sink sink = runlog_memory_sink(&log);
    assert_int_equal(runlog_journal_read(journal_named(path), &sink, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, words));
    runlog_reset(&log);
}

// Without its ending a run has no fingerprints and no final parameters: no file can be made of it.
static void runlog_journal__cut_off__is_not_whole(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct stat info;
    random_log_make(&options, &log);
    struct journal *journal = create(scratch_path(state, "a.journal", path));
    write_log(journal, &log);
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size - 1), 0);
    expect_refused(path, "not whole: it ends before the run does");
    journal = create(path);
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    expect_refused(path, "not whole");
    runlog_reset(&log);
}

static void append_and_expect_refusal(const char *path, const struct runlog *log, uint32_t type,
                                      const void *payload, size_t size, bool header_first) {
    struct journal *journal = create(path);
    if (header_first) {
        size_t header_size = 0;
        void *header = runlog_journal_pack_header(&log->header, &header_size);
        journal_append(journal, RECORD_HEADER, header, header_size);
        memory_free(header);
    }
    journal_append(journal, type, payload, size);
    assert_int_equal(journal_close(&journal, NULL), STATUS_OK);
    expect_refused(path, "makes no sense here");
}

// Records out of order, of unknown type or of half a row come from another program.
static void runlog_journal__senseless_records__are_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    size_t size = 0;
    random_log_make(&options, &log);
    scratch_path(state, "a.journal", path);
    append_and_expect_refusal(path, &log, RECORD_EVENTS, log.events, sizeof log.events[0], false);
    append_and_expect_refusal(path, &log, RECORD_EVENTS, log.events, 31, true);
    append_and_expect_refusal(path, &log, 99, log.events, 32, true);
    append_and_expect_refusal(path, &log, RECORD_GRADIENTS, log.gradients, 184, true);
    void *header = runlog_journal_pack_header(&log.header, &size);
    append_and_expect_refusal(path, &log, RECORD_HEADER, header, size, true);
    append_and_expect_refusal(path, &log, RECORD_HEADER, header, size - 1, false);
    memory_free(header);
    void *ending = runlog_journal_pack_ending(&log.ending, log.header.parameter_count, &size);
    append_and_expect_refusal(path, &log, RECORD_ENDING, ending, size - 1, true);
    append_and_expect_refusal(path, &log, RECORD_ENDING, ending, size - sizeof(float), true);
    memory_free(ending);
    runlog_reset(&log);
}

// Where the fields lie in the packed records.
enum {
    POLICY_AT = 0,
    WORKERS_AT = 72,
    SAMPLE_COLUMNS_AT = 76,
    STATUS_AT = 0,
    WORKER_COUNT_AT = 40
};

// A stranger's journal has right checksums over anything: lengths that do not fit, text without
// end.
static void runlog_journal__forged_header_or_ending__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    size_t size = 0;
    const int32_t minus_one = -1;
    random_log_make(&options, &log);
    scratch_path(state, "a.journal", path);
    for (int forgery = 0; forgery < 4; forgery++) {
        unsigned char *header = runlog_journal_pack_header(&log.header, &size);
        if (forgery == 0) {
            memset(header + POLICY_AT, 'p', sizeof log.header.policy);
        } else if (forgery == 1) {
            header[size - 1] = 'x'; // the scenario's final 0
        } else {
            memcpy(header + (forgery == 2 ? WORKERS_AT : SAMPLE_COLUMNS_AT), &minus_one, 4);
        }
        append_and_expect_refusal(path, &log, RECORD_HEADER, header, size, false);
        memory_free(header);
    }
    for (int forgery = 0; forgery < 2; forgery++) {
        unsigned char *ending =
            runlog_journal_pack_ending(&log.ending, log.header.parameter_count, &size);
        ending[forgery == 0 ? STATUS_AT : WORKER_COUNT_AT]++;
        ending[STATUS_AT] = forgery == 0 ? RUN_STATUS_COUNT : RUN_COMPLETE;
        append_and_expect_refusal(path, &log, RECORD_ENDING, ending, size, true);
        memory_free(ending);
    }
    void *ending = runlog_journal_pack_ending(&log.ending, log.header.parameter_count - 1, &size);
    append_and_expect_refusal(path, &log, RECORD_ENDING, ending, size, true);
    memory_free(ending);
    for (int forgery = 0; forgery < 2; forgery++) {
        log.ending.service =
            (struct runlog_service){true, forgery == 0 ? -1 : 1, forgery == 0 ? 1 : -1};
        ending = runlog_journal_pack_ending(&log.ending, log.header.parameter_count, &size);
        append_and_expect_refusal(path, &log, RECORD_ENDING, ending, size, true);
        memory_free(ending);
    }
    runlog_reset(&log);
}

// An index says where in memory a row goes: far out, negative or twice is no place.
static void runlog_journal__forged_gradient_index__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    const int64_t indices[] = {-1, INT64_C(1) << 40, INT64_MAX, 0};
    random_log_make(&options, &log);
    scratch_path(state, "a.journal", path);
    size_t bytes = runlog_record_layout(RECORD_WIDE_GRADIENTS, log.header.sample_columns).stride;
    size_t values_bytes = runlog_record_values_bytes(log.header.parameter_count);
    unsigned char *rows = memory_allocate(2, bytes + values_bytes);
    for (size_t i = 0; i < sizeof indices / sizeof indices[0]; i++) {
        memcpy(rows, &indices[i], sizeof indices[i]);
        memcpy(rows + bytes, rows, bytes); // index 0 is fine once
        append_and_expect_refusal(path, &log, RECORD_WIDE_GRADIENTS, rows, 2 * bytes, true);
        memcpy(rows + values_bytes, rows, sizeof indices[i]);
        append_and_expect_refusal(path, &log, RECORD_GRADIENT_VALUES, rows, 2 * values_bytes, true);
    }
    memory_free(rows);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(runlog_journal__packed_run__comes_back, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(runlog_journal__rows_of_an_earlier_version__are_read,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            runlog_journal__first_late_value_midway__comes_back_at_every_mark, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(runlog_journal__nothing_but_narrow_gradients__comes_back,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            runlog_journal__ending_with_or_without_reason_and_centre__comes_back, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(runlog_journal__cut_off__is_not_whole, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(runlog_journal__senseless_records__are_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(runlog_journal__forged_header_or_ending__is_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(runlog_journal__forged_gradient_index__is_refused,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("runlog_journal", tests, NULL, NULL);
}
