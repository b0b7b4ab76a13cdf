// SPDX-License-Identifier: GPL-3.0-or-later
// Training against closed forms: stochastic gradient descent on the noisy quadratic, whose moments
// and whose edge of divergence under delay are known. Seeds are fixed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "models/quadratic.h"
#include "tests/support/expect.h"
#include "tests/support/small_cluster.h"

static const double pi = 3.14159265358979323846;

enum { BATCHES = 40, DIMENSION = 20, UPDATES = 120000 };

// The mean of w^2 over steps and coordinates, by the losses curvature / 2 |w|^2 of the gradients,
// each taken at the newest parameters; the first twentieth left out. Means of batches give the
// standard error.
static void mean_square(const struct runlog *log, double curvature, double *mean,
                        double *standard_error) {
    size_t start = log->gradient_count / 20;
    size_t size = (log->gradient_count - start - 1) / BATCHES;
    double sum = 0;
    double squares = 0;
    for (size_t b = 0; b < BATCHES; b++) {
        double batch = 0;
        for (size_t i = 0; i < size; i++) {
            batch += log->gradients[start + b * size + i].loss;
        }
        batch *= 2 / curvature / DIMENSION / (double)size;
        sum += batch;
        squares += batch * batch;
    }
    *mean = sum / BATCHES;
    *standard_error = sqrt((squares - sum * *mean) / (BATCHES - 1) / BATCHES);
}

// With a step eta, curvature c and noise s: Var[w] = eta s^2 / (c (2 - eta c)).
static void expect_stationary_variance(double eta, double curvature, double noise) {
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "seed: 3\nend: %d updates\nlog: {events: false}\n"
                        "model: {name: quadratic, dimension: %d, curvature: %g, noise: %g}\n"
                        "training: {learning_rate: %g}\npolicy: {name: async}\n"
                        "cluster: {workers: 1, compute: 1 s}\nevaluation: {every: 0 s}\n",
                        UPDATES, DIMENSION, curvature, noise, eta);
    small_cluster_run(&scenario, &log);
    double mean = 0;
    double standard_error = 0;
    double expected = eta * noise * noise / (curvature * (2 - eta * curvature));
    mean_square(&log, curvature, &mean, &standard_error);
    runlog_reset(&log);
    print_message("eta %g, curvature %g, noise %g: variance %.6g +- %.2g, closed form %.6g\n", eta,
                  curvature, noise, mean, standard_error, expected);
    assert_true(standard_error < 0.01 * expected);
    expect_within(mean, expected, 3 * standard_error);
}

// The noise of training is what asynchrony is traded against: sequential SGD must have the variance
// of its theory, for a small step, for the one that forgets everything, and near the edge.
static void quadratic__sequential_sgd__has_the_variance_of_its_closed_form(void **state) {
    (void)state;
    expect_stationary_variance(0.1, 1, 1);
    expect_stationary_variance(0.25, 2, 0.5);
    expect_stationary_variance(0.5, 2, 3);
    expect_stationary_variance(1.5, 1, 0.1);
}

// Without noise every step multiplies by 1 - eta c: a factor or a sign that is off changes the
// rate.
static void quadratic__without_noise__shrinks_by_its_factor(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "end: 100 updates\ntraining: {learning_rate: 0.125}\n"
                        "model: {name: quadratic, dimension: 3, curvature: 0.5, noise: 0}\n"
                        "policy: {name: sync}\ncluster: {workers: 1, compute: 1 s}\n");
    small_cluster_run(&scenario, &log);
    double expected = pow(1 - 0.125 * 0.5, 100);
    for (size_t i = 0; i < 3; i++) {
        expect_within((double)log.header.initial[i], 1, 0);
        expect_relative((double)log.ending.final[i], expected, 1e-5);
    }
    const struct evaluation_row *last = &log.evaluations[log.evaluation_count - 1];
    expect_relative(last->test_loss, 0.5 / 2 * 3 * expected * expected, 1e-4);
    expect_within(last->train_loss, last->test_loss, 0);
    assert_true(isnan(last->test_accuracy) && isnan(last->train_accuracy));
    runlog_reset(&log);
}

