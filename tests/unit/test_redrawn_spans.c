// SPDX-License-Identifier: GPL-3.0-or-later
// redrawn_spans: recorded spans against the laws, and how far another libm may be off.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/run/redrawn_spans.h"
#include "tests/support/small_cluster.h"

static void compare(const struct scenario *scenario, const struct runlog *log,
                    struct span_tally *tally) {
    assert_int_equal(redrawn_spans_compare(log, scenario, tally, NULL), STATUS_OK);
}

// Adds to one span of the log and expects so many rounded and other spans.
static void expect_off(const struct scenario *scenario, const struct runlog *log, int64_t *span_ns,
                       int64_t off_ns, uint64_t rounded, uint64_t other) {
    struct span_tally tally;
    *span_ns += off_ns;
    compare(scenario, log, &tally);
    *span_ns -= off_ns;
    assert_int_equal(tally.rounded, rounded);
    assert_int_equal(tally.other, other);
    assert_true((tally.first[0] == 0) == (other == 0));
}

// Of three local steps each draw may be rounded, of one only that; in 2^47 ns (39 hours) the last
// bits of the double behind it are worth two ns more.
static void redrawn_spans__a_rounding_for_each_draw__is_allowed(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "model: quadratic\nend: 9 gradients\n"
                        "policy: {name: fedbuff, threshold: 2, local_steps: 3}\ncluster:\n"
                        "  workers: 2\n  compute: {law: exponential, mean: 50 ms}\n"
                        "  server: {receive: {law: uniform, min: 2 ms, max: 5 ms}}\n");
    small_cluster_run(&scenario, &log);
    expect_off(&scenario, &log, &log.gradients[3].compute_ns, 3, 1, 0);
    expect_off(&scenario, &log, &log.gradients[3].compute_ns, -4, 0, 1);
    expect_off(&scenario, &log, &log.gradients[3].receive_ns, -1, 1, 0);
    expect_off(&scenario, &log, &log.gradients[3].receive_ns, 2, 0, 1);
    expect_off(&scenario, &log, &log.gradients[3].reply_ns, 1, 0, 1); // nothing is drawn for it
    runlog_reset(&log);
    small_cluster_parse(&scenario, "model: none\nend: 200 h\npolicy: {name: async}\ncluster:\n"
                                   "  workers: 1\n  compute: {law: uniform, min: 39.1 h, max: 39.2 "
                                   "h}\n");
    small_cluster_run(&scenario, &log);
    assert_true(log.gradients[1].compute_ns > INT64_C(1) << 47);
    expect_off(&scenario, &log, &log.gradients[1].compute_ns, 3, 1, 0);
    expect_off(&scenario, &log, &log.gradients[1].compute_ns, 4, 0, 1);
    runlog_reset(&log);
}

// A ring of four has six latencies one after another, each of the same draw; its bytes are counted,
// not drawn.
static void redrawn_spans__of_a_reduction__allow_for_its_steps(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario, "model: quadratic\nend: 2 s\npolicy: {name: k_avg, steps: 2}\n"
                                   "ties: random\ncluster:\n  workers: 4\n"
                                   "  network: {latency: {law: exponential, mean: 1 ms}}\n");
    small_cluster_run(&scenario, &log);
    expect_off(&scenario, &log, &log.reductions[1].span_ns, 6, 1, 0);
    expect_off(&scenario, &log, &log.reductions[1].span_ns, 7, 0, 1);
    expect_off(&scenario, &log, &log.reductions[1].bytes_intra, 1, 0, 1);
    expect_off(&scenario, &log, &log.reductions[1].bytes_inter, 1, 0, 1);
    log.reductions[1].tie ^= 1;
    expect_off(&scenario, &log, &log.reductions[1].number, 0, 0, 1);
    log.reductions[1].tie ^= 1;
    log.gradients[0].tie ^= 1;
    expect_off(&scenario, &log, &log.reductions[1].number, 0, 0, 1);
    runlog_reset(&log);
}

// Where all members have constant links of their own, nothing is drawn: the cluster's law is no
// reason to let a span be off.
static void redrawn_spans__of_a_reduction_of_a_group__are_those_of_its_link(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario, "model: quadratic\nend: 2 s\npolicy: {name: k_avg, steps: 2}\n"
                                   "cluster:\n  workers: 4\n"
                                   "  network: {latency: {law: exponential, mean: 1 ms}}\n"
                                   "  groups: {near: {workers: 4, network: {latency: 1 us}}}\n");
    small_cluster_run(&scenario, &log);
    expect_off(&scenario, &log, &log.reductions[1].span_ns, 1, 0, 1);
    runlog_reset(&log);
}

