// SPDX-License-Identifier: GPL-3.0-or-later
// desgd figures FILE|DIR... -o FOLDER: the numbers of the figures as text for gnuplot.
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/log_files.h"
#include "sim/report/figure_data.h"
#include "sim/report/figure_fit.h"
#include "sim/runlog/runlog_reader.h"

enum { OPTION_PAPER = 256 };

struct arguments {
    struct log_files files;
    const char *folder;
    const char *paper;
};

static const struct argp_option options[] = {
    {"output", 'o', "FOLDER", 0, "where the files go", 0},
    {"paper", OPTION_PAPER, "FILE.csv", 0,
     "print the distance of the curves from published ones (root mean square error)", 0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    struct error error = {0};
    switch (key) {
    case 'o':
        arguments->folder = text;
        return 0;
    case OPTION_PAPER:
        arguments->paper = text;
        return 0;
    case ARGP_KEY_ARG:
        if (log_files_add(&arguments->files, text, &error) != STATUS_OK) {
            exit(command_fail(&error));
        }
        return 0;
    case ARGP_KEY_END:
        if (arguments->files.count == 0 || arguments->folder == NULL) {
            argp_error(state,
                       "which logs, and where to? As in: desgd figures results/demo -o plots/data");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum status gather(const struct log_files *files, struct figure_data *data,
                          struct error *error) {
    REQUIRE(files->count > 0);
    for (size_t i = 0; i < files->count; i++) {
        struct runlog log = {0};
        enum status status = runlog_read(files->paths[i], &log, NULL, error);
        if (status == STATUS_OK) {
            command_note_origin(files->paths[i], log.altered);
            status = figure_data_add(data, files->paths[i], &log, error);
        }
        runlog_reset(&log);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status print_fit(const char *paper, const struct figure_data *data,
                             struct error *error) {
    REQUIRE(data->count > 0);
    struct fit_reference reference = {0};
    enum status status = fit_reference_read(paper, &reference, error);
    if (status == STATUS_OK) {
        fit_print(stdout, &reference, data);
    }
    fit_reference_reset(&reference);
    return status;
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {0};
    argp_parse(&command_figures.parser, argc, argv, 0, NULL, &arguments);
    INVARIANT(arguments.files.count > 0 && arguments.folder != NULL); // see parse_option
    struct error error = {0};
    struct figure_data data = {0};
    enum status status = gather(&arguments.files, &data, &error);
    if (status == STATUS_OK) {
        status = figure_data_write(&data, arguments.folder, arguments.paper, &error);
    }
    if (status == STATUS_OK && arguments.paper != NULL) {
        status = print_fit(arguments.paper, &data, &error);
    }
    figure_data_reset(&data);
    log_files_reset(&arguments.files);
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}

const struct command command_figures = {
    .name = "figures",
    .arguments = "DIR -o FOLDER",
    .summary = "write curves and timelines of runs as text for gnuplot",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "FILE|DIR...",
               .doc = "Writes the data of the figures as text for gnuplot: for each policy the "
                      "curves over the rounds, and the first seconds as a timeline."},
    .run = run_command,
};
