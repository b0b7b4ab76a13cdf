// SPDX-License-Identifier: GPL-3.0-or-later
// curve_table and its parts: the curves of the story, whose numbers were checked on paper.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/curve.h"
#include "sim/report/curve_table.h"
#include "tests/support/story_log.h"

#define MS INT64_C(1000000)

static void expect_near(double value, double expected) {
    bool both_nan = isnan(value) && isnan(expected);
    if (!both_nan && !(fabs(value - expected) <= 1e-12 * fmax(1, fabs(expected)))) {
        fail_msg("%.17g is not %.17g", value, expected);
    }
}

static void expect_progress(const struct curve_progress *progress, double updates, double gradients,
                            double samples, double bytes) {
    expect_near(progress->updates, updates);
    expect_near(progress->gradients, gradients);
    expect_near(progress->samples, samples);
    expect_near(progress->bytes, bytes);
}

static void set_scenario(struct runlog *log, const char *more) {
    char *text = memory_join_text(log->header.scenario, more);
    memory_free(log->header.scenario);
    log->header.scenario = text;
}

// If it failed, a curve over updates, gradients or bytes would show an accuracy at the work of
// another moment. A message has 8 bytes: two parameters.
static void curve_evaluations__the_story__count_what_was_done(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct curves curves;
    set_scenario(&log, "training:\n  batch: 32\n");
    curves_of_log(&log, &curves);
    assert_int_equal(curves.evaluation_count, 4);
    assert_int_equal(curves.evaluations[3].time_ns, 1300 * MS);
    expect_near(curves.evaluations[3].test_accuracy, 0.6);
    expect_progress(&curves.evaluations[2].until, 0, 0, 0, 0);
    expect_progress(&curves.evaluations[3].until, 2, 3, 96, 7 * 8);
    curves_reset(&curves);
    runlog_reset(&log);
}

// If it failed, the busy and idle shares, the load, K or the staleness of a span would be wrong.
// From 1.10 to 1.12 s: worker 0 computes for 2 ms, worker 1 all the time; the server receives for
// 10 ms, updates for 5 and replies for 1. From 1.22 s on: the second update, and a gradient of the
// staleness 1.
static void curve_spans__the_story__have_its_shares(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct curves curves;
    curves_of_log(&log, &curves);
    assert_int_equal(curves.span_count, 65);
    const struct curve_span *first = &curves.spans[55];
    assert_int_equal(first->began_ns, 1100 * MS);
    assert_int_equal(first->ended_ns, 1120 * MS);
    expect_progress(&first->until, 1, 1, (double)NAN, 2 * 8);
    expect_near(first->threshold_mean, 1);
    expect_near(first->busy_share, 22.0 / 40);
    expect_near(first->waiting_share, 0);
    expect_near(first->communicating_share, 18.0 / 40);
    expect_near(first->idle_share, 18.0 / 40);
    expect_near(first->server_load, 16.0 / 20);
    expect_near(first->step_mean, 0.01);
    const struct curve_span *second = &curves.spans[61];
    expect_progress(&second->until, 2, 3, (double)NAN, 6 * 8);
    expect_near(second->threshold_mean, 2);
    expect_near(second->staleness_mean, 0.5);
    expect_near(second->staleness_least, 0);
    expect_near(second->staleness_most, 1);
    expect_near(second->staleness_gradients_mean, 0.5);
    const struct curve_span *start_up = &curves.spans[0];
    expect_near(start_up->busy_share, (double)NAN);
    expect_near(start_up->server_load, (double)NAN);
    expect_near(start_up->threshold_mean, (double)NAN);
    expect_near(start_up->staleness_most, (double)NAN);
    curves_reset(&curves);
    runlog_reset(&log);
}

// If it failed, the parts of a run would not add up to it: here to what /workers has.
static void curve_spans__all_of_them__add_up_to_the_run(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct curves curves;
    double busy_ns = 0;
    curves_of_log(&log, &curves);
    for (size_t i = 50; i < curves.span_count; i++) { // both workers are up since the start-up
        const struct curve_span *span = &curves.spans[i];
        busy_ns += span->busy_share * 2 * (double)(span->ended_ns - span->began_ns);
    }
    expect_near(busy_ns, (double)((256 + 260) * MS));
    expect_progress(&curves.spans[64].until, 2, 3, (double)NAN, 7 * 8);
    curves_reset(&curves);
    runlog_reset(&log);
}

