// SPDX-License-Identifier: GPL-3.0-or-later
// csv_times, and csv_reader below it: which files give which times, and what is said of the others.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/csv_reader.h"
#include "sim/base/csv_times.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "tests/support/scratch.h"

enum { MS = 1000000 };

static enum status read_file(void **state, const char *workers, struct csv_times *times,
                             struct error *error) {
    char path[SCRATCH_PATH_SIZE];
    struct csv_times_options options = {.path = scratch_path(state, "a.csv", path),
                                        .column = "ms",
                                        .workers = workers,
                                        .unit_ns = MS};
    return csv_times_read(&options, times, error);
}

static void expect_times(void **state, const char *text) {
    static const int64_t spans_ns[] = {12500000, 0, 3};
    struct csv_times times = {0};
    struct error error = {0};
    scratch_write(state, "a.csv", text);
    if (read_file(state, NULL, &times, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(times.count, 3);
    assert_memory_equal(times.spans_ns, spans_ns, sizeof spans_ns);
    assert_null(times.worker_of);
    assert_int_equal(times.hash, fingerprint_bytes(text, strlen(text)));
    csv_times_reset(&times);
}

// Whoever's program wrote the file, its times must be read: line ends, quotes, marks, exponents.
static void csv_times__every_dialect__gives_the_same_times(void **state) {
    expect_times(state, "ms\n12.5\n0\n3e-6\n");
    expect_times(state, "ms\r\n12.5\r\n0\r\n3e-6");
    expect_times(state, "\xEF\xBB\xBFms\n12.5\n 0 \n+3E-6\n\n\n");
    expect_times(state, "a,ms\n\"x,\n\"\"y\"\"\",12.5\n,0\nb,\"3e-6\"\n");
    expect_times(state, "\"ms\",\"a b\"\n12.5000004,\n0.0,5\" disk\n2.5000001e-6,\n\r\n");
}

// Worker w of a simulation would get the times of another one: 10 comes behind 2, in any order of
// the rows.
static void csv_times__names_of_workers__are_in_order_by_value(void **state) {
    static const char *const names[] = {"gpu2", "gpu10", "gpu10b"};
    static const int32_t worker_of[] = {1, 0, 2, 1, 0};
    struct csv_times times = {0};
    scratch_write(state, "a.csv", "rank,ms\ngpu10,1\ngpu2,2\n\"gpu10b\",3\ngpu10,4\ngpu2,5\n");
    assert_int_equal(read_file(state, "rank", &times, NULL), STATUS_OK);
    assert_int_equal(times.worker_count, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(times.names[i], names[i]);
    }
    assert_memory_equal(times.worker_of, worker_of, sizeof worker_of);
    csv_times_reset(&times);
}

static void expect_refusal(void **state, const char *text, const char *workers,
                           const char *message) {
    struct csv_times times = {0};
    struct error error = {0};
    scratch_write(state, "a.csv", text);
    assert_int_equal(read_file(state, workers, &times, &error), STATUS_BAD_DATA);
    const char *found = strstr(error.message, "a.csv:");
    assert_non_null(found);
    assert_string_equal(found + strlen("a.csv:"), message);
    assert_null(times.spans_ns);
}

// A hole that is passed over in silence shifts every later time of a trace; whoever is told must
// find the place.
static void csv_times__what_is_no_time__is_refused_with_its_place(void **state) {
    expect_refusal(state, "a,ms\n1,2\n1,\n", NULL,
                   "3:3: error: column 'ms': no number here; leave out rows without a time");
    expect_refusal(state, "ms\n1\n\n2\n", NULL, "3:1: error: an empty line between rows");
    expect_refusal(state, "ms\nNaN\n", NULL,
                   "2:1: error: column 'ms': a time is a number; leave out rows without one, got "
                   "'NaN'");
    expect_refusal(state, "a,ms\n\"1\n2\",3\n\xC3\xA9,-4\n", NULL,
                   "4:3: error: column 'ms': no time is below 0, got '-4'");
    static const char *const texts[] = {"12 ms", "0x1p3", "inf", "1,5", "-", "1e", "ms"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[64];
        char message[256];
        snprintf(text, sizeof text, "ms\n7\n\"%s\"\n", texts[i]);
        snprintf(message, sizeof message,
                 "3:1: error: column 'ms': a time is a decimal number without its unit, as in "
                 "12.5, got '%s'",
                 texts[i]);
        expect_refusal(state, text, NULL, message);
    }
    expect_refusal(state, "ms\n4e12\n4.1e12\n", NULL,
                   "3:1: error: column 'ms': that time is longer than 126 years; is the unit "
                   "right?, got '4.1e12'");
}

// Fields that moved by one column would be read as times.
static void csv_times__another_shape__is_refused_with_its_place(void **state) {
    expect_refusal(state, "", NULL,
                   "1:1: error: the file is empty; its first line has the names of the columns");
    expect_refusal(state, "ms\n\n\n", NULL,
                   "4:1: error: no rows: below the header there is nothing");
    expect_refusal(state, "a,Ms,b\n1,2,3\n", NULL,
                   "1:1: error: the header has no column 'ms' (did you mean 'Ms'?); it has: a, Ms, "
                   "b");
    expect_refusal(state, "ms\n1\n", "rank",
                   "1:1: error: the header has no column 'rank'; it has: ms");
    expect_refusal(state, "rank;ms\n1;2\n", NULL,
                   "1:1: error: the header has no column 'ms'; it has: rank;ms; columns are "
                   "separated by commas");
    expect_refusal(state, "ms,a,ms\n1,2,3\n", NULL, "1:1: error: two columns have the name 'ms'");
    expect_refusal(state, "ms,a\n1,2,3\n", NULL,
                   "2:5: error: this row has more fields than the header, which has 2");
    expect_refusal(state, "ms,a,b\n1,2,3\n1,2\n", NULL,
                   "3:3: error: this row ends with its field 2; the header has 3");
    expect_refusal(state, "ms,rank\n1,\n", "rank",
                   "2:3: error: column 'rank': no name of a worker here");
    expect_refusal(state, "ms,rank\n1,\033[2J\n", "rank",
                   "2:3: error: column 'rank': a control character in the name of a worker");
    expect_refusal(state, "ms,rank\n1,a\n2,\n", "rank",
                   "3:3: error: column 'rank': no name of a worker here");
    expect_refusal(state, "rank,ms\na,1\nb\n", "rank",
                   "3:1: error: this row ends with its field 1; the header has 2");
    expect_refusal(state, "rank,ms\na,1\nb,-2\n", "rank",
                   "3:3: error: column 'ms': no time is below 0, got '-2'");
    expect_refusal(state, "ms\n\"1\n", NULL, "2:1: error: this quote does not end");
    expect_refusal(state, "ms\n\"1\"2\n", NULL,
                   "2:4: error: behind the end of a quoted field comes a comma or the line's end");
    expect_refusal(state, "ms\r1\r2\r", NULL,
                   "1:4: error: a carriage return that no line feed follows");
}

// A binary file, or a quote that never ends, must be refused before it fills the memory.
static void csv_times__no_text__is_refused_early(void **state) {
    struct csv_times times = {0};
    struct error error = {0};
    struct csv_times_options options = {.path = "/dev/zero", .column = "ms", .unit_ns = MS};
    assert_int_equal(csv_times_read(&options, &times, &error), STATUS_BAD_DATA);
    assert_string_equal(error.message, "/dev/zero:1:1: error: a byte 0: that is no text");
    char *text = memory_allocate(CSV_FIELD_MAX + 10, 1);
    memset(text, 'x', CSV_FIELD_MAX + 9);
    memcpy(text, "ms\n\"", 4);
    expect_refusal(state, text, NULL,
                   "2:1: error: this field has more than 4095 bytes: does a quote not end?");
    memory_free(text);
}

// A missing file is another trouble than a wrong one, and scripts tell them by the exit status.
static void csv_times__no_file__has_status_no_input(void **state) {
    struct csv_times times = {0};
    struct error error = {0};
    char path[SCRATCH_PATH_SIZE];
    struct csv_times_options options = {
        .path = scratch_path(state, "none.csv", path), .column = "ms", .unit_ns = MS};
    assert_int_equal(csv_times_read(&options, &times, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "none.csv: error: cannot be opened: No such file"));
    options.path = *state;
    assert_int_equal(csv_times_read(&options, &times, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "is a directory"));
}

// A log of a year, by mistake, must end in a sentence, not in the memory of the host.
static void csv_times__one_row_too_many__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct error error = {0};
    struct csv_times times = {0};
    FILE *file = fopen(scratch_path(state, "a.csv", path), "w");
    assert_non_null(file);
    fputs("ms\n", file);
    for (int i = 0; i <= CSV_ROWS_MAX; i++) {
        fputs("1\n", file);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(read_file(state, NULL, &times, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, ":10000002:1: error: more than 10000000 rows; take a "));
}

// The reader alone: which fields are the first and the last of a row, and where they begin.
static void csv_reader__fields__have_their_places(void **state) {
    static const struct {
        const char *text;
        int64_t line, column;
        bool first, last;
    } fields[] = {{"a", 1, 1, true, false},
                  {"b", 1, 3, false, true},
                  {"", 2, 1, true, true},
                  {"c", 3, 1, true, false},
                  {"", 3, 3, false, true}};
    char path[SCRATCH_PATH_SIZE];
    struct csv_reader *reader = NULL;
    struct csv_field field;
    scratch_write(state, "b.csv", "a,b\r\n\nc,");
    assert_int_equal(csv_reader_open(scratch_path(state, "b.csv", path), &reader, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        assert_int_equal(csv_reader_next(reader, 100, &field, NULL), STATUS_OK);
        assert_false(field.none);
        assert_string_equal(field.text, fields[i].text);
        assert_int_equal(field.line, fields[i].line);
        assert_int_equal(field.column, fields[i].column);
        assert_int_equal(field.first, fields[i].first);
        assert_int_equal(field.last, fields[i].last);
    }
    for (int i = 0; i < 2; i++) { // and stays at its end
        assert_int_equal(csv_reader_next(reader, 100, &field, NULL), STATUS_OK);
        assert_true(field.none);
    }
    csv_reader_close(&reader);
    assert_int_equal(csv_reader_open(path, &reader, NULL), STATUS_OK);
    assert_int_equal(csv_reader_next(reader, 3, &field, NULL), STATUS_BAD_DATA); // bytes_max
    csv_reader_close(&reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(csv_times__every_dialect__gives_the_same_times,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(csv_times__names_of_workers__are_in_order_by_value,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(csv_times__what_is_no_time__is_refused_with_its_place,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(csv_times__another_shape__is_refused_with_its_place,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(csv_times__no_text__is_refused_early, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(csv_times__no_file__has_status_no_input, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(csv_times__one_row_too_many__is_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(csv_reader__fields__have_their_places, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("csv_times", tests, NULL, NULL);
}
