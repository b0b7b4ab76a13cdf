// SPDX-License-Identifier: GPL-3.0-or-later
// recorded_spans: spans out of a log, all of them or those of the past.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/run/recorded_spans.h"
#include "sim/runlog/updates_began.h"

static struct gradient_row gradient_rows[] = {
    {.dispatched_ns = 0,
     .compute_ns = 10,
     .delay_ns = 1,
     .push_ns = 2,
     .receive_ns = 3,
     .reply_ns = 4,
     .reply_travel_ns = 5,
     .tie = 6},
    {.dispatched_ns = 99, .compute_ns = 20},
    {.dispatched_ns = 100, .compute_ns = 30},
    {.dispatched_ns = 101,
     .compute_ns = -40, // a stranger's file
     .delay_ns = -1,
     .push_ns = 9,
     .receive_ns = -8,
     .reply_ns = INT64_MIN,
     .reply_travel_ns = -2},
};
static struct update_row update_rows[] = {{.time_ns = 90, .update_ns = 5},
                                          {.time_ns = 104, .update_ns = 6},
                                          {.time_ns = 106, .update_ns = 6}};
static const struct runlog log_of_four = {
    .gradients = gradient_rows, .gradient_count = 4, .updates = update_rows, .update_count = 3};

static void later_gradient(const void *context, int64_t index, int32_t worker, int64_t number,
                           struct gradient_spans *spans) {
    (void)context;
    *spans =
        (struct gradient_spans){.compute_ns = 1000 + index, .delay_ns = worker, .push_ns = number};
}

static int64_t later_update(const void *context, int64_t version) {
    (void)context;
    return 1000 + version;
}

static const struct recorded_spans replay_of_four = {
    .log = &log_of_four,
    .until_ns = SIM_TIME_NEVER,
    .later = {.gradient = later_gradient, .update = later_update}};

static int64_t compute_ns(const struct span_source *source, int64_t index) {
    struct gradient_spans spans;
    source->gradient(source->context, index, 7, 8, &spans);
    return spans.compute_ns;
}

// A replay takes the rows; what they do not say never happens. Files come from strangers: spans
// below zero must not break the clock.
static void recorded_spans__of_a_log__are_its_rows(void **state) {
    (void)state;
    struct span_source source = span_source_from_record(&replay_of_four);
    struct gradient_spans spans;
    source.gradient(source.context, 0, 7, 8, &spans);
    assert_true(spans.compute_ns == 10 && spans.delay_ns == 1 && spans.push_ns == 2 &&
                spans.receive_ns == 3 && spans.reply_ns == 4 && spans.reply_travel_ns == 5 &&
                spans.tie == 6);
    assert_true(compute_ns(&source, 3) == 0 && compute_ns(&source, 4) == SIM_TIME_NEVER);
    source.gradient(source.context, 3, 7, 8, &spans);
    assert_true(spans.delay_ns == 0 && spans.push_ns == 9 && spans.receive_ns == 0);
    assert_true(spans.reply_ns == 0 && spans.reply_travel_ns == 0);
    assert_true(source.update(source.context, 1) == 5);
}

// What began before the moment is recorded, what began at it or later is drawn: a gradient by its
// dispatch, an update by the beginning of its span (104 - 6 is before 100, 106 - 6 is not).
static void recorded_spans__of_a_past__end_with_it(void **state) {
    (void)state;
    const struct recorded_spans past = {
        .log = &log_of_four,
        .until_ns = 100,
        .later = {.gradient = later_gradient, .update = later_update}};
    struct span_source source = span_source_from_record(&past);
    assert_true(compute_ns(&source, 0) == 10 && compute_ns(&source, 1) == 20);
    assert_true(compute_ns(&source, 2) == 1002 && compute_ns(&source, 9) == 1009);
    struct gradient_spans spans;
    source.gradient(source.context, 9, 7, 8, &spans);
    assert_true(spans.delay_ns == 7 && spans.push_ns == 8);
    assert_true(source.update(source.context, 1) == 5 && source.update(source.context, 2) == 6);
    assert_true(source.update(source.context, 3) == 1003 &&
                source.update(source.context, 9) == 1009);
}

// A replay takes the rows; of an update without one, which the run's end may have cut off, the laws
// know when it is over. What else is in no row does not happen.
static void recorded_spans__of_a_run__have_the_end_of_what_was_under_way(void **state) {
    (void)state;
    struct span_source source = span_source_from_record(&replay_of_four);
    struct reduction_spans reduction;
    assert_true(compute_ns(&source, 1) == 20 && compute_ns(&source, 4) == SIM_TIME_NEVER);
    assert_true(source.update(source.context, 3) == 6 && source.update(source.context, 4) == 1004);
    source.reduction(source.context, 0, (struct reduction_group){.members = 1}, 0, &reduction);
    assert_true(reduction.span_ns == SIM_TIME_NEVER);
}

// An update that was received in the past is of the past, however long the server was paused in it.
static void recorded_spans__of_an_update_in_a_pause__are_of_its_beginning(void **state) {
    (void)state;
    static struct gradient_row received[] = {
        {.received_ns = 98}, {.received_ns = -1}, {.received_ns = 85}, {.received_ns = 106}};
    static struct update_row updates[] = {{.time_ns = 90, .update_ns = 5},
                                          {.time_ns = 110, .update_ns = 6},
                                          {.time_ns = 112, .update_ns = 6}};
    static struct incident_row pause = {.began_ns = 100, .ended_ns = 106, .worker = -1};
    struct runlog log = {.gradients = received,
                         .gradient_count = 4,
                         .updates = updates,
                         .update_count = 3,
                         .incidents = &pause,
                         .incident_count = 1};
    int64_t *began_ns = updates_began(&log);
    assert_true(began_ns[0] == 85 && began_ns[1] == 98 && began_ns[2] == 106);
    const struct recorded_spans past = {
        .log = &log,
        .until_ns = 100,
        .later = {.gradient = later_gradient, .update = later_update},
        .updates_began_ns = began_ns};
    struct span_source source = span_source_from_record(&past);
    assert_true(source.update(source.context, 1) == 5 && source.update(source.context, 2) == 6);
    assert_true(source.update(source.context, 3) == 1003);
    memory_free(began_ns);
    updates[1].after_receipt_ns = 3;         // somebody was counted out then
    updates[2].after_receipt_ns = INT64_MAX; // nobody's log
    began_ns = updates_began(&log);
    assert_true(began_ns[1] == 101 && began_ns[2] == 106);
    memory_free(began_ns);
    log.incident_count = 0; // nothing can have put it off
    began_ns = updates_began(&log);
    assert_true(began_ns[0] == 85 && began_ns[1] == 104 && began_ns[2] == 106);
    memory_free(began_ns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_spans__of_a_log__are_its_rows),
        cmocka_unit_test(recorded_spans__of_a_past__end_with_it),
        cmocka_unit_test(recorded_spans__of_a_run__have_the_end_of_what_was_under_way),
        cmocka_unit_test(recorded_spans__of_an_update_in_a_pause__are_of_its_beginning),
    };
    return cmocka_run_group_tests_name("recorded_spans", tests, NULL, NULL);
}
