// SPDX-License-Identifier: GPL-3.0-or-later
// Groups of workers: a group that changes nothing is no group, a group changes nobody else, and
// the closed forms with workers of two kinds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>

#include "sim/cluster/gradient_spans.h"
#include "sim/scenario/scenario_print.h"
#include "tests/support/small_cluster.h"

static const char *const plain_cluster =
    "  workers: 6\n"
    "  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"
    "  delay: {law: normal, std: 60 ms, negative: absolute}\n"
    "  network: {latency: {law: exponential, mean: 2 ms}, bandwidth: 100 Mbit/s, message: 8 kB}\n";

// hier_avg's clusters must divide the workers, and its steps be a multiple of theirs.
static void run(enum policy policy, const char *groups, struct runlog *log) {
    struct scenario scenario;
    bool clusters = policy == POLICY_HIER_AVG;
    small_cluster_parse(&scenario,
                        "seed: 7\nmodel: quadratic\nend: 300 gradients\nties: random\n"
                        "evaluation: {every: 0 s}\npolicy: {name: %s%s}\ncluster:\n%s%s",
                        policy_table[policy].name,
                        clusters ? ", steps: 4, cluster_steps: 2, cluster_size: 3" : "",
                        plain_cluster, groups);
    small_cluster_run(&scenario, log);
}

// A sweep over the slowdown begins at 1: were that another run than the plain one, its first point
// would not be the baseline. And a group that is slower must be another run.
static void groups__of_slowdown_one__are_the_run_without_them(void **state) {
    (void)state;
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        struct runlog logs[3];
        run(policy, "", &logs[0]);
        run(policy,
            "  groups: {a: {workers: 2, slowdown: 1}, b: {worker: 5, compute: {law: uniform, min: "
            "80 ms, max: 120 ms}, network: {latency: {law: exponential, mean: 2 ms}}}}\n",
            &logs[1]);
        run(policy, "  groups: {a: {workers: 2, slowdown: 1.5}}\n", &logs[2]);
        small_cluster_expect_equal(&logs[0], &logs[1], policy_table[policy].name);
        assert_true(logs[0].ending.timeline_fingerprint == logs[1].ending.timeline_fingerprint);
        assert_true(logs[0].ending.parameter_fingerprint == logs[1].ending.parameter_fingerprint);
        assert_true(logs[0].ending.timeline_fingerprint != logs[2].ending.timeline_fingerprint);
        for (int i = 0; i < 3; i++) {
            runlog_reset(&logs[i]);
        }
    }
}

// ---- draws ----

static void make_laws(struct span_laws *laws, const char *delay, const char *groups) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "{seed: 3, model: none, policy: k_avg, cluster: {workers: 9, compute: "
                        "{law: exponential, mean: 1 s}, delay: {law: gamma, mean: 2 s, cv: 1%s}, "
                        "network: {latency: {law: lognormal, mean: 3 s, cv: 1}, bandwidth: 1 "
                        "kbit/s}%s}}",
                        delay, groups);
    span_laws_init(laws, &scenario.cluster, scenario.seed, true, 1000);
}

// Common random numbers: whoever compares a cluster with a group and without it would else compare
// two other draws of all the workers.
static void groups__any__change_no_draw_of_anybody_else(void **state) {
    static const char *const delays[] = {", workers: 4", ", who: random, workers: 50 %"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct span_laws plain;
        struct span_laws grouped;
        make_laws(&plain, delays[i], "");
        make_laws(&grouped, delays[i],
                  ", groups: {a: {workers: [1, 7], slowdown: 4, compute: {law: weibull, scale: 2 "
                  "s, shape: 3}, delay: {law: pareto, scale: 1 s, shape: 3}, network: {latency: "
                  "{law: gamma, mean: 9 s, cv: 2}, bandwidth: 1 Mbit/s}}}");
        for (int32_t worker = 0; worker < 9; worker++) {
            for (int64_t number = 0; number < 100; number++) {
                struct gradient_spans a;
                struct gradient_spans b;
                span_laws_gradient(&plain, worker, number, &a);
                span_laws_gradient(&grouped, worker, number, &b);
                bool member = worker == 1 || worker == 7;
                assert_true(member != (memcmp(&a, &b, sizeof a) == 0));
                assert_true(a.tie == b.tie && a.receive_ns == b.receive_ns);
            }
        }
        span_laws_reset(&plain);
        span_laws_reset(&grouped);
    }
}

// A slowdown multiplies what is drawn, half to even, in each local step, and nothing else.
static void groups__slowdown__multiplies_each_drawn_compute_time(void **state) {
    (void)state;
    static const double slowdowns[] = {4, 1.5, .5, 1 / 3.0};
    for (size_t i = 0; i < sizeof slowdowns / sizeof slowdowns[0]; i++) {
        struct span_laws laws[2];
        char groups[100];
        snprintf(groups, sizeof groups, ", groups: {a: {worker: 5, slowdown: %.17g}}",
                 slowdowns[i]);
        make_laws(&laws[0], "", "");
        make_laws(&laws[1], "", groups);
        laws[1].local_steps = 3;
        for (int64_t number = 0; number < 100; number++) {
            struct gradient_spans drawn;
            int64_t expected_ns = 0;
            int64_t delay_ns = 0;
            for (int64_t step = 3 * number; step < 3 * number + 3; step++) {
                span_laws_gradient(&laws[0], 5, step, &drawn);
                expected_ns += llrint((double)drawn.compute_ns * slowdowns[i]);
                delay_ns += drawn.delay_ns;
            }
            span_laws_gradient(&laws[1], 5, number, &drawn);
            assert_true(drawn.compute_ns == expected_ns && drawn.delay_ns == delay_ns);
        }
        span_laws_reset(&laws[0]);
        span_laws_reset(&laws[1]);
    }
}