// If it failed, a sum of gradients would count as a step of one, or that of another phase.
static void curve_spans__combine_that_changed__is_of_its_time(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct curves curves;
    set_scenario(&log, "training:\n  batch: 8\npast: [{until: 1200 ms, policy.combine: sum, "
                       "training.batch: 4}]\n");
    curves_of_log(&log, &curves);
    expect_near(curves.spans[61].step_mean, 0.01); // a mean by now
    expect_progress(&curves.spans[61].until, 2, 3, 4 + 16, 6 * 8);
    curves_reset(&curves);
    log.updates[0].gradients = 3;
    curves_of_log(&log, &curves);
    expect_near(curves.spans[55].step_mean, 0.03);
    curves_reset(&curves);
    runlog_reset(&log);
}

// If it failed, a pause would count as work of the server, or of its workers.
static void curve_spans__a_pause_of_the_server__is_no_load(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct curves curves;
    log.incident_count = 1;
    log.incidents = memory_allocate(1, sizeof *log.incidents);
    log.incidents[0] = (struct incident_row){
        .began_ns = 1104 * MS, .ended_ns = 1108 * MS, .worker = -1, .kind = INCIDENT_SERVER_PAUSE};
    log.gradients[0].receive_ns = 6 * MS; // from 1.101 s on, with the pause
    curves_of_log(&log, &curves);
    expect_near(curves.spans[55].server_load, 12.0 / 20);
    expect_near(curves.spans[55].busy_share, 22.0 / 40);
    curves_reset(&curves);
    runlog_reset(&log);
}

struct sent {
    double count, bytes, last_ns;
};

static void take_message(void *context, int64_t time_ns, double bytes) {
    struct sent *sent = context;
    sent->count++;
    sent->bytes += bytes;
    sent->last_ns = (double)time_ns;
}

// If it failed, bytes would be those of another network, or be lost without events.
static void curve_messages__size_and_events__are_respected(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct curve_scenario scenario;
    struct sent sent = {0};
    set_scenario(&log, "  network:\n    message: 500 kB\n");
    curve_scenario_read(&log, &scenario);
    curve_messages_each(&log, &scenario, take_message, &sent);
    expect_near(sent.count, 7);
    expect_near(sent.bytes, 7 * 500e3);
    expect_near(sent.last_ns, (double)(1228 * MS));
    log.header.events = false;
    log.event_count = 0;
    sent = (struct sent){0};
    curve_messages_each(&log, &scenario, take_message, &sent);
    expect_near(sent.count, 7); // by the rows: with the updates
    expect_near(sent.last_ns, (double)(1226 * MS));
    runlog_reset(&log);
}

// A log without a row, and one of no time, are no reason to stop.
static void curves__of_an_empty_log__are_empty(void **state) {
    (void)state;
    struct runlog log = {0};
    struct curves curves;
    curves_of_log(&log, &curves);
    assert_int_equal(curves.span_count, 0);
    assert_int_equal(curves.evaluation_count, 0);
    curves_reset(&curves);
    log.ending.end_ns = 1000;
    curves_of_log(&log, &curves);
    assert_int_equal(curves.span_count, 100);
    assert_int_equal(curves.spans[99].ended_ns, 1000);
    expect_near(curves.spans[99].idle_share, (double)NAN);
    curves_reset(&curves);
}

// If it failed, a page would read a column at another's place.
static void curve_tables__as_text__have_their_columns(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    curve_table_write_evaluations(&log, out);
    curve_table_write_spans(&log, out);
    fclose(out);
    assert_non_null(strstr(text, "time_ns,version,test_loss,test_accuracy,train_loss,"
                                 "train_accuracy,updates,gradients,samples,bytes\n"));
    assert_non_null(strstr(text, "\n1300000000,2,0.6,0.6,2.1,nan,2,3,nan,56\n"));
    assert_non_null(strstr(text, "\n1100000000,1120000000,1,1,nan,16,1,0,0,0,0,0,0,0.01,0.55,0,"
                                 "0.45,0.45,0.8\n"));
    memory_free(text);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curve_evaluations__the_story__count_what_was_done),
        cmocka_unit_test(curve_spans__the_story__have_its_shares),
        cmocka_unit_test(curve_spans__all_of_them__add_up_to_the_run),
        cmocka_unit_test(curve_spans__combine_that_changed__is_of_its_time),
        cmocka_unit_test(curve_spans__a_pause_of_the_server__is_no_load),
        cmocka_unit_test(curve_messages__size_and_events__are_respected),
        cmocka_unit_test(curves__of_an_empty_log__are_empty),
        cmocka_unit_test(curve_tables__as_text__have_their_columns),
    };
    return cmocka_run_group_tests_name("curve_table", tests, NULL, NULL);
}
