// SPDX-License-Identifier: GPL-3.0-or-later
// The lanes of the timeline, against those drawn by hand from story_log.h.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/report/timeline.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"
#include "tests/support/story_log.h"

#define MS INT64_C(1000000)

static int64_t total_ns(const struct timeline *timeline, int32_t lane, enum timeline_kind kind) {
    int64_t sum = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_interval *interval = &timeline->intervals[i];
        if (interval->lane == lane && interval->kind == kind) {
            sum += interval->end_ns - interval->start_ns;
        }
    }
    return sum;
}

static int64_t total_ms(const struct timeline *timeline, int32_t lane, enum timeline_kind kind) {
    return total_ns(timeline, lane, kind) / MS;
}

static bool has(const struct timeline *timeline, int32_t lane, enum timeline_kind kind,
                int64_t start_ms, int64_t end_ms) {
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_interval *interval = &timeline->intervals[i];
        if (interval->lane == lane && interval->kind == kind &&
            interval->start_ns == start_ms * MS && interval->end_ns == end_ms * MS) {
            return true;
        }
    }
    return false;
}

// If it failed, the picture would show something that did not happen; together the lanes are the
// log's own sums: busy 256 and 260, waiting 0 and 10, communicating 44 and 30 ms.
static void timeline__the_story__has_its_lanes(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct timeline timeline = {0};
    timeline_of_log(&log, 0, INT64_MAX, &timeline);
    assert_true(has(&timeline, 0, TIMELINE_COMPUTING, 1000, 1100));
    assert_true(has(&timeline, 0, TIMELINE_COMPUTING, 1228, 1300)); // cut at the end of the run
    assert_true(has(&timeline, 1, TIMELINE_COMPUTING, 1000, 1150));
    assert_true(has(&timeline, 1, TIMELINE_DELAYED, 1150, 1200));
    assert_true(has(&timeline, 0, TIMELINE_QUEUED, 1221, 1227));  // update and replies
    assert_true(has(&timeline, 0, TIMELINE_SENDING, 1227, 1228)); // and its way back
    assert_true(has(&timeline, 1, TIMELINE_WAITING, 1211, 1221));
    assert_int_equal(total_ms(&timeline, 0, TIMELINE_COMPUTING), 256);
    assert_int_equal(total_ms(&timeline, 0, TIMELINE_DELAYED), 0);
    assert_int_equal(total_ms(&timeline, 0, TIMELINE_QUEUED), 40);
    assert_int_equal(total_ms(&timeline, 0, TIMELINE_SENDING), 4);
    assert_int_equal(total_ms(&timeline, 0, TIMELINE_WAITING), 0);
    assert_int_equal(total_ms(&timeline, 1, TIMELINE_COMPUTING), 210);
    assert_int_equal(total_ms(&timeline, 1, TIMELINE_DELAYED), 50);
    assert_int_equal(total_ms(&timeline, 1, TIMELINE_QUEUED), 27);
    assert_int_equal(total_ms(&timeline, 1, TIMELINE_SENDING), 3);
    assert_int_equal(total_ms(&timeline, 1, TIMELINE_WAITING), 10);
    assert_true(has(&timeline, -1, TIMELINE_RECEIVING, 1201, 1211));
    assert_true(has(&timeline, -1, TIMELINE_RECEIVING, 1211, 1221));
    assert_true(has(&timeline, -1, TIMELINE_UPDATING, 1221, 1226));
    assert_true(has(&timeline, -1, TIMELINE_REPLYING, 1227, 1228));
    assert_int_equal(total_ms(&timeline, -1, TIMELINE_RECEIVING), 40);
    assert_int_equal(total_ms(&timeline, -1, TIMELINE_UPDATING), 10);
    assert_int_equal(total_ms(&timeline, -1, TIMELINE_REPLYING), 3);
    timeline_reset(&timeline);
    runlog_reset(&log);
}

