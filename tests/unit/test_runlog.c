// SPDX-License-Identifier: GPL-3.0-or-later
// runlog: copies are deep and canonical; the memory sink puts every row in its place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/base/status.h"
#include "sim/runlog/run_sink.h"
#include "tests/support/child.h"

// A name that is missing would be printed as "(null)" or crash a report.
static void names__every_value__has_one(void **state) {
    (void)state;
    for (int i = 0; i < EVENT_KIND_COUNT; i++) {
        assert_non_null(event_kind_names[i]);
    }
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        assert_non_null(gradient_outcome_names[i]);
    }
    for (int i = 0; i < RUN_STATUS_COUNT; i++) {
        assert_non_null(run_status_names[i]);
    }
    assert_string_equal(event_kind_names[EVENT_UPDATED], "updated");
    assert_string_equal(gradient_outcome_names[OUTCOME_PENDING], "pending");
    assert_string_equal(run_status_names[RUN_DIVERGED], "diverged");
}

// A copy that shared memory with the simulation would change, or be freed twice.
static void header_copy__original_changed__stays(void **state) {
    (void)state;
    char scenario[] = "seed: 1\n";
    struct layout_row layout = {.name = "w", .rank = 1, .shape = {2}};
    float initial[2] = {1.0F, 2.0F};
    struct runlog_header header = {.scenario = scenario,
                                   .policy = "sync",
                                   .layout_count = 1,
                                   .layout = &layout,
                                   .parameter_count = 2,
                                   .initial = initial};
    struct runlog_header copy;
    runlog_header_copy(&copy, &header);
    scenario[0] = 'X';
    layout.rank = 4;
    initial[1] = 0.0F;
    assert_string_equal(copy.scenario, "seed: 1\n");
    assert_string_equal(copy.policy, "sync");
    assert_int_equal(copy.layout[0].rank, 1);
    assert_true(copy.initial[1] > 1.9F);
    runlog_header_reset(&copy);
    assert_null(copy.scenario);
    assert_null(copy.layout);
    assert_int_equal(copy.parameter_count, 0);
}

// Diverged runs end with NaN in the parameters: of whichever sign and payload, the log has one.
static void ending_copy__nan__becomes_the_canonical_one(void **state) {
    (void)state;
    uint32_t bits[3] = {0xffc00000U, 0x7fc01234U, 0x3f800000U};
    uint32_t expected[3] = {0x7fc00000U, 0x7fc00000U, 0x3f800000U};
    float final[3];
    memcpy(final, bits, sizeof final);
    struct runlog_ending ending = {.status = RUN_DIVERGED, .final = final};
    struct runlog_ending copy;
    runlog_ending_copy(&copy, &ending, 3);
    assert_memory_equal(copy.final, expected, sizeof expected);
    runlog_ending_reset(&copy);
    assert_null(copy.final);
}

static void start(struct runlog *log, const struct run_sink *sink, int32_t columns, bool events) {
    struct runlog_header header = {
        .scenario = (char *)"", .workers = 1, .sample_columns = columns, .events = events};
    *log = (struct runlog){0};
    sink->start(sink->context, &header);
}

static void end(const struct run_sink *sink) {
    struct worker_row worker = {.busy_ns = 5};
    sink->end(sink->context,
              &(struct runlog_ending){.end_ns = 9, .worker_count = 1, .workers = &worker});
}

// Gradients are reported when they are finished, which is not the order of their dispatch.
static void memory_sink__gradients_in_any_order__lie_by_index(void **state) {
    (void)state;
    struct runlog log;
    struct run_sink sink = runlog_memory_sink(&log);
    start(&log, &sink, 2, true);
    const int64_t order[3] = {2, 0, 1};
    for (int i = 0; i < 3; i++) {
        struct gradient_row row = {.number = order[i] * 10, .loss = -(double)NAN};
        int32_t samples[2] = {(int32_t)order[i], -7};
        sink.gradient(sink.context, order[i], &row, order[i] == 1 ? NULL : samples);
    }
    end(&sink);
    assert_int_equal(log.gradient_count, 3);
    const int32_t expected[6] = {0, -7, -1, -1, 2, -7};
    const uint64_t canonical = UINT64_C(0x7ff8000000000000);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(log.gradients[i].number, i * 10);
        assert_memory_equal(&log.gradients[i].loss, &canonical, sizeof canonical);
    }
    assert_memory_equal(log.samples, expected, sizeof expected);
    assert_int_equal(log.ending.workers[0].busy_ns, 5);
    runlog_reset(&log);
    assert_null(log.gradients);
}

// With `log: {events: false}` a simulation may go on reporting them.
static void memory_sink__events_off__keeps_none(void **state) {
    (void)state;
    struct runlog log;
    struct run_sink sink = runlog_memory_sink(&log);
    start(&log, &sink, 0, false);
    sink.event(sink.context, &(struct event_row){.time_ns = 1});
    end(&sink);
    assert_int_equal(log.event_count, 0);
    assert_null(log.events);
    runlog_reset(&log);
}

static void leave_a_hole(void *context) {
    (void)context;
    struct runlog log;
    struct run_sink sink = runlog_memory_sink(&log);
    start(&log, &sink, 0, false);
    sink.gradient(sink.context, 1, &(struct gradient_row){.number = 1}, NULL);
    end(&sink);
}

static void report_twice(void *context) {
    (void)context;
    struct runlog log;
    struct run_sink sink = runlog_memory_sink(&log);
    start(&log, &sink, 0, false);
    sink.gradient(sink.context, 0, &(struct gradient_row){.number = 1}, NULL);
    sink.gradient(sink.context, 0, &(struct gradient_row){.number = 1}, NULL);
}

// A gradient lost or counted twice is a bug of the simulation that no log may hide.
static void memory_sink__missing_or_double_gradient__is_a_bug(void **state) {
    (void)state;
    char text[512];
    assert_int_equal(child_exit_status(leave_a_hole, NULL, text, sizeof text), STATUS_INTERNAL);
    assert_int_equal(child_exit_status(report_twice, NULL, text, sizeof text), STATUS_INTERNAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names__every_value__has_one),
        cmocka_unit_test(header_copy__original_changed__stays),
        cmocka_unit_test(ending_copy__nan__becomes_the_canonical_one),
        cmocka_unit_test(memory_sink__gradients_in_any_order__lie_by_index),
        cmocka_unit_test(memory_sink__events_off__keeps_none),
        cmocka_unit_test(memory_sink__missing_or_double_gradient__is_a_bug),
    };
    return cmocka_run_group_tests_name("runlog", tests, NULL, NULL);
}
