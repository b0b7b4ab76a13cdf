// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/small_cluster.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/report/runlog_diff.h"
#include "sim/scenario/scenario_parse.h"
#include "tests/support/log_audit.h"

enum { TEXT_SIZE = 4096 };

void small_cluster_parse(struct scenario *scenario, const char *format, ...) {
    char text[TEXT_SIZE];
    struct error error;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    assert_in_range(length, 1, TEXT_SIZE - 1);
    if (scenario_parse("test", text, (size_t)length, NULL, 0, scenario, &error) != STATUS_OK) {
        fail_msg("%s\nin\n%s", error.message, text);
    }
}

struct simulation_result small_cluster_run_with(const struct scenario *scenario,
                                                const struct small_cluster_options *options,
                                                struct runlog *log, enum status *status) {
    static const struct small_cluster_options none = {0};
    const struct small_cluster_options *o = options == NULL ? &none : options;
    struct run_sink sinks[RUN_SINKS_MAX];
    assert_true(o->sink_count < RUN_SINKS_MAX);
    *log = (struct runlog){0};
    sinks[0] = runlog_memory_sink(log);
    for (size_t i = 0; i < o->sink_count; i++) {
        sinks[i + 1] = o->sinks[i];
    }
    struct run_options run = {.output = o->output,
                              .threads = o->threads == 0 ? 1 : o->threads,
                              .spans = o->spans,
                              .sinks = sinks,
                              .sink_count = o->sink_count + 1,
                              .interrupted = o->interrupted};
    struct run_outcome outcome;
    struct error error = {.message = "no message"};
    enum status ended = run_scenario(scenario, &run, &outcome, &error);
    if (status != NULL) {
        *status = ended;
    } else if (ended != STATUS_OK) {
        fail_msg("run_scenario returns %d: %s", ended, error.message);
    }
    if (ended == STATUS_OK || ended == STATUS_DIVERGED || ended == STATUS_INTERRUPTED) {
        log_audit_expect_sound(scenario, log);
    }
    return outcome.result;
}

struct simulation_result small_cluster_run(const struct scenario *scenario, struct runlog *log) {
    struct simulation_result result = small_cluster_run_with(scenario, NULL, log, NULL);
    assert_int_equal(result.status, RUN_COMPLETE);
    return result;
}

void small_cluster_expect_equal(const struct runlog *first, const struct runlog *second,
                                const char *what) {
    static const char *const names[2] = {"the first", "the second"};
    struct runlog_difference difference;
    if (runlog_diff(first, second, names, &difference)) {
        fail_msg("%s: %s", what, difference.text);
    }
}

static void count_down(void *context, const struct event_row *row) {
    struct interruption *interruption = context;
    (void)row;
    interruption->flag = --interruption->events_left <= 0;
}

struct run_sink small_cluster_interruption(struct interruption *interruption) {
    return (struct run_sink){.context = interruption, .event = count_down};
}
