// SPDX-License-Identifier: GPL-3.0-or-later
// desgd validate: every closed form that is known against the simulator.
#include <stdio.h>
#include <string.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/progress.h"
#include "sim/report/gnuplot.h"
#include "sim/run/run_scenario.h"
#include "sim/validate/validation_print.h"

enum {
    OPTION_ONLY = 256,
    OPTION_LIST,
    OPTION_FIGURE,
    OPTION_JSON,
    OPTION_MARKDOWN,
    OPTION_SEED,
    OPTION_ROUNDS,
    OPTION_PROCESSES,
    ONLY_MAX = 64,
    PROCESSES_MOST = 256
};

struct arguments {
    struct validation_options run;
    const char *only[ONLY_MAX];
    size_t only_count;
    const char *figure; // NULL: none
    bool list, json, markdown;
};

static const struct argp_option options[] = {
    {"only", OPTION_ONLY, "NAME", 0,
     "only the rows whose names begin so, as queue or k_sync/gamma; may be repeated", 0},
    {"list", OPTION_LIST, NULL, 0, "only name the rows, with their formulas and sources", 0},
    {"seed", OPTION_SEED, "N", 0, "the seed of all rounds (default: 1)", 0},
    {"rounds", OPTION_ROUNDS, "N", 0, "runs of each row that is a mean (default: 200)", 0},
    {"jobs", OPTION_PROCESSES, "N", 0,
     "processes side by side (default: all processors); changes no result", 0},
    {"figure", OPTION_FIGURE, "FIG", 0,
     "also draw the z against the quantiles of the normal law: FIG.svg, FIG.png or FIG.pdf", 0},
    {"markdown", OPTION_MARKDOWN, NULL, 0, "print a table in Markdown", 0},
    {"json", OPTION_JSON, NULL, 0, "print JSON", 0},
    {0}};

static void check(const struct arguments *arguments, struct argp_state *state) {
    if (arguments->json && arguments->markdown) {
        argp_error(state, "--json or --markdown, not both");
    }
    if (arguments->figure != NULL && gnuplot_format_of(arguments->figure) == GNUPLOT_FORMAT_COUNT) {
        argp_error(state, "--figure: %s: a figure is an .svg, .png or .pdf: its name must end so",
                   arguments->figure);
    }
}

static void take_only(struct arguments *arguments, struct argp_state *state, const char *text) {
    struct validation_row *rows = NULL;
    size_t count = validation_select(&text, 1, &rows);
    memory_free(rows);
    if (count == 0) {
        argp_error(state,
                   "--only: no row's name begins with '%s'; 'desgd validate --list' names "
                   "them",
                   text);
    }
    if (arguments->only_count == ONLY_MAX) {
        argp_error(state, "--only: at most %d times", ONLY_MAX);
    }
    arguments->only[arguments->only_count++] = text;
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_ONLY:
        take_only(arguments, state, text);
        return 0;
    case OPTION_LIST:
        arguments->list = true;
        return 0;
    case OPTION_FIGURE:
        arguments->figure = text;
        return 0;
    case OPTION_JSON:
        arguments->json = true;
        return 0;
    case OPTION_MARKDOWN:
        arguments->markdown = true;
        return 0;
    case OPTION_SEED:
        arguments->run.seed = (uint64_t)command_integer(state, "--seed", text, 0, INT64_MAX);
        return 0;
    case OPTION_ROUNDS:
        arguments->run.rounds =
            (int32_t)command_integer(state, "--rounds", text, 2, VALIDATION_ROUNDS_MOST);
        return 0;
    case OPTION_PROCESSES:
        arguments->run.processes =
            (int32_t)command_integer(state, "--jobs", text, 1, PROCESSES_MOST);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is one too many", text);
        return 0;
    case ARGP_KEY_END:
        check(arguments, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum status validate(const struct arguments *arguments, const struct validation_row *rows,
                            size_t count, size_t *misses, struct error *error) {
    REQUIRE(count > 0);
    struct progress progress;
    struct validation_result *results = memory_allocate(count, sizeof *results);
    struct validation_options run = arguments->run;
    enum status status = STATUS_OK;
    if (arguments->figure != NULL && !validation_has_means(rows, count)) {
        status = error_set(error, STATUS_USAGE, "--figure: these rows are exact: none has a z");
    } else if (arguments->figure != NULL) {
        status = atomic_file_check(arguments->figure,
                                   gnuplot_file_kind(gnuplot_format_of(arguments->figure)), error);
    }
    if (status == STATUS_OK) {
        progress_init(&progress, true);
        run.progress = progress_update;
        run.progress_context = &progress;
        status = validation_run(rows, count, &run, results, error);
        progress_clear(&progress);
    }
    if (status == STATUS_OK && arguments->json) {
        validation_print_json(stdout, rows, results, count, &run);
    } else if (status == STATUS_OK) {
        validation_print(stdout, rows, results, count, &run,
                         arguments->markdown ? TABLE_MARKDOWN : TABLE_TEXT);
    }
    if (status == STATUS_OK && arguments->figure != NULL) {
        status = validation_figure(arguments->figure, rows, results, count, error);
    }
    *misses = status == STATUS_OK ? validation_misses(results, count) : 0;
    memory_free(results);
    return status;
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {
        .run = {.seed = 1, .rounds = VALIDATION_ROUNDS, .processes = run_default_threads()}};
    argp_parse(&command_validate.parser, argc, argv, 0, NULL, &arguments);
    struct error error = {0};
    struct validation_row *rows = NULL;
    size_t misses = 0;
    size_t count = validation_select(arguments.only, arguments.only_count, &rows);
    enum status status = STATUS_OK;
    if (arguments.list) {
        validation_print_list(stdout, rows, count);
    } else {
        status = validate(&arguments, rows, count, &misses, &error);
    }
    memory_free(rows);
    if (status != STATUS_OK) {
        return command_fail(&error);
    }
    return command_finish(misses == 0 ? STATUS_OK : STATUS_DIFFERENT);
}

const struct command command_validate = {
    .name = "validate",
    .arguments = "",
    .summary = "hold every known closed form against the simulator",
    .parser = {.options = options,
               .parser = parse_option,
               .doc = "Runs the scenarios of a table of closed forms, with times, queues, "
                      "messages, staleness and training, and compares what they come to with the "
                      "theory: means within four standard errors, identities to the last digit. "
                      "Exit status 1: one of them misses."},
    .run = run_command,
};
