// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_diff_files: what it says of two files is what runlog_diff says of their logs in memory.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/report/runlog_diff_files.h"
#include "sim/runlog/row_hashes.h"
#include "sim/runlog/runlog_reader.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_log.h"
#include "tests/support/scratch.h"

static const struct random_log_options usual = {.seed = 3,
                                                .events = 900,
                                                .gradients = 300,
                                                .updates = 70,
                                                .evaluations = 3,
                                                .reductions = 5,
                                                .incidents = 2,
                                                .workers = 3,
                                                .parameters = 50,
                                                .events_logged = true};

static void write_log(const char *path, const struct runlog *log) {
    struct provenance provenance = {.threads = 1};
    struct error error = {.message = ""};
    if (log_in_memory_write(path, log, &provenance, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

// Compares the files of two logs both ways. Returns whether they differ.
static bool differ(void **state, const struct runlog *a, const struct runlog *b) {
    char paths[2][SCRATCH_PATH_SIZE];
    struct runlog logs[2] = {0};
    struct runlog_files_difference found;
    struct runlog_difference expected;
    write_log(scratch_path(state, "a.h5", paths[0]), a);
    write_log(scratch_path(state, "b.h5", paths[1]), b);
    const char *const names[2] = {paths[0], paths[1]};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(runlog_read(paths[i], &logs[i], NULL, NULL), STATUS_OK);
    }
    runlog_diff(&logs[0], &logs[1], names, &expected);
    assert_int_equal(runlog_diff_files(names, &found, NULL), STATUS_OK);
    assert_string_equal(found.difference.text, expected.text);
    assert_string_equal(found.difference.scenario, expected.scenario);
    assert_int_equal(found.difference.found, expected.found);
    assert_int_equal(found.events, logs[0].event_count);
    assert_int_equal(found.gradients, logs[0].gradient_count);
    assert_int_equal(found.updates, logs[0].update_count);
    runlog_reset(&logs[0]);
    runlog_reset(&logs[1]);
    return expected.found;
}

// If it failed, "desgd diff" would call other runs identical, or name no difference. The ends of
// these logs do not tell: only their rows do.
static void diff_files__one_row_that_is_other__is_found_in_every_table(void **state) {
    struct runlog a = {0};
    struct runlog b = {0};
    random_log_make(&usual, &a);
    random_log_make(&usual, &b);
    assert_false(differ(state, &a, &b));
    b.events[899].version ^= 1;
    assert_true(differ(state, &a, &b));
    b.events[899].version ^= 1;
    b.gradients[150].buffered ^= 1; // which the timeline fingerprint does not count
    assert_true(differ(state, &a, &b));
    b.gradients[150].buffered ^= 1;
    b.updates[0].staleness_max ^= 1;
    assert_true(differ(state, &a, &b));
    b.updates[0].staleness_max ^= 1;
    b.reductions[4].bytes_inter ^= 1;
    assert_true(differ(state, &a, &b));
    b.reductions[4].bytes_inter ^= 1;
    b.header.initial[19] += 1;
    assert_true(differ(state, &a, &b));
    runlog_reset(&a);
    runlog_reset(&b);
}

// Two rows that have changed places are other rows.
static void row_hashes__order_of_the_rows__counts(void **state) {
    (void)state;
    struct runlog log = {0};
    struct row_hashes before;
    struct row_hashes after;
    random_log_make(&usual, &log);
    row_hashes_of_log(&log, &before);
    assert_int_equal(before.counts[TABLE_GRADIENTS], 300);
    struct gradient_row first = log.gradients[0];
    log.gradients[0] = log.gradients[1];
    log.gradients[1] = first;
    row_hashes_of_log(&log, &after);
    assert_false(row_hashes_agree(&before, &after));
    log.gradients[1] = log.gradients[0];
    log.gradients[0] = first;
    row_hashes_of_log(&log, &after);
    assert_true(row_hashes_agree(&before, &after));
    runlog_reset(&log);
}

// Samples and values are no rows, and their hashes are in no sum: such logs are read whole.
static void diff_files__one_sample_or_value_that_is_other__is_found(void **state) {
    struct random_log_options with = usual;
    struct runlog a = {0};
    struct runlog b = {0};
    with.sample_columns = 2;
    with.values_logged = true;
    random_log_make(&with, &a);
    random_log_make(&with, &b);
    assert_false(differ(state, &a, &b));
    b.samples[301] ^= 1;
    assert_true(differ(state, &a, &b));
    b.samples[301] ^= 1;
    size_t at = 0;
    while (isnan(b.values[at])) {
        at++;
    }
    b.values[at] += 1;
    assert_true(differ(state, &a, &b));
    runlog_reset(&a);
    runlog_reset(&b);
}

// What can be compared is compared: a log without events has the same gradients.
static void diff_files__log_without_events__is_compared_by_the_rest(void **state) {
    struct random_log_options without = usual;
    struct runlog a = {0};
    struct runlog b = {0};
    without.events_logged = false;
    random_log_make(&usual, &a);
    random_log_make(&without, &b);
    differ(state, &a, &b);
    runlog_reset(&a);
    runlog_reset(&b);
}

// If it failed, a file that is not there would be taken for an equal one.
static void diff_files__file_that_is_not_there__is_an_error(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct runlog_files_difference found;
    struct error error = {0};
    random_log_make(&usual, &log);
    write_log(scratch_path(state, "a.h5", path), &log);
    const char *const names[2] = {path, "none.h5"};
    assert_int_equal(runlog_diff_files(names, &found, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "none.h5"));
    runlog_reset(&log);
}

int main(void) {
#define TEST(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(diff_files__one_row_that_is_other__is_found_in_every_table),
        TEST(diff_files__one_sample_or_value_that_is_other__is_found),
        TEST(row_hashes__order_of_the_rows__counts),
        TEST(diff_files__log_without_events__is_compared_by_the_rest),
        TEST(diff_files__file_that_is_not_there__is_an_error),
    };
#undef TEST
    return cmocka_run_group_tests_name("runlog_diff_files", tests, NULL, NULL);
}