// A reduction takes the slowest of its members' links, and so is one with them alone.
static void groups__network__slows_the_reductions_of_its_members(void **state) {
    (void)state;
    struct span_laws laws[2];
    make_laws(&laws[0], "", "");
    make_laws(&laws[1], "",
              ", groups: {far: {worker: 7, network: {latency: {law: lognormal, mean: 30 s, cv: "
              "1}}}, thin: {worker: 8, network: {bandwidth: 2 kbit/s}}}");
    for (int64_t number = 0; number < 100; number++) {
        const struct reduction_group others = {0, 7, false, NULL};
        const struct reduction_group all = {0, 9, true, NULL};
        struct reduction_spans spans[2];
        for (int i = 0; i < 2; i++) {
            span_laws_reduction(&laws[i], others, number, &spans[i]);
        }
        assert_true(spans[0].span_ns == spans[1].span_ns);
        for (int i = 0; i < 2; i++) {
            span_laws_reduction(&laws[i], all, number, &spans[i]);
        }
        // A ring of 9: 16 latencies and 16/9 of 8 s; the latency is ten times the same draw.
        double transfer_ns = 16.0 / 9 * 8e9;
        double latency_ns = ((double)spans[0].span_ns - transfer_ns) / 16;
        double far_ns = ((double)spans[1].span_ns - transfer_ns) / 16;
        assert_true(fabs(far_ns / latency_ns - 10) < 1e-6);
        assert_true(spans[0].tie == spans[1].tie);
    }
    span_laws_reset(&laws[0]);
    span_laws_reset(&laws[1]);
}

// ---- closed forms ----

enum { FAST = 7, SLOW = 3, WAITED_FOR = 6 };
static const double slowdown = 4;

// The probability that fewer than K of the workers are done at t, of exponential times of mean 1.
static double still_waits(double t, void *context) {
    (void)context;
    double fast = gsl_cdf_exponential_P(t, 1);
    double slow = gsl_cdf_exponential_P(t, slowdown);
    double sum = 0;
    for (unsigned f = 0; f <= FAST; f++) {
        for (unsigned s = 0; s <= SLOW && f + s < WAITED_FOR; s++) {
            sum += gsl_ran_binomial_pdf(f, fast, FAST) * gsl_ran_binomial_pdf(s, slow, SLOW);
        }
    }
    return sum;
}

static double t_still_waits(double t, void *context) {
    return 2 * t * still_waits(t, context);
}

static double integral(double (*f)(double, void *)) {
    gsl_integration_workspace *space = gsl_integration_workspace_alloc(1000);
    gsl_function function = {.function = f};
    double value = 0;
    double error = 0;
    gsl_integration_qagiu(&function, 0, 1e-10, 1e-10, 1000, space, &value, &error);
    gsl_integration_workspace_free(space);
    return value;
}

static void run_two_kinds(const char *policy, const char *end, struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "seed: 5\nmodel: none\nend: %s\nlog: {events: false}\npolicy: %s\n"
                        "cluster:\n  workers: 10\n  compute: {law: exponential, mean: 1 s}\n"
                        "  groups: {slow: {workers: 3, slowdown: 4}}\n",
                        end, policy);
    small_cluster_run(&scenario, log);
}

// K-sync waits for the K fastest of two kinds of workers: the K-th order statistic of seven
// exponential times of mean 1 and three of mean 4.
static void groups__under_k_sync__take_the_time_of_the_quadrature(void **state) {
    (void)state;
    enum { UPDATES = 120000 };
    struct runlog log;
    char end[32];
    snprintf(end, sizeof end, "%d updates", UPDATES);
    run_two_kinds("{name: k_sync, threshold: 6}", end, &log);
    double mean = integral(still_waits);
    double variance = integral(t_still_waits) - mean * mean;
    double seconds = (double)log.updates[log.update_count - 1].time_ns / 1e9;
    double z = (seconds - UPDATES * mean) / sqrt(UPDATES * variance);
    assert_true(sqrt(variance / UPDATES) < .003 * mean);
    if (!(fabs(z) <= 4)) {
        fail_msg("%.6f s per update, should be %.6f s: %.1f standard errors away",
                 seconds / UPDATES, mean, z);
    }
    runlog_reset(&log);
}

// Async with a server that takes no time: each worker is a Poisson process of its own rate.
static void groups__under_async__have_the_sum_of_their_rates(void **state) {
    (void)state;
    enum { SECONDS = 20000 };
    struct runlog log;
    char end[32];
    snprintf(end, sizeof end, "%d s", SECONDS);
    run_two_kinds("async", end, &log);
    double expected = SECONDS * (FAST + SLOW / slowdown);
    double z = ((double)log.update_count - expected) / sqrt(expected);
    assert_true(1 / sqrt(expected) < .003);
    if (!(fabs(z) <= 4)) {
        fail_msg("%zu updates, should be %.0f: %.1f standard errors away", log.update_count,
                 expected, z);
    }
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups__of_slowdown_one__are_the_run_without_them),
        cmocka_unit_test(groups__any__change_no_draw_of_anybody_else),
        cmocka_unit_test(groups__slowdown__multiplies_each_drawn_compute_time),
        cmocka_unit_test(groups__network__slows_the_reductions_of_its_members),
        cmocka_unit_test(groups__under_k_sync__take_the_time_of_the_quadrature),
        cmocka_unit_test(groups__under_async__have_the_sum_of_their_rates),
    };
    return cmocka_run_group_tests_name("property_groups", tests, NULL, NULL);
}
