// SPDX-License-Identifier: GPL-3.0-or-later
// Columns inside a page. tests/page/report_is_the_log.mjs takes apart those of whole logs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/page_block.h"

static struct event_row events[] = {
    {.time_ns = 1, .gradient = 5, .version = 0x0102, .actor = -1, .kind = EVENT_READY},
    {.time_ns = 258, .gradient = -1, .version = 3, .actor = 4, .kind = EVENT_ARRIVED},
};
static const struct runlog_table *const table = &runlog_tables[TABLE_EVENTS];

static const char *word_of(const json_t *columns, const char *column, const char *name) {
    return json_string_value(json_object_get(json_object_get(columns, column), name));
}

// The page's script reads what is said here; a wrong word is a wrong number on the page.
static void block__events__are_said_to_be_columns(void **state) {
    (void)state;
    struct page_block block = {0};
    json_t *added = page_block_add(&block, table, events, 2);
    json_t *about = page_block_describe(table);
    const json_t *columns = json_object_get(added, "columns");
    assert_string_equal(json_string_value(json_object_get(added, "name")), "events");
    assert_int_equal(json_integer_value(json_object_get(added, "count")), 2);
    assert_int_equal(json_object_size(columns), 5);
    assert_true(json_is_true(json_object_get(columns, "time_ns")));
    assert_true(json_is_false(json_object_get(columns, "version")));
    assert_string_equal(word_of(about, "time_ns", "type"), "i8");
    assert_string_equal(word_of(about, "time_ns", "units"), "ns");
    assert_string_equal(word_of(about, "kind", "type"), "u1");
    assert_string_equal(word_of(about, "actor", "type"), "i4");
    json_decref(about);
    json_decref(added);
    page_block_reset(&block);
}

// Bytes of one place lie together, the lowest first, and of what never falls the distances: if
// these were otherwise, nothing could be read back.
static void block__bytes_of_one_place__lie_together(void **state) {
    (void)state;
    static const unsigned char expected[] = {
        1,   1,   0,   1,   0,   0,   0,   0,
        0,   0,   0,   0,   0,   0,   0,   0, // time_ns: 1, then 257 = 0x101 more
        1,   2,                               // kind
        255, 4,   255, 0,   255, 0,   255, 0, // actor: -1, 4
        5,   255, 0,   255, 0,   255, 0,   255,
        0,   255, 0,   255, 0,   255, 0,   255, // gradient: 5, -1
        2,   3,   1,   0,   0,   0,   0,   0,
        0,   0,   0,   0,   0,   0,   0,   0, // version: 0x102, 3, which falls
    };
    struct page_block block = {0};
    json_t *added = page_block_add(&block, table, events, 2);
    assert_int_equal(block.size, sizeof expected);
    assert_memory_equal(block.bytes, expected, sizeof expected);
    json_decref(added);
    page_block_reset(&block);
}

// A log without a column that came later has none on the page either, nor columns without rows.
static void block__columns_that_a_file_would_lack__are_not_there(void **state) {
    (void)state;
    struct worker_row workers[] = {{.busy_ns = 1}, {.busy_ns = 2}};
    struct page_block block = {0};
    json_t *added = page_block_add(&block, &runlog_tables[TABLE_WORKERS], workers, 2);
    assert_int_equal(json_object_size(json_object_get(added, "columns")), 5);
    json_decref(added);
    workers[1].down_ns = 3;
    added = page_block_add(&block, &runlog_tables[TABLE_WORKERS], workers, 2);
    assert_int_equal(json_object_size(json_object_get(added, "columns")), 6);
    json_decref(added);
    added = page_block_add(&block, &runlog_tables[TABLE_INCIDENTS], NULL, 0);
    assert_int_equal(json_object_size(json_object_get(added, "columns")), 0);
    json_decref(added);
    page_block_reset(&block);
}

// As Python says: base64.b64encode(zlib.compress(b"")).
static void block__without_bytes__is_a_stream_of_zlib(void **state) {
    (void)state;
    const struct page_block block = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    page_block_print(&block, out);
    fclose(out);
    assert_string_equal(text, "eJwDAAAAAAE=");
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block__events__are_said_to_be_columns),
        cmocka_unit_test(block__bytes_of_one_place__lie_together),
        cmocka_unit_test(block__columns_that_a_file_would_lack__are_not_there),
        cmocka_unit_test(block__without_bytes__is_a_stream_of_zlib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
