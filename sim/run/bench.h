// SPDX-License-Identifier: GPL-3.0-or-later
// How fast this machine runs the simulator: gradients, threads, events.
#ifndef DESGD_RUN_BENCH_H
#define DESGD_RUN_BENCH_H

#include <stdint.h>

#include "sim/base/status.h"

// One thread, through the executor: minibatch, gather, forward, backward. Median over repetitions.
struct bench_gradient {
    double microseconds;
    double gflop_per_second;
};
enum status bench_gradient(const char *model, int32_t batch, const char *data_folder,
                           struct bench_gradient *result, struct error *error);

// An async run of 25 workers without evaluations, in gradients a second: on "threads" threads, and
// by as many processes of one thread side by side, which is what the machine can do at best. In
// turn, medians.
struct bench_threads {
    double threads_rate;
    double processes_rate;
    double ratio; // median of threads_rate / processes_rate over the pairs
};
enum status bench_threads(const char *model, int32_t batch, int32_t threads,
                          const char *data_folder, struct bench_threads *result,
                          struct error *error);

// A timing-only async run with exponential compute times and a free server, everything logged.
struct bench_events {
    uint64_t events;
    double seconds;         // up to the closed journal
    double publish_seconds; // journal to HDF5
};
enum status bench_events(int32_t workers, struct bench_events *result, struct error *error);

#endif
