// SPDX-License-Identifier: GPL-3.0-or-later
// Many random small clusters, each run's log audited (log_audit.h): the staleness identities with
// tolerance 0, every time, threshold, order and sum. Timing only, so that there can be many.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng_stream.h"
#include "tests/support/expect.h"
#include "tests/support/log_audit.h"
#include "tests/support/small_cluster.h"

enum { CLUSTERS = 2000, TEXT_SIZE = 2048, LAW_SIZE = 128 };

static uint32_t below(struct rng_stream *stream, uint32_t count) {
    return rng_stream_u32(stream) % count;
}

// A law around "ms" milliseconds; often a round constant, so that events meet at one instant.
static const char *random_law(struct rng_stream *stream, int ms, char text[LAW_SIZE]) {
    switch (below(stream, 8)) {
    case 0:
        snprintf(text, LAW_SIZE, "{law: uniform, min: 0 ms, max: %d ms}", 2 * ms);
        break;
    case 1:
        snprintf(text, LAW_SIZE, "{law: exponential, mean: %d ms}", ms);
        break;
    case 2:
        snprintf(text, LAW_SIZE, "{law: gamma, mean: %d ms, cv: 2}", ms);
        break;
    case 3:
        snprintf(text, LAW_SIZE, "{law: pareto, scale: %d ms, shape: 1.5}", ms);
        break;
    case 4:
        snprintf(text, LAW_SIZE, "{law: normal, mean: %d ms, std: %d ms, negative: clip}", ms, ms);
        break;
    default:
        snprintf(text, LAW_SIZE, "%d ms", ms);
        break;
    }
    return text;
}

static void random_policy(struct rng_stream *stream, uint32_t workers, FILE *out) {
    static const char *const names[] = {"sync",   "async",  "hybrid", "hybrid",
                                        "hybrid", "hybrid", "k_sync", "k_sync"};
    const char *name = names[below(stream, 8)];
    fprintf(out, "policy:\n  name: %s\n", name);
    bool hybrid = strcmp(name, "hybrid") == 0;
    if (!hybrid && name[0] != 'k') {
        return;
    }
    bool waits = strcmp(name, "k_sync") == 0 || below(stream, 2) == 0;
    uint32_t start = 1 + below(stream, waits ? workers : 3 * workers);
    if (hybrid) {
        fprintf(out, "  pushed_worker: %s\n", waits ? "waits" : "continues");
    }
    if (below(stream, 3) == 0) {
        fprintf(out, "  threshold: {schedule: constant, start: %u}\n", start);
    } else {
        fprintf(out,
                "  threshold: {schedule: step, every: %u, start: %u, increment: %d, counts: %s}\n",
                1 + below(stream, 40), start, (int)below(stream, 6) - 2,
                below(stream, 2) == 0 ? "gradients" : "updates");
    }
}

static void random_server(struct rng_stream *stream, FILE *out) {
    char law[3][LAW_SIZE];
    switch (below(stream, 3)) {
    case 0:
        fputs("  server: {receive: 10 ms, update: 5 ms, reply: 2 ms}\n", out);
        return;
    case 1:
        fprintf(out, "  server:\n    receive: %s\n    update: %s\n    reply: %s\n",
                random_law(stream, 10, law[0]), random_law(stream, 5, law[1]),
                random_law(stream, 2, law[2]));
        return;
    default:
        return; // a server that takes no time
    }
}

static void random_end(struct rng_stream *stream, FILE *out) {
    switch (below(stream, 3)) {
    case 0:
        fprintf(out, "end: %u ms\n", 1 + below(stream, 8000));
        break;
    case 1:
        fprintf(out, "end: %u updates\n", 1 + below(stream, 150));
        break;
    default:
        fprintf(out, "end: %u gradients\n", 1 + below(stream, 400));
        break;
    }
}

static void random_cluster(struct rng_stream *stream, uint32_t seed, char text[TEXT_SIZE]) {
    char law[LAW_SIZE];
    memset(text, 0, TEXT_SIZE);
    FILE *out = fmemopen(text, TEXT_SIZE - 1, "w");
    uint32_t workers = 1 + below(stream, below(stream, 4) == 0 ? 30 : 6);
    fprintf(out, "seed: %u\nmodel: none\nties: %s\n", seed,
            below(stream, 2) == 0 ? "fifo" : "random");
    random_end(stream, out);
    random_policy(stream, workers, out);
    fprintf(out, "cluster:\n  workers: %u\n  start_up: %u ms\n", workers, 100 * below(stream, 4));
    fprintf(out, "  compute: %s\n", random_law(stream, 10 * (1 + (int)below(stream, 20)), law));
    if (below(stream, 2) == 0) {
        fprintf(out,
                "  delay: {law: normal, std: 250 ms, negative: absolute, workers: %u, who: %s}\n",
                below(stream, workers + 1), below(stream, 2) == 0 ? "fixed" : "random");
    }
    if (below(stream, 2) == 0) {
        fprintf(out, "  network:\n    latency: %s\n    bandwidth: %u Mbit/s\n    message: 8 kB\n",
                random_law(stream, 3, law), 1 + below(stream, 100));
    }
    random_server(stream, out);
    fclose(out);
}

