// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_csv: one line a row, words for enums, and doubles that read back to the same bits.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/runlog/runlog_csv.h"
#include "sim/runlog/runlog_schema.h"
#include "tests/support/random_log.h"

static void expect_export(const struct runlog *log, const char *table, const char *expected) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(runlog_export_csv(log, table, NULL, 0, out, NULL), STATUS_OK);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

// The form that spreadsheets and scripts rely on.
static void csv__events__are_words_and_integers(void **state) {
    (void)state;
    struct event_row events[2] = {
        {.time_ns = 0, .gradient = 0, .version = 0, .actor = 24, .kind = EVENT_DISPATCHED},
        {.time_ns = INT64_MAX, .gradient = -1, .version = 1, .actor = -1, .kind = EVENT_UPDATED},
    };
    struct runlog log = {.events = events, .event_count = 2};
    expect_export(&log, "events",
                  "time_ns,kind,actor,gradient,version\n"
                  "0,dispatched,24,0,0\n"
                  "9223372036854775807,updated,-1,-1,1\n");
}

// 0.1 must not become 0.10000000000000001, nor anything lose its last bit.
static void csv__doubles__are_short_and_exact(void **state) {
    (void)state;
    struct evaluation_row rows[2] = {
        {.time_ns = 1,
         .version = 2,
         .test_loss = 0.1,
         .test_accuracy = 0.30000000000000004,
         .train_loss = (double)NAN,
         .train_accuracy = -0.0,
         .gradients = -1,
         .samples = -1},
        {.time_ns = 3,
         .version = 4,
         .test_loss = INFINITY,
         .test_accuracy = -INFINITY,
         .train_loss = 5e-324,
         .train_accuracy = 1.0 / 3,
         .gradients = -1,
         .samples = -1},
    };
    struct runlog log = {.evaluations = rows, .evaluation_count = 2};
    expect_export(&log, "evaluations",
                  "time_ns,version,test_loss,test_accuracy,train_loss,train_accuracy\n"
                  "1,2,0.1,0.30000000000000004,nan,-0\n"
                  "3,4,inf,-inf,4.94065645841247e-324,0.3333333333333333\n");
}

// 64-bit hashes do not fit a double; they must come out whole.
static void csv__hashes__are_whole(void **state) {
    (void)state;
    struct update_row row = {
        .time_ns = 1, .version = 1, .learning_rate = 0.01, .parameter_hash = UINT64_MAX};
    struct runlog log = {.updates = &row, .update_count = 1};
    expect_export(&log, "updates",
                  "time_ns,update_ns,version,threshold,gradients,staleness_mean,staleness_max,"
                  "learning_rate,update_norm,parameter_hash,loss_estimate\n"
                  "1,0,1,0,0,0,0,0.01,0,18446744073709551615,0\n");
}

// A table without rows is its head line.
static void csv__empty_table__has_its_head(void **state) {
    (void)state;
    struct runlog log = {0};
    expect_export(&log, "workers", "busy_ns,waiting_ns,communicating_ns,gradients,dropped\n");
}

// Each row is one line, however many there are.
static void csv__gradients__have_one_line_each(void **state) {
    (void)state;
    struct random_log_options options = {.seed = 3, .gradients = 100, .workers = 2};
    struct runlog log = {0};
    random_log_make(&options, &log);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(runlog_export_csv(&log, "gradients", NULL, 0, out, NULL), STATUS_OK);
    fclose(out);
    size_t lines = 0;
    size_t commas = 0;
    for (const char *c = text; *c != 0; c++) {
        lines += *c == '\n';
        commas += *c == ',';
    }
    assert_int_equal(lines, 101);
    assert_int_equal(commas, 101 * (runlog_tables[TABLE_GRADIENTS].column_count - 1));
    free(text);
    runlog_reset(&log);
}

static void write_word(const struct runlog *log, FILE *out) {
    fprintf(out, "%zu updates\n", log->update_count);
}

// A table that is derived from the others is printed and named like them.
static void csv__derived_table__is_one_of_them(void **state) {
    (void)state;
    static const struct derived_table derived[] = {{"lanes", write_word}};
    struct update_row row = {.version = 1};
    struct runlog log = {.updates = &row, .update_count = 1};
    struct error error;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(runlog_export_csv(&log, "lanes", derived, 1, out, &error), STATUS_OK);
    assert_int_equal(runlog_export_csv(&log, "lane", derived, 1, out, &error), STATUS_USAGE);
    fclose(out);
    assert_string_equal(text, "1 updates\n");
    assert_non_null(strstr(error.message, "(did you mean 'lanes'?)"));
    assert_non_null(strstr(error.message, "workers, lanes"));
    free(text);
}

// A mistyped name gets the list, and the likely one.
static void csv__unknown_table__lists_the_known(void **state) {
    (void)state;
    struct runlog log = {0};
    struct error error;
    assert_int_equal(runlog_export_csv(&log, "evnts", NULL, 0, stdout, &error), STATUS_USAGE);
    assert_string_equal(error.message, "no table 'evnts' (did you mean 'events'?): there are "
                                       "events, gradients, updates, evaluations, reductions, "
                                       "incidents, probes, "
                                       "workers");
}

// A pipe to a full disk must not pass as success.
static void csv__full_disk__is_an_error(void **state) {
    (void)state;
    struct runlog log = {0};
    struct error error;
    FILE *out = fopen("/dev/full", "w");
    assert_non_null(out);
    assert_int_equal(runlog_export_csv(&log, "events", NULL, 0, out, &error), STATUS_IO);
    assert_non_null(strstr(error.message, strerror(ENOSPC)));
    fclose(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv__events__are_words_and_integers),
        cmocka_unit_test(csv__doubles__are_short_and_exact),
        cmocka_unit_test(csv__hashes__are_whole),
        cmocka_unit_test(csv__empty_table__has_its_head),
        cmocka_unit_test(csv__gradients__have_one_line_each),
        cmocka_unit_test(csv__derived_table__is_one_of_them),
        cmocka_unit_test(csv__unknown_table__lists_the_known),
        cmocka_unit_test(csv__full_disk__is_an_error),
    };
    return cmocka_run_group_tests_name("runlog_csv", tests, NULL, NULL);
}
