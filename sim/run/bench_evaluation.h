// SPDX-License-Identifier: GPL-3.0-or-later
// What an evaluation costs beside training: a run's time for each evaluated sample against its time
// for each sample of a gradient. Evaluations come every second of cluster time on thousands of
// samples: they must not become what a run spends its time on.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

struct kernels;

// Each of 25 workers makes one gradient a second, so "seconds" are 25 gradients each, and there are
// seconds / every + 1 evaluations.
struct bench_evaluation_work {
    const char *net;
    const char *data; // as in a scenario
    int32_t seconds;
    int32_t every; // divides seconds
    int32_t samples;
};

// The works that are measured when nobody names one: training and evaluation take about a tenth of
// a second each.
const struct bench_evaluation_work *bench_evaluation_works(size_t *count);

// The share that it should stay below. It does with AVX-512; narrower vectors leave little nets a
// few hundredths above.
#define BENCH_EVALUATION_SHARE_MAX 0.35

struct bench_evaluation {
    double gradient_us; // a sample
    double sample_us;   // evaluated
    double share;       // the second of the first
};

// On one thread, the shortest times of at most so many turns, so that whatever else the machine
// does is left out; fewer when the share is seen to be below its limit. data_folder: see
// data_folder.h; kernels: NULL: the fastest. Errors: those of run_scenario.
enum status bench_evaluation(const struct bench_evaluation_work *work, const char *data_folder,
                             const struct kernels *kernels, int32_t turns,
                             struct bench_evaluation *result, struct error *error);
