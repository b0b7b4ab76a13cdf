// SPDX-License-Identifier: GPL-3.0-or-later
// Schemes with local models against closed forms of time and, for random scenarios, against the
// audit of their logs.
// Repeat a random failure with DESGD_TEST_SEED; more scenarios with DESGD_TEST_RUNS.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/rng_stream.h"
#include "tests/support/expect.h"
#include "tests/support/small_cluster.h"

// With constant times a round of K-AVG takes K gradients and an all-reduce; with exponential ones
// the greatest of P sums of K, which follow a gamma law of shape K:
// E = integral of 1 - F(t)^P; for K = 1 that is the harmonic number H_P. For K = 4, P = 8 a sum of
// 400,000 trapezia over F(t) = 1 - exp(-t) sum t^k/k! in Python's doubles gives 7.231468.
static double expected_maximum(int steps, int workers) {
    const int points = 200000;
    const double width = 100.0 / points;
    double sum = 0.5;
    for (int i = 1; i < points; i++) {
        sum += 1 - pow(gsl_cdf_gamma_P(i * width, steps, 1), workers);
    }
    return sum * width;
}

static void expect_time_per_round(int steps, int workers, const char *compute, double compute_s) {
    struct scenario scenario;
    struct runlog log;
    enum { ROUNDS = 5000 };
    small_cluster_parse(&scenario,
                        "seed: 2\nend: %d updates\nmodel: none\nlog: {events: false}\n"
                        "policy: {name: k_avg, steps: %d}\n"
                        "cluster:\n  workers: %d\n  compute: %s\n"
                        "  network: {latency: 10 ms, bandwidth: 8 Mbit/s, message: 100 kB}\n",
                        ROUNDS, steps, workers, compute);
    small_cluster_run(&scenario, &log);
    // 2 (P-1) latencies of .01 s, and 2 (P-1)/P messages of .1 s each
    double all_reduce_s = 2.0 * (workers - 1) * 0.01 + 2.0 * (workers - 1) / workers * 0.1;
    double mean = (double)log.ending.end_ns / 1e9 / ROUNDS;
    print_message("K %d, P %d: %.5f s a round, closed form %.5f\n", steps, workers, mean,
                  compute_s + all_reduce_s);
    expect_within(mean, compute_s + all_reduce_s, 0.02 * compute_s);
    runlog_reset(&log);
}

// A study of local steps stands on this: what K buys is the all-reduce and the wait for the
// slowest.
static void local__time_per_round__is_its_closed_form(void **state) {
    (void)state;
    expect_within(expected_maximum(4, 8), 7.231468, 1e-6);
    expect_time_per_round(4, 8, "{law: constant, value: 1 s}", 4);
    expect_time_per_round(1, 8, "{law: exponential, mean: 1 s}", 2.717857); // H_8
    expect_time_per_round(4, 8, "{law: exponential, mean: 1 s}", expected_maximum(4, 8));
    expect_time_per_round(16, 5, "{law: exponential, mean: 1 s}", expected_maximum(16, 5));
}

// ---- any scenario ----

static uint32_t below(struct rng_stream *stream, uint32_t limit) {
    return (uint32_t)(rng_stream_uniform(stream) * limit);
}

static void add_policy(struct rng_stream *stream, bool computes, char *text, size_t size,
                       int32_t *workers) {
    static const char *const names[] = {"k_avg", "post_local",        "hier_avg", "hpsgd",
                                        "cocod", "overlap_local_sgd", "easgd",    "adacomm"};
    int32_t clusters = 1 + (int32_t)below(stream, 4);
    int32_t members = 1 + (int32_t)below(stream, 4);
    uint32_t inner = 1 + below(stream, 3);
    *workers = clusters * members;
    uint32_t name = below(stream, computes ? 8 : 7);
    uint32_t steps = inner * (1 + below(stream, 3));
    uint32_t after = 1 + below(stream, 5);
    bool before = below(stream, 2) == 0;
    snprintf(text, size,
             "{name: %s, steps: %" PRIu32 ", cluster_steps: %" PRIu32 ", cluster_size: %" PRId32
             ", after: %" PRIu32 ", alpha: 0.5, adapt_every: 1 s, gradient: %s}",
             names[name], steps, inner, members, after, before ? "before" : "after");
}

static void run_any(uint64_t seed) {
    static const char *const models[] = {"none", "{name: quadratic, dimension: 3}"};
    static const char *const computes[] = {"100 ms", "{law: exponential, mean: 100 ms}",
                                           "{law: uniform, min: 50 ms, max: 150 ms}"};
    static const char *const reduces[] = {"ring", "tree", "server"};
    static const char *const ends[] = {"7 s", "23 updates", "111 gradients"};
    static const char *const latencies[] = {"0 s", "7 ms", "{law: exponential, mean: 40 ms}",
                                            "100 ms"};
    struct rng_stream stream;
    struct scenario scenario;
    struct runlog log;
    char policy[200];
    int32_t workers = 0;
    rng_stream_init(&stream, seed, RNG_TEST, 0, 0, 0);
    uint32_t model = below(&stream, 2);
    add_policy(&stream, model == 1, policy, sizeof policy, &workers);
    // One draw a line: the order of a call's arguments is the compiler's own.
    const char *end = ends[below(&stream, 3)];
    const char *ties = below(&stream, 2) == 0 ? "fifo" : "random";
    const char *compute = computes[below(&stream, 3)];
    const char *latency = latencies[below(&stream, 4)];
    uint32_t message = below(&stream, 3000);
    const char *reduce = reduces[below(&stream, 3)];
    uint32_t cluster_size = below(&stream, 5);
    const char *inter_latency = latencies[below(&stream, 4)];
    small_cluster_parse(
        &scenario,
        "seed: %" PRIu64 "\nmodel: %s\nend: %s\npolicy: %s\nties: %s\ncluster:\n"
        "  workers: %" PRId32 "\n  compute: %s\n  delay: {law: exponential, mean: 30 ms}\n"
        "  network: {latency: %s, bandwidth: 1 Mbit/s, message: %" PRIu32 " B, all_reduce: %s,\n"
        "    cluster_size: %" PRIu32 ", inter_latency: %s, inter_bandwidth: 200 kbit/s}\n"
        "  server: {receive: 3 ms, update: {law: exponential, mean: 4 ms}, reply: 1 ms}\n"
        "  start_up: 13 ms\nevaluation: {every: 333 ms}\n",
        seed, models[model], end, policy, ties, workers, compute, latency, message, reduce,
        cluster_size, inter_latency);
    print_message("DESGD_TEST_SEED=%" PRIu64 " %s\n", seed, policy);
    small_cluster_run(&scenario, &log);
    runlog_reset(&log);
}

// The audit goes over every log: times by recursion, versions, staleness, worker times, events.
static void local__any_scenario__passes_the_audit(void **state) {
    (void)state;
    const char *seed = getenv("DESGD_TEST_SEED");
    const char *runs = getenv("DESGD_TEST_RUNS");
    uint64_t first = seed == NULL ? 1 : strtoull(seed, NULL, 10);
    uint64_t count = seed != NULL ? 1 : runs == NULL ? 300 : strtoull(runs, NULL, 10);
    for (uint64_t i = 0; i < count; i++) {
        run_any(first + i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local__time_per_round__is_its_closed_form),
        cmocka_unit_test(local__any_scenario__passes_the_audit),
    };
    return cmocka_run_group_tests_name("property_local_times", tests, NULL, NULL);
}
