// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a comparison of runs. (What it is: comparison.h. What is said of it: compare_parts.h.)
#pragma once

#include "sim/base/status.h"
#include "sim/report/comparison.h"
#include "sim/runlog/runlog.h"

// test_accuracy_mean is primary; shown are the means of test accuracy and both losses, and the
// other forms of the test accuracy; no baseline.
struct compare_options compare_default_options(void);

// A run by its log: the scenario and the evaluations are borrowed from there. Requires: a scenario.
struct compare_run compare_run_of_log(const char *name, const struct runlog *log);

// The baseline's cell for each other cell: of those with the baseline's settings the one that
// agrees with it in most of the other keys. Errors: STATUS_BAD_DATA (no runs; no cell has the
// baseline's settings: the message lists what there is; all cells have them; several that are
// different runs agree with a cell equally well: the message says how one is named; no run has a
// tuned key).
enum status compare_create(const struct compare_run *runs, size_t run_count,
                           const struct compare_options *options, struct comparison **comparison,
                           struct error *error);
void compare_destroy(struct comparison **comparison); // *comparison may be NULL
