// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_diff of two files. Where their rows are the same, as their hashes tell (row_hashes.h),
// these are not in memory, however many they are. Where they differ, or a file has samples or
// values or was changed by another program, the files are read whole.
#pragma once

#include "sim/base/status.h"
#include "sim/report/runlog_diff.h"

struct runlog_files_difference {
    struct runlog_difference difference;
    bool altered[2];                     // as of runlog_read
    uint64_t events, gradients, updates; // rows of the first one
};

// The names are the paths. Errors: those of runlog_read, of the first file that cannot be read.
enum status runlog_diff_files(const char *const paths[2], struct runlog_files_difference *found,
                              struct error *error);
