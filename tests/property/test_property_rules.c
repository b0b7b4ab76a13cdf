// SPDX-License-Identifier: GPL-3.0-or-later
// Rules of steps, recomputed in double from the log: on a quadratic without noise the gradient of
// each coordinate is the parameter itself, so that the logged gradients say where each was read.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "models/data/shard.h"
#include "sim/run/run_inputs.h"
#include "tests/support/expect.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

static void run(struct runlog *log, const char *text) {
    struct scenario scenario;
    small_cluster_parse(&scenario, "%s", text);
    small_cluster_run(&scenario, log);
}

// Where the worker's gradient with this number was computed; NaN: it is in no version.
static double read_at(const struct runlog *log, int32_t worker, int64_t number) {
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        const struct gradient_row *row = &log->gradients[i];
        if (row->worker == worker && row->number == number && row->outcome == OUTCOME_APPLIED) {
            return (double)log->values[i];
        }
    }
    return (double)NAN;
}

static const struct gradient_row *row_of(const struct runlog *log, int32_t worker, int64_t number) {
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        if (log->gradients[i].worker == worker && log->gradients[i].number == number) {
            return &log->gradients[i];
        }
    }
    return NULL;
}

// ---- the n of a worker's step while an average is under way ----

// One worker under cocod is sequential SGD. Its averages take 150 ms and so become versions in the
// middle of a round of three steps: n goes on as 0, 1, 2, 3, 4, ... all the same, and the n-th step
// multiplies x with 1 - 0.1 / 2^n.
static void cocod__an_average_that_comes_in_mid_round__does_not_turn_the_rate_back(void **state) {
    (void)state;
    struct runlog log;
    double x = 1;
    run(&log, "end: 4 updates\nmodel: {name: quadratic, dimension: 1, noise: 0}\n"
              "training: {learning_rate: 0.1, rate: {schedule: step, every: 1, factor: 0.5, "
              "counts: gradients}}\n"
              "policy: {name: cocod, steps: 3}\nlog: {gradients: true}\n"
              "cluster: {workers: 1, compute: 100 ms, network: {latency: 75 ms, all_reduce: "
              "server}}\n");
    for (int64_t n = 0; n < 12; n++) {
        expect_relative(read_at(&log, 0, n), x, 1e-6);
        x *= 1 - 0.1 * pow(0.5, (double)n);
    }
    runlog_reset(&log);
}

// Gradients of all in the versions up to this one, and of them the worker's own.
static int64_t in_version(const struct runlog *log, int64_t version, int32_t worker, int64_t *own) {
    int64_t all = 0;
    *own = 0;
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        const struct gradient_row *row = &log->gradients[i];
        bool in = row->outcome == OUTCOME_APPLIED && row->version_applied < version;
        all += in;
        *own += in && row->worker == worker;
    }
    return all;
}

// n: the gradients of the version that the worker's model comes from, and its own that are not in
// it. The step from gradient k to k + 1 within a round multiplies x with 1 - 0.1 * 0.9^n.
static void expect_rates_of_definition(const char *policy, int64_t steps) {
    struct scenario scenario;
    struct runlog log;
    size_t checked = 0;
    small_cluster_parse(&scenario,
                        "end: 80 gradients\nmodel: {name: quadratic, dimension: 1, noise: 0}\n"
                        "training: {learning_rate: 0.1, rate: {schedule: step, every: 1, factor: "
                        "0.9, counts: gradients}}\n"
                        "policy: {name: %s, steps: %d}\nlog: {gradients: true}\n"
                        "cluster: {workers: 3, compute: {law: uniform, min: 50 ms, max: 150 ms}, "
                        "network: {latency: 30 ms}}\n",
                        policy, (int)steps);
    small_cluster_run(&scenario, &log);
    for (size_t i = 0; i < rows(log.gradient_count); i++) {
        const struct gradient_row *row = &log.gradients[i];
        double next = read_at(&log, row->worker, row->number + 1);
        if (isnan(next) || (row->number + 1) % steps == 0) {
            continue;
        }
        int64_t own = 0;
        int64_t n = in_version(&log, row->version_read, row->worker, &own) + row->number - own;
        expect_within(1 - next / (double)log.values[i], 0.1 * pow(0.9, (double)n), 1e-6);
        checked++;
    }
    assert_true(checked >= 30);
    runlog_reset(&log);
}

