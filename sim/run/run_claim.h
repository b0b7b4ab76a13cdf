// SPDX-License-Identifier: GPL-3.0-or-later
// What a run is about to create, replace or remove, held against what it reads and against what is
// there, before the first write: nothing of the user's is lost by the name of an output.
#pragma once

#include "sim/base/status.h"
#include "sim/run/run_options.h"
#include "sim/scenario/scenario.h"

// Looks at the log, its part, its journal and its checkpoints (those only with
// options->checkpoints) under the names that options->output gives them. Each must be missing,
// empty or of its kind (own_file.h), none may be one of options->inputs, the scenario's own data or
// its files of measured times, by whatever name, and the longest name must be one that the file
// system takes. Requires: an output. Errors: STATUS_CANNOT_CREATE, with what is in the way.
enum status run_claim_check(const struct scenario *scenario, const struct run_options *options,
                            struct error *error);

// The same of one file that is read and one that is written, for commands without a run.
enum status run_claim_refuse_same(const char *output, const char *input, struct error *error);

// PATH with its longest ending. Errors: STATUS_CANNOT_CREATE.
enum status run_claim_check_length(const char *path, const char *longest_ending,
                                   struct error *error);
