// SPDX-License-Identifier: GPL-3.0-or-later
// Puts the runs of a sweep's folder into one table. What the table says depends on the plan and the
// runs alone: not on how many shards made them, in which order, or how often they were merged.
#pragma once

#include <stddef.h>

#include "sim/base/status.h"
#include "sim/run/run_record.h"
#include "sim/runlog/sweep_schema.h"

struct merge_counts {
    size_t runs[SWEEP_RUN_STATUS_COUNT];
    size_t strangers; // logs in the folder that are not of the plan
    size_t unusable;  // missing runs that have a log: damaged, interrupted, or of another run
    size_t altered;   // runs of the plan whose log another program has changed or made
};

// Where the table goes.
struct merge_paths {
    char hdf5[RUN_PATH_SIZE];
    char csv[RUN_PATH_SIZE];
    const char *folder; // made if it is missing; borrowed; NULL: none
};

// output: NULL: FOLDER/sweep.h5 and FOLDER/sweep.csv; NAME.h5 or NAME.csv: NAME.h5 and NAME.csv;
// else a folder for sweep.h5 and sweep.csv. Nothing is made yet. Errors: STATUS_CANNOT_CREATE: the
// name is too long.
enum status merge_paths_find(const char *folder, const char *output, struct merge_paths *paths,
                             struct error *error);

// Makes both files from the runs in FOLDER, in which nothing needs to be written. target: the test
// accuracy whose time is looked for, a fraction. Errors: STATUS_NO_INPUT and STATUS_BAD_DATA (the
// plan), those of run_record_find when a log cannot be read (no table is written then),
// STATUS_CANNOT_CREATE (also: a file is there that is neither empty nor such a table) and
// STATUS_IO.
enum status merge_folder_to(const char *folder, const struct merge_paths *paths, double target,
                            struct merge_counts *counts, struct error *error);
