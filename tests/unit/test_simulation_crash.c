// SPDX-License-Identifier: GPL-3.0-or-later
// What crashes do to a run, beyond its story (test_trace_crashes.c): momentum, totals, a replay.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sim/simulation/simulation_crash.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

// A run to which nothing happens must be what it ever was.
static void crash__without_a_calendar__everybody_is_there(void **state) {
    (void)state;
    struct simulation sim = {0};
    assert_true(simulation_is_there_at_start(&sim, 0));
}

static double norm(const float *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)values[i] * (double)values[i];
    }
    return sqrt(sum);
}

// Whether this update is a step of its gradient alone.
static bool is_plain_step(const struct runlog *log, size_t update) {
    size_t row = 0;
    while (log->gradients[row].version_applied != (int64_t)update) {
        row++;
    }
    size_t count = log->header.parameter_count;
    double step = log->updates[update].learning_rate * norm(log->values + row * count, count);
    return fabs(log->updates[update].update_norm - step) <= 1e-5 * step;
}

// A velocity that outlived the machine on which it was would be a result that nobody can have. The
// worker crashes at 250 ms, while it computes its third gradient; it brings the next at 400 ms.
static void crash__momentum_at_the_worker__begins_anew(void **state) {
    (void)state;
    static const char *const events[] = {"none",
                                         "{dies: {event: crash, worker: 0, at: 250 ms, for: 50 "
                                         "ms}}"};
    for (size_t i = 0; i < 2; i++) {
        struct scenario scenario;
        struct runlog log;
        small_cluster_parse(&scenario,
                            "model: quadratic\nend: 4 updates\npolicy: {name: async}\n"
                            "training: {learning_rate: .1, momentum: .9, momentum_at: worker}\n"
                            "log: {gradients: true}\n"
                            "cluster:\n  workers: 1\n  compute: 100 ms\n  events: %s\n",
                            events[i]);
        small_cluster_run(&scenario, &log);
        assert_true(is_plain_step(&log, 0));
        assert_false(is_plain_step(&log, 1));
        assert_int_equal(is_plain_step(&log, 2), i);
        assert_false(is_plain_step(&log, 3));
        assert_int_equal(log.ending.workers[0].down_ns, i * 50000000);
        assert_int_equal(log.gradients[2].outcome, i == 0 ? OUTCOME_APPLIED : OUTCOME_LOST);
        runlog_reset(&log);
    }
}

// Nobody comes back, and nothing else can happen: the run says at once, or at its end, for whom it
// waits.
static void crash__without_return__stalls_and_names_whom(void **state) {
    (void)state;
    static const char *const ends[] = {"10 updates", "100 s"};
    for (size_t i = 0; i < 2; i++) {
        struct scenario scenario;
        struct runlog log;
        enum status status;
        small_cluster_parse(&scenario,
                            "model: none\nend: %s\npolicy: {name: sync}\ncluster:\n  workers: 3\n"
                            "  compute: 100 ms\n"
                            "  events: {dies: {event: crash, worker: 1, at: 150 ms}}\n",
                            ends[i]);
        small_cluster_run_with(&scenario, NULL, &log, &status);
        assert_int_equal(status, STATUS_OK);
        assert_int_equal(log.ending.status, RUN_STALLED);
        assert_string_equal(log.ending.reason, "worker 1");
        assert_int_equal(log.ending.stalled_since_ns, 100000000);
        assert_int_equal(log.ending.workers[1].down_ns, log.ending.end_ns - 150000000);
        runlog_reset(&log);
    }
}

// All crash while a cluster averages: who begins anew before that is over must not be begun twice.
static void crash__of_a_whole_cluster_in_its_reduction__begins_each_once(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "model: none\nend: 2 s\n"
                        "policy: {name: hier_avg, cluster_size: 2, cluster_steps: 1, steps: 2}\n"
                        "cluster:\n  workers: 4\n  compute: 50 ms\n  network: {latency: 30 ms}\n"
                        "  events: {all: {event: crash, workers: 100 %%, at: 60 ms, for: 10 ms, "
                        "together: true}}\n");
    small_cluster_run(&scenario, &log);
    assert_true(log.update_count > 2);
    runlog_reset(&log);
}

// They are back long before it is over: what they begin then would come to a second one beside it.
static void crash__of_a_whole_cluster_in_a_long_reduction__begins_after_it(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "model: {name: quadratic, dimension: 3}\nend: 2 s\n"
                        "policy: {name: hier_avg, cluster_size: 2, cluster_steps: 1, steps: 2}\n"
                        "cluster:\n  workers: 4\n  compute: 10 ms\n  network: {latency: 100 ms}\n"
                        "  events: {all: {event: crash, workers: 100 %%, at: 20 ms, for: 10 ms, "
                        "together: true}}\n");
    small_cluster_run(&scenario, &log);
    assert_true(log.update_count > 1 && log.reduction_count > 4);
    int64_t over_ns = log.reductions[0].began_ns + log.reductions[0].span_ns;
    assert_true(log.reductions[0].began_ns == 10000000 && over_ns > 40000000);
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
        assert_true(log.gradients[i].number == 0 || log.gradients[i].dispatched_ns >= over_ns);
    }
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crash__without_a_calendar__everybody_is_there),
        cmocka_unit_test(crash__momentum_at_the_worker__begins_anew),
        cmocka_unit_test(crash__without_return__stalls_and_names_whom),
        cmocka_unit_test(crash__of_a_whole_cluster_in_its_reduction__begins_each_once),
        cmocka_unit_test(crash__of_a_whole_cluster_in_a_long_reduction__begins_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