// If it failed, a gradient still in the buffer would not be seen to wait.
static void timeline__pending_in_the_buffer__waits_to_the_end(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct timeline timeline = {0};
    log.ending.end_ns = 1310 * MS;
    timeline_of_log(&log, 1290 * MS, INT64_MAX, &timeline);
    assert_true(has(&timeline, 1, TIMELINE_QUEUED, 1290, 1300));
    assert_true(has(&timeline, 1, TIMELINE_WAITING, 1300, 1310));
    timeline_reset(&timeline);
    runlog_reset(&log);
}

// If it failed, a worker that goes on at once would seem to wait.
static void timeline__a_pushed_worker_that_continues__never_waits(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct timeline timeline = {0};
    // Its reply began when it had been received: 18 ms before it was there.
    assert_int_equal(log.gradients[1].worker, 1);
    log.gradients[1].reply_travel_ns = 18 * MS - log.gradients[1].reply_ns;
    log.ending.workers[1].waiting_ns = 0;
    log.event_count = 0; // or they would tell
    timeline_of_log(&log, 0, INT64_MAX, &timeline);
    assert_int_equal(total_ms(&timeline, 1, TIMELINE_WAITING), 0);
    assert_true(has(&timeline, 1, TIMELINE_QUEUED, 1201, 1212)); // and its reply
    assert_true(has(&timeline, 1, TIMELINE_SENDING, 1212, 1229));
    timeline_reset(&timeline);
    runlog_reset(&log);
}

// If it failed, time-outs would look like a queue at the server.
static void timeline__a_push_that_is_sent_again__is_no_queue(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    struct timeline timeline = {0};
    log.gradients[1].push_attempts = 2;
    timeline_of_log(&log, 0, INT64_MAX, &timeline);
    assert_true(has(&timeline, 1, TIMELINE_RESENDING, 1200, 1201));
    assert_true(has(&timeline, 1, TIMELINE_QUEUED, 1201, 1211));
    assert_int_equal(total_ms(&timeline, 0, TIMELINE_RESENDING), 0);
    timeline_reset(&timeline);
    runlog_reset(&log);
}

// ---- under incidents ----

static void cut(const char *policy, int workers, const char *events, struct timeline *timeline) {
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "model: none\nend: 400 ms\npolicy: {%s}\ncluster:\n  workers: %d\n"
                        "  compute: 100 ms\n  network: {latency: 2 ms}\n"
                        "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"
                        "  delay: {law: constant, value: 60 ms, workers: 1}\n  events: {%s}\n",
                        policy, workers, events);
    small_cluster_run(&scenario, &log);
    timeline_of_log(&log, 0, INT64_MAX, timeline);
    runlog_reset(&log);
}

// If it failed, a worker whose reply is held up would seem to wait for others: under async nobody
// does. The reply of 0.118 s finds worker 1 cut off until 0.220 s, when version 2 is there, too.
static void timeline__a_reply_that_is_held_up__is_no_wait(void **state) {
    (void)state;
    struct timeline timeline = {0};
    cut("name: async", 2, "cut: {event: disconnect, worker: 1, at: 119 ms, for: 101 ms}",
        &timeline);
    assert_true(has(&timeline, -1, TIMELINE_UPDATING, 112, 117));
    assert_true(has(&timeline, -1, TIMELINE_UPDATING, 172, 177));
    assert_true(has(&timeline, 1, TIMELINE_COMPUTING, 220, 320));
    assert_int_equal(total_ms(&timeline, 1, TIMELINE_WAITING), 0);
    timeline_reset(&timeline);
}

// If it failed, an update would seem to begin when the pause within it is nearly over, and who
// waits for it or is told to stop would seem to go on until then: it begins at 0.122 s, with two of
// three, and the server pauses from 0.124 to 0.154 s.
static void timeline__a_pause_within_an_update__is_a_part_of_it(void **state) {
    (void)state;
    struct timeline timeline = {0};
    cut("name: k_sync, threshold: 2", 3, "gc: {event: server_pause, at: 124 ms, for: 30 ms}",
        &timeline);
    assert_true(has(&timeline, -1, TIMELINE_UPDATING, 122, 157));
    assert_true(has(&timeline, 1, TIMELINE_WAITING, 112, 122));
    assert_int_equal(total_ms(&timeline, 2, TIMELINE_WAITING), 0);
    assert_true(has(&timeline, 0, TIMELINE_DELAYED, 100, 122));
    timeline_reset(&timeline);
}

