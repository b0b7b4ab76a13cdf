// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_journal_rows: a journal gives its rows a few at a time as they would be in memory.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/runlog/hdf5_columns.h"
#include "sim/runlog/runlog_journal.h"
#include "sim/runlog/runlog_journal_rows.h"
#include "sim/runlog/runlog_record.h"
#include "sim/runlog/runlog_supply.h"
#include "sim/runlog/runlog_writer.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_log.h"
#include "tests/support/scratch.h"

// The journal of such a run, kept; its name goes into "path".
static void write_journal(void **state, const struct random_log_options *options,
                          char path[SCRATCH_PATH_SIZE]) {
    struct runlog_writer *writer = NULL;
    assert_int_equal(runlog_writer_create(scratch_path(state, "a.h5", path), &writer, NULL),
                     STATUS_OK);
    struct run_sink sink = runlog_writer_sink(writer);
    random_log_play(options, &sink);
    runlog_writer_keep(writer);
    assert_int_equal(runlog_writer_close_journal(writer, NULL), STATUS_OK);
    runlog_writer_destroy(writer);
    scratch_path(state, "a.h5.journal", path);
}

static void expect_same(const struct runlog_supply *expected, const struct runlog_supply *found,
                        unsigned series, size_t step) {
    size_t bytes = runlog_series_bytes(&found->front->header, series);
    assert_int_equal(found->counts[series], expected->counts[series]);
    for (size_t first = 0; first < found->counts[series]; first += step) {
        size_t left = found->counts[series] - first;
        size_t count = left < step ? left : step;
        const void *a = NULL;
        const void *b = NULL;
        assert_int_equal(expected->take(expected->context, series, first, count, &a, NULL),
                         STATUS_OK);
        assert_int_equal(found->take(found->context, series, first, count, &b, NULL), STATUS_OK);
        assert_memory_equal(a, b, count * bytes);
    }
}

static void expect_log(void **state, const struct random_log_options *options) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct runlog_journal_rows *rows = NULL;
    random_log_make(options, &log);
    write_journal(state, options, path);
    assert_int_equal(runlog_journal_rows_open(journal_named(path), &rows, NULL), STATUS_OK);
    const struct runlog_supply expected = log_in_memory_supply(&log);
    const struct runlog_supply *found = runlog_journal_rows_supply(rows);
    for (unsigned i = 0; i < SERIES_COUNT; i++) {
        expect_same(&expected, found, i, i == SERIES_VALUES ? 3 : HDF5_CHUNK_ROWS);
    }
    for (unsigned i = 0; i < TABLE_COUNT; i++) {
        assert_memory_equal(found->wanted[i], expected.wanted[i], sizeof expected.wanted[i]);
    }
    runlog_journal_rows_close(rows);
    runlog_reset(&log);
}

// More gradients than are held at a time, in an order that is not theirs.
static const struct random_log_options many = {.seed = 3,
                                               .events = 20000,
                                               .gradients = 140000,
                                               .updates = 20000,
                                               .narrow = 100000,
                                               .workers = 9,
                                               .sample_columns = 3,
                                               .events_logged = true};

// If it failed, the file of a long run would have other rows than the run.
static void journal_rows__of_a_long_journal__are_those_of_the_log_in_memory(void **state) {
    const struct random_log_options values = {.seed = 4,
                                              .events = 7,
                                              .gradients = 500,
                                              .evaluations = 3,
                                              .reductions = 5,
                                              .incidents = 2,
                                              .workers = 2,
                                              .parameters = 20000,
                                              .centre_kept = true,
                                              .values_logged = true};
    const struct random_log_options nothing = {.seed = 5, .workers = 1, .sample_columns = 2};
    expect_log(state, &many);
    expect_log(state, &values);
    expect_log(state, &nothing);
}

// A disk that gives other bytes the second time: they are not taken for rows.
static void journal_rows__record_that_has_changed__is_not_taken(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog_journal_rows *rows = NULL;
    struct error error = {0};
    const void *taken = NULL;
    write_journal(state, &many, path);
    assert_int_equal(runlog_journal_rows_open(journal_named(path), &rows, NULL), STATUS_OK);
    const struct runlog_supply *supply = runlog_journal_rows_supply(rows);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -12000000, SEEK_END), 0);
    fputs("damage", file);
    assert_int_equal(fclose(file), 0);
    enum status status = STATUS_OK;
    for (size_t first = 0; first < many.gradients && status == STATUS_OK; first += 70000) {
        status = supply->take(supply->context, TABLE_GRADIENTS, first, 10000, &taken, &error);
    }
    assert_int_equal(status, STATUS_IO);
    assert_non_null(strstr(error.message, "changed meanwhile"));
    runlog_journal_rows_close(rows);
}

// What a narrow record leaves out has the values that it had before it was kept.
static void record__narrow_row__is_taken_with_what_came_later_absent(void **state) {
    (void)state;
    struct update_row row = {.version = 7, .after_receipt_ns = 99};
    struct update_row taken = {.after_receipt_ns = 5};
    const struct runlog_record_layout narrow = runlog_record_layout(RECORD_UPDATES, 4);
    assert_true(narrow.stride < runlog_record_layout(RECORD_WIDE_UPDATES, 4).stride);
    assert_int_equal(runlog_record_layout(RECORD_WIDE_UPDATES, 4).narrow, RECORD_UPDATES);
    runlog_record_take_row(&narrow, (const unsigned char *)&row, &taken);
    assert_int_equal(taken.version, 7);
    assert_int_equal(taken.after_receipt_ns, 0);
    assert_false(runlog_record_has_rows(RECORD_GRADIENT_VALUES));
    assert_false(runlog_record_has_rows(RECORD_COUNT));
}

// A column that came later is in the file if one row anywhere says something in it.
static void columns__late_value_in_the_last_row__wants_its_column(void **state) {
    (void)state;
    struct update_row rows[600] = {0};
    bool wanted[RUNLOG_COLUMNS_MAX] = {false};
    const struct runlog_table *table = &runlog_tables[TABLE_UPDATES];
    hdf5_columns_find_wanted(table, rows, 600, wanted);
    assert_true(wanted[0]);
    assert_false(wanted[table->column_count - 1]);
    rows[599].after_receipt_ns = 1;
    hdf5_columns_find_wanted(table, rows, 600, wanted);
    assert_true(wanted[table->column_count - 1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            journal_rows__of_a_long_journal__are_those_of_the_log_in_memory, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(journal_rows__record_that_has_changed__is_not_taken,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(record__narrow_row__is_taken_with_what_came_later_absent),
        cmocka_unit_test(columns__late_value_in_the_last_row__wants_its_column),
    };
    return cmocka_run_group_tests_name("runlog_journal_rows", tests, NULL, NULL);
}
