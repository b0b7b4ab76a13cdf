// SPDX-License-Identifier: GPL-3.0-or-later
// update_step: every update of a run computed again from its log, plainly: gradients at the
// versions that the rows name, on the samples that they name, summed in (worker, number) order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/data/dataset_files.h"
#include "models/model.h"
#include "sim/base/memory.h"
#include "sim/run/data_folder.h"
#include "sim/simulation/update_step.h"
#include "tests/support/batch_gradient.h"
#include "tests/support/expect.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { BATCH = 6 };

struct recomputation {
    const struct scenario *scenario;
    const struct runlog *log;
    struct model *model;
    struct dataset *dataset;
    struct model_workspace *workspace;
    size_t count;
    float *inputs;
    float **versions; // (updates + 1), each (count)
};

static struct recomputation begin(const struct scenario *scenario, const struct runlog *log) {
    struct recomputation r = {.scenario = scenario, .log = log};
    struct error error;
    assert_int_equal(dataset_open("mnist", data_folder(NULL), &r.dataset, &error), STATUS_OK);
    const struct dataset_entry *data = dataset_describe(r.dataset);
    const struct model_options options =
        scenario_model_options(scenario, data->input_count, data->class_count);
    r.model = model_create(&options);
    r.workspace = model_workspace_create(r.model, BATCH);
    r.count = model_parameter_count(r.model);
    assert_int_equal(r.count, log->header.parameter_count);
    r.inputs = memory_allocate_aligned(model_inputs_size(r.model, BATCH), sizeof(float));
    r.versions = memory_allocate(log->update_count + 1, sizeof *r.versions);
    for (size_t i = 0; i <= rows(log->update_count); i++) {
        r.versions[i] = memory_allocate_aligned(r.count, sizeof(float));
    }
    model_initial_parameters(r.model, scenario->seed, r.versions[0]);
    assert_memory_equal(r.versions[0], log->header.initial, r.count * sizeof(float));
    return r;
}

static void end(struct recomputation *r) {
    for (size_t i = 0; i <= rows(r->log->update_count); i++) {
        memory_free(r->versions[i]);
    }
    memory_free(r->versions);
    memory_free(r->inputs);
    model_workspace_destroy(r->workspace);
    model_destroy(r->model);
    dataset_close(r->dataset);
}

static double distance(const float *a, const float *b, size_t count) {
    long double sum = 0;
    for (size_t i = 0; i < count; i++) {
        long double difference = (long double)a[i] - (long double)b[i];
        sum += difference * difference;
    }
    return (double)sqrtl(sum);
}

// 1/tau, but 1 for tau = 0 (arXiv 1511.05950, section 4); 1/sqrt(1 + tau) (arXiv 2106.06639).
static float weight_of(const struct scenario *scenario, int64_t staleness) {
    const struct policy_options *policy = &scenario->training.policy;
    if (policy->stale_weight == STALE_WEIGHT_INVERSE && staleness > 0) {
        return (float)(1.0 / (double)staleness);
    }
    return policy->stale_weight == STALE_WEIGHT_INVERSE_ROOT
               ? (float)(1 / sqrt(1 + (double)staleness))
               : 1.0f;
}

// Adds the gradient of a row to the sum and checks the row's own values.
static void add_gradient(struct recomputation *r, size_t row, float *sum) {
    const struct gradient_row *gradient = &r->log->gradients[row];
    const float *read = r->versions[gradient->version_read];
    const float *applied = r->versions[gradient->version_applied];
    float *values = memory_allocate(r->count, sizeof *values);
    uint8_t labels[BATCH];
    dataset_gather(r->dataset, SPLIT_TRAIN, &r->log->samples[BATCH * row], BATCH,
                   model_block_lanes(r->model, BATCH), r->inputs, labels);
    double loss = batch_gradient(r->model, r->workspace, read, r->inputs, labels, BATCH, values);
    float weight = weight_of(r->scenario, gradient->staleness);
    for (size_t i = 0; i < r->count; i++) {
        sum[i] = fmaf(weight, values[i], sum[i]);
    }
    assert_memory_equal(values, &r->log->values[r->count * row], r->count * sizeof *values);
    memory_free(values);
    assert_true(gradient->loss == loss);
    expect_relative(gradient->distance, distance(applied, read, r->count), 1e-12);
}

// The flush in (worker, number) order: the first row after "last" in that order, or the row count.
static size_t next_in_flush(const struct runlog *log, int64_t version, int32_t worker,
                            int64_t number) {
    size_t best = log->gradient_count;
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        const struct gradient_row *row = &log->gradients[i];
        bool later = row->worker > worker || (row->worker == worker && row->number > number);
        if (row->version_applied != version || !later) {
            continue;
        }
        const struct gradient_row *least = &log->gradients[best];
        if (best == log->gradient_count || row->worker < least->worker ||
            (row->worker == least->worker && row->number < least->number)) {
            best = i;
        }
    }
    return best;
}

static void recompute_update(struct recomputation *r, size_t version) {
    const struct update_row *update = &r->log->updates[version];
    const float *current = r->versions[version];
    float *next = r->versions[version + 1];
    float *sum = memory_allocate(r->count, sizeof *sum);
    int64_t gradients = 0;
    size_t row = next_in_flush(r->log, (int64_t)version, -1, 0);
    while (row < r->log->gradient_count) {
        add_gradient(r, row, sum);
        gradients++;
        row = next_in_flush(r->log, (int64_t)version, r->log->gradients[row].worker,
                            r->log->gradients[row].number);
    }
    double rate = r->scenario->training.learning_rate;
    if (r->scenario->training.policy.combine == COMBINE_MEAN) {
        rate /= (double)gradients;
    }
    for (size_t i = 0; i < r->count; i++) {
        next[i] = fmaf(-(float)rate, sum[i], current[i]);
    }
    memory_free(sum);
    assert_true(update->gradients == gradients);
    uint64_t hash = fingerprint_bytes(next, r->count * sizeof *next);
    if (update->parameter_hash != hash) {
        fail_msg("update %zu: parameters %016" PRIx64 ", recomputed %016" PRIx64, version,
                 update->parameter_hash, hash);
    }
    expect_relative(update->update_norm, distance(next, current, r->count), 1e-12);
}