// If it failed, a receipt and a reply would seem to begin in a pause within them: the receipt lasts
// from 0.102 to 0.112 s and 30 ms more, the reply from 0.147 to 0.148 s and 20 ms more, of two
// pauses that overlap. What comes in during a pause that began before is begun at its end.
static void timeline__a_pause_within_a_receipt_or_a_reply__is_a_part_of_it(void **state) {
    (void)state;
    struct timeline timeline = {0};
    cut("name: async", 2,
        "a: {event: server_pause, at: 104 ms, for: 30 ms}, b: {event: server_pause, at: 147500 us, "
        "for: 15 ms}, c: {event: server_pause, at: 150 ms, for: 17500 us}, d: {event: "
        "server_pause, at: 265 ms, for: 10 ms}",
        &timeline);
    assert_true(has(&timeline, -1, TIMELINE_RECEIVING, 102, 142));
    assert_true(has(&timeline, -1, TIMELINE_REPLYING, 147, 168));
    assert_true(has(&timeline, -1, TIMELINE_RECEIVING, 168, 178));
    assert_true(has(&timeline, -1, TIMELINE_RECEIVING, 275, 285)); // came in at 272 ms
    timeline_reset(&timeline);
}

// If it failed, the beginnings that a log with incidents is cut by would not be those that the
// spans say: nothing is to change where nothing has happened.
static void timeline__an_incident_without_effect__changes_nothing(void **state) {
    (void)state;
    static const char *const policies[] = {
        "name: async",
        "name: sync",
        "name: k_sync, threshold: 3",
        "name: k_async, threshold: 3",
        "name: k_batch_async, threshold: 3",
        "name: k_batch_sync, threshold: 3",
        "name: hybrid, threshold: {schedule: table, start: 1, table: [[20, 4]]}",
        "name: hybrid, threshold: 3, pushed_worker: continues",
        "name: ssp, slack: 1",
        "name: easgd, steps: 2, alpha: 0.1",
        "name: k_avg, steps: 2",
    };
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        struct scenario scenario;
        struct runlog log;
        struct timeline timelines[2] = {{0}, {0}};
        struct incident_row nothing = {.began_ns = MS, .ended_ns = MS, .worker = -1};
        small_cluster_parse(&scenario,
                            "model: none\nend: 20 s\npolicy: {%s}\ncluster:\n  workers: 5\n"
                            "  compute: {law: exponential, mean: 100 ms}\n"
                            "  network: {latency: {law: exponential, mean: 5 ms}}\n"
                            "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n",
                            policies[i]);
        small_cluster_run(&scenario, &log);
        timeline_of_log(&log, 0, INT64_MAX, &timelines[0]);
        log.incidents = &nothing;
        log.incident_count = 1;
        timeline_of_log(&log, 0, INT64_MAX, &timelines[1]);
        for (int32_t lane = -1; lane < 5; lane++) {
            for (int kind = 0; kind < TIMELINE_KIND_COUNT; kind++) {
                if (total_ns(&timelines[0], lane, (enum timeline_kind)kind) !=
                    total_ns(&timelines[1], lane, (enum timeline_kind)kind)) {
                    fail_msg("{%s}: lane %d is otherwise %s", policies[i], (int)lane,
                             timeline_kind_names[kind]);
                }
            }
        }
        log.incidents = NULL;
        log.incident_count = 0;
        timeline_reset(&timelines[0]);
        timeline_reset(&timelines[1]);
        runlog_reset(&log);
    }
}

