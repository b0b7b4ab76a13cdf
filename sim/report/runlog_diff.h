// SPDX-License-Identifier: GPL-3.0-or-later
// Where two logs differ first: for "desgd diff", and for a replay, which compares what was recorded
// with what it computed. Bits are compared, not values within a tolerance; all NaNs are equal.
#pragma once

#include "sim/runlog/runlog.h"

enum { RUNLOG_DIFFERENCE_SIZE = 8192 };

struct runlog_difference {
    bool found;
    // The first differing row of every table that differs, one line each, each ending in a newline;
    // in the order events, updates, gradients, evaluations, parameters, workers, samples, values,
    // ending, so that the first line names the earliest cause that can be named. Rows count from 0,
    // as in the file.
    //   event 1834 differs in time_ns: recorded 3.214 s, worker 7 ready, gradient 12, version 40;
    //   repeated 3.214000001 s, worker 7 ready, gradient 12, version 40
    char text[RUNLOG_DIFFERENCE_SIZE];
    // The keys in which the scenarios differ, one line each, and the hashes of the data, if they
    // do; not a difference of the runs.
    char scenario[RUNLOG_DIFFERENCE_SIZE];
};

// Names: how the text calls the two, e.g. {"recorded", "repeated"}. Returns difference->found.
// A table that one of the logs was told not to keep (events, samples, gradients) is not compared.
bool runlog_diff(const struct runlog *first, const struct runlog *second,
                 const char *const names[2], struct runlog_difference *difference);
