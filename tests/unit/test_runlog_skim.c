// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_skim, with the summary that it is for: a log that is never in memory as a whole comes to
// the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/report/summary.h"
#include "sim/runlog/runlog_skim.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"
#include "tests/support/story_log.h"
#include "tests/support/summary_text.h"

enum { TIMES = 5000 };

// The story, again and again: several blocks of rows.
static struct runlog long_story(void) {
    struct runlog log = story_log_create();
    struct runlog part = story_log_create();
    struct run_sink sink = runlog_memory_sink(&log);
    for (size_t i = 1; i < TIMES; i++) {
        for (size_t row = 0; row < rows(part.gradient_count); row++) {
            sink.gradient(&log, (int64_t)log.gradient_count, &part.gradients[row], NULL);
        }
        for (size_t row = 0; row < rows(part.update_count); row++) {
            sink.update(&log, &part.updates[row]);
        }
    }
    runlog_reset(&part);
    return log;
}

static void write_log(const char *path, const struct runlog *log) {
    const struct provenance provenance = {.threads = 1};
    struct error error = {.message = ""};
    remove(path);
    if (log_in_memory_write(path, log, &provenance, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

static void expect_same_summary(const char *path, const struct runlog *log, bool is_whole) {
    struct summary_accumulator accumulator;
    struct runlog_skim skim = summary_skim(&accumulator);
    struct runlog skimmed = {0};
    struct summary summaries[2];
    struct error error = {.message = ""};
    if (runlog_skim(path, &skim, &skimmed, NULL, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(skim.is_whole, is_whole);
    assert_int_equal(skimmed.gradient_count, is_whole ? log->gradient_count : 0);
    assert_int_equal(skim.counts[TABLE_EVENTS], log->event_count);
    assert_int_equal(skim.counts[TABLE_GRADIENTS], log->gradient_count);
    assert_int_equal(skim.counts[TABLE_UPDATES], log->update_count);
    assert_int_equal(skim.counts[TABLE_EVALUATIONS], log->evaluation_count);
    summary_of_skim(&accumulator, &skim, &skimmed, &summaries[0]);
    summary_of_log(log, &summaries[1]);
    char *texts[2] = {summary_text(&summaries[0], 1, summary_print_json),
                      summary_text(&summaries[1], 1, summary_print_json)};
    assert_string_equal(texts[0], texts[1]);
    free(texts[0]);
    free(texts[1]);
    runlog_reset(&skimmed);
}

// If it failed, "info" would say something else of a log than "run" said of its run.
static void skim__long_story__comes_to_the_same(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = long_story();
    assert_true(log.gradient_count > 16384);
    log.gradients[17000].push_attempts = 4;
    log.gradients[17001].reply_port_wait_ns = 5000;
    log.gradients[3].stalled_ns = -700;
    for (int known = 0; known < 2; known++) { // without it, the spans of the rows are added up
        log.ending.service = (struct runlog_service){known == 1, 1000000, 77};
        write_log(scratch_path(state, "a.h5", path), &log);
        expect_same_summary(path, &log, false);
    }
    runlog_reset(&log);
}

// Which columns are needed depends on the scenario.
static void skim__other_policies__come_to_the_same(void **state) {
    static const char *const scenarios[] = {
        "policy:\n  name: async\n",        "policy:\n  name: k_sync\n",
        "policy:\n  name: k_batch_sync\n", "policy:\n  name: hybrid\n  pushed_worker: continues\n",
        "policy:\n  name: easgd\n",        "policy:\n  name: k_avg\n"};
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = story_log_create();
    log.gradients[0].reply_attempts = 2; // only then are replies told of
    for (size_t i = 0; i < 2 * (sizeof scenarios / sizeof scenarios[0]); i++) {
        memory_free(log.header.scenario);
        log.header.scenario = memory_copy_text(scenarios[i / 2]);
        log.ending.service = (struct runlog_service){i % 2 == 1, 3000, 4};
        write_log(scratch_path(state, "a.h5", path), &log);
        expect_same_summary(path, &log, false);
    }
    runlog_reset(&log);
}

// A file that another program has changed is read whole, for its rows to be checked.
static void skim__altered_log__is_read_whole(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = story_log_create();
    write_log(scratch_path(state, "a.h5", path), &log);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Fclose(file) >= 0);
    expect_same_summary(path, &log, true);
    runlog_reset(&log);
}

// A child that was led astray may send any sums.
static void skim__impossible_sums__are_refused(void **state) {
    (void)state;
    struct summary_accumulator accumulator;
    struct runlog_skim skim = summary_skim(&accumulator);
    assert_true(skim.is_sane(skim.sums));
    accumulator.summary.sums.stalled_ns = -3;
    assert_true(skim.is_sane(skim.sums));
    accumulator.summary.sums.push_losses = -1;
    assert_false(skim.is_sane(skim.sums));
    accumulator.summary.sums.push_losses = 0;
    accumulator.summary.sums.staleness = -1;
    assert_false(skim.is_sane(skim.sums));
}

int main(void) {
#define TEST(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(skim__long_story__comes_to_the_same),
        TEST(skim__other_policies__come_to_the_same),
        TEST(skim__altered_log__is_read_whole),
        TEST(skim__impossible_sums__are_refused),
    };
#undef TEST
    return cmocka_run_group_tests_name("runlog_skim", tests, NULL, NULL);
}
