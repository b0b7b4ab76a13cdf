// SPDX-License-Identifier: GPL-3.0-or-later
// Degenerate cases: scenarios that are written differently and must be one run, bit for bit, with
// real gradients (6 workers on MNIST, 60 gradients) and, for longer, timing alone.
// Where each of them is held, to the bit unless it says "to rounding":
//   here: threshold 1 is async; threshold P with "waits" is sync (hybrid, k_async, k_sync); no
//     backup workers is sync; SSP without a bound is async, without slack is sync to rounding; one
//     worker is sequential SGD under the server's policies; under sync, delays and ties move no
//     parameter
//   parse__threshold_above_workers__needs_continues, tests/rejected/k_*_above_workers.yaml: K above
//     P is refused where pushed workers wait, else allowed
//   test_property_identities_local.c: K-AVG with K = 1 is sync with the mean, to rounding; Hier-AVG
//     is K-AVG for S = 1, K1 = K2 and S = P; one worker under these
//   test_property_optimizer.c: DC-ASGD with lambda = 0 is async; one worker under it and gap_aware
//   test_adding_a_worker_shifts_nobody.c: another worker changes nobody's minibatches or spans
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

// How a run computes and when it ends.
static const char *const computing =
    "seed: 7\nmodel: mnist_ray\nend: 60 gradients\ntraining: {batch: 8, learning_rate: 0.05}\n"
    "evaluation: {every: 200 ms, test_samples: 100, train_samples: 50}\n";
static const char *const timing = "seed: 7\nmodel: none\nend: 3000 gradients\n";

static const char *const plain_cluster =
    "  workers: 6\n"
    "  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
    "  delay: {law: normal, std: 60 ms, negative: absolute}\n"
    "  network: {latency: {law: exponential, mean: 2 ms}, bandwidth: 100 Mbit/s, message: 8 kB}\n"
    "  server: {receive: 10 ms, update: {law: uniform, min: 2 ms, max: 8 ms}, reply: 1 ms}\n";

static void run(const char *how, const char *policy, const char *cluster, const char *ties,
                struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario, "%sties: %s\npolicy: %s\ncluster:\n%s", how, ties, policy,
                        cluster);
    small_cluster_run(&scenario, log);
}

// All rows and all parameters, to the bit; the threshold column too.
static void expect_one_run(const char *first, const char *second, const char *cluster) {
    const char *const hows[] = {computing, timing};
    for (int i = 0; i < 2; i++) {
        struct runlog a;
        struct runlog b;
        char what[300];
        run(hows[i], first, cluster, "fifo", &a);
        run(hows[i], second, cluster, "fifo", &b);
        snprintf(what, sizeof what, "%s and %s", first, second);
        small_cluster_expect_equal(&a, &b, what);
        assert_true(a.ending.timeline_fingerprint == b.ending.timeline_fingerprint);
        assert_true(a.ending.parameter_fingerprint == b.ending.parameter_fingerprint);
        assert_true((a.ending.parameter_fingerprint != 0) == (i == 0));
        assert_true(a.gradient_count >= 60 && a.update_count >= 10);
        runlog_reset(&a);
        runlog_reset(&b);
    }
}

// A switch that never comes: K stays 1.
static void identity__hybrid_with_an_endless_step__is_async(void **state) {
    (void)state;
    expect_one_run("{name: hybrid, threshold: {schedule: step, every: 1000000000}}",
                   "{name: async}", plain_cluster);
    expect_one_run(
        "{name: hybrid, threshold: {schedule: step, every: 1000000000, counts: updates}}",
        "{name: async}", plain_cluster);
}

// With K = 1 every push is answered by its own update, so "waits" and "continues" are the same.
static void identity__threshold_one__is_async(void **state) {
    (void)state;
    expect_one_run("{name: hybrid, threshold: {schedule: constant, start: 1}}", "{name: async}",
                   plain_cluster);
    expect_one_run("{name: hybrid, threshold: {schedule: constant, start: 1}, "
                   "pushed_worker: continues}",
                   "{name: async}", plain_cluster);
    expect_one_run("{name: hybrid, threshold: {schedule: step, every: 1, increment: 0}}",
                   "{name: async}", plain_cluster);
}