// A lost gradient must not be drawn as if its worker had gone on computing, nor a worker that is
// down as if it waited for the server.
static void timeline__crashes__end_what_the_worker_does(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    struct timeline timeline = {0};
    small_cluster_parse(
        &scenario, "model: none\nend: 300 ms\npolicy: {name: sync}\ncluster:\n  workers: 2\n"
                   "  compute: 100 ms\n  network: {latency: 2 ms}\n  server: {receive: 10 ms}\n"
                   "  events: {dies: {event: crash, worker: 1, at: 60 ms, for: 90 ms},\n"
                   "    two: {event: crash, worker: 0, at: 130 ms, for: 30 ms}}\n");
    small_cluster_run(&scenario, &log);
    timeline_of_log(&log, 0, INT64_MAX, &timeline);
    assert_true(has(&timeline, 1, TIMELINE_COMPUTING, 0, 60));
    assert_true(has(&timeline, 1, TIMELINE_COMPUTING, 150, 250));
    assert_true(has(&timeline, 0, TIMELINE_SENDING, 100, 102));
    assert_true(has(&timeline, 0, TIMELINE_QUEUED, 102, 130));
    assert_true(has(&timeline, 0, TIMELINE_COMPUTING, 160, 260));
    assert_true(has(&timeline, 1, TIMELINE_DOWN, 60, 150));
    assert_true(has(&timeline, 0, TIMELINE_DOWN, 130, 160));
    assert_int_equal(total_ms(&timeline, 1, TIMELINE_WAITING), 0);
    timeline_reset(&timeline);
    runlog_reset(&log);
}

// If it failed, who stands still would seem to compute: worker 0 computes for 100 ms, of which its
// pause takes 30 more, and is delayed for 60. The pause of the server is a part of the receipt.
static void timeline__a_pause__is_seen(void **state) {
    (void)state;
    struct timeline timeline = {0};
    cut("name: async", 2,
        "a: {event: pause, worker: 0, at: 40 ms, for: 30 ms}, b: {event: server_pause, at: 104 ms, "
        "for: 30 ms}",
        &timeline);
    assert_true(has(&timeline, 0, TIMELINE_COMPUTING, 0, 40));
    assert_true(has(&timeline, 0, TIMELINE_STALLED, 40, 70));
    assert_true(has(&timeline, 0, TIMELINE_COMPUTING, 70, 130));
    assert_true(has(&timeline, 0, TIMELINE_DELAYED, 130, 190));
    assert_true(has(&timeline, -1, TIMELINE_STALLED, 104, 134));
    assert_int_equal(total_ms(&timeline, 1, TIMELINE_STALLED), 0);
    timeline_reset(&timeline);
}

// If it failed, a delay would seem to be no longer than before where everything takes twice as
// long.
static void timeline__a_slowdown__is_of_computing_and_delay(void **state) {
    (void)state;
    struct timeline timeline = {0};
    cut("name: async", 2, "a: {event: slowdown, worker: 0, slowdown: 2, at: 0 ms}", &timeline);
    assert_true(has(&timeline, 0, TIMELINE_COMPUTING, 0, 200));
    assert_true(has(&timeline, 0, TIMELINE_DELAYED, 200, 320));
    assert_true(has(&timeline, 1, TIMELINE_COMPUTING, 0, 100));
    timeline_reset(&timeline);
}

