// SPDX-License-Identifier: GPL-3.0-or-later
// Degenerate cases of schemes with local models, with real gradients (MNIST, 60 gradients): what
// must be one run is one run to the bit, and what is the same but for the order of its roundings
// differs by no more than these.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

static const char *const plain_cluster =
    "{workers: 6, compute: {law: uniform, min: 80 ms, max: 120 ms}, "
    "delay: {law: normal, std: 60 ms}, "
    "network: {latency: {law: exponential, mean: 2 ms}, bandwidth: 100 Mbit/s, message: 8 kB, "
    "cluster_size: 2, inter_latency: 5 ms, inter_bandwidth: 10 Mbit/s}}";
static const char *const lone_worker = "{workers: 1, compute: 100 ms}";

static const char *const plain_training = "batch: 8, learning_rate: 0.05";
static const char *const full_training =
    "batch: 8, learning_rate: 0.05, momentum: 0.8, nesterov: true, weight_decay: 0.001, "
    "rate: {schedule: cosine, over: 40, counts: gradients}";

static void run_training(const char *training, const char *policy, const char *cluster,
                         const char *ties, struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "seed: 7\nmodel: mnist_ray\nend: 60 gradients\n"
                        "training: {%s}\n"
                        "evaluation: {every: 200 ms, test_samples: 100, train_samples: 50}\n"
                        "policy: %s\ncluster: %s\nties: %s\n",
                        training, policy, cluster, ties);
    small_cluster_run(&scenario, log);
}

static void run(const char *policy, const char *cluster, const char *ties, struct runlog *log) {
    run_training(plain_training, policy, cluster, ties, log);
}

static void expect_one_run(const char *first, const char *second) {
    struct runlog a;
    struct runlog b;
    run(first, plain_cluster, "fifo", &a);
    run(second, plain_cluster, "fifo", &b);
    small_cluster_expect_equal(&a, &b, first);
    assert_true(a.ending.timeline_fingerprint == b.ending.timeline_fingerprint);
    assert_true(a.gradient_count >= 60 && a.update_count >= 2 && a.reduction_count >= 2);
    runlog_reset(&a);
    runlog_reset(&b);
}

// The largest difference of a final parameter, in units of how far the run has moved it at most.
static double relative_difference(const struct runlog *a, const struct runlog *b) {
    double difference = 0;
    double change = 0;
    for (size_t i = 0; i < rows(a->header.parameter_count); i++) {
        double apart = fabs((double)a->ending.final[i] - (double)b->ending.final[i]);
        double moved = fabs((double)a->ending.final[i] - (double)a->header.initial[i]);
        difference = apart > difference ? apart : difference;
        change = moved > change ? moved : change;
    }
    return difference / change;
}

// Clusters of one have nothing to average, and K1 = K2 leaves them no time to.
static void identity__hier_avg_of_lone_workers_or_equal_periods__is_k_avg(void **state) {
    (void)state;
    expect_one_run("{name: hier_avg, steps: 4, cluster_steps: 2, cluster_size: 1}",
                   "{name: k_avg, steps: 4}");
    expect_one_run("{name: hier_avg, steps: 4, cluster_steps: 4, cluster_size: 3}",
                   "{name: k_avg, steps: 4}");
}

// One cluster of all: its average is the global one.
static void identity__hier_avg_of_one_cluster__is_k_avg_of_k1(void **state) {
    (void)state;
    expect_one_run("{name: hier_avg, steps: 6, cluster_steps: 2, cluster_size: 6}",
                   "{name: k_avg, steps: 2}");
}

// The switch after version 1,000,000 never comes; the one before version 1 has come.
static void identity__post_local_before_its_switch__is_k_avg_of_one(void **state) {
    (void)state;
    expect_one_run("{name: post_local, steps: 4, after: 1000000}", "{name: k_avg, steps: 1}");
    expect_one_run("{name: post_local, steps: 1, after: 3}", "{name: k_avg, steps: 1}");
}

static void expect_sync_to_rounding(const char *training, const char *policy) {
    struct runlog sync;
    struct runlog local;
    run_training(training, "{name: sync, combine: mean}", plain_cluster, "fifo", &sync);
    run_training(training, policy, plain_cluster, "fifo", &local);
    double difference = relative_difference(&sync, &local);
    print_message("%s and sync: %.3g of the change\n", policy, difference);
    assert_true(sync.update_count == 10 && local.update_count == 10);
    assert_true(difference < 1e-5); // 10 steps of some roundings of 6e-8 each
    runlog_reset(&sync);
    runlog_reset(&local);
}