// A switch that is over before it begins: K is P.
static void identity__threshold_p_waits__is_sync(void **state) {
    (void)state;
    expect_one_run("{name: hybrid, threshold: {schedule: constant, start: 6}}", "{name: sync}",
                   plain_cluster);
    expect_one_run("{name: hybrid, threshold: {schedule: step, every: 10, start: 6}}",
                   "{name: sync}", plain_cluster);
    expect_one_run("{name: hybrid, combine: mean, threshold: {schedule: constant, start: 6}}",
                   "{name: sync, combine: mean}", plain_cluster);
}

// When all are waited for, there is nobody to cancel.
static void identity__k_sync_of_all_workers__is_sync(void **state) {
    (void)state;
    expect_one_run("{name: k_sync, threshold: 6}", "{name: sync, combine: mean}", plain_cluster);
    expect_one_run("{name: k_sync, combine: sum, threshold: {schedule: step, start: 6, every: 5}}",
                   "{name: sync}", plain_cluster);
}

// The "wait for K" family under its two names.
static void identity__k_async_and_k_batch_async__are_hybrid_with_the_mean(void **state) {
    (void)state;
    expect_one_run("{name: k_async, threshold: 4}",
                   "{name: hybrid, combine: mean, threshold: 4, pushed_worker: waits}",
                   plain_cluster);
    expect_one_run("{name: k_batch_async, threshold: 5}",
                   "{name: hybrid, combine: mean, threshold: 5, pushed_worker: continues}",
                   plain_cluster);
    expect_one_run("{name: k_async, threshold: 1}", "{name: async}", plain_cluster);
    expect_one_run("{name: k_batch_async, threshold: 1}", "{name: async}", plain_cluster);
    expect_one_run("{name: k_async, threshold: 6}", "{name: sync, combine: mean}", plain_cluster);
}

// With one local step and nothing scaled a way is a gradient.
static void identity__fedbuff_of_single_steps__is_k_batch_async(void **state) {
    (void)state;
    expect_one_run("{name: fedbuff, threshold: 5}", "{name: k_batch_async, threshold: 5}",
                   plain_cluster);
    expect_one_run("{name: fedbuff, threshold: 1, combine: sum}", "{name: async}", plain_cluster);
}

// n-softsync is K-batch-async with K = floor(P / n): 6 of 1, 3 of 2, 1 of 4 and of 6.
static void identity__n_softsync__is_k_batch_async_of_a_share(void **state) {
    (void)state;
    expect_one_run("{name: n_softsync, splits: 1}", "{name: k_batch_async, threshold: 6}",
                   plain_cluster);
    expect_one_run("{name: n_softsync, splits: 2}", "{name: k_batch_async, threshold: 3}",
                   plain_cluster);
    expect_one_run("{name: n_softsync, splits: 4}", "{name: async}", plain_cluster);
    expect_one_run("{name: n_softsync, splits: 6, combine: sum}", "{name: async}", plain_cluster);
}

// Nobody is late for a barrier.
static void identity__no_backup_workers__is_sync(void **state) {
    (void)state;
    expect_one_run("{name: backup, backup_workers: 0, late: cancel}", "{name: sync, combine: mean}",
                   plain_cluster);
    expect_one_run("{name: backup, backup_workers: 0, late: finish, combine: sum}", "{name: sync}",
                   plain_cluster);
}

// Backup workers that are cancelled are K-sync by another name.
static void identity__backup_workers_cancelled__is_k_sync(void **state) {
    (void)state;
    expect_one_run("{name: backup, backup_workers: 2}", "{name: k_sync, threshold: 4}",
                   plain_cluster);
}

