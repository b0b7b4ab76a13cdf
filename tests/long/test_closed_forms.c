// SPDX-License-Identifier: GPL-3.0-or-later
// Losses, mixtures and events against closed forms, with a relative standard error of .3 % at most:
// at |z| <= 4 an error of 1.2 % cannot hide. (K-sync and async with a slow group, and the port,
// which are as sharp, are short enough for tests/property.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_linalg.h>
#include <math.h>

#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { WORKERS = 25, BATCHES = 50 };

static const double error_most = .003; // relative

static void judge(const char *what, double mean, double error, double expected) {
    double z = (mean - expected) / error;
    print_message("%s: %.6g, expected %.6g, standard error %.3f %%, z = %.2f\n", what, mean,
                  expected, 100 * error / expected, z);
    if (!(error <= error_most * expected) || !(fabs(z) <= 4)) {
        fail_msg("%s", what);
    }
}

// What independent values come to.
struct sums {
    double count, sum, squares;
};

static void add(struct sums *sums, double value) {
    sums->count++;
    sums->sum += value;
    sums->squares += value * value;
}

static void judge_mean(const char *what, const struct sums *sums, double expected) {
    double mean = sums->sum / sums->count;
    double variance = (sums->squares / sums->count - mean * mean) / (sums->count - 1);
    judge(what, mean, sqrt(variance), expected);
}

static void run(const char *end, const char *cluster, struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "seed: 12\nmodel: none\nend: %s\nlog: {events: false}\n"
                        "policy: {name: async}\ncluster:\n  workers: %d\n%s",
                        end, WORKERS, cluster);
    small_cluster_run(&scenario, log);
}

// How many gradients are applied a second, by means of batches of equal time, the first left out.
static void judge_rate(const char *what, const struct runlog *log, double expected) {
    struct sums rates = {0};
    double batch_s = (double)log->ending.end_ns / 1e9 / (BATCHES + 1);
    size_t at = 0;
    for (int batch = 0; batch <= BATCHES; batch++) {
        size_t before = at;
        while (at < rows(log->update_count) &&
               (double)log->updates[at].time_ns / 1e9 < (batch + 1) * batch_s) {
            at++;
        }
        if (batch > 0) {
            add(&rates, (double)(at - before) / batch_s);
        }
    }
    judge_mean(what, &rates, expected);
}

// Attempts are geometric: 1/(1-p) on average; their time-outs come to timeout p/(1 - p backoff).
static void closed_forms__losses__have_their_means(void **state) {
    (void)state;
    static const double shares[] = {.01, .1, .3};
    for (size_t i = 0; i < 3; i++) {
        double p = shares[i];
        char cluster[200];
        struct runlog log;
        struct sums pushes = {0};
        struct sums replies = {0};
        struct sums waits_s = {0};
        snprintf(cluster, sizeof cluster,
                 "  compute: 100 ms\n  network: {latency: 0 s, loss: %.15g %%, timeout: 200 ms, "
                 "backoff: 1.25}\n",
                 100 * p);
        run(p < .05 ? "100000 gradients" : "1500000 gradients", cluster, &log);
        for (size_t row = 0; row < rows(log.gradient_count); row++) {
            add(&pushes, (double)log.gradients[row].push_attempts);
            add(&replies, (double)log.gradients[row].reply_attempts);
            add(&waits_s, (double)log.gradients[row].push_ns / 1e9);
        }
        judge_mean("attempts of pushes", &pushes, 1 / (1 - p));
        judge_mean("attempts of replies", &replies, 1 / (1 - p));
        if (p >= .05) { // else so many would be needed
            judge_mean("time-outs", &waits_s, .2 * p / (1 - p * 1.25));
        }
        runlog_reset(&log);
    }
}

// If it failed, the parts would have other shares, or other laws, than the scenario says.
static void closed_forms__mixture__has_the_mean_of_its_parts(void **state) {
    (void)state;
    struct runlog log;
    struct sums compute_s = {0};
    run("800000 gradients",
        "  compute: {law: mixture, parts: {most: {law: uniform, min: 100 ms, max: 300 ms}, stall: "
        "{share: 10 %, law: exponential, mean: 2 s}}}\n",
        &log);
    for (size_t row = 0; row < rows(log.gradient_count); row++) {
        add(&compute_s, (double)log.gradients[row].compute_ns / 1e9);
    }
    judge_mean("mixture", &compute_s, .9 * .2 + .1 * 2);
    judge_rate("rate of a mixture", &log, WORKERS / (.9 * .2 + .1 * 2));
    runlog_reset(&log);
}

