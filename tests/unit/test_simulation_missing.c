// SPDX-License-Identifier: GPL-3.0-or-later
// Who is missed in a run: when the roll is called, and that it is not where nobody can be missed.
// Stories: test_trace_missing.c; random clusters: test_property_incidents.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/simulation/simulation_missing.h"
#include "tests/support/small_cluster.h"

static struct simulation_result run(struct runlog *log, const char *policy, const char *end,
                                    const char *cluster) {
    struct scenario scenario;
    enum status status;
    small_cluster_parse(&scenario,
                        "model: none\nend: %s\npolicy: {%s}\ncluster:\n  compute: 100 ms\n%s", end,
                        policy, cluster);
    struct simulation_result result = small_cluster_run_with(&scenario, NULL, log, &status);
    assert_int_equal(status, STATUS_OK);
    return result;
}

// 23 gradients in the buffer and the 24th worker gone: without a look at the buffer they would lie
// there for ever.
static void missing__the_last_of_many__leaves_the_others_to_go_on(void **state) {
    (void)state;
    static const char *const cluster = "  workers: 24\n  server: {update: 5 ms}\n  events: {gone: "
                                       "{event: disconnect, worker: 23, at: 50 ms}}\n";
    struct runlog log;
    run(&log, "name: sync, missing: 100 ms", "1 s", cluster);
    assert_int_equal(log.ending.status, RUN_COMPLETE);
    assert_int_equal(log.updates[0].gradients, 23);
    assert_int_equal(log.updates[0].threshold, 23);
    assert_int_equal(log.updates[0].time_ns, 155000000);
    assert_int_equal(log.updates[0].after_receipt_ns, 50000000);
    assert_int_equal(log.updates[1].after_receipt_ns, 0);
    runlog_reset(&log);
    run(&log, "name: sync", "1 s", cluster);
    assert_int_equal(log.ending.status, RUN_STALLED);
    assert_int_equal(log.update_count, 0);
    runlog_reset(&log);
}

// Where silences are waited for, a run has the events that it ever had; where they are shorter than
// the span, the rows that it ever had.
static void missing__nobody_for_long__changes_no_row(void **state) {
    (void)state;
    static const char *const policies[] = {"sync", "k_avg, steps: 2",
                                           "hier_avg, steps: 4, cluster_steps: 2, cluster_size: 3",
                                           "hpsgd", "cocod, steps: 2"};
    static const char *const cluster =
        "  workers: 3\n  network: {latency: 5 ms}\n  events: {nap: {event: pause, workers: 2, "
        "every: 300 ms, for: 50 ms}, off: {event: disconnect, worker: 1, every: 350 ms, for: 20 "
        "ms}}\n";
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        struct runlog waits;
        struct runlog patient;
        char policy[100];
        snprintf(policy, sizeof policy, "name: %s", policies[i]);
        struct simulation_result of_waits = run(&waits, policy, "2 s", cluster);
        snprintf(policy, sizeof policy, "name: %s, missing: 70 ms", policies[i]);
        struct simulation_result of_patient = run(&patient, policy, "2 s", cluster);
        assert_int_equal(of_waits.timeline_fingerprint, of_patient.timeline_fingerprint);
        assert_true(of_patient.events > of_waits.events);
        runlog_reset(&waits);
        runlog_reset(&patient);
    }
}

// A worker that is silent from before the start is missed at the start; one that is no longer, not.
static void missing__before_the_start__counts_from_its_beginning(void **state) {
    (void)state;
    struct runlog log;
    run(&log, "name: sync, missing: 200 ms", "2 updates",
        "  workers: 3\n  start_up: 1 s\n  events: {off: {event: pause, worker: 0, at: 100 ms, for: "
        "20 s}, over: {event: pause, worker: 1, at: 100 ms, for: 500 ms}}\n");
    assert_int_equal(log.updates[0].time_ns, 1100000000);
    assert_int_equal(log.updates[0].gradients, 2);
    runlog_reset(&log);
}

// With everybody gone for ever nothing can happen any more, however long somebody else would have
// been waited for; and the run says so instead of calling the roll for ever.
static void missing__everybody_for_ever__stalls(void **state) {
    (void)state;
    static const char *const ends[] = {"100 updates", "100 s"};
    for (size_t i = 0; i < 2; i++) {
        struct runlog log;
        run(&log, "name: sync, missing: 100 ms", ends[i],
            "  workers: 2\n  events: {off: {event: pause, workers: 2, at: 250 ms}, nap: {event: "
            "pause, worker: 0, every: 1 s, for: 10 ms}}\n");
        assert_int_equal(log.ending.status, RUN_STALLED);
        assert_string_equal(log.ending.reason, "workers 0 and 1");
        runlog_reset(&log);
    }
}

// What holds everybody up for ever is in the log, also where nothing happens any more before it
// begins: else a replay would not know of it.
static void missing__a_run_that_counts__ends_when_it_is_held_up(void **state) {
    (void)state;
    struct runlog log;
    run(&log, "name: sync", "100 updates",
        "  workers: 2\n  events: {off: {event: pause, workers: 2, at: 1050 ms}}\n");
    assert_int_equal(log.ending.status, RUN_STALLED);
    assert_int_equal(log.ending.end_ns, 1050000000);
    assert_int_equal(log.incident_count, 2);
    runlog_reset(&log);
}

