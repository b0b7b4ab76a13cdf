// SPDX-License-Identifier: GPL-3.0-or-later
// The runs that a command line names as a comparison, and the words of compare on a command line:
// for compare and figure.
#pragma once

#include <argp.h>

#include "sim/base/status.h"
#include "sim/cli/log_files.h"
#include "sim/cli/settings.h"
#include "sim/report/comparison.h"

// Everything is borrowed.
struct compared_request {
    const struct log_files *files;
    const struct settings *baseline; // of the command line; without one that of the sweep counts
    const struct settings *where;    // runs that have all of these, and baselines; NULL: all runs
    bool without_baseline;           // no differences are asked for, whatever the sweep says
    const struct compare_options *options; // all but what the files and the settings say
};

// Loads the runs, compares them, hands the comparison over, and releases everything. A file that
// says itself that it is no log (a sweep's table of runs lies beside its logs) is passed over.
// Errors: those of runlog_read_evaluations, compare_create and "use"; STATUS_BAD_DATA (a scenario
// of a log is none; no run has what is asked for by "where").
enum status compared_runs_use(const struct compared_request *request,
                              enum status (*use)(void *context, const struct comparison *comparison,
                                                 struct error *error),
                              void *context, struct error *error);

// Adds --baseline or --where KEY=VALUE (its name is "option"); a usage error, or the message of a
// value that is none, ends the program.
void compared_setting_add(struct settings *settings, struct argp_state *state, const char *option,
                          const char *text);

// A metric by its name; a usage error for another one.
int compared_metric(struct argp_state *state, const char *option, const char *name);

// The fraction that "--target '90 %'" names; likewise.
double compared_target(struct argp_state *state, const char *text);

// A number above 0, perhaps with this unit behind it; likewise.
double compared_positive(struct argp_state *state, const char *option, const char *text,
                         const char *unit);