// If it failed, workers that average their models would seem to stand in a line at a server: worker
// 1 waits from 0.100 s for worker 0, which is delayed, then both for the average. Worker 1 crashes,
// and is back before there is an average to begin on.
static void timeline__averages__are_waited_for(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    struct timeline timeline = {0};
    small_cluster_parse(&scenario,
                        "model: none\nend: 600 ms\npolicy: {name: k_avg, steps: 1}\ncluster:\n"
                        "  workers: 2\n  compute: 100 ms\n  network: {latency: 2 ms}\n"
                        "  delay: {law: constant, value: 60 ms, workers: 1}\n"
                        "  events: {dies: {event: crash, worker: 1, at: 200 ms, for: 50 ms}}\n");
    small_cluster_run(&scenario, &log);
    timeline_of_log(&log, 0, INT64_MAX, &timeline);
    assert_true(rows(log.reduction_count) > 1);
    int64_t over_ms = 160 + log.reductions[0].span_ns / MS;
    int64_t second_ms = log.reductions[1].began_ns / MS;
    assert_true(has(&timeline, 1, TIMELINE_WAITING, 100, 160));
    assert_true(has(&timeline, 1, TIMELINE_REDUCING, 160, over_ms));
    assert_true(has(&timeline, 0, TIMELINE_REDUCING, 160, over_ms));
    assert_true(has(&timeline, -1, TIMELINE_REDUCING, 160, over_ms));
    assert_true(has(&timeline, 1, TIMELINE_DOWN, 200, 250));
    assert_true(
        has(&timeline, 1, TIMELINE_WAITING, 250, second_ms + log.reductions[1].span_ns / MS));
    assert_int_equal(total_ms(&timeline, 0, TIMELINE_QUEUED), 0);
    assert_int_equal(total_ms(&timeline, -1, TIMELINE_UPDATING), 0);
    timeline_reset(&timeline);
    runlog_reset(&log);
}

// If it failed, an update of no time that a pause holds up would seem to begin at its end: there
// the server receives what has come in meanwhile. Worker 0 is counted out at 0.110 s, while the
// server is paused from 0.105 to 0.170 s; its push comes in at 0.160 s.
static void timeline__a_receipt_at_the_end_of_an_update__leads_to_no_update(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    struct timeline timeline = {0};
    small_cluster_parse(
        &scenario,
        "model: none\nend: 300 ms\npolicy: {name: k_sync, threshold: 2, missing: 20 ms}\n"
        "cluster:\n  workers: 2\n  compute: 100 ms\n"
        "  delay: {law: constant, value: 60 ms, workers: 1}\n"
        "  events:\n    off: {event: disconnect, worker: 0, at: 90 ms, for: 60 ms}\n"
        "    gc: {event: server_pause, at: 105 ms, for: 65 ms}\n");
    small_cluster_run(&scenario, &log);
    timeline_of_log(&log, 0, INT64_MAX, &timeline);
    assert_true(has(&timeline, -1, TIMELINE_UPDATING, 110, 170));
    assert_true(has(&timeline, 1, TIMELINE_WAITING, 100, 110));
    timeline_reset(&timeline);
    runlog_reset(&log);
}

// If it failed, a worker that starts at the start-up, paused, would seem to be down then, too: its
// crash was over before.
static void timeline__a_crash_before_the_start__is_forgotten(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    struct timeline timeline = {0};
    small_cluster_parse(&scenario,
                        "model: none\nend: 900 ms\npolicy: {name: async}\n"
                        "cluster:\n  workers: 2\n  start_up: 300 ms\n  compute: 100 ms\n"
                        "  events:\n    down: {event: crash, worker: 0, at: 60 ms, for: 190 ms}\n"
                        "    stop: {event: pause, worker: 0, at: 250 ms, for: 290 ms}\n");
    small_cluster_run(&scenario, &log);
    timeline_of_log(&log, 0, INT64_MAX, &timeline);
    assert_true(has(&timeline, 0, TIMELINE_STALLED, 300, 540));
    assert_true(has(&timeline, 0, TIMELINE_COMPUTING, 540, 640));
    assert_int_equal(total_ms(&timeline, 0, TIMELINE_DOWN), 0);
    assert_int_equal(log.ending.workers[0].down_ns, 0);
    timeline_reset(&timeline);
    runlog_reset(&log);
}