// The server stands for ever, and a worker that waits for it naps again and again.
static void missing__a_server_that_never_goes_on__stalls(void **state) {
    (void)state;
    static const char *const ends[] = {"100 updates", "100 s"};
    for (size_t i = 0; i < 2; i++) {
        struct runlog log;
        run(&log, "name: async, missing: 100 ms", ends[i],
            "  workers: 2\n  events: {off: {event: server_pause, at: 250 ms}, nap: {event: "
            "pause, workers: 2, every: 1 s, for: 200 ms}}\n  server: {receive: 1 ms}\n");
        assert_int_equal(log.ending.status, RUN_STALLED);
        assert_string_equal(log.ending.reason, "the server");
        runlog_reset(&log);
    }
}

// Without a server, too, the others go on; and where all are silent for ever, whether they would
// still compute or stand at their barrier, the run says for whom it waits.
static void missing__without_a_server__goes_on_or_stalls(void **state) {
    (void)state;
    static const char *const ends[] = {"20 updates", "100 s"};
    static const char *const kinds[] = {"pause", "disconnect", "crash"};
    static const char *const policies[] = {"name: k_avg, steps: 1, missing: 50 ms",
                                           "name: hpsgd, missing: goes_on",
                                           "name: cocod, steps: 2, missing: 50 ms"};
    for (size_t i = 0; i < 2 * 3 * 3; i++) {
        struct runlog log;
        char cluster[200];
        for (int gone = 1; gone <= 2; gone++) {
            snprintf(cluster, sizeof cluster,
                     "  workers: 2\n  network: {latency: 5 ms}\n  events: {off: {event: %s, "
                     "workers: %d, at: 250 ms}}\n",
                     kinds[i / 2 % 3], gone);
            run(&log, policies[i / 6], ends[i % 2], cluster);
            assert_int_equal(log.ending.status, gone == 1 ? RUN_COMPLETE : RUN_STALLED);
            assert_string_equal(log.ending.reason, gone == 1 ? "" : "workers 0 and 1");
            assert_true(gone == 2 || log.update_count >= 19);
            runlog_reset(&log);
        }
    }
}

// Worker 1 comes late to a barrier whose average is under way, from 0.1 s to 0.2 s, and worker 0 is
// counted out meanwhile: with nobody left to wait for, the next average begins when that is over.
static void missing__late_while_others_average__begins_behind_them(void **state) {
    (void)state;
    static const char *const policies[] = {
        "name: k_avg, steps: 1, missing: goes_on",
        "name: hier_avg, steps: 3, cluster_steps: 1, cluster_size: 2, missing: goes_on"};
    for (size_t i = 0; i < 2; i++) {
        struct runlog log;
        char cluster[220];
        snprintf(cluster, sizeof cluster,
                 "  workers: %d\n  network: {latency: 50 ms}\n  events: {nap: {event: pause, "
                 "worker: 1, at: 50 ms, for: 80 ms}, off: {event: disconnect, worker: 0, at: "
                 "190 ms, for: 200 ms}}\n",
                 i == 0 ? 2 : 4);
        run(&log, policies[i], "500 ms", cluster);
        size_t next = 1;
        while (next < log.reduction_count && log.reductions[next].worker != 0) {
            next++;
        }
        assert_true(next < log.reduction_count);
        assert_int_equal(log.reductions[0].began_ns, 100000000);
        assert_int_equal(log.reductions[next].began_ns, 200000000);
        runlog_reset(&log);
    }
}

// Two by two the workers are disconnected in turn, each for too short a time to be missed: never
// are all of them connected for an average. If it failed, whoever counts would wait for hours to be
// told that nothing comes of it.
static void missing__silences_that_never_end_together__have_an_end(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    enum status status = STATUS_OK;
    small_cluster_parse(
        &scenario, "model: none\nend: 18 updates\npolicy: {name: k_avg, steps: 1, missing: 100 "
                   "ms}\ncluster:\n  workers: 4\n  compute: 50 ms\n  network: {latency: 5 ms}\n"
                   "  events: {off: {event: disconnect, workers: 100 %%, stagger: 100 ms, at: 350 "
                   "ms, every: 200 ms, for: 100 ms}}\n");
    small_cluster_run_with(&scenario, NULL, &log, &status);
    assert_int_not_equal(status, STATUS_OK);
    assert_int_equal(log.ending.status, RUN_FAILED);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing__the_last_of_many__leaves_the_others_to_go_on),
        cmocka_unit_test(missing__nobody_for_long__changes_no_row),
        cmocka_unit_test(missing__before_the_start__counts_from_its_beginning),
        cmocka_unit_test(missing__everybody_for_ever__stalls),
        cmocka_unit_test(missing__a_run_that_counts__ends_when_it_is_held_up),
        cmocka_unit_test(missing__a_server_that_never_goes_on__stalls),
        cmocka_unit_test(missing__without_a_server__goes_on_or_stalls),
        cmocka_unit_test(missing__silences_that_never_end_together__have_an_end),
        cmocka_unit_test(missing__late_while_others_average__begins_behind_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