// Who is paused a share s = 2/(6+2) of the time computes for the rest of it (availability); who is
// three times slower for so long does 1 - s + s/3 (renewal-reward).
static void closed_forms__pauses_and_slow_phases__leave_their_share(void **state) {
    (void)state;
    static const struct {
        const char *what, *event;
        double speed;
    } cases[] = {{"availability", "pause", .75},
                 {"slow phases", "slowdown, slowdown: 3", .75 + .25 / 3}};
    for (size_t i = 0; i < 2; i++) {
        char cluster[300];
        struct runlog log;
        snprintf(cluster, sizeof cluster,
                 "  compute: 100 ms\n  events: {now_and_then: {event: %s, workers: 100 %%, every: "
                 "{law: exponential, mean: 6 s}, for: {law: exponential, mean: 2 s}}}\n",
                 cases[i].event);
        run("8000 s", cluster, &log);
        judge_rate(cases[i].what, &log, WORKERS * cases[i].speed / .1);
        runlog_reset(&log);
    }
}

// ---- M/M/1//P whose server pauses ----

// A Markov chain over (how many are at the server; whether it serves): each of those away comes at
// rate 1, it serves at rate "serves", stops at rate "stops" and goes on at rate "goes_on".
static double interrupted_throughput(double serves, double stops, double goes_on) {
    enum { STATES = 2 * (WORKERS + 1) };
    gsl_matrix *balance = gsl_matrix_calloc(STATES, STATES); // (to, from)
    gsl_vector *right = gsl_vector_calloc(STATES);
    gsl_vector *shares = gsl_vector_alloc(STATES);
    gsl_permutation *order = gsl_permutation_alloc(STATES);
    for (size_t from = 0; from < STATES; from++) {
        size_t queue = from / 2;
        bool up = from % 2 == 0;
        const struct {
            double rate;
            size_t to;
        } ways[] = {{(double)(WORKERS - queue), from + 2},
                    {up && queue > 0 ? serves : 0, from - 2},
                    {up ? stops : goes_on, up ? from + 1 : from - 1}};
        for (size_t i = 0; i < 3; i++) {
            if (ways[i].rate > 0) {
                *gsl_matrix_ptr(balance, ways[i].to, from) += ways[i].rate;
                *gsl_matrix_ptr(balance, from, from) -= ways[i].rate;
            }
        }
    }
    for (size_t from = 0; from < STATES; from++) { // in the place of one equation: they add up to 1
        gsl_matrix_set(balance, 0, from, 1);
    }
    gsl_vector_set(right, 0, 1);
    int sign = 0;
    gsl_linalg_LU_decomp(balance, order, &sign);
    gsl_linalg_LU_solve(balance, order, right, shares);
    double rate = 0;
    for (size_t queue = 1; queue <= WORKERS; queue++) {
        rate += serves * gsl_vector_get(shares, 2 * queue);
    }
    gsl_matrix_free(balance);
    gsl_vector_free(right);
    gsl_vector_free(shares);
    gsl_permutation_free(order);
    return rate;
}

// The chain must be the machine repairman where the server never stops: mean-value analysis.
static void closed_forms__server_that_never_pauses__is_the_machine_repairman(void **state) {
    (void)state;
    double queue = 0;
    double rate = 0;
    for (int n = 1; n <= WORKERS; n++) {
        double response = .04 * (1 + queue);
        rate = n / (1 + response);
        queue = rate * response;
    }
    assert_true(fabs(interrupted_throughput(25, 0, 1) / rate - 1) < 1e-12);
}

// A pause would not hold the service under way up by itself, or lose what arrives meanwhile.
static void closed_forms__server_that_pauses__serves_what_the_chain_does(void **state) {
    (void)state;
    static const struct {
        int receive_ms;
        double serves;
    } cases[] = {{20, 50}, {40, 25}, {80, 12.5}}; // below, near and above saturation
    for (size_t i = 0; i < 3; i++) {
        char cluster[300];
        struct runlog log;
        snprintf(cluster, sizeof cluster,
                 "  compute: {law: exponential, mean: 1 s}\n  server: {receive: {law: exponential, "
                 "mean: %d ms}}\n  events: {gc: {event: server_pause, every: {law: exponential, "
                 "mean: 3 s}, for: {law: exponential, mean: 1 s}}}\n",
                 cases[i].receive_ms);
        run("100000 s", cluster, &log);
        judge_rate("server that pauses", &log, interrupted_throughput(cases[i].serves, 1.0 / 3, 1));
        runlog_reset(&log);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_forms__losses__have_their_means),
        cmocka_unit_test(closed_forms__mixture__has_the_mean_of_its_parts),
        cmocka_unit_test(closed_forms__pauses_and_slow_phases__leave_their_share),
        cmocka_unit_test(closed_forms__server_that_never_pauses__is_the_machine_repairman),
        cmocka_unit_test(closed_forms__server_that_pauses__serves_what_the_chain_does),
    };
    return cmocka_run_group_tests_name("closed_forms", tests, NULL, NULL);
}
