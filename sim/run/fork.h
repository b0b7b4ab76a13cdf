// SPDX-License-Identifier: GPL-3.0-or-later
// What if: a finished run, forked at a moment. The new run has the same past, event by event and
// bit by bit, and from that moment on another scenario.
//
// Nothing but the log is needed. The past is rebuilt by running it again under the recorded
// scenario with the recorded spans; each event and each update of it is compared with the log on
// the way. From the fork on spans are drawn by the laws: as long as these are the same, worker 3's
// 41st gradient takes as long as it does in every other run of this seed, so that two forks of one
// run differ by what was changed and by nothing else. What happens to the state at the fork:
// sim/scenario/scenario_past.h and sim/training/parameter_server.h.
#pragma once

#include "sim/run/run_scenario.h"
#include "sim/scenario/scenario_parse.h"

struct fork_request {
    const char *path; // of the log
    int64_t at_ns;    // events before this time are the past
    const struct scenario_setting *settings;
    size_t setting_count;
};

// Runs the fork with the options of run_scenario, of which "spans" and "fork_of" are its own.
// Errors besides those of run_scenario: of the log (65, 66); STATUS_BAD_DATA: the log ends before
// the fork, or has reached the new end by then; a setting changes what cannot change
// (scenario_past.h); the data set is not the one that the log was made with; the rebuilt past is
// not the recorded one.
enum status fork_file(const struct fork_request *request, const struct run_options *options,
                      struct run_outcome *outcome, struct error *error);

// The same of a log that is in memory, under the name "path". files: where the measured times of
// its scenario lie.
enum status fork_log(const struct fork_request *request, const struct runlog *log,
                     const struct times_file_list *files, const struct run_options *options,
                     struct run_outcome *outcome, struct error *error);
