// SPDX-License-Identifier: GPL-3.0-or-later
// desgd merge DIR: one table of all runs of a sweep.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/sweep/merge.h"

enum { OPTION_TARGET = 256, OPTION_QUIET };

static const double default_target = 0.9;

struct arguments {
    const char *folder;
    const char *output;
    double target;
    bool quiet;
};

static const struct argp_option options[] = {
    {"output", 'o', "DIR|FILE.h5", 0,
     "another place than the sweep's folder: a folder for sweep.h5 and sweep.csv, or FILE.h5, with "
     "FILE.csv beside it",
     0},
    {"target", OPTION_TARGET, "ACCURACY", 0,
     "the test accuracy for time_to_accuracy, as a fraction or as in \"90 %\" (default: 0.9)", 0},
    {"quiet", OPTION_QUIET, NULL, 0, "print nothing but errors", 0},
    {0}};

static double read_target(struct argp_state *state, const char *text) {
    REQUIRE(text != NULL);
    char *end = NULL;
    double target = strtod(text, &end);
    if (end != text && strcmp(end + strspn(end, " "), "%") == 0) {
        target /= 100;
        end = "";
    }
    if (end == text || *end != 0 || !(target > 0 && target <= 1)) {
        argp_error(state,
                   "--target takes a fraction above 0, at most 1, as in 0.95, or '95 %%', got '%s'",
                   text);
    }
    ENSURE(target > 0 && target <= 1);
    return target;
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case 'o':
        arguments->output = text;
        return 0;
    case OPTION_TARGET:
        arguments->target = read_target(state, text);
        return 0;
    case OPTION_QUIET:
        arguments->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        command_take_one(state, "folder", text, &arguments->folder);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which folder? As in: desgd merge results/demo");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_counts(const struct arguments *arguments, const struct merge_paths *paths,
                         const struct merge_counts *counts) {
    REQUIRE(paths->hdf5 != NULL && paths->csv != NULL);
    size_t total = 0;
    for (int i = 0; i < SWEEP_RUN_STATUS_COUNT; i++) {
        total += counts->runs[i];
    }
    printf("%zu runs:", total);
    for (int i = 0; i < SWEEP_RUN_STATUS_COUNT; i++) {
        if (i == SWEEP_COMPLETE || counts->runs[i] > 0) {
            printf("%s %zu %s", i == 0 ? "" : ",", counts->runs[i], sweep_run_status_names[i]);
        }
    }
    printf("; in %s and %s\n", paths->hdf5, paths->csv);
    if (counts->strangers > 0) {
        fprintf(stderr, "desgd: %zu logs in %s are not of its plan and are left out\n",
                counts->strangers, arguments->folder);
    }
    if (counts->unusable > 0) {
        fprintf(stderr,
                "desgd: note: %s: logs that are damaged, of another run than their name says, or "
                "not at their end, whose runs count as missing: %zu\n",
                arguments->folder, counts->unusable);
    }
    if (counts->altered > 0) {
        fprintf(
            stderr,
            "desgd: note: %s: logs that have no checksum, so that another program has changed or "
            "made them: %zu\n",
            arguments->folder, counts->altered);
    }
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.target = default_target};
    struct merge_counts counts;
    struct error error = {0};
    argp_parse(&command_merge.parser, argc, argv, 0, NULL, &arguments);
    INVARIANT(arguments.folder != NULL); // see parse_option
    struct merge_paths paths = {0};
    enum status status = merge_paths_find(arguments.folder, arguments.output, &paths, &error);
    if (status == STATUS_OK) {
        status = merge_folder_to(arguments.folder, &paths, arguments.target, &counts, &error);
    }
    if (status == STATUS_CANNOT_CREATE && arguments.output == NULL) {
        struct error cause = error;
        error_set(&error, status, "%s; -o writes to another place", cause.message);
    }
    if (status != STATUS_OK) {
        return command_fail(&error);
    }
    if (!arguments.quiet) {
        print_counts(&arguments, &paths, &counts);
    }
    return command_finish(STATUS_OK);
}

const struct command command_merge = {
    .name = "merge",
    .arguments = "DIR",
    .summary = "make one table of all runs of a sweep",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "DIR",
               .doc = "Makes DIR/sweep.h5 and DIR/sweep.csv (or others with -o) from the runs of a "
                      "sweep: one row for each run of its plan, whether it is done or not, and in "
                      "the HDF5 file all evaluations. The result does not depend on where, in "
                      "which order or in how many shards the runs were made."},
    .run = run_command,
};
