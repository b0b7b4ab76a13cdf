// SPDX-License-Identifier: GPL-3.0-or-later
// What a log says of the server and of who waited, under every policy that has a server, whichever
// they are: held against the events.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/summary.h"
#include "sim/report/timeline.h"
#include "sim/training/training_options.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { WORKERS = 6, REPLY_NS = 2000000 };

static void run(const char *policy, const char *more, struct runlog *log) {
    struct scenario scenario;
    *log = (struct runlog){0};
    small_cluster_parse(&scenario,
                        "model: none\nend: 20 s\npolicy: %s\n%s"
                        "cluster: {workers: 6, compute: {law: exponential, mean: 90 ms},"
                        " network: {latency: 3 ms},"
                        " server: {receive: 4 ms, update: 3 ms, reply: 2 ms}}\n",
                        policy, more);
    small_cluster_run(&scenario, log);
}

// The spans of all that the events say the server finished.
static int64_t finished_ns(const struct runlog *log) {
    int64_t sum = 0;
    for (size_t i = 0; i < rows(log->event_count); i++) {
        enum event_kind kind = (enum event_kind)log->events[i].kind;
        sum += kind == EVENT_RECEIVED  ? 4000000
               : kind == EVENT_UPDATED ? 3000000
               : kind == EVENT_REPLIED ? REPLY_NS
                                       : 0;
    }
    return sum;
}

static void expect_service(const char *policy) {
    struct runlog log;
    int64_t told = 0;
    run(policy, "", &log);
    for (size_t i = 0; i < rows(log.event_count); i++) {
        told += log.events[i].kind == EVENT_REPLIED;
    }
    const struct runlog_service *service = &log.ending.service;
    int64_t owed_ns = service->time_ns - finished_ns(&log); // replies that the end cut off
    if (!service->known || service->replies != told || told < 100 || owed_ns < 0 ||
        owed_ns > WORKERS * REPLY_NS || owed_ns % REPLY_NS != 0) {
        fail_msg("%s: %lld replies, the log says %lld; %lld ns owed", policy, (long long)told,
                 (long long)service->replies, (long long)owed_ns);
    }
    runlog_reset(&log);
}

// Under ssp, the worker's time from its last gradient's receipt to the end, if it was applied.
static int64_t last_wait_ns(const struct runlog *log, int32_t worker) {
    const struct gradient_row *last = NULL;
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        last = log->gradients[i].worker == worker ? &log->gradients[i] : last;
    }
    bool held = last->outcome == OUTCOME_APPLIED && strcmp(log->header.policy, "ssp") == 0;
    return held ? log->ending.end_ns - last->received_ns : 0;
}

// Who waited, in the picture and in the log's sums.
static void expect_waiting(const char *policy) {
    struct runlog log;
    struct timeline timeline = {0};
    int64_t waited_ns[WORKERS] = {0};
    run(policy, "", &log);
    timeline_of_log(&log, 0, INT64_MAX, &timeline);
    for (size_t i = 0; i < rows(timeline.count); i++) {
        const struct timeline_interval *interval = &timeline.intervals[i];
        if (interval->kind == TIMELINE_WAITING) {
            waited_ns[interval->lane] += interval->end_ns - interval->start_ns;
        }
    }
    for (int32_t worker = 0; worker < WORKERS; worker++) {
        // Whether a last gradient was held back to the end, or the reply was about to set out, no
        // row tells.
        int64_t rest_ns = log.ending.workers[worker].waiting_ns - waited_ns[worker];
        if (llabs(rest_ns) > last_wait_ns(&log, worker)) {
            fail_msg("%s: worker %d waited %lld ns, the picture shows %lld", policy, worker,
                     (long long)log.ending.workers[worker].waiting_ns,
                     (long long)waited_ns[worker]);
        }
    }
    timeline_reset(&timeline);
    runlog_reset(&log);
}

static void for_every_policy(void (*expect)(const char *policy)) {
    static const char *const variants[] = {
        "{name: hybrid, threshold: 3, pushed_worker: continues}",
        "{name: k_sync, threshold: 3}",
        "{name: k_batch_sync, threshold: 4}",
        "{name: k_async, threshold: 3}",
        "{name: k_batch_async, threshold: 9}",
        "{name: backup, backup_workers: 2, late: finish}",
        "{name: ssp, slack: 1}",
        "{name: ssp, slack: 3, read: cached}",
    };
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        char text[64];
        snprintf(text, sizeof text, "{name: %s}", policy_table[policy].name);
        if (policy_table[policy].aggregation != NULL) {
            expect(text);
        }
    }
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        expect(variants[i]);
    }
}

// A load that leaves replies out, or counts some that never were, is wrong in every table.
static void log__under_every_policy__says_what_the_server_did(void **state) {
    (void)state;
    for_every_policy(expect_service);
}

// A picture in which workers wait who computed, or the reverse, teaches the wrong thing.
static void timeline__under_every_policy__shows_who_waited(void **state) {
    (void)state;
    for_every_policy(expect_waiting);
}

// Logs without events must give the same numbers.
static void summary__with_and_without_events__has_the_same_load(void **state) {
    (void)state;
    struct runlog logs[2];
    struct summary summaries[2];
    for (int i = 0; i < 2; i++) {
        run("{name: ssp, slack: 3, read: cached}", i == 0 ? "" : "log: {events: false}\n",
            &logs[i]);
        summary_of_log(&logs[i], &summaries[i]);
        runlog_reset(&logs[i]);
    }
    assert_true(summaries[0].server_load > 0.2);
    assert_true(summaries[0].server_load == summaries[1].server_load);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log__under_every_policy__says_what_the_server_did),
        cmocka_unit_test(timeline__under_every_policy__shows_who_waited),
        cmocka_unit_test(summary__with_and_without_events__has_the_same_load),
    };
    return cmocka_run_group_tests_name("property_service", tests, NULL, NULL);
}
