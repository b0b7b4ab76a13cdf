// SPDX-License-Identifier: GPL-3.0-or-later
// The runs that a command line names as a comparison, and the words of compare on a command line:
// for compare, figure and report.
#pragma once

#include <argp.h>

#include "sim/base/status.h"
#include "sim/cli/log_files.h"
#include "sim/cli/settings.h"
#include "sim/report/comparison.h"

// What compared_request_take collects; start from the default options.
struct compared_request {
    struct log_files files;
    struct settings baseline;       // of the command line; without one that of the sweep counts
    struct settings where;          // runs that have all of these, and baselines; none: all runs
    bool without_baseline;          // no differences are asked for, whatever the sweep says
    struct compare_options options; // all but what the files and the settings say
};

enum { OPTION_BASELINE = 1024, OPTION_WHERE, OPTION_SORT, OPTION_TOP, OPTION_TARGET };

// A row for the table of a command that leaves runs out.
#define WHERE_OPTION                                                                               \
    {                                                                                              \
        "where", OPTION_WHERE, "KEY=VALUE", 0,                                                     \
            "only the runs in whose scenario KEY is VALUE (and baselines); may be repeated", 0     \
    }

// Takes a log or a folder, or one of these options; false: it is another. A usage error, or the
// message of what is no log or no value, ends the program.
bool compared_request_take(struct compared_request *request, struct argp_state *state, int key,
                           const char *text);

// Loads the runs, compares them, hands the comparison over, and releases everything but the
// request. A file that says itself that it is no log (a sweep's table of runs lies beside its logs)
// is passed over. Errors: those of runlog_read_evaluations, compare_create and "use";
// STATUS_BAD_DATA (a scenario of a log is none; no run has what is asked for by "where").
enum status compared_runs_use(const struct compared_request *request,
                              enum status (*use)(void *context, const struct comparison *comparison,
                                                 struct error *error),
                              void *context, struct error *error);

void compared_request_reset(struct compared_request *request);

// A metric by its name; a usage error for another one.
int compared_metric(struct argp_state *state, const char *option, const char *name);

// A number above 0, perhaps with this unit behind it; likewise.
double compared_positive(struct argp_state *state, const char *option, const char *text,
                         const char *unit);