// Where nobody is ever too far ahead nobody is ever held back.
static void identity__ssp_unlimited__is_async(void **state) {
    (void)state;
    expect_one_run("{name: ssp, slack: unlimited}", "{name: async}", plain_cluster);
    expect_one_run("{name: ssp, slack: 1000000}", "{name: async}", plain_cluster);
}

// Without slack there is nothing to keep.
static void identity__ssp_without_slack__never_uses_its_cache(void **state) {
    (void)state;
    expect_one_run("{name: ssp, slack: 0, read: cached}", "{name: ssp, slack: 0, read: newest}",
                   plain_cluster);
}

// Without slack all read the version after the last gradient of a round, and the sum of a round is
// subtracted in P parts instead of one: P versions a round, equal to rounding.
static void identity__ssp_without_slack__is_sync_to_rounding(void **state) {
    (void)state;
    struct runlog sync;
    struct runlog ssp;
    run(computing, "{name: sync}", plain_cluster, "fifo", &sync);
    run(computing, "{name: ssp, slack: 0}", plain_cluster, "fifo", &ssp);
    assert_int_equal(ssp.update_count, 6 * sync.update_count);
    double difference = 0;
    double way = 0;
    for (size_t i = 0; i < rows(sync.header.parameter_count); i++) {
        double step = (double)sync.ending.final[i] - (double)sync.header.initial[i];
        double off = (double)sync.ending.final[i] - (double)ssp.ending.final[i];
        difference += off * off;
        way += step * step;
    }
    if (!(sqrt(difference / way) < 1e-5) || difference == 0) {
        fail_msg("the runs end %g of their way apart", sqrt(difference / way));
    }
    for (size_t i = 0; i < rows(ssp.gradient_count); i++) {
        const struct gradient_row *row = &ssp.gradients[i];
        assert_true(row->version_read == 6 * row->number);
        assert_true(row->outcome != OUTCOME_APPLIED || row->staleness < 6);
    }
    runlog_reset(&sync);
    runlog_reset(&ssp);
}

// With one worker all are sequential SGD.
static void identity__one_worker__is_the_same_for_every_policy(void **state) {
    (void)state;
    static const char *const alone =
        "  workers: 1\n  compute: {law: gamma, mean: 100 ms, cv: 0.5}\n"
        "  delay: {law: exponential, mean: 30 ms, workers: 1}\n"
        "  network: {latency: 2 ms}\n  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n";
    expect_one_run("{name: sync}", "{name: async}", alone);
    expect_one_run("{name: sync}", "{name: hybrid, threshold: {schedule: step, every: 3}}", alone);
    expect_one_run("{name: sync}", "{name: hybrid, pushed_worker: continues}", alone);
    expect_one_run("{name: sync, combine: mean}", "{name: async, combine: sum}", alone);
    static const char *const others[] = {"{name: k_sync, threshold: 1}",
                                         "{name: k_async, threshold: 1}",
                                         "{name: k_batch_async, threshold: 1}",
                                         "{name: backup, backup_workers: 0}",
                                         "{name: n_softsync, stale_weight: inverse}",
                                         "{name: ssp, slack: 2}"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        expect_one_run("{name: sync}", others[i], alone);
    }
}

// But for one: who goes on with a cache reads even what it did itself only after a reply.
static void identity__one_worker_with_a_cache__is_stale(void **state) {
    (void)state;
    struct runlog log;
    run(computing, "{name: ssp, slack: 2, read: cached}", "  workers: 1\n  compute: 100 ms\n",
        "fifo", &log);
    int64_t staleness_max = 0;
    for (size_t i = 0; i < rows(log.update_count); i++) {
        staleness_max = log.updates[i].staleness_max > staleness_max ? log.updates[i].staleness_max
                                                                     : staleness_max;
    }
    assert_true(staleness_max == 2);
    runlog_reset(&log);
}

// ---- sync: the clock moves, the parameters do not ----

