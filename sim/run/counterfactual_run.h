// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a scenario in the order and with the times of a run that is recorded
// (sim/scenario/scenario_counterfactual.h): what of its outcome the arithmetic has made.
#pragma once

#include "sim/run/run_scenario.h"

// A log with a timeline. Borrowed.
struct counterfactual_source {
    const char *name; // for messages
    const struct runlog *log;
};

// As run_scenario, of which nothing may be asked that says when things happen: the spans, incidents
// and, where K follows the loss, K are those of the log. Names the timeline in *scenario. Errors
// besides those of run_scenario: STATUS_BAD_DATA (the log is of a run that did not come to its end,
// or whose scenario has other times; or its rows are not those of a timeline that can be played
// again).
enum status counterfactual_run(const struct counterfactual_source *source,
                               struct scenario *scenario, const struct run_options *options,
                               struct run_outcome *outcome, struct error *error);

// The same with the log in a file. Errors also: those of runlog_read.
enum status counterfactual_run_file(const char *path, struct scenario *scenario,
                                    const struct run_options *options, struct run_outcome *outcome,
                                    struct error *error);
