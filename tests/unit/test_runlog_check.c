// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_check: each range of the schema holds at its edge, and one step beyond is named.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/runlog/runlog_check.h"
#include "sim/runlog/runlog_schema.h"
#include "tests/support/random_log.h"

static const struct random_log_options options = {
    .seed = 2,
    .events = 5,
    .gradients = 5,
    .updates = 5,
    .evaluations = 5,
    .reductions = 5,
    .incidents = 5,
    .workers = 3,
    .parameters = 100,
    .events_logged = true,
};

static void *row_two(const struct runlog *log, enum runlog_table_id table) {
    switch (table) {
    case TABLE_EVENTS:
        return &log->events[2];
    case TABLE_GRADIENTS:
        return &log->gradients[2];
    case TABLE_UPDATES:
        return &log->updates[2];
    case TABLE_EVALUATIONS:
        return &log->evaluations[2];
    case TABLE_REDUCTIONS:
        return &log->reductions[2];
    case TABLE_INCIDENTS:
        return &log->incidents[2];
    case TABLE_PROBES:
        return &log->probes[2];
    default:
        return &log->ending.workers[2];
    }
}

static bool passes(const struct runlog *log, const char *words) {
    struct error error = {0};
    enum status status = runlog_check(log, "a.h5", STATUS_BAD_DATA, &error);
    if (status != STATUS_OK) {
        assert_int_equal(status, STATUS_BAD_DATA);
        assert_true(strncmp(error.message, "a.h5: ", 6) == 0);
        assert_non_null(strstr(error.message, words));
    }
    return status == STATUS_OK;
}

// Puts a value into a column of row 2 and asks whether it passes.
static bool passes_with(const struct runlog *log, enum runlog_table_id id,
                        const struct runlog_column *column, int64_t value) {
    unsigned char *field = (unsigned char *)row_two(log, id) + column->offset;
    bool narrow = column->type == COLUMN_WORKER || column->type == COLUMN_ENUM;
    char words[128];
    unsigned char before[8];
    int32_t small = (int32_t)value;
    memcpy(before, field, narrow ? 4 : 8);
    memcpy(field, narrow ? (const void *)&small : (const void *)&value, narrow ? 4 : 8);
    snprintf(words, sizeof words, "/%s/%s: row 2 is ", runlog_tables[id].name, column->name);
    bool passed = passes(log, words);
    memcpy(field, before, narrow ? 4 : 8);
    return passed;
}

// A worker that is not there would be an index beyond an array of every report; a negative span
// would run a replay backwards.
static void check__edges_of_every_column__hold(void **state) {
    (void)state;
    struct runlog log = {0};
    random_log_make(&options, &log);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        for (size_t j = 0; j < runlog_tables[i].column_count; j++) {
            enum runlog_table_id id = (enum runlog_table_id)i;
            const struct runlog_column *column = &runlog_tables[i].columns[j];
            bool free = column->type == COLUMN_UINT64 || column->type == COLUMN_DOUBLE;
            assert_true(passes_with(&log, id, column, column->least));
            assert_int_equal(passes_with(&log, id, column, column->least - 1), free);
            if (column->type == COLUMN_WORKER) {
                assert_true(passes_with(&log, id, column, 2));
                assert_false(passes_with(&log, id, column, 3));
            } else if (column->type == COLUMN_ENUM) {
                assert_true(passes_with(&log, id, column, (int64_t)column->word_count - 1));
                assert_false(passes_with(&log, id, column, (int64_t)column->word_count));
            } else {
                assert_true(passes_with(&log, id, column, INT64_MAX));
            }
        }
    }
    runlog_reset(&log);
}

// A tensor that reaches beyond the parameters would be read beyond them.
static void check__tensors__stay_within_the_parameters(void **state) {
    (void)state;
    struct runlog log = {0};
    random_log_make(&options, &log);
    struct layout_row *row = &log.header.layout[1];
    const struct {
        int32_t rank, shape[4];
        int64_t offset;
        bool good;
    } rows[] = {
        {1, {100}, 0, true},
        {4, {1, 2, 5, 10}, 0, true},
        {1, {1}, 99, true},
        {1, {1}, 100, false},
        {2, {10, 10}, 1, false},
        {0, {1}, 0, false},
        {5, {1, 1, 1, 1}, 0, false},
        {1, {0}, 0, false},
        {2, {-10, -10}, 0, false},
        {1, {1}, -1, false},
        {1, {1}, INT64_MAX, false},
        {4, {1 << 16, 1 << 16, 1 << 16, 1 << 16}, 0, false}, // 2^64: 0 elements if it wrapped
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        row->rank = rows[i].rank;
        memcpy(row->shape, rows[i].shape, sizeof row->shape);
        row->offset = rows[i].offset;
        assert_int_equal(passes(&log, "/parameters/layout: row 1 is no tensor"), rows[i].good);
    }
    row->rank = 1;
    row->shape[0] = 1;
    row->offset = 0;
    memset(row->name, 'x', sizeof row->name); // without a final 0
    assert_false(passes(&log, "/parameters/layout: row 1 is no tensor"));
    runlog_reset(&log);
}

// Reports divide by the time and walk over the events: neither is negative.
static void check__the_ending__is_not_negative(void **state) {
    (void)state;
    struct runlog log = {0};
    random_log_make(&options, &log);
    assert_true(passes(&log, ""));
    log.ending.event_count = -1;
    assert_false(passes(&log, "attribute 'event_count' is negative"));
    log.ending.event_count = 0;
    log.ending.end_ns = -1;
    assert_false(passes(&log, "attribute 'end_ns' is negative"));
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check__edges_of_every_column__hold),
        cmocka_unit_test(check__tensors__stay_within_the_parameters),
        cmocka_unit_test(check__the_ending__is_not_negative),
    };
    return cmocka_run_group_tests_name("runlog_check", tests, NULL, NULL);
}
