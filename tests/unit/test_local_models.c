// SPDX-License-Identifier: GPL-3.0-or-later
// local_models: runs with real gradients computed again from the gradients in their logs, by the
// operations that the header states, plainly and to the bit: every version's hash, the spread
// before every reduction, the distance of every step, the parameters at the end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/simulation/local_models.h"
#include "sim/training/model_average.h"
#include "sim/training/optimizer.h"
#include "tests/support/rows.h"
#include "tests/support/small_cluster.h"

enum { WORKERS = 4 };
static const float eta = 0.05F;

struct models {
    const struct runlog *log;
    size_t size;
    float *x[WORKERS];
    float *version;       // B
    float *sums[WORKERS]; // of windows
    float *reduced;
    int64_t next[WORKERS]; // gradient
};

static void run(const char *policy, int latency_ms, struct runlog *log) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "seed: 3\nend: 5 updates\nmodel: mnist_ray\n"
                        "training: {batch: 6, learning_rate: %g}\npolicy: %s\n"
                        "cluster: {workers: %d, compute: 100 ms, network: {latency: %d ms}}\n"
                        "log: {gradients: true}\n"
                        "evaluation: {every: 0 s, test_samples: 10, train_samples: 10}\n",
                        (double)eta, policy, WORKERS, latency_ms);
    small_cluster_run(&scenario, log);
}

static struct models begin(const struct runlog *log) {
    struct models models = {.log = log, .size = log->header.parameter_count};
    for (size_t i = 0; i < WORKERS; i++) {
        models.x[i] = memory_allocate(models.size, sizeof(float));
        models.sums[i] = memory_allocate(models.size, sizeof(float));
        memcpy(models.x[i], log->header.initial, models.size * sizeof(float));
    }
    models.version = memory_allocate(models.size, sizeof(float));
    models.reduced = memory_allocate(models.size, sizeof(float));
    memcpy(models.version, log->header.initial, models.size * sizeof(float));
    return models;
}

static void end(struct models *models) {
    for (size_t i = 0; i < WORKERS; i++) {
        memory_free(models->x[i]);
        memory_free(models->sums[i]);
    }
    memory_free(models->version);
    memory_free(models->reduced);
}

// The worker's next gradient, whose row must say how far its model is from its version.
static const float *next_gradient(struct models *models, int32_t worker) {
    int64_t number = models->next[worker]++;
    size_t row = 0;
    while (models->log->gradients[row].worker != worker ||
           models->log->gradients[row].number != number) {
        row++;
    }
    double distance = optimizer_distance(models->x[worker], models->version, models->size);
    if (models->log->gradients[row].outcome == OUTCOME_APPLIED) {
        assert_true(models->log->gradients[row].distance == distance);
    }
    return models->log->values + row * models->size;
}

static void step(struct models *models, int32_t worker, const float *gradient) {
    for (size_t j = 0; j < models->size; j++) {
        models->x[worker][j] = fmaf(-eta, gradient[j], models->x[worker][j]);
    }
}

// The mean of the workers' models, and the spread that the next reduction's row must say.
static void average(struct models *models, int32_t first, int32_t members, double spread,
                    float *mean) {
    memcpy(mean, models->x[first], models->size * sizeof *mean);
    double sum = 0;
    for (size_t j = 0; j < models->size; j++) {
        for (int32_t i = first + 1; i < first + members; i++) {
            mean[j] += models->x[i][j];
        }
        mean[j] /= (float)members;
    }
    for (int32_t i = first; i < first + members; i++) {
        double distance = optimizer_distance(models->x[i], mean, models->size);
        sum += distance * distance;
    }
    assert_true(spread == sqrt(sum / members));
}

static void expect_version(const struct models *models, size_t version) {
    uint64_t hash = fingerprint_bytes(models->version, models->size * sizeof(float));
    assert_true(models->log->updates[version - 1].parameter_hash == hash);
}

static void expect_final(const struct models *models) {
    assert_memory_equal(models->log->ending.final, models->version, models->size * sizeof(float));
}

// K1 = 2, K2 = 4, S = 2: right after an average of all every model is that average, so that the
// spread before the next reduction comes from the steps since then alone.
static void local_models__hier_avg__is_computed_again_to_the_bit(void **state) {
    (void)state;
    struct runlog log;
    run("{name: hier_avg, steps: 4, cluster_steps: 2, cluster_size: 2}", 3, &log);
    struct models models = begin(&log);
    for (size_t round = 0; round < 5; round++) {
        for (int k = 1; k <= 4; k++) {
            for (int32_t i = 0; i < WORKERS; i++) {
                step(&models, i, next_gradient(&models, i));
            }
            for (int32_t first = 0; k == 2 && first < WORKERS; first += 2) {
                const struct reduction_row *row = &log.reductions[3 * round + (size_t)first / 2];
                average(&models, first, 2, row->spread, models.reduced);
                memcpy(models.x[first], models.reduced, models.size * sizeof(float));
                memcpy(models.x[first + 1], models.reduced, models.size * sizeof(float));
            }
        }
        average(&models, 0, WORKERS, log.reductions[3 * round + 2].spread, models.version);
        for (size_t i = 0; i < WORKERS; i++) {
            memcpy(models.x[i], models.version, models.size * sizeof(float));
        }
        expect_version(&models, round + 1);
    }
    expect_final(&models);
    end(&models);
    runlog_reset(&log);
}

// x = B - eta/P (the sum of the windows, in worker order), for all.
static void merge(struct models *models, size_t version) {
    const float rate = (float)((double)0.05 / WORKERS);
    for (size_t j = 0; j < models->size; j++) {
        models->version[j] = fmaf(-rate, models->reduced[j], models->version[j]);
    }
    expect_version(models, version);
    for (size_t i = 0; i < WORKERS; i++) {
        memcpy(models->x[i], models->version, models->size * sizeof(float));
    }
}

// The windows have the lengths that the log says; what goes into which is computed again.
static void local_models__hpsgd__is_computed_again_to_the_bit(void **state) {
    (void)state;
    struct runlog log;
    run("{name: hpsgd}", 27, &log); // 162 ms an all-reduce: windows of two
    struct models models = begin(&log);
    for (size_t window = 0; window < rows(log.reduction_count); window++) {
        int64_t length = log.reductions[window].steps;
        for (int64_t k = 1; k <= length; k++) {
            for (int32_t i = 0; i < WORKERS; i++) {
                const float *gradient = next_gradient(&models, i);
                for (size_t j = 0; j < models.size; j++) {
                    models.sums[i][j] += gradient[j];
                }
                if (k < length || window == 0) {
                    step(&models, i, gradient);
                }
            }
        }
        if (window > 0) {
            merge(&models, window);
        }
        memset(models.reduced, 0, models.size * sizeof(float));
        for (size_t i = 0; i < WORKERS; i++) {
            for (size_t j = 0; j < models.size; j++) {
                models.reduced[j] += models.sums[i][j];
                models.sums[i][j] = 0;
            }
        }
    }
    assert_int_equal(log.reduction_count, 6);
    expect_final(&models);
    end(&models);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_models__hier_avg__is_computed_again_to_the_bit),
        cmocka_unit_test(local_models__hpsgd__is_computed_again_to_the_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