static void expect_recomputed(const char *policy) {
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(
        &scenario,
        "seed: 17\nmodel: mnist_ray\nend: 60 gradients\n"
        "training: {batch: 6, learning_rate: 0.03}\npolicy: %s\n"
        "cluster:\n  workers: 5\n  compute: {law: uniform, min: 60 ms, max: 140 ms}\n"
        "  server: {receive: 10 ms, update: 5 ms, reply: 2 ms}\n"
        "evaluation: {every: 0 s, test_samples: 10, train_samples: 10}\n"
        "log: {samples: true, gradients: true}\n",
        policy);
    small_cluster_run(&scenario, &log);
    struct recomputation r = begin(&scenario, &log);
    for (size_t version = 0; version < rows(log.update_count); version++) {
        recompute_update(&r, version);
    }
    assert_memory_equal(r.versions[log.update_count], log.ending.final, r.count * sizeof(float));
    for (size_t row = 0; row < rows(log.gradient_count); row++) {
        bool applied = log.gradients[row].outcome == OUTCOME_APPLIED;
        assert_true(isnan(log.values[r.count * row]) == !applied);
    }
    end(&r);
    runlog_reset(&log);
}

// A log that does not lead to its own parameters proves nothing.
static void update_step__sync__is_what_the_log_says(void **state) {
    (void)state;
    expect_recomputed("{name: sync}");
}

// The same where every gradient was computed on parameters that have changed since.
static void update_step__async__is_what_the_log_says(void **state) {
    (void)state;
    expect_recomputed("{name: async}");
}

// Flushes of one to five gradients of different versions, summed or averaged.
static void update_step__hybrid__is_what_the_log_says(void **state) {
    (void)state;
    expect_recomputed("{name: hybrid, threshold: {schedule: step, every: 8}}");
    expect_recomputed("{name: hybrid, threshold: {schedule: step, every: 8}, combine: mean}");
}

// A worker may have several gradients in one flush; the mean divides by what the flush holds, not
// by a threshold that has fallen since.
static void update_step__continues_with_a_falling_threshold__is_what_the_log_says(void **state) {
    (void)state;
    expect_recomputed("{name: hybrid, pushed_worker: continues, combine: mean, "
                      "threshold: {schedule: constant, start: 9}}");
    expect_recomputed("{name: hybrid, pushed_worker: continues, combine: mean, "
                      "threshold: {schedule: step, every: 4, start: 5, increment: -3}}");
}

// What is dropped or cancelled is in no update, and what is left makes it by the mean.
static void update_step__cancelling_policies__are_what_the_log_says(void **state) {
    (void)state;
    expect_recomputed("{name: k_sync, threshold: 3}");
    expect_recomputed("{name: k_batch_sync, threshold: 7}");
    expect_recomputed("{name: backup, backup_workers: 2, late: finish}");
    expect_recomputed("{name: ssp, slack: 1, read: cached}");
}

// Each gradient is weighted by its own staleness before the sum is divided by their number.
static void update_step__stale_weights__are_what_the_log_says(void **state) {
    (void)state;
    expect_recomputed("{name: n_softsync, splits: 2, stale_weight: inverse}");
    expect_recomputed("{name: n_softsync, splits: 5, stale_weight: inverse_root}");
}

// FedBuff on a quadratic without noise: tau local steps multiply the distance to the optimum with
// (1 - eta lambda)^tau, of which the server takes its share: 1 - rate (1 - (1 - eta lambda)^tau) an
// update, and the square of it for the loss. 5 steps of 0.1, rate 0.5: 0.795245.
static void update_step__local_steps__go_their_way_on_a_quadratic(void **state) {
    (void)state;
    struct scenario scenario;
    struct runlog log;
    small_cluster_parse(&scenario,
                        "model: {name: quadratic, noise: 0, curvature: 1}\nend: 6 updates\n"
                        "training: {learning_rate: 0.1}\n"
                        "policy: {name: fedbuff, local_steps: 5, server_rate: 0.5, threshold: 1}\n"
                        "cluster: {workers: 1, compute: 10 ms}\nevaluation: {every: 50 ms}\n");
    small_cluster_run(&scenario, &log);
    assert_int_equal(log.evaluation_count, 7);
    for (size_t i = 0; i < 7; i++) {
        double expected = log.evaluations[0].test_loss * pow(0.795245, 2.0 * (double)i);
        expect_relative(log.evaluations[i].test_loss, expected, 1e-4);
        assert_true(i == 6 || log.gradients[i].compute_ns == 50000000);
    }
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(update_step__local_steps__go_their_way_on_a_quadratic),
        cmocka_unit_test(update_step__sync__is_what_the_log_says),
        cmocka_unit_test(update_step__async__is_what_the_log_says),
        cmocka_unit_test(update_step__hybrid__is_what_the_log_says),
        cmocka_unit_test(update_step__cancelling_policies__are_what_the_log_says),
        cmocka_unit_test(update_step__stale_weights__are_what_the_log_says),
        cmocka_unit_test(update_step__continues_with_a_falling_threshold__is_what_the_log_says),
    };
    return cmocka_run_group_tests_name("update_step", tests, NULL, NULL);
}