// The largest loss among gradients first .. end - 1 in the order of their dispatch.
static double largest_loss(const struct runlog *log, size_t first, size_t end) {
    double largest = 0;
    for (size_t i = first; i < end; i++) {
        largest = fmax(largest, log->gradients[i].loss); // NaN, of one under way, is no number
    }
    return largest;
}

// Whether w grows in the long run with this product of step and curvature: the swings late in the
// run against those early on. Constant compute times make every gradient P - 1 versions old.
static bool grows(int workers, int updates, double product) {
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "end: %d updates\nlog: {events: false}\n"
                        "model: {name: quadratic, dimension: 1, curvature: 2, noise: 0}\n"
                        "training: {learning_rate: %.17g}\npolicy: {name: async}\n"
                        "cluster: {workers: %d, compute: 1 s}\nevaluation: {every: 0 s}\n",
                        updates, product / 2, workers);
    small_cluster_run(&scenario, &log);
    size_t count = log.gradient_count - (size_t)workers;
    for (size_t i = (size_t)workers; i < count; i++) {
        assert_int_equal(log.gradients[i].staleness, workers - 1);
    }
    double early = largest_loss(&log, count / 10, count * 3 / 10);
    double late = largest_loss(&log, count * 8 / 10, count);
    runlog_reset(&log);
    assert_true(late > 1.5 * early || late < early / 1.5); // long enough to tell
    return late > early;
}

// How stale a gradient may be is the question of the whole subject: with d = P - 1 versions of
// delay the edge lies at eta c = 2 sin(pi / (4 d + 2)), and a simulator whose staleness is off by
// one misses it by far more than 1 %.
static void quadratic__under_constant_delay__diverges_at_the_edge(void **state) {
    (void)state;
    const struct {
        int workers;
        int updates;
    } cases[] = {{1, 1000}, {2, 2000}, {5, 5000}, {25, 60000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double edge = 2 * sin(pi / (4 * (cases[i].workers - 1) + 2));
        assert_false(grows(cases[i].workers, cases[i].updates, 0.99 * edge));
        assert_true(grows(cases[i].workers, cases[i].updates, 1.01 * edge));
    }
}

// The noise has mean 0 and variance 1 and fourth moment 3 - 6/5/12 = 2.9 (of a sum of twelve
// uniforms), and is another one for each worker, number, seed and coordinate.
static void quadratic_gradient__noise__has_its_moments_and_its_key(void **state) {
    (void)state;
    enum { COUNT = 200000 };
    static real zeros[COUNT];
    static real noise[COUNT];
    const struct quadratic_options options = {COUNT, 1, 1};
    struct gradient_key key = {7, 3, 41};
    quadratic_gradient(&options, zeros, &key, noise);
    double moments[5] = {0};
    for (size_t i = 0; i < COUNT; i++) {
        for (int power = 1; power <= 4; power++) {
            moments[power] += pow((double)noise[i], power) / COUNT;
        }
    }
    expect_within(moments[1], 0, 4 / sqrt(COUNT));
    expect_within(moments[2], 1, 4 * sqrt(1.9 / COUNT));
    expect_within(moments[3], 0, 4 * sqrt(13.0 / COUNT));
    expect_within(moments[4], 2.9, 4 * sqrt(80.0 / COUNT));
    const struct gradient_key others[] = {{8, 3, 41}, {7, 4, 41}, {7, 3, 42}, {7, 3, 41}};
    const struct quadratic_options one = {2, 1, 1};
    for (size_t i = 0; i < 4; i++) {
        real other[2];
        quadratic_gradient(&one, zeros, &others[i], other);
        assert_int_equal(other[0] == noise[0], i == 3);
    }
    assert_true(noise[0] != noise[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quadratic__sequential_sgd__has_the_variance_of_its_closed_form),
        cmocka_unit_test(quadratic__without_noise__shrinks_by_its_factor),
        cmocka_unit_test(quadratic__under_constant_delay__diverges_at_the_edge),
        cmocka_unit_test(quadratic_gradient__noise__has_its_moments_and_its_key),
    };
    return cmocka_run_group_tests_name("quadratic", tests, NULL, NULL);
}
