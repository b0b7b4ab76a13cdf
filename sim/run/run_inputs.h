// SPDX-License-Identifier: GPL-3.0-or-later
// What a scenario needs before its first event: model, data set, shards, initial parameters, thread
// pool, and the header of its log.
#pragma once

#include "sim/executor/executor.h"
#include "sim/runlog/runlog.h"
#include "sim/scenario/scenario.h"

// Plain data; everything NULL or 0 in timing-only runs but the header.
struct run_inputs {
    struct model *model;
    struct dataset *dataset;
    struct shard_plan *shards;
    struct executor *executor;
    struct runlog_header header;
    int64_t train_count;
};

struct run_inputs_options {
    const char *data_folder;       // see data_folder.h
    struct dataset **opened;       // a set of the catalogue from there, which the first that needs
                                   // it takes over, leaving NULL; NULL: none
    int32_t threads;               // >= 1
    const struct kernels *kernels; // of arithmetic: portable; NULL: the fastest
};

// Errors: those of data_input_open and, of a user's own data, scenario_check_data; STATUS_USAGE
// when this BLAS cannot be used by so many threads (under arithmetic: openblas). On failure *inputs
// is empty.
enum status run_inputs_open(const struct scenario *scenario,
                            const struct run_inputs_options *options, struct run_inputs *inputs,
                            struct error *error);
void run_inputs_close(struct run_inputs *inputs);

// Of one push or reply: as the scenario says, or 4 bytes for each parameter (0: timing only).
int64_t run_message_bytes(const struct scenario *scenario, int64_t parameter_count);
