// SPDX-License-Identifier: GPL-3.0-or-later
// The words in which a log is told. The golden traces compare whole stories; here each kind of
// sentence and each option has its test.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/report/gradient_index.h"
#include "sim/report/tell.h"
#include "sim/report/tell_details.h"
#include "sim/report/tell_local.h"
#include "sim/report/teller.h"
#include "tests/support/story_log.h"

#define MS INT64_C(1000000)

static void expect_told(const struct runlog *log, struct tell_options options,
                        const char *expected) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    struct error error;
    assert_int_equal(tell(stream, log, &options, &error), STATUS_OK);
    fclose(stream);
    assert_string_equal(text, expected);
    free(text);
}

// If it failed, an event would be told with another gradient's numbers.
static void gradient_index__the_story__finds_rows_by_name(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct gradient_index index;
    gradient_index_init(&index, &log);
    assert_int_equal(gradient_index_count(&index, 0), 3);
    assert_int_equal(gradient_index_count(&index, 1), 2);
    assert_int_equal(gradient_index_count(&index, 2), 0);
    assert_int_equal(gradient_index_count(&index, -1), 0);
    assert_ptr_equal(gradient_index_find(&index, 0, 2), &log.gradients[3]);
    assert_ptr_equal(gradient_index_find(&index, 1, 1), &log.gradients[4]);
    assert_null(gradient_index_find(&index, 1, 2));
    assert_null(gradient_index_find(&index, 0, -1));
    gradient_index_reset(&index);
    runlog_reset(&log);
}

// If it failed, a log from a stranger, with workers or numbers that cannot be, would be read beyond
// its tables.
static void gradient_index__impossible_rows__are_not_found(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct gradient_index index;
    log.gradients[0].worker = 2;
    log.gradients[1].worker = -1;
    log.gradients[3].number = 77;
    gradient_index_init(&index, &log);
    assert_int_equal(gradient_index_count(&index, 0), 2);
    assert_null(gradient_index_find(&index, 0, 1));
    assert_null(gradient_index_find(&index, 0, 77));
    gradient_index_reset(&index);
    runlog_reset(&log);
}

// If it failed, stories would be told wrongly, and every golden trace would change.
static void tell__a_whole_run__has_one_line_an_event_and_an_ending(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    expect_told(&log, tell_options_all(),
                "1.000 s  worker 0 starts gradient 0 at version 0\n"
                "1.000 s  worker 1 starts gradient 0 at version 0\n"
                "1.100 s  worker 0 pushes gradient 0, read at version 0\n"
                "1.101 s  gradient 0 of worker 0 joins the server's queue\n"
                "1.111 s  server receives gradient 0 of worker 0; buffer 1 of 1\n"
                "1.116 s  server applies gradient 0 of worker 0 (K = 1) and makes version 1; "
                "staleness 0\n"
                "1.117 s  server sends version 1 to worker 0\n"
                "1.118 s  worker 0 receives version 1 and starts gradient 1\n"
                "1.200 s  worker 1 pushes gradient 0, read at version 0\n"
                "1.201 s  gradient 0 of worker 1 joins the server's queue\n"
                "1.202 s  worker 0 pushes gradient 1, read at version 1\n"
                "1.203 s  gradient 1 of worker 0 joins the server's queue; 1 ahead of it\n"
                "1.211 s  server receives gradient 0 of worker 1; buffer 1 of 2\n"
                "1.221 s  server receives gradient 1 of worker 0; buffer 2 of 2\n"
                "1.226 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 2; "
                "staleness 0 to 1\n"
                "1.227 s  server sends version 2 to worker 0\n"
                "1.228 s  server sends version 2 to worker 1\n"
                "1.228 s  worker 0 receives version 2 and starts gradient 2\n"
                "1.229 s  worker 1 receives version 2 and starts gradient 1\n"
                "1.289 s  worker 1 pushes gradient 1, read at version 2\n"
                "1.290 s  gradient 1 of worker 1 joins the server's queue\n"
                "1.300 s  server receives gradient 1 of worker 1; buffer 1 of 2\n"
                "1.300 s  the run ends (complete) at version 2; 2 gradients pending\n"
                "         worker 0 is computing gradient 2, read at version 2\n"
                "         gradient 1 of worker 1, read at version 2, is in the buffer\n");
    runlog_reset(&log);
}

