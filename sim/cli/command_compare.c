// SPDX-License-Identifier: GPL-3.0-or-later
// desgd compare FILE|DIR...: paired differences to a baseline, with honest statistics.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/compared_runs.h"
#include "sim/report/compare.h"
#include "sim/report/compare_parts.h"

enum {
    OPTION_PRIMARY = 256,
    OPTION_METRIC,
    OPTION_TUNED,
    OPTION_AFTER,
    OPTION_SUSTAINED,
    OPTION_PRECISION,
    OPTION_FORMAT,
    OPTION_JSON,
    OPTION_CSV,
};

struct arguments {
    struct compared_request runs;
    bool metrics_named; // so that the default ones are not shown
    enum compare_format format;
};

static const struct argp_option options[] = {
    {"baseline", OPTION_BASELINE, "KEY=VALUE", 0,
     "compare with the runs in whose scenario KEY is VALUE, as in policy.name=async; may be "
     "repeated. Default in the folder of a sweep: the baseline of the sweep",
     0},
    {"primary", OPTION_PRIMARY, "METRIC", 0,
     "the metric that decides, declared before looking: QUANTITY_FORM, where QUANTITY is "
     "test_accuracy, test_loss, train_accuracy or train_loss, and FORM is mean, mean_after (after "
     "the start-up), final or best; or time_to_accuracy. Default: test_accuracy_mean",
     0},
    {"metric", OPTION_METRIC, "METRIC", 0, "also print this metric, or \"all\"; may be repeated",
     0},
    {"tuned", OPTION_TUNED, "KEY", 0,
     "KEY was tuned for each cell, so its value may differ from that of the baseline; may be "
     "repeated. Not needed for the folder of a sweep that tunes",
     0},
    {"after", OPTION_AFTER, "TIME", 0,
     "the time from which mean_after is computed. Default: the longest cluster.start_up of the "
     "runs",
     0},
    {"target", OPTION_TARGET, "PERCENT", 0,
     "compare the time to this test accuracy, as in \"90 %\" (restricted mean)", 0},
    {"sustained", OPTION_SUSTAINED, "N", 0,
     "the target is reached if N evaluations in a row reach it, or all up to the end. Default: 3",
     0},
    {"precision", OPTION_PRECISION, "X", 0,
     "print how many rounds are needed to know the differences of the primary metric to +-X, with "
     "these rounds as a pilot",
     0},
    {"sort", OPTION_SORT, "METRIC", 0, "sort the cells by the mean of a metric, the best first", 0},
    {"top", OPTION_TOP, "N", 0,
     "print only the first N cells, by --sort or else by the primary metric, and their baselines; "
     "intervals and tests are still computed over all cells",
     0},
    {"format", OPTION_FORMAT, "text|markdown|latex|csv|json", 0, "print it so (default: text)", 0},
    {"json", OPTION_JSON, NULL, 0, "the same as --format=json", 0},
    {"csv", OPTION_CSV, NULL, 0, "the same as --format=csv", 0},
    {0}};

static void show_metric(struct arguments *arguments, struct argp_state *state, const char *name) {
    REQUIRE(name != NULL);
    if (!arguments->metrics_named) {
        memset(arguments->runs.options.shown, 0, sizeof arguments->runs.options.shown);
        arguments->metrics_named = true;
    }
    if (strcmp(name, "all") == 0) {
        for (int i = 0; i < COMPARE_METRIC_COUNT; i++) {
            arguments->runs.options.shown[i] = true;
        }
    } else {
        int metric = compared_metric(state, "--metric", name);
        arguments->runs.options.shown[metric] = true;
        arguments->runs.options.asked[metric] = true;
    }
}

static enum compare_format format_of(struct argp_state *state, const char *text) {
    static const char *const names[] = {[COMPARE_TEXT] = "text",
                                        [COMPARE_MARKDOWN] = "markdown",
                                        [COMPARE_LATEX] = "latex",
                                        [COMPARE_CSV] = "csv",
                                        [COMPARE_JSON] = "json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            return (enum compare_format)i;
        }
    }
    argp_error(state, "--format: %s is none of text, markdown, latex, csv, json", text);
    return COMPARE_TEXT;
}

static void check(struct arguments *arguments, struct argp_state *state) {
    struct compare_options *chosen = &arguments->runs.options;
    bool is_primary = chosen->primary == COMPARE_TIME_TO_ACCURACY;
    if (chosen->top > 0 && !chosen->sorted) {
        chosen->sort = chosen->primary;
        chosen->sorted = true;
    }
    chosen->asked[COMPARE_TIME_TO_ACCURACY] |=
        chosen->sorted && chosen->sort == COMPARE_TIME_TO_ACCURACY;
    if ((is_primary || chosen->asked[COMPARE_TIME_TO_ACCURACY]) && isnan(chosen->target)) {
        argp_error(state, "--%s=time_to_accuracy needs a --target, as in --target '90 %%'",
                   is_primary ? "primary" : "metric");
    }
    if (!isnan(chosen->precision) && arguments->runs.baseline.count == 0 &&
        arguments->runs.files.baseline.count == 0) {
        argp_error(state, "--precision is about differences: name a --baseline");
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    struct compare_options *chosen = &arguments->runs.options;
    switch (key) {
    case OPTION_PRIMARY:
        chosen->primary = compared_metric(state, "--primary", text);
        chosen->primary_declared = true;
        return 0;
    case OPTION_METRIC:
        show_metric(arguments, state, text);
        return 0;
    case OPTION_TUNED:
        log_files_add_tuned(&arguments->runs.files, text);
        return 0;
    case OPTION_AFTER:
        chosen->after_ns = command_time(state, "--after", text);
        return 0;
    case OPTION_SUSTAINED:
        chosen->sustained = command_integer(state, "--sustained", text, 1, 1000000);
        return 0;
    case OPTION_PRECISION:
        chosen->precision = compared_positive(state, "--precision", text, "");
        return 0;
    case OPTION_FORMAT:
        arguments->format = format_of(state, text);
        return 0;
    case OPTION_JSON:
        arguments->format = COMPARE_JSON;
        return 0;
    case OPTION_CSV:
        arguments->format = COMPARE_CSV;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state,
                   "which logs? As in: desgd compare results/demo --baseline policy.name=async");
        return 0;
    case ARGP_KEY_END:
        check(arguments, state);
        return 0;
    default:
        return compared_request_take(&arguments->runs, state, key, text) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static enum status print(void *context, const struct comparison *comparison, struct error *error) {
    const struct arguments *arguments = context;
    REQUIRE(error != NULL);
    compare_print(stdout, comparison, arguments->format);
    if (arguments->format == COMPARE_CSV) {
        compare_print_notes(stderr, comparison);
    }
    return STATUS_OK;
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.format = COMPARE_TEXT,
                                  .runs.options = compare_default_options()};
    argp_parse(&command_compare.parser, argc, argv, 0, NULL, &arguments);
    struct error error = {0};
    enum status status = compared_runs_use(&arguments.runs, print, &arguments, &error);
    compared_request_reset(&arguments.runs);
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}

const struct command command_compare = {
    .name = "compare",
    .arguments = "FILE|DIR...",
    .summary = "print differences to a baseline, as in the papers' tables",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "FILE|DIR...",
               .doc =
                   "Compares runs with a baseline, round by round. A round is one repetition with "
                   "its own seed; a run gives one number of each metric. Prints 95 % intervals and "
                   "exact tests, and says what cannot be concluded from so few rounds."},
    .run = run_command,
};
