// SPDX-License-Identifier: GPL-3.0-or-later
// What the theory makes of a scenario: numbers that follow by hand or stand in the literature.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/validate/theory.h"
#include "tests/support/expect.h"
#include "tests/support/small_cluster.h"

static double of(double (*theory)(const struct scenario *scenario), const char *text) {
    struct scenario scenario;
    small_cluster_parse(&scenario, "%s%s", strstr(text, "model") == NULL ? "model: none\n" : "",
                        text);
    return theory(&scenario);
}

// H_25 - H_5 is 1.5326, and 20 of 25 whose stragglers finish take
// 1.84 s (TensorFlow's SyncReplicas).
static void theory__times_per_update__are_the_published_ones(void **state) {
    (void)state;
    static const char compute[] =
        "cluster: {workers: 25, compute: {law: exponential, mean: 1 s}}\n";
    char text[400];
    snprintf(text, sizeof text, "policy: {name: k_sync, threshold: 20}\n%s", compute);
    expect_within(of(theory_harmonic, text), 1.5326, 5e-5);
    expect_within(of(theory_order_statistic, text), 1.5326, 5e-5);
    snprintf(text, sizeof text, "policy: {name: backup, backup_workers: 5, late: finish}\n%s",
             compute);
    expect_within(of(theory_stragglers_finish, text), 1.84, .006);
    expect_within(of(theory_order_statistic, text), 1.5326, 5e-5);
    snprintf(text, sizeof text, "policy: {name: n_softsync, splits: 4}\n%s", compute);
    expect_relative(of(theory_batch_form, text), 6 / 25.0, 1e-12);
    snprintf(text, sizeof text, "policy: {name: ssp, slack: 0}\n%s", compute);
    expect_within(of(theory_order_statistic, text), 3.8160 / 25, 5e-5);
}

// Three steps of exponential times are an Erlang time; with one step it is the barrier of sync.
static void theory__period_of_local_steps__is_the_greatest_sum(void **state) {
    (void)state;
    expect_within(of(theory_local_period, "policy: {name: k_avg, steps: 1}\ncluster: {workers: 25, "
                                          "compute: {law: gamma, mean: 1 s, cv: 1}}\n"),
                  3.8160, 5e-5);
    expect_relative(of(theory_local_period, "policy: {name: k_avg, steps: 3}\ncluster: {workers: "
                                            "1, compute: {law: gamma, mean: 1 s, cv: 1}}\n"),
                    3, 1e-7);
}

// A quarter of the time without, or at a quarter of the speed, would be taken for another share.
static void theory__what_comes_and_goes__takes_its_share(void **state) {
    (void)state;
    static const char format[] =
        "end: 1 h\npolicy: {name: async}\ncluster: {workers: 2, compute: 1 s, events: {e: {event: "
        "%s, workers: 100 %%, every: {law: exponential, mean: 6 s}, for: {law: exponential, mean: "
        "2 s}}}}\n";
    char text[400];
    snprintf(text, sizeof text, format, "pause");
    expect_relative(of(theory_availability, text), .5 / .75, 1e-12);
    snprintf(text, sizeof text, format, "slowdown, slowdown: 4");
    expect_relative(of(theory_slow_phases, text), .5 / (.75 + .25 / 4), 1e-12);
    snprintf(text, sizeof text, format, "crash");
    expect_within(of(theory_down_share, text), .25 - .25 * 1.5 / 3600,
                  1e-9); // 1.5 s: of both rates
}

// P = 25 and K = 5: 4 versions where workers wait, 24/5 where they go on; 22 and 24 gradients.
static void theory__staleness__is_that_of_the_identity(void **state) {
    (void)state;
    static const char waits[] = "policy: {name: k_async, threshold: 5}\ncluster: {workers: 25}\n";
    static const char goes_on[] =
        "policy: {name: k_batch_async, threshold: 5}\ncluster: {workers: 25}\n";
    expect_relative(of(theory_mean_staleness, waits), 4, 1e-15);
    expect_relative(of(theory_mean_staleness, goes_on), 24.0 / 5, 1e-15);
    expect_relative(of(theory_gradient_staleness, waits), 22, 1e-15);
    expect_relative(
        of(theory_gradient_staleness, "policy: {name: async}\ncluster: {workers: 25}\n"), 24,
        1e-15);
}