static void expect_equal_hashes(const struct runlog *a, const struct runlog *b, const char *what) {
    assert_int_equal(a->update_count, b->update_count);
    for (size_t i = 0; i < rows(a->update_count); i++) {
        if (a->updates[i].parameter_hash != b->updates[i].parameter_hash ||
            a->updates[i].update_norm != b->updates[i].update_norm) {
            fail_msg("%s: version %" PRId64 " has parameters %016" PRIx64 ", not %016" PRIx64, what,
                     a->updates[i].version, b->updates[i].parameter_hash,
                     a->updates[i].parameter_hash);
        }
    }
}

// A synchronous update is a sum in worker order: whatever delays do to the order of arrival, not
// one bit may follow.
static void identity__sync_under_other_delays_and_ties__has_equal_parameters(void **state) {
    (void)state;
    static const char *const clusters[] = {
        "  workers: 6\n  compute: 100 ms\n",
        "  workers: 6\n  compute: 100 ms\n  delay: {law: normal, std: 250 ms}\n",
        "  workers: 6\n  compute: 100 ms\n  delay: {law: normal, std: 1 s, who: random}\n",
        "  workers: 6\n  compute: 100 ms\n  delay: {law: pareto, scale: 10 ms, shape: 1.2}\n",
        "  workers: 6\n  compute: {law: exponential, mean: 50 ms}\n  network: {latency: 3 ms}\n",
        "  workers: 6\n  compute: 10 ms\n  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n",
    };
    struct runlog first;
    run(computing, "{name: sync}", plain_cluster, "fifo", &first);
    assert_int_equal(first.update_count, 10);
    for (size_t i = 0; i < 2 * sizeof clusters / sizeof clusters[0]; i++) {
        struct runlog other;
        run(computing, "{name: sync}", clusters[i / 2], i % 2 == 0 ? "fifo" : "random", &other);
        expect_equal_hashes(&first, &other, clusters[i / 2]);
        assert_true(first.ending.timeline_fingerprint != other.ending.timeline_fingerprint);
        runlog_reset(&other);
    }
    runlog_reset(&first);
}

// The test above must be able to fail: asynchronous parameters do depend on the order of arrival.
static void identity__async_under_other_delays__has_other_parameters(void **state) {
    (void)state;
    struct runlog a;
    struct runlog b;
    run(computing, "{name: async}", plain_cluster, "fifo", &a);
    run(computing, "{name: async}", "  workers: 6\n  compute: 100 ms\n", "fifo", &b);
    assert_true(a.ending.parameter_fingerprint != b.ending.parameter_fingerprint);
    runlog_reset(&a);
    runlog_reset(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity__hybrid_with_an_endless_step__is_async),
        cmocka_unit_test(identity__threshold_one__is_async),
        cmocka_unit_test(identity__threshold_p_waits__is_sync),
        cmocka_unit_test(identity__k_sync_of_all_workers__is_sync),
        cmocka_unit_test(identity__k_async_and_k_batch_async__are_hybrid_with_the_mean),
        cmocka_unit_test(identity__fedbuff_of_single_steps__is_k_batch_async),
        cmocka_unit_test(identity__n_softsync__is_k_batch_async_of_a_share),
        cmocka_unit_test(identity__no_backup_workers__is_sync),
        cmocka_unit_test(identity__backup_workers_cancelled__is_k_sync),
        cmocka_unit_test(identity__ssp_unlimited__is_async),
        cmocka_unit_test(identity__ssp_without_slack__never_uses_its_cache),
        cmocka_unit_test(identity__ssp_without_slack__is_sync_to_rounding),
        cmocka_unit_test(identity__one_worker__is_the_same_for_every_policy),
        cmocka_unit_test(identity__one_worker_with_a_cache__is_stale),
        cmocka_unit_test(identity__sync_under_other_delays_and_ties__has_equal_parameters),
        cmocka_unit_test(identity__async_under_other_delays__has_other_parameters),
    };
    return cmocka_run_group_tests_name("property_identities", tests, NULL, NULL);
}
