// SPDX-License-Identifier: GPL-3.0-or-later
// Closed forms (Dutta, Joshi et al., AISTATS 2018): the time per update of the policies that cancel
// or drop late gradients, with 25 workers and a server that takes no time. Every update starts
// afresh, so that the times between updates are independent: their mean has a standard error.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { WORKERS = 25 };

static void run(const char *policy, const char *compute, int updates, struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "seed: 12\nmodel: none\nend: %d updates\nlog: {events: false}\n"
                        "policy: %s\ncluster:\n  workers: %d\n  compute: %s\n",
                        updates, policy, WORKERS, compute);
    small_cluster_run(&scenario, log);
}

static void expect_seconds_per_update(const char *policy, const char *compute, int updates,
                                      double expected) {
    struct runlog log;
    double sum = 0;
    double squares = 0;
    run(policy, compute, updates, &log);
    for (size_t i = 0; i < rows(log.update_count); i++) {
        int64_t span_ns = log.updates[i].time_ns - (i == 0 ? 0 : log.updates[i - 1].time_ns);
        sum += (double)span_ns / 1e9;
        squares += (double)span_ns / 1e9 * ((double)span_ns / 1e9);
        assert_true(log.updates[i].staleness_max == 0);
    }
    double mean = sum / updates;
    double error = sqrt((squares - sum * mean) / (updates - 1) / updates);
    runlog_reset(&log);
    if (!(fabs(mean - expected) < 4 * error) || !(error < 0.015 * expected)) {
        fail_msg("%s, compute %s: %.5f s per update with a standard error of %.5f s, should be "
                 "%.5f s",
                 policy, compute, mean, error, expected);
    }
}

// H_P - H_(P-K): the mean of the K-th of P exponential times of mean 1.
static double harmonic_difference(int k) {
    double sum = 0;
    for (int i = WORKERS - k + 1; i <= WORKERS; i++) {
        sum += 1.0 / i;
    }
    return sum;
}

// The K-th order statistic: for exponential times a harmonic difference, shifted ones later by the
// shift; of uniform ones on 0.5 .. 1.5 it is 0.5 + K / (P + 1).
static void time_per_update__k_sync__is_an_order_statistic(void **state) {
    (void)state;
    static const int thresholds[] = {1, 5, 10, 20, 25};
    for (size_t i = 0; i < sizeof thresholds / sizeof thresholds[0]; i++) {
        int k = thresholds[i];
        char policy[64];
        snprintf(policy, sizeof policy, "{name: k_sync, threshold: %d}", k);
        double seconds = harmonic_difference(k);
        expect_seconds_per_update(policy, "{law: exponential, mean: 1 s}", 5000, seconds);
        expect_seconds_per_update(policy, "{law: shifted_exponential, shift: 0.4 s, mean: 1 s}",
                                  1500, 0.4 + seconds);
        expect_seconds_per_update(policy, "{law: uniform, min: 0.5 s, max: 1.5 s}", 1000,
                                  0.5 + k / (WORKERS + 1.0));
    }
}

// Exponential times have no memory: all 25 workers always work, and K minibatches take K / (P mu),
// also where K is above P.
static void time_per_update__k_batch_sync__is_k_over_p(void **state) {
    (void)state;
    static const int thresholds[] = {1, 5, 10, 25, 60};
    for (size_t i = 0; i < sizeof thresholds / sizeof thresholds[0]; i++) {
        char policy[64];
        snprintf(policy, sizeof policy, "{name: k_batch_sync, threshold: %d}", thresholds[i]);
        expect_seconds_per_update(policy, "{law: exponential, mean: 1 s}", 5000,
                                  thresholds[i] / (double)WORKERS);
    }
}

// The mean time until the N-th fresh gradient when "applied" are in and "stale" workers still
// compute what will be dropped. Exponential times of mean 1: of P - applied workers at work any is
// the next, a stale one becomes fresh, a fresh one is in and waits.
static double seconds_left(int needed, int applied, int stale) {
    if (applied == needed) {
        return 0;
    }
    double working = WORKERS - applied;
    double seconds = 1 / working;
    if (stale > 0) {
        seconds += stale / working * seconds_left(needed, applied, stale - 1);
    }
    if (working > stale) {
        seconds += (working - stale) / working * seconds_left(needed, applied + 1, stale);
    }
    return seconds;
}

// After an update of 20 of 25 the other 5 are stale: 1.84 s, where cancelling them takes 1.53 s.
static void time_per_update__backup__takes_longer_where_stragglers_finish(void **state) {
    (void)state;
    double finish = seconds_left(20, 0, 5);
    assert_true(fabs(finish - 1.84) < 0.006); // TensorFlow's SyncReplicas, by simulation
    assert_true(fabs(harmonic_difference(20) - 1.53) < 0.005);
    expect_seconds_per_update("{name: backup, backup_workers: 5, late: cancel}",
                              "{law: exponential, mean: 1 s}", 5000, harmonic_difference(20));
    // The first round has no stragglers; one in 5000 does not show.
    expect_seconds_per_update("{name: backup, backup_workers: 5, late: finish}",
                              "{law: exponential, mean: 1 s}", 5000, finish);
}

// What K-async and K-batch-async are compared with in the paper, under their own names: harmonic
// again, and K / (sum of the rates) for workers of two speeds.
static void time_per_update__k_async_and_k_batch_async__are_those_of_hybrid(void **state) {
    (void)state;
    struct runlog log;
    run("{name: k_async, threshold: 10}", "{law: exponential, mean: 1 s}", 16000, &log);
    double mean = (double)log.updates[15999].time_ns / 1e9 / 16000;
    assert_true(fabs(mean / harmonic_difference(10) - 1) < 0.02);
    runlog_reset(&log);
    run("{name: k_batch_async, threshold: 10}",
        "{law: exponential, mean: 1 s}\n"
        "  delay: {law: exponential, mean: 3 s, workers: 15}",
        8000, &log);
    mean = (double)log.updates[7999].time_ns / 1e9 / 8000;
    assert_true(fabs(mean / (10 / (15 / 4.0 + 10 / 1.0)) - 1) < 0.02);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_per_update__k_sync__is_an_order_statistic),
        cmocka_unit_test(time_per_update__k_batch_sync__is_k_over_p),
        cmocka_unit_test(time_per_update__backup__takes_longer_where_stragglers_finish),
        cmocka_unit_test(time_per_update__k_async_and_k_batch_async__are_those_of_hybrid),
    };
    return cmocka_run_group_tests_name("property_time_per_update_cancel", tests, NULL, NULL);
}
