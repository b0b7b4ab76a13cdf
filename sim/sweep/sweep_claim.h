// SPDX-License-Identifier: GPL-3.0-or-later
// What a sweep is about to write into its folder, held against what it reads, before the first
// write.
#pragma once

#include "sim/base/status.h"
#include "sim/sweep/sweep_options.h"
#include "sim/sweep/sweep_plan.h"

// A file of the folder with a name that a sweep gives (plan.tsv, sweep.h5, sweep.csv, and what
// begins with the hash of a run and a dot) must be none of options->inputs, nor own data or a file
// of measured times of a cell, by whatever name. What a run finds under its names is looked at by
// the run (run_claim.h). Errors: STATUS_CANNOT_CREATE, with what is in the way.
enum status sweep_claim_check(const struct sweep_plan *plan, const struct sweep_options *options,
                              struct error *error);