// The formulas of all_reduce.h, by hand: 10 members, 3 ms, 25 MB over 1 Gbit/s are 200 ms.
static void theory__all_reduce__is_the_formula(void **state) {
    (void)state;
    static const struct {
        const char *kind;
        double ms;
    } cases[] = {{"ring", 18 * 3 + 1.8 * 200}, {"tree", 8 * 203}, {"server", 6 + 20 * 200}};
    for (size_t i = 0; i < 3; i++) {
        char text[300];
        snprintf(
            text, sizeof text,
            "policy: {name: k_avg, steps: 2}\ncluster: {workers: 10, compute: 100 ms, network: "
            "{latency: 3 ms, bandwidth: 1 Gbit/s, message: 25 MB, all_reduce: %s}}\n",
            cases[i].kind);
        expect_relative(of(theory_all_reduce_ns, text), cases[i].ms * 1e6, 1e-12);
        expect_relative(of(theory_local_period_ns, text), cases[i].ms * 1e6 + 2e8, 1e-12);
    }
}

// Six steps of 100 ms, two averages of four workers (318 ms), one of all twelve over the links
// between clusters (22 times 11 ms and 11/6 of 400 ms, rounded up).
static void theory__hierarchical_period__counts_each_average_once(void **state) {
    (void)state;
    static const char text[] =
        "policy: {name: hier_avg, steps: 6, cluster_steps: 2, cluster_size: 4}\n"
        "cluster: {workers: 12, compute: 100 ms, network: {latency: 3 ms, bandwidth: 1 Gbit/s, "
        "message: 25 MB, all_reduce: ring, cluster_size: 4, inter_latency: 11 ms, "
        "inter_bandwidth: 500 Mbit/s}}\n";
    expect_within(of(theory_hierarchical_period_ns, text), 2211333334, 0);
}

// Momentum 0 is none; K gradients that are added up are a step K times as long with more noise.
static void theory__variances__agree_where_they_must(void **state) {
    (void)state;
    static const char model[] = "model: {name: quadratic, dimension: 3, curvature: 2, noise: 0.5}\n"
                                "training: {learning_rate: %g}\n%s";
    char text[400];
    char other[400];
    snprintf(text, sizeof text, model, .1, "policy: {name: async}\ncluster: {workers: 1}\n");
    expect_relative(of(theory_variance, text), .05 * .05 / (.2 * 1.8), 1e-12);
    expect_relative(of(theory_variance_momentum, text), of(theory_variance, text), 1e-12);
    expect_relative(of(theory_variance_delayed, text), of(theory_variance, text), 1e-9);
    snprintf(text, sizeof text, model, .1,
             "policy: {name: sync, combine: mean}\ncluster: {workers: 5}\n");
    snprintf(other, sizeof other, model, .02,
             "policy: {name: sync, combine: sum}\ncluster: {workers: 5}\n");
    expect_relative(of(theory_variance, text), .05 * .05 / 5 / (.2 * 1.8), 1e-12);
    expect_relative(of(theory_variance, other), of(theory_variance, text), 1e-12);
    snprintf(text, sizeof text, model, .1,
             "policy: {name: k_avg, steps: 1}\ncluster: {workers: 4}\n");
    expect_relative(of(theory_spread, text), 3 * .05 * .05 * .75, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(theory__times_per_update__are_the_published_ones),
        cmocka_unit_test(theory__period_of_local_steps__is_the_greatest_sum),
        cmocka_unit_test(theory__what_comes_and_goes__takes_its_share),
        cmocka_unit_test(theory__staleness__is_that_of_the_identity),
        cmocka_unit_test(theory__all_reduce__is_the_formula),
        cmocka_unit_test(theory__hierarchical_period__counts_each_average_once),
        cmocka_unit_test(theory__variances__agree_where_they_must),
    };
    return cmocka_run_group_tests_name("theory", tests, NULL, NULL);
}
