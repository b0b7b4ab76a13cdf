// SPDX-License-Identifier: GPL-3.0-or-later
// Order statistics by quadrature against closed forms and published numbers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/validate/worker_times.h"
#include "tests/support/expect.h"
#include "tests/support/small_cluster.h"

static double rank_mean_s(const char *cluster, int32_t rank) {
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: none\npolicy: {name: sync}\ncluster: %s\n", cluster);
    struct worker_time *times = worker_times_create(&scenario);
    double mean = order_statistic_mean_ns(times, scenario.cluster.workers, rank) / 1e9;
    memory_free(times);
    return mean;
}

// E[K-th of 25] of exponential times of mean 1, as in Dutta et al. (AISTATS 2018).
static void order_statistic__exponential_times__have_the_published_means(void **state) {
    (void)state;
    static const struct {
        int32_t rank;
        double mean;
    } published[] = {{1, .0400}, {5, .2182}, {10, .4977}, {20, 1.5326}, {25, 3.8160}};
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        double mean =
            rank_mean_s("{workers: 25, compute: {law: exponential, mean: 1 s}}", published[i].rank);
        expect_within(mean, published[i].mean, 5.1e-5);
    }
}

// Of normal times whose negative draws become positive, or 0: E[greatest of 12, 13, 25], in units
// of their standard deviation.
static void order_statistic__normal_times__have_the_known_maxima(void **state) {
    (void)state;
    static const struct {
        const char *cluster;
        double mean;
    } known[] = {
        {"{workers: 12, compute: {law: normal, std: 1 s, negative: absolute}}", 1.95830},
        {"{workers: 13, compute: {law: normal, std: 1 s, negative: absolute}}", 1.99181},
        {"{workers: 25, compute: {law: normal, std: 1 s, negative: absolute}}", 2.25353},
        {"{workers: 12, compute: {law: normal, std: 1 s, negative: clip}}", 1.62925},
        {"{workers: 13, compute: {law: normal, std: 1 s, negative: clip}}", 1.66800},
        {"{workers: 25, compute: {law: normal, std: 1 s, negative: clip}}", 1.96531},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int32_t workers = i % 3 == 0 ? 12 : i % 3 == 1 ? 13 : 25;
        expect_within(rank_mean_s(known[i].cluster, workers), known[i].mean, 5.1e-6);
    }
}

// Uniform times: min + (max - min) K / (P + 1), where the distribution function has corners.
static void order_statistic__uniform_times__are_evenly_spread(void **state) {
    (void)state;
    for (int32_t rank = 1; rank <= 9; rank++) {
        double mean =
            rank_mean_s("{workers: 9, compute: {law: uniform, min: 0.5 s, max: 1.5 s}}", rank);
        expect_relative(mean, .5 + rank / 10.0, 1e-7);
    }
}

// Two exponential workers of rates 1 and 1/3: the first of them has the rate 4/3, and the means of
// both ranks add up to 4. Who is delayed is later by the delay.
static void order_statistic__workers_that_differ__count_with_their_own_law(void **state) {
    (void)state;
    static const char two[] = "{workers: 2, compute: {law: exponential, mean: 1 s}, "
                              "groups: {slow: {workers: 1, slowdown: 3}}}";
    expect_relative(rank_mean_s(two, 1), .75, 1e-7);
    expect_relative(rank_mean_s(two, 2), 3.25, 1e-7);
    static const char delayed[] = "{workers: 2, compute: {law: uniform, min: 0 s, max: 1 s}, "
                                  "delay: {law: constant, value: 5 s, workers: 1, who: fixed}}";
    expect_relative(rank_mean_s(delayed, 1), .5, 1e-7);
    expect_relative(rank_mean_s(delayed, 2), 5.5, 1e-7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_statistic__exponential_times__have_the_published_means),
        cmocka_unit_test(order_statistic__normal_times__have_the_known_maxima),
        cmocka_unit_test(order_statistic__uniform_times__are_evenly_spread),
        cmocka_unit_test(order_statistic__workers_that_differ__count_with_their_own_law),
    };
    return cmocka_run_group_tests_name("worker_times", tests, NULL, NULL);
}
