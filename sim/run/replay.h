// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a log again from the file alone: the scenario and every span come from the file, the
// gradients are computed anew, and every row is compared.
#pragma once

#include "sim/report/header_diff.h"
#include "sim/report/runlog_diff.h"
#include "sim/run/redrawn_spans.h"
#include "sim/run/run_scenario.h"

struct replay_outcome {
    char header[HEADER_DIFF_SIZE]; // what the log says of itself otherwise than its scenario does
    struct runlog_difference difference; // of the rows and parameters
    struct span_tally spans;             // whether they are those of the scenario: no difference
    size_t events;                       // compared
    size_t updates;
    size_t gradients;
    double seconds;
    bool altered;    // another program has changed or made the file
    bool other_data; // STATUS_BAD_DATA: the data set here is not the one of the log
};

// The data set at hand is not the one that the log was made with: sets the error, returns its
// status.
enum status replay_fail_for_data(const char *path, uint64_t hash_here, uint64_t hash_recorded,
                                 struct error *error);

// Reads the scenario of a log. Errors: STATUS_BAD_DATA (it is none, or asks for other rules).
enum status replay_scenario(const char *path, const struct runlog *log, struct scenario *scenario,
                            struct error *error);

// Whether it is the one of these tables. Errors: STATUS_BAD_DATA (other workers or another seed, or
// with parameters where there are none; or, of a counterfactual one, another timeline).
enum status replay_scenario_fits(const char *path, const struct runlog *log,
                                 const struct scenario *scenario, struct error *error);

// The repetition of a log that was read, whose scenario this is; the outcome's "altered" and
// "seconds" are the caller's. Returns as replay_file does. path: for messages.
enum status replay_log(const char *path, const struct runlog *log, const struct scenario *scenario,
                       const struct run_options *options, struct replay_outcome *outcome,
                       struct error *error);

// Returns STATUS_OK (identical), STATUS_DIFFERENT, or an error: of the file (65, 66), of the data
// set (65, 66; also when it is not the one that the log was made with). Of the options it takes
// threads, kernels, data_folder and interrupted.
enum status replay_file(const char *path, const struct run_options *options,
                        struct replay_outcome *outcome, struct error *error);
