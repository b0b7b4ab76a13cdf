// SPDX-License-Identifier: GPL-3.0-or-later
// Timing alone against closed forms (Dutta et al., AISTATS 2018): the time per update of K-async
// ("waits") and K-batch-async ("continues") with 25 workers and a server that takes no time. Means
// of batches give the standard error; seeds are fixed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "tests/support/small_cluster.h"

enum { WORKERS = 25, BATCHES = 40 };

struct estimate {
    double mean;
    double standard_error;
};

// Seconds per update over BATCHES batches of equal numbers of updates, the first half batch left
// out.
static struct estimate seconds_per_update(const struct runlog *log) {
    size_t size = log->update_count * 2 / (2 * BATCHES + 1);
    size_t start = log->update_count - BATCHES * size - 1;
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < BATCHES; i++) {
        int64_t span_ns =
            log->updates[start + (i + 1) * size].time_ns - log->updates[start + i * size].time_ns;
        double mean = (double)span_ns / 1e9 / (double)size;
        sum += mean;
        squares += mean * mean;
    }
    double mean = sum / BATCHES;
    double variance = (squares - sum * mean) / (BATCHES - 1);
    return (struct estimate){mean, sqrt(variance / BATCHES)};
}

static void expect_seconds_per_update(const char *pushed_worker, int threshold, const char *compute,
                                      int updates, double expected) {
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "seed: 11\nmodel: none\nend: %d updates\nlog: {events: false}\n"
                        "policy:\n  name: hybrid\n  pushed_worker: %s\n"
                        "  threshold: {schedule: constant, start: %d}\n"
                        "cluster:\n  workers: %d\n  compute: %s\n",
                        updates, pushed_worker, threshold, WORKERS, compute);
    small_cluster_run(&scenario, &log);
    struct estimate estimate = seconds_per_update(&log);
    runlog_reset(&log);
    double errors = (estimate.mean - expected) / estimate.standard_error;
    if (!(fabs(errors) < 4) || !(estimate.standard_error < 0.005 * expected)) {
        fail_msg("%s, K = %d, compute %s: %.6f s per update with a standard error of %.6f s "
                 "(%.3f %%), should be %.6f s: %.1f standard errors away",
                 pushed_worker, threshold, compute, estimate.mean, estimate.standard_error,
                 100 * estimate.standard_error / expected, expected, errors);
    }
}

// H_P - H_(P-K): the mean of the K-th of P exponential times of mean 1.
static double harmonic_difference(int threshold) {
    double sum = 0;
    for (int i = WORKERS - threshold + 1; i <= WORKERS; i++) {
        sum += 1.0 / i;
    }
    return sum;
}

// K and enough updates for a relative standard error well below 0.5 %.
static const struct {
    int threshold;
    int updates;
} cases[] = {{1, 160000}, {5, 30000}, {10, 16000}, {20, 10000}, {25, 10000}};

enum { CASES = sizeof cases / sizeof cases[0] };

// The clock of K-async would not be that of its theory: (H_P - H_(P-K)) / mu.
static void time_per_update__k_async_exponential__is_a_harmonic_difference(void **state) {
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        expect_seconds_per_update("waits", cases[i].threshold, "{law: exponential, mean: 1 s}",
                                  cases[i].updates, harmonic_difference(cases[i].threshold));
    }
}

// The numbers printed in the literature for P = 25, so that the formula above is not its own judge.
static void time_per_update__k_async_formula__gives_the_published_numbers(void **state) {
    (void)state;
    static const double published[CASES] = {.0400, .2182, .4977, 1.5326, 3.8160};
    for (size_t i = 0; i < CASES; i++) {
        assert_true(fabs(harmonic_difference(cases[i].threshold) - published[i]) < 5.1e-5);
    }
}

// The clock of K-batch-async would not be that of its theory: K E[X] / P for any law.
static void time_per_update__k_batch_async_exponential__is_k_over_p(void **state) {
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        expect_seconds_per_update("continues", cases[i].threshold, "{law: exponential, mean: 1 s}",
                                  cases[i].updates / 2, cases[i].threshold / (double)WORKERS);
    }
}