// Rows come from strangers: what no run has is no span of the scenario, and breaks no contract.
static void redrawn_spans__of_rows_that_no_run_has__are_others(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    struct span_tally tally;
    small_cluster_parse(&scenario, "model: none\nend: 1 s\ncluster: {workers: 2}\n");
    small_cluster_run(&scenario, &log);
    int64_t number = log.gradients[2].number;
    log.gradients[2].number = INT64_MAX;
    compare(&scenario, &log, &tally);
    assert_int_equal(tally.other, 1);
    assert_non_null(strstr(tally.first, "no worker has so many gradients"));
    log.gradients[2].number = number;
    struct reduction_row row = {.members = 2, .scope = SCOPE_ALL};
    log.reductions = &row;
    log.reduction_count = 1;
    compare(&scenario, &log, &tally);
    assert_non_null(strstr(tally.first, "has no all-reduce"));
    log.reductions = NULL;
    log.reduction_count = 0;
    runlog_reset(&log);
    small_cluster_parse(&scenario, "model: none\nend: 1 s\npolicy: {name: k_avg, steps: 2}\n"
                                   "cluster: {workers: 2}\n");
    small_cluster_run(&scenario, &log);
    log.reductions[0].members = INT64_MAX;
    compare(&scenario, &log, &tally);
    assert_int_equal(tally.other, 1);
    assert_non_null(strstr(tally.first, "no such group"));
    runlog_reset(&log);
}

// An update begins at a receipt: the laws are those of then, though a pause of the server, in which
// the past ends, may put off its end.
static void redrawn_spans__of_an_update_in_a_pause__are_of_its_beginning(void **state) {
    (void)state;
    static const char *const policies[] = {"async", "sync"};
    for (size_t i = 0; i < 2; i++) {
        struct scenario scenario;
        struct runlog log;
        struct span_tally tally;
        small_cluster_parse(&scenario,
                            "model: none\nend: 40 s\npolicy: {name: %s}\ncluster:\n  workers: 1\n"
                            "  compute: 3 s\n  server: {update: 1 s}\n"
                            "  events: {gc: {event: server_pause, at: 4 s, for: 10 s}}\n"
                            "past: [{until: 5 s, cluster.server.update: 2 s}]\n",
                            policies[i]);
        small_cluster_run(&scenario, &log);
        assert_int_equal(log.updates[0].update_ns, 2000000000);
        assert_int_equal(log.updates[0].time_ns, 15000000000);
        compare(&scenario, &log, &tally);
        if (tally.other != 0) {
            fail_msg("%s: %s", policies[i], tally.first);
        }
        runlog_reset(&log);
    }
}

// An end that no run has breaks no contract, and what lasts to the end is no time.
static void redrawn_spans__of_incidents_that_no_run_has__are_others(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    struct span_tally tally;
    small_cluster_parse(&scenario,
                        "model: none\nend: 1 s\ncluster:\n  workers: 2\n  events:\n"
                        "    nap: {event: pause, worker: 0, every: {law: exponential, mean: 300 "
                        "ms}, for: 1 ms}\n"
                        "    off: {event: disconnect, worker: 1, at: 500 ms}\n");
    small_cluster_run(&scenario, &log);
    compare(&scenario, &log, &tally);
    assert_int_equal(tally.other, 0);
    expect_off(&scenario, &log, &log.ending.end_ns, INT64_MAX - log.ending.end_ns, 0, 1);
    size_t off = 0;
    while (log.incidents[off].ended_ns >= 0) {
        off++;
    }
    expect_off(&scenario, &log, &log.incidents[off].ended_ns, INT64_MAX, 0, 1);
    log.incidents[off].ended_ns = INT64_MAX;
    compare(&scenario, &log, &tally);
    assert_int_equal(tally.other, 1);
    log.incidents[off].ended_ns = -1;
    size_t nap = off == 0 ? 1 : 0;
    expect_off(&scenario, &log, &log.incidents[nap].ended_ns, -1 - log.incidents[nap].ended_ns, 0,
               1);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redrawn_spans__a_rounding_for_each_draw__is_allowed),
        cmocka_unit_test(redrawn_spans__of_a_reduction__allow_for_its_steps),
        cmocka_unit_test(redrawn_spans__of_a_reduction_of_a_group__are_those_of_its_link),
        cmocka_unit_test(redrawn_spans__of_rows_that_no_run_has__are_others),
        cmocka_unit_test(redrawn_spans__of_an_update_in_a_pause__are_of_its_beginning),
        cmocka_unit_test(redrawn_spans__of_incidents_that_no_run_has__are_others),
    };
    return cmocka_run_group_tests_name("redrawn_spans", tests, NULL, NULL);
}
