// SPDX-License-Identifier: GPL-3.0-or-later
// One run from a checked scenario to a finished log file.
#pragma once

#include "sim/run/run_options.h"
#include "sim/scenario/scenario.h"
#include "sim/simulation/simulation.h"

// Times of the host, in seconds.
struct run_outcome {
    struct simulation_result result;
    double simulate_seconds; // events and arithmetic, up to the closed journal
    double publish_seconds;  // journal to HDF5
    bool had_ended;          // to be resumed, but there was nothing left to simulate
    bool can_resume;         // interrupted, and there is a checkpoint
    bool is_foreign; // STATUS_BAD_DATA: what was to be resumed is of another scenario, other
                     // data, arithmetic or version; without "resume" it is replaced
};

// Returns STATUS_OK, STATUS_DIVERGED or STATUS_INTERRUPTED (the log is whole in all three), or an
// error of the inputs (65, 66) or of the output (73, 74); then no file is left under the final
// name, but of a run that failed after something was played (65): its log up to there, status
// failed; and of one that was interrupted since there is hardly room left (74): as of others.
// What the output's names hold that is not this program's, or is read, is in the way (73):
// run_claim.h. A run that cannot be written keeps its journal if there is a checkpoint. Sinks that
// ask for values and samples do not get those of a resumed run's rerun.
enum status run_scenario(const struct scenario *scenario, const struct run_options *options,
                         struct run_outcome *outcome, struct error *error);

// Makes the log of a run that had ended when its file could not be written. Errors: of
// runlog_recover.
enum status run_recover(const char *journal, const char *output, struct error *error);

// The processors that this process may use.
int32_t run_default_threads(void);
