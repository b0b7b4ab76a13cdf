// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of the laws of measured times that a run draws from, each file read once.
#pragma once

#include "sim/base/measured_times.h"
#include "sim/scenario/scenario.h"

// Start from {0}.
struct run_times {
    size_t count;
    struct run_times_entry {
        struct law_times of; // which column of which file
        struct measured_times *measured;
    } * entries;
};

// Gives each law of measured times of the cluster its rows, which are borrowed from *times. Errors:
// STATUS_NO_INPUT: the file is not where the list says, or is another one by now; those of
// span_column_open.
enum status run_times_open(struct run_times *times, const struct times_file_list *files,
                           struct cluster_options *cluster, struct error *error);
void run_times_close(struct run_times *times);
