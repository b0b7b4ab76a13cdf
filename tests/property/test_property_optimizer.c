// SPDX-License-Identifier: GPL-3.0-or-later
// Momentum, weight decay, schedules and corrections: whole runs computed again in double from the
// gradients that they logged, and the cases in which they come to something simpler, bit for bit.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "tests/support/expect.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { WORKERS = 4, TEXT_SIZE = 2048 };

static void run(const char *training, const char *policy, int workers, struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "seed: 5\nmodel: softmax\nend: 60 gradients\n"
                        "data: {name: random, features: 6, classes: 3, samples: 500}\n"
                        "training: {batch: 8, %s}\npolicy: %s\n"
                        "cluster: {workers: %d, compute: {law: exponential, mean: 100 ms}, server: "
                        "{receive: 1 ms, update: 2 ms}}\n"
                        "evaluation: {every: 0 s}\nlog: {gradients: true}\n",
                        training, policy, workers);
    small_cluster_run(&scenario, log);
}

// The definitions of optimizer_state.h and stale_correction.h once more, in double.
struct reference {
    const struct runlog *log;
    const struct training_options *options;
    size_t count;
    double *versions;   // (updates + 1, count)
    double *velocity;   // (count)
    double *velocities; // (workers, count)
    double *mean_square;
    double *step_square;
    double *sum;
};

static double *vector(size_t count) {
    return memory_allocate(count, sizeof(double));
}

static double corrected(struct reference *r, double g, size_t update, size_t version_read,
                        size_t i) {
    const struct correction_options *c = &r->options->policy.correction;
    double gap = r->versions[update * r->count + i] - r->versions[version_read * r->count + i];
    if (r->options->policy.policy == POLICY_DC_ASGD) {
        double lambda = c->lambda;
        if (c->adaptive) {
            r->mean_square[i] = c->decay * r->mean_square[i] + (1 - c->decay) * g * g;
            lambda /= sqrt(r->mean_square[i] + 1e-7);
        }
        return g + lambda * g * g * gap;
    }
    if (r->options->policy.policy == POLICY_GAP_AWARE && update > 0) {
        double bias = 1 - pow(c->step_decay, (double)update);
        double usual = r->options->learning_rate * (sqrt(r->step_square[i] / bias) + 1e-8);
        return g / (1 + fabs(gap) / usual);
    }
    return g;
}

static void take(struct reference *r, size_t row, size_t update) {
    const struct optimizer_options *o = &r->options->optimizer;
    const struct gradient_row *gradient = &r->log->gradients[row];
    size_t read = (size_t)gradient->version_read;
    for (size_t i = 0; i < r->count; i++) {
        double g = (double)r->log->values[row * r->count + i] +
                   o->weight_decay * r->versions[read * r->count + i];
        if (o->momentum > 0 && o->momentum_place == MOMENTUM_AT_WORKER) {
            double *v = &r->velocities[(size_t)gradient->worker * r->count + i];
            *v = o->momentum * *v + g;
            g = o->nesterov ? g + o->momentum * *v : *v;
        }
        r->sum[i] += corrected(r, g, update, read, i);
    }
}

static void step(struct reference *r, size_t update) {
    const struct optimizer_options *o = &r->options->optimizer;
    const struct update_row *row = &r->log->updates[update];
    bool server = o->momentum > 0 && o->momentum_place == MOMENTUM_AT_SERVER;
    bool mean = r->options->policy.combine == COMBINE_MEAN;
    for (size_t i = 0; i < r->count; i++) {
        double s = r->sum[i] / (mean ? (double)row->gradients : 1);
        double moved = s;
        if (server) {
            moved = r->velocity[i] = o->momentum * r->velocity[i] + s;
            s = o->nesterov ? s + o->momentum * moved : moved;
        }
        double decay = r->options->policy.correction.step_decay;
        r->step_square[i] = decay * r->step_square[i] + (1 - decay) * moved * moved;
        r->versions[(update + 1) * r->count + i] =
            r->versions[update * r->count + i] - row->learning_rate * s;
        r->sum[i] = 0;
    }
}

// In (worker, number) order, as far as a sum in double cares.
static void compute_again(struct reference *r) {
    for (size_t i = 0; i < r->count; i++) {
        r->versions[i] = (double)r->log->header.initial[i];
    }
    for (size_t update = 0; update < rows(r->log->update_count); update++) {
        for (int32_t worker = 0; worker < WORKERS; worker++) {
            for (size_t row = 0; row < rows(r->log->gradient_count); row++) {
                const struct gradient_row *gradient = &r->log->gradients[row];
                if (gradient->worker == worker && gradient->outcome == OUTCOME_APPLIED &&
                    gradient->version_applied == (int64_t)update) {
                    take(r, row, update);
                }
            }
        }
        step(r, update);
    }
}

