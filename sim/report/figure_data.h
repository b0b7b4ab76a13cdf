// SPDX-License-Identifier: GPL-3.0-or-later
// From many logs to the numbers of a figure: per policy the mean over the rounds of what was
// measured at each evaluation, of the threshold and the staleness second by second, and the first
// round's first seconds as a timeline. One log at a time, so that they need not fit in memory
// together.
#pragma once

#include "sim/base/status.h"
#include "sim/report/timeline.h"
#include "sim/runlog/runlog.h"

enum { FIGURE_TIMELINE_SECONDS = 3 };

enum figure_curve {
    FIGURE_TEST_ACCURACY, // in percentage points; the curves of evaluations
    FIGURE_TEST_LOSS,
    FIGURE_TRAIN_LOSS,
    FIGURE_THRESHOLD, // mean over the updates of a second; the curves of updates
    FIGURE_STALENESS, // versions, mean over the gradients applied in a second
    FIGURE_CURVE_COUNT,
};

// Over the rounds at one time; without rounds the numbers mean nothing.
struct figure_point {
    int64_t time_ns; // of the evaluation, or the middle of the second
    double mean;
    double least;
    double most;
    int64_t rounds;
};

struct figure_line {
    struct figure_point *points; // in time order
    size_t count, capacity;
};

struct figure_policy {
    char name[32];
    char *cell; // cell_text of its runs
    int64_t rounds;
    uint64_t timeline_seed; // the least
    int64_t start_up_ns;
    struct timeline timeline; // of that round, from the start of training on
    struct figure_line lines[FIGURE_CURVE_COUNT];
};

struct figure_data {
    struct figure_policy *policies; // in the order in which they came
    size_t count, capacity;
};

// *data must be zeroed at first; the log may be released afterwards. name: the file, for messages.
// Errors: STATUS_BAD_DATA (not a complete run; another scenario of the same policy came before):
// *data is as it was.
enum status figure_data_add(struct figure_data *data, const char *name, const struct runlog *log,
                            struct error *error);

// Writes POLICY_evaluations.dat, POLICY_updates.dat and POLICY_timeline.dat into the folder, which
// is made if it is missing. paper: a file that is read, too; NULL: none. Errors:
// STATUS_CANNOT_CREATE (also: a file there is not of this command, or is the paper; then nothing is
// written), STATUS_IO.
enum status figure_data_write(const struct figure_data *data, const char *folder, const char *paper,
                              struct error *error);

void figure_data_reset(struct figure_data *data);