// All schemes whose workers step on their own count alike.
static void local_models__rate_over_gradients__follows_its_definition(void **state) {
    (void)state;
    expect_rates_of_definition("cocod", 4);
    expect_rates_of_definition("overlap_local_sgd", 4);
    expect_rates_of_definition("k_avg", 4);
    expect_rates_of_definition("easgd, gradient: after", 4);
}

// ---- easgd ----

#define ELASTIC(more)                                                                              \
    "end: 4 gradients\nmodel: {name: quadratic, dimension: 1, noise: 0}\n"                         \
    "training: {learning_rate: 0.125, weight_decay: 1}\nlog: {gradients: true}\n"                  \
    "policy: {name: easgd, steps: 2, alpha: 0.25" more "}\n"                                       \
    "cluster: {workers: 1, compute: 100 ms}\nevaluation: {every: 0 s}\n"

// One worker, c the centre, exact in binary. With g = x and a weight decay of 1 a step takes
// 0.125 (x + x) of the x at which it was read:
//   x0 = 1; x1 = 3/4; x2 = 9/16, read; then the pull u = (9/16 - 1) / 4 = -7/64: c = 57/64,
//   x = 43/64, and the step by the gradient read at 9/16: x3 = 43/64 - 9/64 = 34/64 (were the
//   decay taken behind the pull: 43/64 - (36 + 43)/512 = 265/512); x4 = 3/4 x3 = 51/128
// The distance of gradient 2 is that of 9/16 from version 0, 7/16; of gradient 3, that comes from
// the centre of now, |34 - 57| / 64.
static void easgd__gradient_before__decays_at_what_it_was_read_at(void **state) {
    (void)state;
    struct runlog log;
    run(&log, ELASTIC(""));
    expect_within(read_at(&log, 0, 2), 9.0 / 16, 0);
    expect_within(read_at(&log, 0, 3), 34.0 / 64, 0);
    expect_within(row_of(&log, 0, 1)->distance, 1.0 / 4, 0);
    expect_within(row_of(&log, 0, 2)->distance, 7.0 / 16, 0);
    expect_within(row_of(&log, 0, 3)->distance, 23.0 / 64, 0);
    assert_int_equal(row_of(&log, 0, 2)->version_read, 0);
    runlog_reset(&log);
}

// The same run, looked at once at the workers' mean and once at the centre, which after the second
// exchange, at x4 = 51/128, is c = 57/64 + (51/128 - 57/64) / 4 = 393/512; the loss is half its
// square.
static void easgd__evaluate_centre__shows_and_leaves_the_centre(void **state) {
    (void)state;
    struct runlog mean;
    struct runlog centre;
    run(&mean, ELASTIC(""));
    run(&centre, ELASTIC(", evaluate: centre"));
    const double c = 393.0 / 512;
    assert_int_equal(centre.update_count, 2);
    expect_within((double)centre.ending.final[0], c, 0);
    expect_within(centre.evaluations[centre.evaluation_count - 1].train_loss, c * c / 2, 1e-15);
    assert_true(mean.ending.final[0] != centre.ending.final[0]);
    assert_true(mean.ending.timeline_fingerprint == centre.ending.timeline_fingerprint);
    assert_true(mean.updates[1].parameter_hash == centre.updates[1].parameter_hash);
    assert_true(centre.updates[1].parameter_hash == centre.ending.parameter_fingerprint);
    runlog_reset(&mean);
    runlog_reset(&centre);
}