// If it failed, a worker would seem to wait between two crashes: under easgd it is not back before
// the answer of the centre is over, at 0.240 s, and then it has crashed again.
static void timeline__not_back_before_the_next_crash__is_down_all_the_time(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    struct timeline timeline = {0};
    small_cluster_parse(&scenario,
                        "model: none\nend: 400 ms\npolicy: {name: easgd, steps: 1}\n"
                        "cluster:\n  workers: 2\n  compute: 20 ms\n  network: {latency: 100 ms}\n"
                        "  events:\n    once: {event: crash, worker: 0, at: 150 ms, for: 10 ms}\n"
                        "    again: {event: crash, worker: 0, at: 230 ms, for: 100 ms}\n");
    small_cluster_run(&scenario, &log);
    timeline_of_log(&log, 0, INT64_MAX, &timeline);
    assert_true(has(&timeline, 0, TIMELINE_DOWN, 150, 330));
    assert_int_equal(log.ending.workers[0].down_ns, 180 * MS);
    timeline_reset(&timeline);
    runlog_reset(&log);
}

// Who is counted out stands at its barrier while the others average twice, and is in neither.
static void timeline__averages_of_others__are_no_reduction_of_one_counted_out(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    struct timeline timeline = {0};
    small_cluster_parse(
        &scenario, "model: none\nend: 450 ms\npolicy: {name: k_avg, steps: 1, missing: "
                   "goes_on}\ncluster:\n  workers: 3\n  compute: 100 ms\n"
                   "  network: {latency: 10 ms}\n"
                   "  events: {off: {event: disconnect, worker: 2, at: 60 ms, for: 300 ms}}\n");
    small_cluster_run(&scenario, &log);
    timeline_of_log(&log, 0, INT64_MAX, &timeline);
    assert_true(has(&timeline, 0, TIMELINE_REDUCING, 100, 140));
    assert_true(has(&timeline, 0, TIMELINE_REDUCING, 240, 280));
    assert_int_equal(total_ms(&timeline, 2, TIMELINE_WAITING), 280);
    assert_int_equal(total_ms(&timeline, 2, TIMELINE_REDUCING), 40);
    assert_true(has(&timeline, 2, TIMELINE_REDUCING, 380, 420));
    timeline_reset(&timeline);
    runlog_reset(&log);
}

// If it failed, a page that derives the lanes by itself would be held against something else.
static void timeline__as_a_table__has_every_interval_in_order(void **state) {
    (void)state;
    struct runlog log = story_log_create();
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    timeline_write_csv(&log, out);
    fclose(out);
    static const char beginning[] = "lane,kind,start_ns,end_ns,row\n"
                                    "0,computing,1000000000,1100000000,0\n";
    assert_memory_equal(text, beginning, sizeof beginning - 1);
    assert_non_null(strstr(text, "\n-1,updating,1221000000,1226000000,1\n"));
    memory_free(text);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timeline__the_story__has_its_lanes),
        cmocka_unit_test(timeline__pending_in_the_buffer__waits_to_the_end),
        cmocka_unit_test(timeline__a_pushed_worker_that_continues__never_waits),
        cmocka_unit_test(timeline__a_push_that_is_sent_again__is_no_queue),
        cmocka_unit_test(timeline__a_reply_that_is_held_up__is_no_wait),
        cmocka_unit_test(timeline__a_pause_within_an_update__is_a_part_of_it),
        cmocka_unit_test(timeline__a_pause_within_a_receipt_or_a_reply__is_a_part_of_it),
        cmocka_unit_test(timeline__an_incident_without_effect__changes_nothing),
        cmocka_unit_test(timeline__crashes__end_what_the_worker_does),
        cmocka_unit_test(timeline__a_pause__is_seen),
        cmocka_unit_test(timeline__a_slowdown__is_of_computing_and_delay),
        cmocka_unit_test(timeline__averages__are_waited_for),
        cmocka_unit_test(timeline__averages_of_others__are_no_reduction_of_one_counted_out),
        cmocka_unit_test(timeline__a_receipt_at_the_end_of_an_update__leads_to_no_update),
        cmocka_unit_test(timeline__a_crash_before_the_start__is_forgotten),
        cmocka_unit_test(timeline__as_a_table__has_every_interval_in_order),
        cmocka_unit_test(timeline__not_back_before_the_next_crash__is_down_all_the_time),
    };
    return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
