// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/bench_evaluation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/run/run_scenario.h"
#include "sim/scenario/scenario_parse.h"

enum { WORKERS = 25, BATCH = 32, TURNS_MIN = 3 };

const struct bench_evaluation_work *bench_evaluation_works(size_t *count) {
    static const struct bench_evaluation_work works[] = {
        {"mnist_ray", "mnist", 128, 4, 10000},
        {"mnist_lenet", "mnist", 10, 5, 10000},
        {"cifar_lenet", "cifar10", 8, 4, 10000},
        {"cifar_cnn", "cifar10", 1, 1, 2000},
        {"cifar_resnet8", "cifar10", 1, 1, 1000},
        {"softmax", "mnist", 128, 4, 10000},
        {"mlp", "mnist", 20, 2, 10000},
        {"mlp", "{name: random, features: 20, classes: 10, samples: 10000}", 400, 1, 2000},
    };
    *count = sizeof works / sizeof works[0];
    return works;
}

// Lowers *least to the time of a run with such evaluations, from its first event to its last.
static enum status time_run(const struct bench_evaluation_work *work, int32_t every,
                            int32_t samples, const struct run_options *options, double *least,
                            struct error *error) {
    char text[1024];
    struct scenario scenario;
    struct run_outcome outcome;
    snprintf(text, sizeof text,
             "model: %s\ndata: %s\npolicy: {name: async}\nend: %d s\n"
             "training: {batch: %d, learning_rate: 0.0001}\n"
             "cluster: {workers: %d, compute: 1 s}\n"
             "evaluation: {every: %d s, test_samples: %d, train_samples: 0}\n",
             work->net, work->data, work->seconds, BATCH, WORKERS, every, samples);
    enum status status = scenario_parse("bench", text, strlen(text), NULL, 0, &scenario, error);
    if (status == STATUS_OK) {
        status = run_scenario(&scenario, options, &outcome, error);
    }
    if (status == STATUS_OK) {
        *least = fmin(*least, outcome.simulate_seconds);
    }
    return status;
}

enum status bench_evaluation(const struct bench_evaluation_work *work, const char *data_folder,
                             const struct kernels *kernels, int32_t turns,
                             struct bench_evaluation *result, struct error *error) {
    REQUIRE(turns >= 1);
    REQUIRE(work->seconds % work->every == 0);
    const struct run_options options = {
        .threads = 1, .data_folder = data_folder, .kernels = kernels};
    double samples = (double)work->seconds * WORKERS * BATCH;
    double evaluated = ((double)work->seconds / work->every + 1) * work->samples;
    double trained = INFINITY;
    double both = INFINITY;
    for (int32_t turn = 0; turn < turns; turn++) {
        enum status status = time_run(work, work->seconds, 1, &options, &trained, error);
        if (status == STATUS_OK) {
            status = time_run(work, work->every, work->samples, &options, &both, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
        result->gradient_us = 1e6 * trained / samples;
        result->sample_us = 1e6 * (both - trained) / evaluated;
        result->share = result->sample_us / result->gradient_us;
        if (turn + 1 >= TURNS_MIN && result->share <= BENCH_EVALUATION_SHARE_MAX) {
            break;
        }
    }
    return STATUS_OK;
}
