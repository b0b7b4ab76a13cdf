// SPDX-License-Identifier: GPL-3.0-or-later
// How fast this machine runs the simulator: gradients, evaluations, threads, events.
#pragma once

#include <stdint.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"

struct kernels;

// Each number is a median over turns, each of which takes about so long.
struct bench_effort {
    double seconds;
    int32_t turns;     // 1 to BENCH_TURNS_MAX
    int32_t evaluated; // samples of an evaluation, >= 1
};
enum { BENCH_TURNS_MAX = 64 };

// What computes gradients. Everything is borrowed.
struct bench_subject {
    const char *model;
    const char *arithmetic;
    int32_t batch;
    const struct kernels *kernels; // of portable arithmetic; NULL: the fastest
    const char *data_folder;       // see data_folder.h
};

// One thread, through the executor: minibatch, gather, forward, backward; and, in turn with it, the
// evaluation of test samples: gather, forward.
struct bench_speed {
    double gradient_us;
    double gflop_per_second; // of gradients
    double sample_us;        // evaluated
    double sample_share;     // of a sample's gradient; median over the turns
};
enum status bench_speed(const struct bench_subject *subject, const struct bench_effort *effort,
                        struct bench_speed *result, struct error *error);

// What a run of a scenario is made of, in seconds on one thread; each kind is measured for about
// "seconds". All 0 in timing-only runs.
struct bench_costs {
    double start_up_seconds; // data and model, until the first event
    double gradient_seconds; // with all its local steps
    double sample_seconds;   // evaluated; of a model without data: an evaluation
    double step_seconds;     // a gradient's way into the sum, and its distance
    int64_t parameter_count;
    int64_t train_count;
    int64_t test_count;
};
// Errors: those of run_inputs_open, as of data that are missing. folder: as in --data; NULL: the
// default.
enum status bench_costs(const struct scenario *scenario, const char *folder, double seconds,
                        struct bench_costs *costs, struct error *error);

// An async run of 25 workers without evaluations, in gradients a second: on "threads" threads, and
// by as many processes of one thread side by side, which is what the machine can do at best. In
// turn, medians.
struct bench_threads {
    double threads_rate;
    double processes_rate;
    double ratio; // median of threads_rate / processes_rate over the pairs
};
enum status bench_threads(const struct bench_subject *subject, int32_t threads,
                          const struct bench_effort *effort, struct bench_threads *result,
                          struct error *error);

// A timing-only async run with exponential compute times and a free server, everything logged.
struct bench_cluster {
    int32_t workers;
    bool faulty; // a slow group, lost messages, slow phases and crashes
};
struct bench_events {
    uint64_t events;
    double seconds;         // up to the closed journal
    double publish_seconds; // journal to HDF5
};
enum status bench_events(const struct bench_cluster *cluster, int32_t gradients,
                         const struct bench_effort *effort, struct bench_events *result,
                         struct error *error);
