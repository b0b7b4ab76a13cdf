// SPDX-License-Identifier: GPL-3.0-or-later
// desgd compare FILE|DIR...: paired differences to a baseline, as in the papers' tables.
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/memory.h"
#include "sim/cli/command.h"
#include "sim/cli/log_files.h"
#include "sim/cli/settings.h"
#include "sim/report/compare.h"
#include "sim/runlog/runlog_reader.h"

enum { OPTION_BASELINE = 256, OPTION_JSON, OPTION_CSV };

struct arguments {
    struct log_files files;
    struct settings baseline;
    enum compare_format format;
};

static const struct argp_option options[] = {
    {"baseline", OPTION_BASELINE, "KEY=VALUE", 0,
     "compare with the runs in whose scenario KEY is VALUE, as in policy.name=async; may be "
     "repeated",
     0},
    {"json", OPTION_JSON, NULL, 0, "print JSON", 0},
    {"csv", OPTION_CSV, NULL, 0, "print comma-separated values", 0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    struct error error = {0};
    switch (key) {
    case OPTION_BASELINE:
        settings_add(&arguments->baseline, state, text);
        return 0;
    case OPTION_JSON:
        arguments->format = COMPARE_JSON;
        return 0;
    case OPTION_CSV:
        arguments->format = COMPARE_CSV;
        return 0;
    case ARGP_KEY_ARG:
        if (log_files_add(&arguments->files, text, &error) != STATUS_OK) {
            exit(command_fail(&error));
        }
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state,
                   "which logs? As in: desgd compare results/demo --baseline policy.name=async");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// Keeps of each log only what the comparison needs.
static enum status load(const char *path, struct compare_run *run, struct error *error) {
    struct runlog log = {0};
    if (runlog_read(path, &log, NULL, error) != STATUS_OK) {
        return error->status;
    }
    *run = (struct compare_run){.name = path,
                                .scenario = log.header.scenario,
                                .seed = log.header.seed,
                                .status = log.ending.status,
                                .end_ns = log.ending.end_ns,
                                .evaluations = log.evaluations,
                                .evaluation_count = log.evaluation_count};
    log.header.scenario = NULL;
    log.evaluations = NULL;
    runlog_reset(&log);
    return STATUS_OK;
}

static void unload(struct compare_run *runs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        memory_free((char *)(uintptr_t)runs[i].scenario);
        memory_free((struct evaluation_row *)(uintptr_t)runs[i].evaluations);
    }
    memory_free(runs);
}

static enum status compare(const struct arguments *arguments, const struct compare_run *runs,
                           size_t count, struct error *error) {
    struct compare_setting *baseline = memory_allocate(arguments->baseline.count, sizeof *baseline);
    for (size_t i = 0; i < arguments->baseline.count; i++) {
        baseline[i].key = arguments->baseline.items[i].key;
        baseline[i].value = arguments->baseline.items[i].value;
    }
    struct comparison *comparison = NULL;
    enum status status =
        compare_create(runs, count, baseline, arguments->baseline.count, &comparison, error);
    if (status == STATUS_OK) {
        compare_print(stdout, comparison, arguments->format);
        if (arguments->format == COMPARE_CSV) {
            compare_print_notes(stderr, comparison);
        }
    }
    compare_destroy(&comparison);
    memory_free(baseline);
    return status;
}

static int run(const struct arguments *arguments) {
    struct error error = {0};
    size_t count = arguments->files.count;
    struct compare_run *runs = memory_allocate(count, sizeof *runs);
    enum status status = STATUS_OK;
    size_t loaded = 0;
    while (loaded < count && status == STATUS_OK) {
        status = load(arguments->files.paths[loaded], &runs[loaded], &error);
        loaded += status == STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = compare(arguments, runs, count, &error);
    }
    unload(runs, loaded);
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}

int command_compare(int argc, char **argv) {
    static const struct argp parser = {options,
                                       parse_option,
                                       "FILE|DIR...",
                                       "Compares runs round by round with a baseline: per metric "
                                       "the plain mean over the evaluation points t < end, "
                                       "as in the papers' tables, and the final values.",
                                       NULL,
                                       NULL,
                                       NULL};
    struct arguments arguments = {.format = COMPARE_TEXT};
    argp_parse(&parser, argc, argv, 0, NULL, &arguments);
    int exit_status = run(&arguments);
    log_files_reset(&arguments.files);
    settings_reset(&arguments.baseline);
    return exit_status;
}
