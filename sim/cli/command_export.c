// SPDX-License-Identifier: GPL-3.0-or-later
// desgd export FILE.h5 --table NAME --csv: one table of a log as text.
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/runlog/runlog_csv.h"
#include "sim/runlog/runlog_reader.h"

enum { OPTION_TABLE = 256, OPTION_CSV };

struct arguments {
    const char *file;
    const char *table;
};

static const struct argp_option options[] = {
    {"table", OPTION_TABLE, "events|gradients|updates|evaluations|reductions|workers", 0,
     "the table", 0},
    {"csv", OPTION_CSV, NULL, 0, "as comma-separated values (the only format so far)", 0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_TABLE:
        arguments->table = text;
        return 0;
    case OPTION_CSV:
        return 0;
    case ARGP_KEY_ARG:
        command_take_one(state, "log", text, &arguments->file);
        return 0;
    case ARGP_KEY_END:
        if (arguments->file == NULL || arguments->table == NULL) {
            argp_error(state,
                       "which table of which log? As in: desgd export a.h5 --table updates --csv");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {0};
    argp_parse(&command_export.parser, argc, argv, 0, NULL, &arguments);
    INVARIANT(arguments.file != NULL && arguments.table != NULL); // see parse_option
    struct error error = {0};
    struct runlog log = {0};
    enum status status = runlog_read(arguments.file, &log, NULL, &error);
    if (status == STATUS_OK) {
        command_note_origin(arguments.file, log.altered);
        status = runlog_export_csv(&log, arguments.table, stdout, &error);
    }
    runlog_reset(&log);
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}

const struct command command_export = {
    .name = "export",
    .arguments = "FILE.h5",
    .summary = "print one table of a log as CSV",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "FILE.h5",
               .doc = "Prints one table of a log with a line of column names."},
    .run = run_command,
};
