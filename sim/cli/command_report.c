// SPDX-License-Identifier: GPL-3.0-or-later
// desgd report FILE|DIR... -o FILE.html: a page that shows runs, for a browser, without a network.
#include <math.h>
#include <stdio.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/compared_runs.h"
#include "sim/report/compare.h"
#include "sim/report/page.h"

enum {
    OPTION_TITLE = 256,
    OPTION_ROUNDS,
    OPTION_METRIC,
};

struct arguments {
    const char *output; // NULL: the standard output
    const char *title;  // NULL: that of the runs
    size_t rounds;
    struct compared_request runs;
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE.html", 0, "where the page goes (default: the standard output)", 0},
    {"title", OPTION_TITLE, "TEXT", 0, "of the page (default: that of the runs)", 0},
    {"rounds", OPTION_ROUNDS, "N", 0,
     "timelines of the first N rounds of each cell (default: 1; 0: none)", 0},
    {"baseline", OPTION_BASELINE, "KEY=VALUE", 0,
     "compare with the runs in whose scenario KEY is VALUE; may be repeated. Default in the folder "
     "of a sweep: the baseline of the sweep",
     0},
    WHERE_OPTION,
    {"metric", OPTION_METRIC, "NAME", 0,
     "the metric of compare that is shown first (default: test_accuracy_mean)", 0},
    {"target", OPTION_TARGET, "PERCENT", 0,
     "also compare the time to this test accuracy, as in \"90 %\"", 0},
    {0}};

// A page has room for every metric.
static void choose_metrics(struct compare_options *chosen, struct argp_state *state) {
    bool has_target = !isnan(chosen->target);
    if (chosen->primary == COMPARE_TIME_TO_ACCURACY && !has_target) {
        argp_error(state, "time_to_accuracy needs a --target, as in --target '90 %%'");
    }
    for (int m = 0; m < COMPARE_METRIC_COUNT; m++) {
        chosen->shown[m] = m != COMPARE_TIME_TO_ACCURACY || has_target;
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case 'o':
        arguments->output = text;
        return 0;
    case OPTION_TITLE:
        arguments->title = text;
        return 0;
    case OPTION_ROUNDS:
        arguments->rounds = (size_t)command_integer(state, "--rounds", text, 0, 1000000);
        return 0;
    case OPTION_METRIC:
        arguments->runs.options.primary = compared_metric(state, "--metric", text);
        arguments->runs.options.primary_declared = true;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which logs? As in: desgd report results/demo -o demo.html");
        return 0;
    case ARGP_KEY_END:
        choose_metrics(&arguments->runs.options, state);
        return 0;
    default:
        return compared_request_take(&arguments->runs, state, key, text) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static enum status make(void *context, const struct comparison *comparison, struct error *error) {
    const struct arguments *arguments = context;
    const struct page_request request = {
        .comparison = comparison, .title = arguments->title, .rounds = arguments->rounds};
    return page_make(&request, arguments->output, stderr, error);
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.runs.options = compare_default_options(), .rounds = 1};
    argp_parse(&command_report.parser, argc, argv, 0, NULL, &arguments);
    struct error error = {0};
    enum status status = STATUS_OK;
    if (arguments.output != NULL) {
        status = atomic_file_check(arguments.output, &page_file_kind, &error);
    }
    if (status == STATUS_OK) {
        status = compared_runs_use(&arguments.runs, make, &arguments, &error);
    }
    compared_request_reset(&arguments.runs);
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}

const struct command command_report = {
    .name = "report",
    .arguments = "FILE|DIR...",
    .summary = "make a page that shows runs: timelines, curves, tables",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "FILE|DIR...",
               .doc = "Makes one HTML file that shows runs in a browser: timelines to zoom into, "
                      "curves, the comparison, and where the runs come from. It needs no network "
                      "and no other file. (viewer.html beside the scenarios shows any log that is "
                      "dropped into it.)"},
    .run = run_command,
};
