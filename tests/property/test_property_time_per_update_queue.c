// SPDX-License-Identifier: GPL-3.0-or-later
// A server that is the bottleneck: asynchronous SGD is a closed queue of P workers (the machine
// repairman), so its throughput is known exactly. With exponential times away from the server, rate
// 1/Z, and any service law of mean S and Laplace transform phi (Takacs 1962): the mean busy period
// is B = S sum over k < P of C(P-1, k) prod over i <= k of (1 - phi(i/Z)) / phi(i/Z), the mean idle
// period Z/P, and the throughput B / (B + Z/P) / S.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "tests/support/expect.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { WORKERS = 25, BATCHES = 40 };

static const double away_s = 1; // Z

static double transform_of_exponential(double s, double mean) {
    return 1 / (1 + s * mean);
}

static double transform_of_constant(double s, double mean) {
    return exp(-s * mean);
}

static double throughput(double (*transform)(double s, double mean), double service_s) {
    double term = 1;
    double sum = 1;
    for (int k = 1; k < WORKERS; k++) {
        double phi = transform(k / away_s, service_s);
        term *= (double)(WORKERS - k) / k * (1 - phi) / phi;
        sum += term;
    }
    double busy = service_s * sum;
    return busy / (busy + away_s / WORKERS) / service_s;
}

// The same for exponential service by mean-value analysis: the response time of one of n is S (1 +
// the mean queue that n - 1 leave).
static double throughput_by_mean_values(double service_s) {
    double queue = 0;
    double rate = 0;
    for (int n = 1; n <= WORKERS; n++) {
        double response = service_s * (1 + queue);
        rate = n / (away_s + response);
        queue = rate * response;
    }
    return rate;
}

struct measured {
    double rate; // gradients a second
    double standard_error;
};

static struct measured measure(const char *receive) {
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "seed: 4\nmodel: none\nend: 200000 gradients\nlog: {events: false}\n"
                        "policy: {name: async}\n"
                        "cluster:\n  workers: 25\n  compute: {law: exponential, mean: 1 s}\n"
                        "  server: {receive: %s}\n",
                        receive);
    small_cluster_run(&scenario, &log);
    size_t size = log.update_count / (BATCHES + 1);
    double sum = 0;
    double squares = 0;
    for (size_t i = 1; i <= BATCHES; i++) {
        double span_s =
            (double)(log.updates[(i + 1) * size - 1].time_ns - log.updates[i * size - 1].time_ns) /
            1e9;
        sum += span_s / (double)size;
        squares += span_s / (double)size * (span_s / (double)size);
    }
    runlog_reset(&log);
    double mean = sum / BATCHES;
    double error = sqrt((squares - sum * mean) / (BATCHES - 1) / BATCHES);
    return (struct measured){1 / mean, error / mean / mean};
}

static void expect_rate(const char *receive, double expected) {
    struct measured measured = measure(receive);
    double errors = (measured.rate - expected) / measured.standard_error;
    if (!(fabs(errors) < 4) || !(measured.standard_error < 0.005 * expected)) {
        fail_msg("receive %s: %.5f gradients/s with a standard error of %.5f, should be %.5f: %.1f "
                 "standard errors away",
                 receive, measured.rate, measured.standard_error, expected, errors);
    }
}

// If the formula were wrong, the tests below would judge wrongly: two derivations of one number.
static void closed_queue__two_exact_formulas__agree(void **state) {
    (void)state;
    for (double service_s = 0.001; service_s < 0.2; service_s *= 1.5) {
        expect_relative(throughput(transform_of_exponential, service_s),
                        throughput_by_mean_values(service_s), 1e-12);
    }
}

// Queueing at the server would not be first come, first served, one at a time: M/M/1//P, below,
// near and above saturation.
static void
closed_queue__exponential_service__has_the_machine_repairman_s_throughput(void **state) {
    (void)state;
    expect_rate("{law: exponential, mean: 20 ms}", throughput(transform_of_exponential, 0.020));
    expect_rate("{law: exponential, mean: 40 ms}", throughput(transform_of_exponential, 0.040));
    expect_rate("{law: exponential, mean: 80 ms}", throughput(transform_of_exponential, 0.080));
}

// The scenario of the demo has constant spans: M/D/1//P.
static void closed_queue__constant_service__has_the_throughput_of_takacs(void **state) {
    (void)state;
    expect_rate("20 ms", throughput(transform_of_constant, 0.020));
    expect_rate("40 ms", throughput(transform_of_constant, 0.040));
    expect_rate("60 ms", throughput(transform_of_constant, 0.060));
}

// No queue beats its bounds: P/(Z + S) and one gradient in every receive + update/K. Constant times
// reach them exactly, once the workers have spread out.
static void closed_queue__constant_times__reach_the_bound(void **state) {
    (void)state;
    static const struct {
        int receive_ms, update_ms, threshold;
        double rate;
    } rows[] = {
        {10, 5, 1, 25 / 1.015},    // the workers are the bottleneck
        {50, 10, 1, 1 / 0.060},    // the server is
        {50, 10, 4, 1 / 0.0525},   // an update for every fourth gradient
        {100, 400, 25, 1 / 0.116}, // "continues"
        {0, 5, 1, 25 / 1.005},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scenario scenario;
        struct runlog log;
        small_cluster_parse(&scenario,
                            "model: none\nend: 2000 s\nlog: {events: false}\n"
                            "policy:\n  name: hybrid\n  pushed_worker: continues\n"
                            "  threshold: {schedule: constant, start: %d}\n"
                            "cluster:\n  workers: 25\n  compute: 1 s\n"
                            "  server: {receive: %d ms, update: %d ms}\n",
                            rows[i].threshold, rows[i].receive_ms, rows[i].update_ms);
        small_cluster_run(&scenario, &log);
        double count = 0;
        for (size_t j = 0; j < rows(log.gradient_count); j++) {
            count += log.gradients[j].received_ns > 1000 * INT64_C(1000000000);
        }
        runlog_reset(&log);
        expect_relative(count / 1000, rows[i].rate, 0.003);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_queue__two_exact_formulas__agree),
        cmocka_unit_test(closed_queue__exponential_service__has_the_machine_repairman_s_throughput),
        cmocka_unit_test(closed_queue__constant_service__has_the_throughput_of_takacs),
        cmocka_unit_test(closed_queue__constant_times__reach_the_bound),
    };
    return cmocka_run_group_tests_name("property_time_per_update_queue", tests, NULL, NULL);
}