// Float follows double within what 60 roundings of numbers of size 1 come to.
static void expect_as_in_double(const char *training, const char *policy) {
    struct runlog log;
    struct scenario scenario;
    run(training, policy, WORKERS, &log);
    small_cluster_parse(&scenario, "%s", log.header.scenario);
    size_t count = log.header.parameter_count;
    struct reference r = {.log = &log,
                          .options = &scenario.training,
                          .count = count,
                          .versions = vector((log.update_count + 1) * count),
                          .velocity = vector(count),
                          .velocities = vector(WORKERS * count),
                          .mean_square = vector(count),
                          .step_square = vector(count),
                          .sum = vector(count)};
    compute_again(&r);
    double most = 0;
    double moved = 0;
    for (size_t i = 0; i < count; i++) {
        double final = r.versions[log.update_count * count + i];
        most = fmax(most, fabs(final - (double)log.ending.final[i]));
        moved = fmax(moved, fabs(final - r.versions[i]));
    }
    if (most > 2e-5 * (1 + moved)) {
        fail_msg("%s, %s: off by %g; the parameters moved by %g", training, policy, most, moved);
    }
    memory_free(r.versions);
    memory_free(r.velocity);
    memory_free(r.velocities);
    memory_free(r.mean_square);
    memory_free(r.step_square);
    memory_free(r.sum);
    runlog_reset(&log);
}

// An error in the order of the terms, a forgotten factor or a velocity of the wrong worker is far
// above rounding.
static void optimizer__from_logged_gradients__is_the_same_in_double(void **state) {
    (void)state;
    static const char *const trainings[] = {
        "learning_rate: 0.1",
        "learning_rate: 0.05, momentum: 0.9",
        "learning_rate: 0.05, momentum: 0.9, nesterov: true",
        "learning_rate: 0.05, momentum: 0.9, momentum_at: worker",
        "learning_rate: 0.05, momentum: 0.8, momentum_at: worker, nesterov: true, weight_decay: "
        "0.1",
        "learning_rate: 0.1, weight_decay: 0.2",
        "learning_rate: 0.1, momentum: 0.5, rate: {schedule: step, every: 7, factor: 0.5}",
        "learning_rate: 0.1, rate: {schedule: cosine, over: 40, warm_up: 9, counts: gradients, "
        "scaling: root}",
    };
    static const char *const policies[] = {
        "{name: async}",
        "{name: hybrid, threshold: 3, combine: mean}",
        "{name: hybrid, threshold: 5, pushed_worker: continues}",
        "{name: dc_asgd, lambda: 2}",
        "{name: dc_asgd, lambda: 1, adaptive: true}",
        "{name: gap_aware}",
    };
    for (size_t i = 0; i < sizeof trainings / sizeof trainings[0]; i++) {
        for (size_t j = 0; j < sizeof policies / sizeof policies[0]; j++) {
            expect_as_in_double(trainings[i], policies[j]);
        }
    }
}

static void expect_same_run(const char *training_a, const char *policy_a, const char *training_b,
                            const char *policy_b, int workers) {
    struct runlog a;
    struct runlog b;
    run(training_a, policy_a, workers, &a);
    run(training_b, policy_b, workers, &b);
    small_cluster_expect_equal(&a, &b, policy_a);
    runlog_reset(&a);
    runlog_reset(&b);
}

// To the bit; with momentum and decay, too.
static void dc_asgd__lambda_of_zero__is_async(void **state) {
    (void)state;
    expect_same_run("learning_rate: 0.1", "{name: dc_asgd, lambda: 0}", "learning_rate: 0.1",
                    "{name: async}", WORKERS);
    expect_same_run("learning_rate: 0.1", "{name: dc_asgd, lambda: 0, adaptive: true}",
                    "learning_rate: 0.1", "{name: async}", WORKERS);
    expect_same_run("momentum: 0.9, weight_decay: 0.1", "{name: dc_asgd, lambda: 0}",
                    "momentum: 0.9, weight_decay: 0.1", "{name: async}", WORKERS);
}

// With one worker nothing is ever stale: sequential SGD.
static void corrections__one_worker__are_sequential_sgd(void **state) {
    (void)state;
    static const char *const policies[] = {"{name: dc_asgd, lambda: 5}",
                                           "{name: dc_asgd, lambda: 5, adaptive: true}",
                                           "{name: gap_aware}"};
    static const char *const trainings[] = {"learning_rate: 0.1", "momentum: 0.9",
                                            "momentum: 0.9, momentum_at: worker, nesterov: true"};
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++) {
            expect_same_run(trainings[j], policies[i], trainings[j], "{name: sync}", 1);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimizer__from_logged_gradients__is_the_same_in_double),
        cmocka_unit_test(dc_asgd__lambda_of_zero__is_async),
        cmocka_unit_test(corrections__one_worker__are_sequential_sgd),
    };
    return cmocka_run_group_tests_name("property_optimizer", tests, NULL, NULL);
}