static void run_and_audit(uint32_t seed) {
    struct rng_stream stream;
    struct scenario scenario;
    struct runlog log;
    char text[TEXT_SIZE];
    char problem[600];
    rng_stream_init(&stream, seed, RNG_TEST, 1, 0, 0);
    random_cluster(&stream, seed, text);
    small_cluster_parse(&scenario, "%s", text);
    // Audited here rather than in small_cluster_run, to say how to repeat it.
    struct run_sink sink = runlog_memory_sink(&log);
    struct run_options options = {.threads = 1, .sinks = &sink, .sink_count = 1};
    struct run_outcome outcome;
    struct error error = {.message = ""};
    log = (struct runlog){0};
    enum status status = run_scenario(&scenario, &options, &outcome, &error);
    if (status != STATUS_OK || outcome.result.status != RUN_COMPLETE ||
        !log_audit(&scenario, &log, problem, sizeof problem)) {
        fail_msg("cluster %u: %s\nrepeat: CLUSTER=%u build/obj/release/tests/property/"
                 "test_property_staleness\nor \"desgd run\" and \"desgd tell\" with\n%s",
                 seed, status != STATUS_OK ? error.message : problem, seed, text);
    }
    runlog_reset(&log);
}

// Every rule that log_audit.h lists, over whatever clusters may come: a number in a log that does
// not follow from the rules is a wrong result. $CLUSTER runs one of them.
static void simulation__random_small_clusters__keep_every_rule(void **state) {
    (void)state;
    const char *one = getenv("CLUSTER");
    if (one != NULL) {
        run_and_audit((uint32_t)strtoul(one, NULL, 10));
        return;
    }
    for (uint32_t seed = 1; seed <= CLUSTERS; seed++) {
        run_and_audit(seed);
    }
}

struct means {
    double versions;
    double gradients;
};

// Mean staleness of P = 25 workers with server spans, over the applied gradients but the first 500.
static struct means mean_staleness(const char *policy) {
    struct scenario scenario;
    struct runlog log;
    struct means means = {0};
    double count = 0;
    small_cluster_parse(&scenario,
                        "seed: 5\nmodel: none\nend: 40500 gradients\npolicy: %s\n"
                        "cluster:\n  workers: 25\n  compute: {law: exponential, mean: 200 ms}\n"
                        "  server: {receive: 10 ms, update: 5 ms, reply: 2 ms}\n",
                        policy);
    small_cluster_run(&scenario, &log);
    for (size_t i = 0; i < log.gradient_count; i++) {
        const struct gradient_row *row = &log.gradients[i];
        if (row->outcome == OUTCOME_APPLIED && row->applied_ns > log.gradients[500].applied_ns) {
            means.versions += (double)row->staleness;
            means.gradients += (double)row->staleness_gradients;
            count++;
        }
    }
    runlog_reset(&log);
    return (struct means){means.versions / count, means.gradients / count};
}

// ALGORITHMS, section 2: (P - K)/K versions and 24 - (K - 1)/2 gradients with "waits". The identity
// bounds the error: at most P * max staleness at both ends, of 40,000 gradients: 4e-4 P (P/K).
static void staleness__constant_threshold_waits__has_mean_p_minus_k_over_k(void **state) {
    (void)state;
    static const int thresholds[] = {1, 2, 5, 10, 20, 25};
    for (size_t i = 0; i < sizeof thresholds / sizeof thresholds[0]; i++) {
        int k = thresholds[i];
        char policy[128];
        snprintf(policy, sizeof policy,
                 "{name: hybrid, threshold: {schedule: constant, start: %d}}", k);
        struct means means = mean_staleness(policy);
        expect_within(means.versions, (25.0 - k) / k, 0.02);
        expect_within(means.gradients, 24 - (k - 1) / 2.0, 0.02);
    }
    struct means async = mean_staleness("{name: async}");
    expect_within(async.versions, 24, 0.02);
    expect_within(async.gradients, 24, 0.02);
    struct means sync = mean_staleness("{name: sync}");
    expect_within(sync.versions, 0, 0);
    expect_within(sync.gradients, 12, 0);
}

// (P - 1)/K versions with "continues", also for K above P.
static void staleness__constant_threshold_continues__has_mean_p_minus_1_over_k(void **state) {
    (void)state;
    static const int thresholds[] = {1, 5, 10, 25, 40};
    for (size_t i = 0; i < sizeof thresholds / sizeof thresholds[0]; i++) {
        int k = thresholds[i];
        char policy[128];
        snprintf(policy, sizeof policy,
                 "{name: hybrid, threshold: {schedule: constant, start: %d}, "
                 "pushed_worker: continues}",
                 k);
        expect_within(mean_staleness(policy).versions, 24.0 / k, 0.02);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simulation__random_small_clusters__keep_every_rule),
        cmocka_unit_test(staleness__constant_threshold_waits__has_mean_p_minus_k_over_k),
        cmocka_unit_test(staleness__constant_threshold_continues__has_mean_p_minus_1_over_k),
    };
    return cmocka_run_group_tests_name("property_staleness", tests, NULL, NULL);
}