// If it failed, a reader would have to look for these in four tables: how long worker 1 was held
// up, that gradient 1 waited for its service, when K went up, and what the model was worth.
static void tell__with_details__says_delays_queueing_k_and_evaluations(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = {
        .from_ns = 1117 * MS, .to_ns = 1226 * MS, .worker = -1, .details = true};
    expect_told(&log, options,
                "1.117 s  server sends version 1 to worker 0\n"
                "1.118 s  worker 0 receives version 1 and starts gradient 1\n"
                "1.200 s  worker 1 pushes gradient 0, read at version 0, delayed by 0.050 s\n"
                "1.201 s  gradient 0 of worker 1 joins the server's queue\n"
                "1.202 s  worker 0 pushes gradient 1, read at version 1\n"
                "1.203 s  gradient 1 of worker 0 joins the server's queue; 1 ahead of it\n"
                "1.211 s  K changes from 1 to 2\n"
                "1.211 s  server receives gradient 0 of worker 1; buffer 1 of 2\n"
                "1.221 s  server receives gradient 1 of worker 0, after 0.008 s in the queue; "
                "buffer 2 of 2\n"
                "1.226 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 2; "
                "staleness 0 to 1\n");
    options.from_ns = 1291 * MS;
    options.to_ns = 1300 * MS;
    expect_told(&log, options,
                "1.300 s  server receives gradient 1 of worker 1; buffer 1 of 2\n"
                "1.300 s  evaluation of version 2: test loss 0.6000, test accuracy 60.00 %, "
                "training loss 2.1000\n"
                "1.300 s  the run ends (complete) at version 2; 2 gradients pending\n"
                "         worker 0 is computing gradient 2, read at version 2\n"
                "         gradient 1 of worker 1, read at version 2, is in the buffer\n");
    runlog_reset(&log);
}

// If it failed, a reader would see an evaluation before a pause that had begun earlier, and not
// know what the model was worth when the server went on.
static void tell__incidents_and_evaluations__stand_in_order(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct incident_row rows[] = {
        {.began_ns = 1285 * MS, .ended_ns = 1287 * MS, .kind = INCIDENT_PAUSE, .worker = 1},
        {.began_ns = 1310 * MS, .ended_ns = 1330 * MS, .kind = INCIDENT_SERVER_PAUSE, .worker = -1},
    };
    struct tell_options options = {
        .from_ns = 1230 * MS, .to_ns = 1400 * MS, .worker = -1, .details = true};
    log.incidents = rows;
    log.incident_count = 2;
    log.ending.end_ns = 1350 * MS;
    log.evaluations[2].time_ns = 1286 * MS;
    log.evaluations[3].time_ns = 1320 * MS;
    expect_told(&log, options,
                "1.285 s  worker 1 falls silent: it is paused\n"
                "1.286 s  evaluation of version 0: test loss 2.1000, test accuracy 20.00 %, "
                "training loss 2.2000\n"
                "1.287 s  worker 1 wakes\n"
                "1.289 s  worker 1 pushes gradient 1, read at version 2\n"
                "1.290 s  gradient 1 of worker 1 joins the server's queue\n"
                "1.300 s  server receives gradient 1 of worker 1; buffer 1 of 2\n"
                "1.310 s  server pauses\n"
                "1.320 s  evaluation of version 2: test loss 0.6000, test accuracy 60.00 %, "
                "training loss 2.1000\n"
                "1.330 s  server goes on\n"
                "1.350 s  the run ends (complete) at version 2; 2 gradients pending\n"
                "         worker 0 is computing gradient 2, read at version 2\n"
                "         gradient 1 of worker 1, read at version 2, is in the buffer\n");
    log.incidents = NULL;
    log.incident_count = 0;
    runlog_reset(&log);
}

// If it failed, a window would tell other sentences than the whole story does at the same times.
static void tell__a_window__knows_what_was_in_the_buffer_before(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = {.from_ns = 1212 * MS, .to_ns = 1226 * MS, .worker = -1};
    expect_told(&log, options,
                "1.221 s  server receives gradient 1 of worker 0; buffer 2 of 2\n"
                "1.226 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 2; "
                "staleness 0 to 1\n");
    runlog_reset(&log);
}