// By the same numbers: the centre is in the log whatever is evaluated, and only of a scheme that
// has one and computes. Before the first exchange it is the initial model. (The run ends before the
// second pull is back at the worker, whose model is x4 then.)
static void easgd__the_centre__is_left_behind_whatever_is_evaluated(void **state) {
    (void)state;
    struct runlog log;
    run(&log, ELASTIC(""));
    expect_within((double)log.ending.centre[0], 393.0 / 512, 0);
    expect_within((double)log.ending.final[0], 51.0 / 128, 0);
    runlog_reset(&log);
    run(&log, ELASTIC(", evaluate: centre"));
    expect_within((double)log.ending.centre[0], 393.0 / 512, 0);
    runlog_reset(&log);
    run(&log, "end: 150 ms\nmodel: {name: quadratic, dimension: 1}\npolicy: {name: easgd}\n"
              "training: {learning_rate: 0.125}\ncluster: {workers: 1, compute: 100 ms}\n");
    assert_int_equal(log.update_count, 0);
    expect_within((double)log.ending.centre[0], (double)log.header.initial[0], 0);
    runlog_reset(&log);
    run(&log, "end: 4 gradients\nmodel: none\npolicy: {name: easgd, steps: 2}\n"
              "cluster: {workers: 1, compute: 100 ms}\n");
    assert_null(log.ending.centre);
    runlog_reset(&log);
    run(&log, "end: 4 gradients\nmodel: {name: quadratic, dimension: 1}\n"
              "policy: {name: k_avg, steps: 2}\ncluster: {workers: 1, compute: 100 ms}\n");
    assert_null(log.ending.centre);
    runlog_reset(&log);
}

// ---- fedbuff ----

#define BUFFERED(of)                                                                               \
    "end: 3 updates\nmodel: {name: quadratic, dimension: 1, noise: 0}\n"                           \
    "training: {learning_rate: 0.5, rate: {schedule: step, every: 1, factor: 0.5" of "}}\n"        \
    "policy: {name: fedbuff, threshold: 1, local_steps: 2, server_rate: 1}\n"                      \
    "log: {gradients: true}\ncluster: {workers: 1, compute: 100 ms}\n"

// One worker of two local steps, at x with n updates before, exact in binary.
//   of server: x1 = x (1 - 1/2); the gradients sum up to x + x/2 = 3x/2, and the server steps by
//              0.5 / 2^n: x = 1, 1/4, 1/4 - 3/8 / 4 = 5/32, 5/32 - 15/64 / 8 = 65/512
//   of local:  the steps are of r = 0.5 / 2^n, and the server goes the same way, so that each
//              multiplies x with 1 - r: x = 1, 1/4, 1/4 (3/4)^2 = 9/64, 9/64 (7/8)^2 = 441/4096
static void fedbuff__rate_of__decides_whose_steps_follow_the_schedule(void **state) {
    (void)state;
    struct runlog log;
    run(&log, BUFFERED(""));
    expect_within((double)log.ending.final[0], 65.0 / 512, 0);
    expect_within(log.updates[2].learning_rate, 0.125, 0);
    runlog_reset(&log);
    run(&log, BUFFERED(", of: local"));
    expect_within((double)log.ending.final[0], 441.0 / 4096, 0);
    expect_within(log.updates[2].learning_rate, 0.5, 0);
    expect_within(read_at(&log, 0, 1), 1.0 / 4 + 1.0 / 4 * 3 / 4, 0); // the sum at r = 1/4
    runlog_reset(&log);
}

// A warm-up is part of the schedule: over 4 updates the rates are 1/8, 2/8, 3/8 of one half ... of
// the steps on the way, by the n of the version that was read.
static void fedbuff__rate_of_local__warms_the_local_steps_up(void **state) {
    (void)state;
    struct runlog log;
    run(&log, "end: 2 updates\nmodel: {name: quadratic, dimension: 1, noise: 0}\n"
              "training: {learning_rate: 0.5, rate: {warm_up: 4, of: local}}\n"
              "policy: {name: fedbuff, threshold: 1, local_steps: 2}\n"
              "cluster: {workers: 1, compute: 100 ms}\n");
    expect_within((double)log.ending.final[0], 7.0 / 8 * 7 / 8 * 3 / 4 * 3 / 4, 0);
    runlog_reset(&log);
}

