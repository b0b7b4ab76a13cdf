// SPDX-License-Identifier: GPL-3.0-or-later
// The timeline in Chrome's trace format, of the story that story_log.h tells.
// tests/cli/check_trace.py holds traces of whole runs against the format and their logs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/report/timeline.h"
#include "tests/support/story_log.h"

#define MS INT64_C(1000000)

static char *trace_of(const struct runlog *log, const struct tell_options *options) {
    char *text = NULL;
    size_t size = 0;
    struct error error;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    if (timeline_write_trace(out, log, options, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    fclose(out);
    return text;
}

static void expect_line(const char *trace, const char *line) {
    const char *at = strstr(trace, line);
    if (at == NULL || (at[strlen(line)] != ',' && at[strlen(line)] != '\n')) {
        fail_msg("there is no %s in\n%s", line, trace);
    }
}

static size_t count_of(const char *trace, const char *words) {
    size_t count = 0;
    for (const char *at = trace; (at = strstr(at, words)) != NULL; at++) {
        count++;
    }
    return count;
}

// If it failed, a viewer would show something else than what happened: worker 1 computes and is
// delayed, its gradient lies in the buffer until worker 0's comes, both make version 2.
static void trace__the_story__is_told(void **state) {
    (void)state;
    static const char *const lines[] = {
        "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"program\":\"desgd\",\"title\":\"A story of "
        "two "
        "workers\",\"seed\":\"7\",\"timeline\":\"0000000000000abc\"}",
        "{\"ph\":\"M\",\"pid\":1,\"tid\":2,\"ts\":0.000,\"name\":\"thread_name\",\"args\":{"
        "\"name\":"
        "\"worker 1\"}}",
        "{\"ph\":\"X\",\"pid\":1,\"tid\":2,\"ts\":1000000.000,\"dur\":150000.000,\"name\":"
        "\"computing\",\"args\":{\"gradient\":0,\"version\":0}}",
        "{\"ph\":\"X\",\"pid\":1,\"tid\":2,\"ts\":1150000.000,\"dur\":50000.000,\"name\":"
        "\"delayed\","
        "\"args\":{\"gradient\":0,\"version\":0}}",
        "{\"ph\":\"X\",\"pid\":1,\"tid\":2,\"ts\":1200000.000,\"dur\":1000.000,\"name\":"
        "\"sending\","
        "\"args\":{\"gradient\":0,\"version\":0}}",
        "{\"ph\":\"X\",\"pid\":1,\"tid\":2,\"ts\":1211000.000,\"dur\":10000.000,\"name\":"
        "\"waiting\","
        "\"args\":{\"gradient\":0,\"version\":0}}",
        "{\"ph\":\"X\",\"pid\":2,\"tid\":2,\"ts\":1201000.000,\"dur\":10000.000,\"name\":"
        "\"receiving\",\"args\":{\"worker\":1,\"gradient\":0}}",
        "{\"ph\":\"X\",\"pid\":2,\"tid\":2,\"ts\":1221000.000,\"dur\":5000.000,\"name\":"
        "\"updating\","
        "\"args\":{\"version\":2,\"K\":2,\"gradients\":2}}",
        "{\"ph\":\"X\",\"pid\":2,\"tid\":2,\"ts\":1227000.000,\"dur\":1000.000,\"name\":"
        "\"replying\","
        "\"args\":{\"worker\":1,\"gradient\":0}}",
        // The push of worker 1's gradient 0, the second row, to its update, and the read behind it.
        "{\"ph\":\"s\",\"pid\":1,\"tid\":2,\"ts\":1199999.999,\"id\":4,\"cat\":\"gradient\","
        "\"name\":"
        "\"push\"}",
        "{\"ph\":\"f\",\"pid\":2,\"tid\":2,\"ts\":1221000.000,\"id\":4,\"cat\":\"gradient\","
        "\"name\":"
        "\"push\",\"bp\":\"e\"}",
        "{\"ph\":\"s\",\"pid\":2,\"tid\":2,\"ts\":1225999.999,\"id\":9,\"cat\":\"gradient\","
        "\"name\":"
        "\"read\"}",
        "{\"ph\":\"f\",\"pid\":1,\"tid\":2,\"ts\":1229000.000,\"id\":9,\"cat\":\"gradient\","
        "\"name\":"
        "\"read\",\"bp\":\"e\"}",
        "{\"ph\":\"C\",\"pid\":2,\"tid\":2,\"ts\":1226000.000,\"name\":\"threshold\",\"args\":{"
        "\"K\":"
        "2}}",
        "{\"ph\":\"C\",\"pid\":2,\"tid\":2,\"ts\":1211000.000,\"name\":\"buffer\",\"args\":"
        "{\"gradients\":1}}",
        "{\"ph\":\"C\",\"pid\":2,\"tid\":2,\"ts\":1226000.000,\"name\":\"staleness\",\"args\":"
        "{\"versions\":0.5}}",
        "{\"ph\":\"C\",\"pid\":2,\"tid\":2,\"ts\":1300000.000,\"name\":\"test "
        "accuracy\",\"args\":{\"percent\":60}}",
    };
    struct runlog log = story_log_create();
    struct tell_options options = tell_options_all();
    char *trace = trace_of(&log, &options);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        expect_line(trace, lines[i]);
    }
    assert_int_equal(strncmp(trace, TIMELINE_TRACE_BEGINNING, strlen(TIMELINE_TRACE_BEGINNING)), 0);
    assert_int_equal(count_of(trace, "\"name\":\"push\""), 2 * 3); // of three applied gradients
    assert_int_equal(count_of(trace, "\"name\":\"read\""), 2 * 3); // of three that read anew
    assert_string_equal(trace + strlen(trace) - 4, "\n]}\n");
    free(trace);
    runlog_reset(&log);
}

// If it failed, times would be rounded on their way, and slices that follow each other overlap.
static void trace__a_nanosecond__is_not_lost(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = tell_options_all();
    log.gradients[0].dispatched_ns += 7;
    log.gradients[0].compute_ns -= 7;
    char *trace = trace_of(&log, &options);
    expect_line(trace,
                "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":1000000.007,\"dur\":99999.993,\"name\":"
                "\"computing\",\"args\":{\"gradient\":0,\"version\":0}}");
    free(trace);
    runlog_reset(&log);
}

// If it failed, --from, --to and --worker would show what was not asked for, or arrows to slices
// that are not there.
static void trace__a_window_of_a_worker__has_nothing_else(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = {.from_ns = 1160 * MS, .to_ns = 1224 * MS, .worker = 1};
    char *trace = trace_of(&log, &options);
    expect_line(trace, "{\"ph\":\"X\",\"pid\":1,\"tid\":2,\"ts\":1160000.000,\"dur\":40000.000,"
                       "\"name\":\"delayed\",\"args\":{\"gradient\":0,\"version\":0}}");
    expect_line(trace, "{\"ph\":\"X\",\"pid\":2,\"tid\":2,\"ts\":1221000.000,\"dur\":3000.000,"
                       "\"name\":\"updating\",\"args\":{\"version\":2,\"K\":2,\"gradients\":2}}");
    assert_int_equal(count_of(trace, "\"pid\":1,\"tid\":1,\"ts\":1"), 0);
    assert_int_equal(count_of(trace, "\"name\":\"receiving\""), 1);
    assert_int_equal(count_of(trace, "\"name\":\"push\""), 2);
    assert_int_equal(count_of(trace, "\"name\":\"read\""), 0);
    assert_int_equal(count_of(trace, "\"ph\":\"C\""), 0); // K is of no worker
    free(trace);
    options = (struct tell_options){.from_ns = 5000 * MS, .to_ns = INT64_MAX, .worker = -1};
    trace = trace_of(&log, &options); // after the end
    assert_int_equal(count_of(trace, "\"ph\":\"X\"") + count_of(trace, "\"ph\":\"C\""), 0);
    free(trace);
    runlog_reset(&log);
}

// If it failed, a title could be more of the trace than its text.
static void trace__a_hostile_title__is_text(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = tell_options_all();
    memory_free(log.header.scenario);
    log.header.scenario = memory_copy_text("title: x\"}],\\</script>\303\274\nseed: 7\n");
    char *trace = trace_of(&log, &options);
    expect_line(trace, "\"title\":\"x\\\"}],\\\\</script>\\u00FC\"");
    free(trace);
    memory_free(log.header.scenario);
    log.header.scenario = memory_copy_text("title: \377\376\nseed: 7\n");
    trace = trace_of(&log, &options);
    expect_line(trace, "\"title\":\"\"");
    free(trace);
    runlog_reset(&log);
}

// What cannot be done is said.
static void trace__what_cannot_be__is_told(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = tell_options_all();
    struct error error;
    options.worker = 2;
    assert_int_equal(timeline_write_trace(stdout, &log, &options, &error), STATUS_BAD_DATA);
    assert_string_equal(error.message, "there is no worker 2: the run has workers 0 to 1");
    options.worker = -1;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(timeline_write_trace(full, &log, &options, &error), STATUS_IO);
    fclose(full);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace__the_story__is_told),
        cmocka_unit_test(trace__a_nanosecond__is_not_lost),
        cmocka_unit_test(trace__a_window_of_a_worker__has_nothing_else),
        cmocka_unit_test(trace__a_hostile_title__is_text),
        cmocka_unit_test(trace__what_cannot_be__is_told),
    };
    return cmocka_run_group_tests_name("timeline_trace", tests, NULL, NULL);
}