// If it failed, --worker would hide updates that apply the worker's gradients, or show others'.
static void tell__one_worker__shows_its_events_and_its_updates(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = {.from_ns = 0, .to_ns = 1228 * MS, .worker = 1};
    expect_told(&log, options,
                "1.000 s  worker 1 starts gradient 0 at version 0\n"
                "1.200 s  worker 1 pushes gradient 0, read at version 0\n"
                "1.201 s  gradient 0 of worker 1 joins the server's queue\n"
                "1.211 s  server receives gradient 0 of worker 1; buffer 1 of 2\n"
                "1.226 s  server applies 2 gradients of workers 0, 1 (K = 2) and makes version 2; "
                "staleness 0 to 1\n"
                "1.228 s  server sends version 2 to worker 1\n");
    runlog_reset(&log);
}

// If it failed, the columns would not line up, or a nanosecond would be lost.
static void tell__times_of_unlike_length__are_aligned_at_the_decimal_point(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = {.from_ns = 1228 * MS, .to_ns = 20000 * MS, .worker = 0};
    log.events[17].time_ns = 1228 * MS + 5;
    log.ending.end_ns = 10000 * MS;
    expect_told(&log, options,
                " 1.228000005 s  worker 0 receives version 2 and starts gradient 2\n"
                "10.000000000 s  the run ends (complete) at version 2; 2 gradients pending\n"
                "                worker 0 is computing gradient 2, read at version 2\n");
    runlog_reset(&log);
}

// If it failed, the ending would not say what was on its way: gradients, replies, an update.
static void tell__the_ending__names_everything_under_way(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = {.from_ns = 1228 * MS, .to_ns = INT64_MAX, .worker = -1};
    log.event_count = 17; // the two replies have left, neither has arrived
    log.gradient_count = 3;
    log.ending.end_ns = 1228 * MS;
    log.ending.status = RUN_INTERRUPTED;
    expect_told(&log, options,
                "1.228 s  server sends version 2 to worker 1\n"
                "1.228 s  the run ends (interrupted) at version 2; 0 gradients pending\n"
                "         version 2 is on its way to worker 0\n"
                "         version 2 is on its way to worker 1\n");
    log.ending.status = RUN_STALLED;
    snprintf(log.ending.reason, sizeof log.ending.reason, "worker 1");
    expect_told(&log, options,
                "1.228 s  server sends version 2 to worker 1\n"
                "1.228 s  the run ends (stalled) at version 2; 0 gradients pending\n"
                "1.228 s  waits for worker 1\n"
                "         version 2 is on its way to worker 0\n"
                "         version 2 is on its way to worker 1\n");
    log.ending.status = RUN_INTERRUPTED;
    log.ending.reason[0] = 0;
    log.event_count = 14; // the update is under way
    log.update_count = 1;
    log.gradients[1].outcome = OUTCOME_PENDING;
    log.gradients[2].outcome = OUTCOME_PENDING;
    log.ending.end_ns = 1224 * MS;
    options.from_ns = 1224 * MS;
    expect_told(&log, options,
                "1.224 s  the run ends (interrupted) at version 1; 2 gradients pending\n"
                "         gradient 1 of worker 0, read at version 1, completes the buffer; the "
                "update is under way\n"
                "         gradient 0 of worker 1, read at version 0, is in the buffer\n");
    log.gradients[2].received_ns = -1;
    log.gradients[1].received_ns = -1;
    log.gradients[1].arrived_ns = -1;
    expect_told(&log, options,
                "1.224 s  the run ends (interrupted) at version 1; 2 gradients pending\n"
                "         gradient 1 of worker 0, read at version 1, is at the server, not yet "
                "received\n"
                "         gradient 0 of worker 1, read at version 0, is on its way to the "
                "server\n");
    runlog_reset(&log);
}

// If it failed, a gradient that finds the server at an update or a reply would seem to be received
// at once.
static void tell__an_arrival_during_an_update__says_that_the_server_is_busy(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = {.from_ns = 1201 * MS, .to_ns = 1201 * MS, .worker = -1};
    log.gradients[1].received_ns += 1;
    expect_told(&log, options,
                "1.201 s  gradient 0 of worker 1 joins the server's queue; the server is busy\n");
    runlog_reset(&log);
}

static struct gradient_row buffered(int32_t worker, int64_t number, int64_t position) {
    return (struct gradient_row){.worker = worker,
                                 .number = number,
                                 .staleness = position,
                                 .threshold = 7,
                                 .buffered = position,
                                 .outcome = OUTCOME_APPLIED};
}