// ---- averages by the size of the shard ----

// How far the first version is from the initial parameters, by hand: every gradient in it counts as
// its worker does, eta sum_i (n_i / n) sum_k g_ik. (An average of a cluster before that leaves the
// weighted mean of all as it is.)
static double way_of_first(const struct runlog *log, const struct run_inputs *inputs, bool weighs) {
    size_t parameters = log->header.parameter_count;
    double square = 0;
    for (size_t p = 0; p < parameters; p++) {
        double sum = 0;
        double whole = 0;
        for (int32_t worker = 0; worker < log->header.workers; worker++) {
            size_t samples = 0;
            shard_plan_samples(inputs->shards, worker, &samples);
            double weight = weighs ? (double)samples : 1;
            whole += weight;
            for (size_t i = 0; i < rows(log->gradient_count); i++) {
                const struct gradient_row *row = &log->gradients[i];
                bool in = row->worker == worker && row->version_applied == 0;
                sum += in ? weight * (double)log->values[i * parameters + p] : 0;
            }
        }
        square += sum / whole * (sum / whole);
    }
    return 0.1 * sqrt(square);
}

static void expect_weighed(const char *policy, const char *weights, double share) {
    struct scenario scenario;
    struct runlog log;
    struct run_inputs inputs;
    struct error error;
    bool weighs = weights[0] == 's';
    small_cluster_parse(&scenario,
                        "end: 1 updates\nmodel: softmax\n"
                        "data: {name: random, samples: 200, shards: dirichlet, alpha: 0.2}\n"
                        "training: {batch: 4, learning_rate: 0.1}\n"
                        "policy: {name: %s, weights: %s}\nlog: {gradients: true}\n"
                        "cluster: {workers: 4, compute: 100 ms, network: {latency: 10 ms}}\n"
                        "evaluation: {every: 0 s}\n",
                        policy, weights);
    small_cluster_run(&scenario, &log);
    assert_int_equal(
        run_inputs_open(&scenario, &(struct run_inputs_options){.threads = 1}, &inputs, &error),
        STATUS_OK);
    double right = way_of_first(&log, &inputs, weighs);
    double wrong = way_of_first(&log, &inputs, !weighs);
    expect_relative(log.updates[0].update_norm, share * right, 1e-5);
    assert_true(fabs(right - wrong) > 0.01 * right); // else the shards say nothing
    run_inputs_close(&inputs);
    runlog_reset(&log);
}

// Uneven shards: who has more samples counts more, in every scheme that averages.
static void averaging__weights_samples__counts_by_the_size_of_the_shard(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double share; // of its way that a worker gives: overlap_local_sgd pulls it back by alpha
    } policies[] = {{"k_avg, steps: 3", 1},
                    {"hier_avg, cluster_size: 2, cluster_steps: 1, steps: 3", 1},
                    {"hpsgd", 1},
                    {"cocod, steps: 2", 1},
                    {"adacomm, steps: 2", 1},
                    {"overlap_local_sgd, steps: 2, alpha: 0.25", 0.75},
                    {"post_local, steps: 2", 1}};
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        expect_weighed(policies[i].text, "samples", policies[i].share);
        expect_weighed(policies[i].text, "equal", policies[i].share);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cocod__an_average_that_comes_in_mid_round__does_not_turn_the_rate_back),
        cmocka_unit_test(local_models__rate_over_gradients__follows_its_definition),
        cmocka_unit_test(easgd__gradient_before__decays_at_what_it_was_read_at),
        cmocka_unit_test(easgd__evaluate_centre__shows_and_leaves_the_centre),
        cmocka_unit_test(easgd__the_centre__is_left_behind_whatever_is_evaluated),
        cmocka_unit_test(fedbuff__rate_of__decides_whose_steps_follow_the_schedule),
        cmocka_unit_test(fedbuff__rate_of_local__warms_the_local_steps_up),
        cmocka_unit_test(averaging__weights_samples__counts_by_the_size_of_the_shard),
    };
    return cmocka_run_group_tests_name("property_rules", tests, NULL, NULL);
}
