// SPDX-License-Identifier: GPL-3.0-or-later
// desgd recover JOURNAL -o FILE.h5: makes the log of a run whose HDF5 file could not be written.
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/run/run_scenario.h"

struct arguments {
    const char *journal;
    const char *output;
};

static const struct argp_option options[] = {{"output", 'o', "FILE.h5", 0, "the log to write", 0},
                                             {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case 'o':
        arguments->output = text;
        return 0;
    case ARGP_KEY_ARG:
        command_take_one(state, "journal", text, &arguments->journal);
        return 0;
    case ARGP_KEY_END:
        if (arguments->journal == NULL || arguments->output == NULL) {
            argp_error(
                state,
                "which journal, and where to? As in: desgd recover a.h5.journal.kept -o a.h5");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {0};
    argp_parse(&command_recover.parser, argc, argv, 0, NULL, &arguments);
    INVARIANT(arguments.journal != NULL && arguments.output != NULL); // see parse_option
    struct error error = {0};
    if (run_recover(arguments.journal, arguments.output, &error) != STATUS_OK) {
        return command_fail(&error);
    }
    printf("%s\n", arguments.output);
    return command_finish(STATUS_OK);
}

const struct command command_recover = {
    .name = "recover",
    .arguments = "JOURNAL -o FILE.h5",
    .summary = "write the log of a run whose file could not be written",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "JOURNAL",
               .doc = "Writes the log of a run that was finished or interrupted when its file "
                      "could not be written (a full disk). The journal is not changed. To continue "
                      "a run that was killed, use desgd run --resume."},
    .run = run_command,
};
