// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_schema: the tables name every byte of the rows once, and the page for people is current.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/runlog/runlog_schema.h"
#include "sim/runlog/sweep_schema.h"

static size_t field_bytes(const struct runlog_column *column) {
    return column->type == COLUMN_WORKER || column->type == COLUMN_ENUM ? 4 : 8;
}

// A field without a column would be lost in every file; one named twice would be another's value.
static void schema__every_byte_of_a_row__has_one_column(void **state) {
    (void)state;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct runlog_table *table = &runlog_tables[i];
        unsigned char *claims = memory_allocate(table->row_bytes, 1);
        for (size_t j = 0; j < table->column_count; j++) {
            const struct runlog_column *column = &table->columns[j];
            for (size_t byte = 0; byte < field_bytes(column); byte++) {
                claims[column->offset + byte]++;
            }
        }
        for (size_t byte = 0; byte < table->row_bytes; byte++) {
            assert_int_equal(claims[byte], 1);
        }
        memory_free(claims);
    }
}

// xarray takes units of "seconds" for spans of time and rounds them; a column without units or
// meaning helps nobody.
static void schema__every_column__has_plain_units_and_a_meaning(void **state) {
    (void)state;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        for (size_t j = 0; j < runlog_tables[i].column_count; j++) {
            const struct runlog_column *column = &runlog_tables[i].columns[j];
            size_t length = strlen(column->name);
            bool is_time = length > 3 && strcmp(column->name + length - 3, "_ns") == 0;
            assert_string_equal(column->units, is_time ? "ns" : "1");
            assert_true(strlen(column->long_name) > 5);
            assert_int_equal(column->word_count > 0, column->type == COLUMN_ENUM);
            assert_true(column->word_count <= UINT8_MAX);
        }
    }
}

static char *read_whole(FILE *file) {
    char *text = memory_allocate(1 << 20, 1);
    size_t size = fread(text, 1, (1 << 20) - 1, file);
    text[size] = 0;
    fclose(file);
    return text;
}

// results/SCHEMA.md has the schema; one that changed without it would mislead its readers.
static void schema__tables_of_the_page_in_results__are_current(void **state) {
    (void)state;
    static void (*const parts[])(FILE * out) = {runlog_write_reference, sweep_write_reference};
    FILE *kept = fopen("results/SCHEMA.md", "rb");
    assert_non_null(kept);
    char *page = read_whole(kept);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        FILE *made = tmpfile();
        assert_non_null(made);
        parts[i](made);
        rewind(made);
        char *part = read_whole(made);
        assert_true(strlen(part) > 0);
        if (strstr(page, part) == NULL) {
            fail_msg("results/SCHEMA.md lacks this: run make docs\n%s", part);
        }
        memory_free(part);
    }
    memory_free(page);
}

// A file without such a column would have values of another run in it; and the fingerprint looks
// for them from the end.
static void schema__columns_that_may_lack__stand_last_and_say_what_is_then(void **state) {
    (void)state;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        bool later = false;
        for (size_t j = 0; j < runlog_tables[i].column_count; j++) {
            const struct runlog_column *column = &runlog_tables[i].columns[j];
            assert_true(column->may_lack || !later);
            assert_true(!column->may_lack ||
                        (column->type == COLUMN_INT64 && column->absent >= column->least) ||
                        column->type == COLUMN_DOUBLE);
            later = column->may_lack;
        }
    }
}

// A number that is no whole one is later than others, too: a value near the absent one is none.
static void schema__column_of_numbers__lacks_what_is_absent_alone(void **state) {
    (void)state;
    const struct runlog_table *table = &runlog_tables[TABLE_INCIDENTS];
    const struct runlog_column *column = &table->columns[table->column_count - 1];
    struct incident_row rows[2] = {{.loss_factor = 0}, {.loss_factor = 1e-9}};
    assert_string_equal(column->name, "loss_factor");
    assert_true(runlog_field_is_absent(column, &rows[0]));
    assert_false(runlog_field_is_absent(column, &rows[1]));
    assert_false(runlog_column_is_needed(table, column, rows, 1));
    assert_true(runlog_column_is_needed(table, column, rows, 2));
    runlog_field_make_absent(column, &rows[1]);
    assert_true(rows[1].loss_factor == 0);
}

// Somebody who adds a column that every log has must raise the version, or this desgd's logs and
// another's are told apart only by what the one misses. Where this fails, do that and put the
// printed number here.
static void schema__tables_and_columns__are_those_of_their_format_version(void **state) {
    (void)state;
    static const uint64_t of_version_2 = UINT64_C(0x56d8fb88399c49a5);
    uint64_t columns = RUNLOG_FORMAT_VERSION;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct runlog_table *table = &runlog_tables[i];
        if (runlog_table_may_be_missing(table)) {
            continue;
        }
        columns = fingerprint_combine(columns, fingerprint_bytes(table->name, strlen(table->name)));
        for (size_t c = 0; c < table->column_count && !table->columns[c].may_lack; c++) {
            const struct runlog_column *column = &table->columns[c];
            uint64_t name = fingerprint_bytes(column->name, strlen(column->name));
            columns = fingerprint_combine(fingerprint_combine(columns, name), column->type);
        }
    }
    if (columns != of_version_2) {
        fail_msg("tables or columns have changed: raise RUNLOG_FORMAT_VERSION (0x%016" PRIx64 ")",
                 columns);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema__tables_and_columns__are_those_of_their_format_version),
        cmocka_unit_test(schema__columns_that_may_lack__stand_last_and_say_what_is_then),
        cmocka_unit_test(schema__column_of_numbers__lacks_what_is_absent_alone),
        cmocka_unit_test(schema__every_byte_of_a_row__has_one_column),
        cmocka_unit_test(schema__every_column__has_plain_units_and_a_meaning),
        cmocka_unit_test(schema__tables_of_the_page_in_results__are_current),
    };
    return cmocka_run_group_tests_name("runlog_schema", tests, NULL, NULL);
}
