// SPDX-License-Identifier: GPL-3.0-or-later
// Messages that get lost: attempts and spans against their closed forms, and draws that a loss does
// not shift. |z| <= 4 with the seed fixed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/cluster/gradient_spans.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "tests/support/random_cluster.h"
#include "tests/support/small_cluster.h"

enum { DRAWS = 400000, GRADIENTS = 2000, WORKERS = 25, CLUSTERS = 300 };

static struct cluster_options options_of(double share, double backoff) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "model: none\nties: random\n"
                        "cluster:\n  compute: {law: exponential, mean: 1 s}\n"
                        "  delay: {law: exponential, mean: 1 s, workers: 50 %%, who: random}\n"
                        "  network: {latency: {law: exponential, mean: 5 ms}, bandwidth: 1 Gbit/s, "
                        "message: 1 MB, loss: %.15g %%, timeout: 200 ms, backoff: %.15g}\n"
                        "  server:\n    receive: {law: exponential, mean: 1 ms}\n"
                        "    reply: {law: exponential, mean: 1 ms}\n",
                        100 * share, backoff);
    return scenario.cluster;
}

// error_most: the relative standard error, which makes it a test.
static void expect_mean(const char *what, const double sums[2], double count, double error_most,
                        double expected) {
    double mean = sums[0] / count;
    double error = sqrt((sums[1] / count - mean * mean) / count);
    double z = (mean - expected) / error;
    if (!(fabs(z) <= 4) || !(error <= error_most * expected)) {
        fail_msg("%s: mean %.9g, expected %.9g, standard error %.3f %%, z = %.2f", what, mean,
                 expected, 100 * error / expected, z);
    }
}

// The attempts of pushes and of replies are geometric: 1/(1-p) on average. Their time-outs are
// timeout (1 + backoff + backoff^2 ...), on average timeout p/(1 - p backoff).
static void loss__attempts_and_time_outs__have_their_means(void **state) {
    (void)state;
    static const double shares[] = {.01, .1, .3};
    for (size_t i = 0; i < 3; i++) {
        double p = shares[i];
        double backoff = 1.25;
        struct cluster_options lossy = options_of(p, backoff);
        struct cluster_options calm = options_of(0, backoff);
        struct span_laws laws;
        struct span_laws without;
        double push[2] = {0};
        double reply[2] = {0};
        double wait_s[2] = {0};
        span_laws_init(&laws, &lossy, 5 + i, true, 1000000);
        span_laws_init(&without, &calm, 5 + i, true, 1000000);
        for (int64_t n = 0; n < DRAWS; n++) {
            struct gradient_spans spans;
            struct gradient_spans plain;
            span_laws_gradient(&laws, 3, n, &spans);
            span_laws_gradient(&without, 3, n, &plain);
            double pushes = (double)spans.push_losses + 1;
            double replies = (double)spans.reply_losses + 1;
            double waits_s = (double)(spans.push_ns - plain.push_ns) / 1e9;
            push[0] += pushes;
            push[1] += pushes * pushes;
            reply[0] += replies;
            reply[1] += replies * replies;
            wait_s[0] += waits_s;
            wait_s[1] += waits_s * waits_s;
        }
        expect_mean("pushes", push, DRAWS, .003, 1 / (1 - p));
        expect_mean("replies", reply, DRAWS, .003, 1 / (1 - p));
        expect_mean("time-outs", wait_s, DRAWS, .02, .2 * p / (1 - p * backoff));
    }
}

// "What would 1 % of loss do?" would compare two clusters of other workers if it shifted a draw.
static void loss__switched_on__changes_no_other_draw(void **state) {
    (void)state;
    struct cluster_options lossy = options_of(.3, 1);
    struct cluster_options calm = options_of(0, 1);
    struct span_laws laws;
    struct span_laws without;
    int64_t lost = 0;
    span_laws_init(&laws, &lossy, 9, true, 1000000);
    span_laws_init(&without, &calm, 9, true, 1000000);
    for (int32_t worker = 0; worker < WORKERS; worker++) {
        for (int64_t n = 0; n < GRADIENTS; n++) {
            struct gradient_spans spans;
            struct gradient_spans plain;
            span_laws_gradient(&laws, worker, n, &spans);
            span_laws_gradient(&without, worker, n, &plain);
            assert_int_equal(spans.compute_ns, plain.compute_ns);
            assert_int_equal(spans.delay_ns, plain.delay_ns);
            assert_int_equal(spans.receive_ns, plain.receive_ns);
            assert_int_equal(spans.reply_ns, plain.reply_ns);
            assert_true(spans.tie == plain.tie);
            assert_int_equal(spans.push_ns, plain.push_ns + 200000000 * spans.push_losses);
            assert_int_equal(spans.reply_travel_ns,
                             plain.reply_travel_ns + 200000000 * spans.reply_losses);
            lost += spans.push_losses + spans.reply_losses;
        }
    }
    assert_true(lost > 0);
    for (int64_t version = 1; version < GRADIENTS; version++) {
        assert_int_equal(span_laws_update(&laws, version), span_laws_update(&without, version));
    }
}