// The same for other laws: nothing but the mean counts.
static void time_per_update__k_batch_async_any_law__is_k_times_the_mean_over_p(void **state) {
    (void)state;
    static const char *const laws[] = {"{law: uniform, min: 0.5 s, max: 1.5 s}",
                                       "{law: gamma, mean: 1 s, cv: 0.7}",
                                       "{law: lognormal, mean: 1 s, cv: 0.5}",
                                       "{law: shifted_exponential, shift: 0.4 s, mean: 0.6 s}",
                                       "{law: erlang, mean: 1 s, stages: 4}",
                                       // 3/4 0.6 s + 1/4 2.2 s
                                       "{law: mixture, parts: {often: {share: 75 %, "
                                       "law: exponential, mean: 0.6 s}, rarely: {law: uniform, "
                                       "min: 1.4 s, max: 3 s}}}"};
    for (size_t i = 0; i < sizeof laws / sizeof laws[0]; i++) {
        expect_seconds_per_update("continues", 10, laws[i], 8000, 10.0 / WORKERS);
    }
    // Weibull with shape 2: the mean is scale * Gamma(1.5) = scale * sqrt(pi) / 2.
    expect_seconds_per_update("continues", 10, "{law: weibull, scale: 1 s, shape: 2}", 8000,
                              10.0 / WORKERS * sqrt(acos(-1)) / 2);
}

// A bound would let its redraws count, or not hold: the mean of an exponential time of mean m below
// A is m - A/(e^(A/m) - 1).
static void time_per_update__bounded_exponential__has_the_mean_below_the_bound(void **state) {
    (void)state;
    expect_seconds_per_update("continues", 10, "{law: exponential, mean: 2 s, at_most: 1 s}", 8000,
                              10.0 / WORKERS * (2 - 1 / expm1(.5)));
}

// 32 samples of 10 ms beside the draw would be missing, or be drawn: a barrier takes H_P m + 0.32
// s.
static void time_per_update__time_for_each_sample__is_a_shift(void **state) {
    (void)state;
    static const char compute[] =
        "{law: exponential, mean: 0.68 s}\n  compute_per_sample: 10 ms\ntraining: {batch: 32}";
    expect_seconds_per_update("waits", WORKERS, compute, 10000,
                              .68 * harmonic_difference(WORKERS) + .32);
    expect_seconds_per_update("continues", 10, compute, 8000, 10.0 / WORKERS);
}

// K workers of two speeds: K / sum of the rates.
static void time_per_update__heterogeneous_workers__is_k_over_the_sum_of_rates(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "seed: 11\nmodel: none\nend: 8000 updates\nlog: {events: false}\n"
                        "policy:\n  name: hybrid\n  pushed_worker: continues\n"
                        "  threshold: {schedule: constant, start: 10}\n"
                        "cluster:\n  workers: 25\n  compute: {law: exponential, mean: 1 s}\n"
                        "  delay: {law: exponential, mean: 3 s, workers: 15}\n");
    small_cluster_run(&scenario, &log);
    struct estimate estimate = seconds_per_update(&log);
    runlog_reset(&log);
    double expected = 10 / (15 / 4.0 + 10 / 1.0);
    if (fabs(estimate.mean - expected) > 4 * estimate.standard_error ||
        estimate.standard_error > 0.005 * expected) {
        fail_msg("%.6f s per update, standard error %.6f s, should be %.6f s", estimate.mean,
                 estimate.standard_error, expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_per_update__k_async_exponential__is_a_harmonic_difference),
        cmocka_unit_test(time_per_update__k_async_formula__gives_the_published_numbers),
        cmocka_unit_test(time_per_update__k_batch_async_exponential__is_k_over_p),
        cmocka_unit_test(time_per_update__k_batch_async_any_law__is_k_times_the_mean_over_p),
        cmocka_unit_test(time_per_update__bounded_exponential__has_the_mean_below_the_bound),
        cmocka_unit_test(time_per_update__time_for_each_sample__is_a_shift),
        cmocka_unit_test(time_per_update__heterogeneous_workers__is_k_over_the_sum_of_rates),
    };
    return cmocka_run_group_tests_name("property_time_per_update", tests, NULL, NULL);
}
