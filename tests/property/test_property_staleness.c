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

#include "sim/base/rng_stream.h"
#include "tests/support/expect.h"
#include "tests/support/log_audit.h"
#include "tests/support/random_cluster.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { CLUSTERS = 2000 };

static void run_and_audit(uint32_t seed) {
    struct rng_stream stream;
    struct scenario scenario;
    struct runlog log;
    char text[RANDOM_CLUSTER_TEXT_SIZE];
    char problem[600];
    rng_stream_init(&stream, seed, RNG_TEST, 1, 0, 0);
    random_cluster_make(&stream, seed, text);
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
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
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