// An average after each step is synchronous SGD with the mean: only the roundings stand elsewhere.
// The mean of the workers' momenta is the momentum of the mean, for both are linear.
static void identity__averages_after_each_step__are_sync_to_rounding(void **state) {
    (void)state;
    expect_sync_to_rounding(plain_training, "{name: k_avg, steps: 1}");
    expect_sync_to_rounding(full_training, "{name: k_avg, steps: 1}");
    expect_sync_to_rounding(plain_training,
                            "{name: hier_avg, steps: 1, cluster_steps: 1, cluster_size: 3}");
}

// Nobody to average with: sequential SGD, to the bit, however often the model is averaged.
static void identity__one_worker__is_sequential_sgd(void **state) {
    (void)state;
    static const char *const policies[] = {
        "{name: k_avg, steps: 5}", "{name: k_avg, steps: 1}",
        "{name: hier_avg, steps: 6, cluster_steps: 3, cluster_size: 1}",
        "{name: post_local, steps: 4, after: 4}"};
    struct runlog sync;
    run("{name: sync, combine: mean}", lone_worker, "fifo", &sync);
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        struct runlog local;
        run(policies[i], lone_worker, "fifo", &local);
        assert_true(local.ending.parameter_fingerprint == sync.ending.parameter_fingerprint);
        runlog_reset(&local);
    }
    runlog_reset(&sync);
    // With momentum and a rate that follows the gradients, too.
    run_training(full_training, "{name: sync, combine: mean}", lone_worker, "fifo", &sync);
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        struct runlog local;
        run_training(full_training, policies[i], lone_worker, "fifo", &local);
        assert_true(local.ending.parameter_fingerprint == sync.ending.parameter_fingerprint);
        runlog_reset(&local);
    }
    runlog_reset(&sync);
}

// Where all wait for all, delays and ties move the clock and nothing else.
static void identity__averages_that_all_wait_for__do_not_depend_on_time(void **state) {
    (void)state;
    static const char *const policies[] = {
        "{name: k_avg, steps: 5}", "{name: hier_avg, steps: 4, cluster_steps: 2, cluster_size: 3}"};
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        struct runlog delayed;
        struct runlog even;
        run(policies[i], plain_cluster, "random", &delayed);
        run(policies[i], "{workers: 6, compute: 100 ms}", "fifo", &even);
        assert_false(delayed.ending.end_ns == even.ending.end_ns);
        assert_true(delayed.ending.parameter_fingerprint == even.ending.parameter_fingerprint);
        runlog_reset(&delayed);
        runlog_reset(&even);
    }
}

// What a hierarchy saves: cluster averages use the links of the cluster alone, in time and in
// bytes. A ring of 3 moves 2 * 2 models of 8 kB, one of all 2 * 5, half of it between three
// clusters of 2.
static void identity__hier_avg__pays_for_the_links_that_it_uses(void **state) {
    (void)state;
    struct runlog log;
    run("{name: hier_avg, steps: 4, cluster_steps: 2, cluster_size: 2}", plain_cluster, "fifo",
        &log);
    for (size_t i = 0; i < rows(log.reduction_count); i++) {
        const struct reduction_row *row = &log.reductions[i];
        bool all = row->scope == SCOPE_ALL;
        assert_true(row->bytes_intra == (all ? 40000 : 16000));
        assert_true(row->bytes_inter == (all ? 40000 : 0));
        assert_true(all == (row->span_ns >= INT64_C(50000000))); // 10 latencies of 5 ms
        assert_true(row->spread > 0);
    }
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity__hier_avg_of_lone_workers_or_equal_periods__is_k_avg),
        cmocka_unit_test(identity__hier_avg_of_one_cluster__is_k_avg_of_k1),
        cmocka_unit_test(identity__post_local_before_its_switch__is_k_avg_of_one),
        cmocka_unit_test(identity__averages_after_each_step__are_sync_to_rounding),
        cmocka_unit_test(identity__one_worker__is_sequential_sgd),
        cmocka_unit_test(identity__averages_that_all_wait_for__do_not_depend_on_time),
        cmocka_unit_test(identity__hier_avg__pays_for_the_links_that_it_uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