// If it failed, an update of many workers, or of several gradients of one (a pushed worker
// continues), would be misread.
static void tell__an_update_of_many__lists_ranges_and_repetitions(void **state) {
    (void)state;
    struct gradient_row rows[] = {buffered(6, 0, 1), buffered(1, 0, 2), buffered(2, 0, 3),
                                  buffered(3, 0, 4), buffered(6, 1, 5), buffered(8, 0, 6),
                                  buffered(9, 0, 7)};
    struct event_row events[8];
    for (int i = 0; i < 7; i++) {
        events[i] = (struct event_row){i, rows[i].number, 0, rows[i].worker, EVENT_RECEIVED};
    }
    events[7] = (struct event_row){8, -1, 1, -1, EVENT_UPDATED};
    struct update_row update = {.time_ns = 8, .version = 1, .threshold = 7, .gradients = 7};
    struct runlog log = {
        .header = {.scenario = (char *)(uintptr_t) "", .workers = 10, .events = true},
        .ending = {.end_ns = 9},
        .events = events,
        .event_count = 8,
        .gradients = rows,
        .gradient_count = 7,
        .updates = &update,
        .update_count = 1,
    };
    struct tell_options options = {.from_ns = 8, .to_ns = 8, .worker = -1};
    expect_told(&log, options,
                "0.000000008 s  server applies 7 gradients of workers 1 to 3, 6 (2 of them), 8, 9 "
                "(K = 7) and makes version 1; staleness 1 to 7\n");
    log.events = events + 4; // both of worker 6: received, updated
    events[5] = (struct event_row){5, 0, 0, 6, EVENT_RECEIVED};
    events[6] = events[7];
    log.event_count = 3;
    expect_told(&log, options,
                "0.000000008 s  server applies 2 gradients of worker 6 (K = 7) and makes version "
                "1; staleness 1 to 5\n");
}

// If it failed, a dropped gradient would seem to be in the buffer.
static void tell__a_dropped_gradient__is_said_to_be(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = {.from_ns = 1211 * MS, .to_ns = 1226 * MS, .worker = -1};
    log.gradients[1].outcome = OUTCOME_DROPPED;
    expect_told(&log, options,
                "1.211 s  server receives gradient 0 of worker 1 and drops it\n"
                "1.221 s  server receives gradient 1 of worker 0; buffer 2 of 2\n"
                "1.226 s  server applies gradient 1 of worker 0 (K = 2) and makes version 2; "
                "staleness 0\n");
    runlog_reset(&log);
}

// If it failed, a log without events would be told as an empty run, and a wrong --worker likewise.
static void tell__what_cannot_be_told__is_an_error(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = tell_options_all();
    struct error error;
    options.worker = 2;
    assert_int_equal(tell(stdout, &log, &options, &error), STATUS_BAD_DATA);
    assert_string_equal(error.message, "there is no worker 2: the run has workers 0 to 1");
    log.header.events = false;
    options.worker = -1;
    assert_int_equal(tell(stdout, &log, &options, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "no events"));
    runlog_reset(&log);
}

// If it failed, a full disk would look like a short story.
static void tell__a_full_disk__is_an_error(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct tell_options options = tell_options_all();
    struct error error;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(tell(full, &log, &options, &error), STATUS_IO);
    fclose(full);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_index__the_story__finds_rows_by_name),
        cmocka_unit_test(gradient_index__impossible_rows__are_not_found),
        cmocka_unit_test(tell__a_whole_run__has_one_line_an_event_and_an_ending),
        cmocka_unit_test(tell__with_details__says_delays_queueing_k_and_evaluations),
        cmocka_unit_test(tell__incidents_and_evaluations__stand_in_order),
        cmocka_unit_test(tell__a_window__knows_what_was_in_the_buffer_before),
        cmocka_unit_test(tell__one_worker__shows_its_events_and_its_updates),
        cmocka_unit_test(tell__times_of_unlike_length__are_aligned_at_the_decimal_point),
        cmocka_unit_test(tell__the_ending__names_everything_under_way),
        cmocka_unit_test(tell__an_arrival_during_an_update__says_that_the_server_is_busy),
        cmocka_unit_test(tell__an_update_of_many__lists_ranges_and_repetitions),
        cmocka_unit_test(tell__a_dropped_gradient__is_said_to_be),
        cmocka_unit_test(tell__what_cannot_be_told__is_an_error),
        cmocka_unit_test(tell__a_full_disk__is_an_error),
    };
    return cmocka_run_group_tests_name("tell", tests, NULL, NULL);
}