// A reduction draws once for each of its steps: for 8 workers 14, 6 or 2.
static void loss__of_a_reduction__is_drawn_for_each_step(void **state) {
    (void)state;
    static const int64_t steps[] = {
        [ALL_REDUCE_RING] = 14, [ALL_REDUCE_TREE] = 6, [ALL_REDUCE_SERVER] = 2};
    for (enum all_reduce kind = ALL_REDUCE_RING; kind < ALL_REDUCE_NONE; kind++) {
        struct cluster_options lossy = options_of(.2, 1);
        struct cluster_options calm = options_of(0, 1);
        struct span_laws laws;
        struct span_laws without;
        double sums[2] = {0};
        lossy.network.all_reduce = kind;
        calm.network.all_reduce = kind;
        span_laws_init(&laws, &lossy, 2, true, 1000);
        span_laws_init(&without, &calm, 2, true, 1000);
        for (int64_t n = 0; n < DRAWS / 20; n++) {
            struct reduction_group group = {0, 8, true, NULL};
            struct reduction_spans spans;
            struct reduction_spans plain;
            span_laws_reduction(&laws, group, n, &spans);
            span_laws_reduction(&without, group, n, &plain);
            assert_int_equal(plain.losses, 0);
            assert_int_equal(spans.span_ns, plain.span_ns + 200000000 * spans.losses);
            assert_true(spans.tie == plain.tie);
            sums[0] += (double)spans.losses;
            sums[1] += (double)spans.losses * (double)spans.losses;
        }
        expect_mean("retries", sums, DRAWS / 20, .02, (double)steps[kind] * .2 / .8);
    }
}

// A laptop on Wi-Fi changes no draw of anybody else, and of its own none but what it loses.
static void loss__of_a_group__changes_no_draw_of_the_others(void **state) {
    (void)state;
    struct span_laws laws[2];
    int64_t lost = 0;
    for (int i = 0; i < 2; i++) {
        struct scenario scenario;
        small_cluster_parse(&scenario,
                            i == 0 ? "model: none\nties: random\n"
                                   : "model: none\nties: random\ncluster: {groups: {laptop: "
                                     "{worker: 7, network: {loss: 30 %%, timeout: 1 s}}}}\n");
        span_laws_init(&laws[i], &scenario.cluster, 6, true, 1000);
    }
    for (int32_t worker = 0; worker < WORKERS; worker++) {
        for (int64_t n = 0; n < GRADIENTS / 10; n++) {
            struct gradient_spans plain;
            struct gradient_spans own;
            span_laws_gradient(&laws[0], worker, n, &plain);
            span_laws_gradient(&laws[1], worker, n, &own);
            assert_true(worker == 7 || own.push_losses + own.reply_losses == 0);
            lost += own.push_losses + own.reply_losses;
            plain.push_ns += 1000000000 * own.push_losses;
            plain.reply_travel_ns += 1000000000 * own.reply_losses;
            plain.push_losses = own.push_losses;
            plain.reply_losses = own.reply_losses;
            assert_memory_equal(&plain, &own, sizeof plain);
        }
    }
    assert_true(lost > 0);
    span_laws_reset(&laws[0]);
    span_laws_reset(&laws[1]);
}

// A sweep over the loss begins with 0 %, which must be the run that it was.
static void loss__of_nothing__is_the_scenario_without_it(void **state) {
    (void)state;
    struct scenario with;
    struct scenario without;
    small_cluster_parse(&with, "model: none\ncluster:\n  network: {latency: 1 ms, loss: 0 %%, "
                               "timeout: 3 s, backoff: 2}\n");
    small_cluster_parse(&without, "model: none\ncluster:\n  network: {latency: 1 ms}\n");
    assert_true(scenario_hash(&with) == scenario_hash(&without));
}

static void parse_lossy(const char *text, struct scenario *scenario) {
    static const struct scenario_setting settings[] = {{"cluster.network.loss", "25 %"},
                                                       {"cluster.network.timeout", "30 ms"},
                                                       {"cluster.network.backoff", "1.5"}};
    struct error error;
    if (scenario_parse("test", text, strlen(text), settings, 3, scenario, &error) != STATUS_OK) {
        fail_msg("%s\nin\n%s", error.message, text);
    }
}

// Whatever gets lost and whoever overtakes whom then: the audit of each run holds it against the
// rules, the staleness identity among them.
static void loss__in_random_clusters__keeps_the_rules(void **state) {
    (void)state;
    int64_t lost = 0;
    for (uint32_t i = 0; i < CLUSTERS; i++) {
        char text[RANDOM_CLUSTER_TEXT_SIZE];
        struct rng_stream stream;
        struct scenario scenario;
        struct runlog log;
        rng_stream_init(&stream, 3, RNG_TEST, 11, i, 0);
        random_cluster_make(&stream, i, text);
        parse_lossy(text, &scenario);
        small_cluster_run_with(&scenario, NULL, &log, NULL);
        for (size_t row = 0; row < log.gradient_count; row++) { // or none
            lost += log.gradients[row].push_attempts - 1;
        }
        runlog_reset(&log);
    }
    assert_true(lost > CLUSTERS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss__attempts_and_time_outs__have_their_means),
        cmocka_unit_test(loss__switched_on__changes_no_other_draw),
        cmocka_unit_test(loss__of_a_reduction__is_drawn_for_each_step),
        cmocka_unit_test(loss__of_a_group__changes_no_draw_of_the_others),
        cmocka_unit_test(loss__of_nothing__is_the_scenario_without_it),
        cmocka_unit_test(loss__in_random_clusters__keeps_the_rules),
    };
    return cmocka_run_group_tests_name("property_loss", tests, NULL, NULL);
}
