// SPDX-License-Identifier: GPL-3.0-or-later
// A scenario's events and times without its arithmetic: those of the run, as long as no rule of the
// policy reads a loss and no run diverges, for messages and epochs have the length that the real
// run's have.
#pragma once

#include <signal.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/runlog/run_sink.h"
#include "sim/scenario/scenario.h"
#include "sim/simulation/simulation.h"

// What of model and data has a part in the times.
struct run_shape {
    int64_t parameter_count; // 0: nothing is computed; the length of messages that have no other
    int64_t train_count;     // samples of the training set: the length of epochs; 0: no data
};

// What is known before anything is read: of a user's own data nothing (0).
struct run_shape run_shape_expect(const struct scenario *scenario);

// The same, also of a user's own data, which are opened. Errors: those of data_input_open.
enum status run_shape_find(const struct scenario *scenario, const char *data_folder,
                           struct run_shape *shape, struct error *error);

struct run_timing_options {
    const struct scenario *scenario;
    struct run_shape shape;
    const struct run_sink *sink;              // all that a run sends, but for values
    const volatile sig_atomic_t *interrupted; // may be NULL
};

// *result is what became of the run. Errors, and then nothing was simulated: those of
// run_times_open (a file of measured times).
enum status run_timing(const struct run_timing_options *options, struct simulation_result *result,
                       struct error *error);
