// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a log again from the file alone: the scenario and every span come from the file, the
// gradients are computed anew, and every row is compared.
#ifndef DESGD_RUN_REPLAY_H
#define DESGD_RUN_REPLAY_H

#include "sim/report/runlog_diff.h"
#include "sim/run/recorded_spans.h"
#include "sim/run/run_scenario.h"

struct replay_outcome {
    struct runlog_difference difference;
    size_t events; // compared
    size_t updates;
    size_t gradients;
    double seconds;
    bool altered; // another program has changed or made the file
};

// The data set at hand is not the one that the log was made with: sets the error, returns its
// status.
enum status replay_fail_for_data(const char *path, uint64_t hash_here, uint64_t hash_recorded,
                                 struct error *error);

// Returns STATUS_OK (identical), STATUS_DIFFERENT, or an error: of the file (65, 66), of the data
// set (65, 66; also when it is not the one that the log was made with). Of the options it takes
// threads, kernels, data_folder and interrupted.
enum status replay_file(const char *path, const struct run_options *options,
                        struct replay_outcome *outcome, struct error *error);

#endif
