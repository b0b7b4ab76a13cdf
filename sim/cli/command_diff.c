// SPDX-License-Identifier: GPL-3.0-or-later
// desgd diff A.h5 B.h5: the first event, update and parameter hash in which two runs differ.
#include <stdio.h>

#include "sim/cli/command.h"
#include "sim/report/runlog_diff.h"
#include "sim/runlog/runlog_reader.h"

struct arguments {
    const char *files[2];
    int count;
};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (arguments->count == 2) {
            argp_error(state, "two logs: '%s' is one too many", text);
        }
        arguments->files[arguments->count++] = text;
        return 0;
    case ARGP_KEY_END:
        if (arguments->count < 2) {
            argp_error(state, "two logs are compared: desgd diff A.h5 B.h5");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int compare(const struct runlog logs[2], const char *const names[2]) {
    struct runlog_difference difference;
    bool different = runlog_diff(&logs[0], &logs[1], names, &difference);
    if (difference.scenario[0] != 0) {
        printf("the scenarios differ:\n%s", difference.scenario);
    }
    if (different) {
        printf("the runs differ:\n%s", difference.text);
    } else {
        printf(
            "identical: %zu events, %zu gradients, %zu updates and every bit of the parameters\n",
            logs[0].event_count, logs[0].gradient_count, logs[0].update_count);
    }
    return command_finish(different ? STATUS_DIFFERENT : STATUS_OK);
}

int command_diff(int argc, char **argv) {
    static const struct argp parser = {NULL,
                                       parse_option,
                                       "A.h5 B.h5",
                                       "Names the first event, update and parameter hash in which "
                                       "two runs differ. Exit status 0: the runs are "
                                       "identical (host and speed aside); 1: they differ.",
                                       NULL,
                                       NULL,
                                       NULL};
    struct arguments arguments = {0};
    argp_parse(&parser, argc, argv, 0, NULL, &arguments);
    struct error error = {0};
    struct runlog logs[2] = {0};
    int exit_status = 0;
    if (runlog_read(arguments.files[0], &logs[0], NULL, &error) != STATUS_OK ||
        runlog_read(arguments.files[1], &logs[1], NULL, &error) != STATUS_OK) {
        exit_status = command_fail(&error);
    } else {
        command_note_origin(arguments.files[0], logs[0].altered);
        command_note_origin(arguments.files[1], logs[1].altered);
        exit_status = compare(logs, arguments.files);
    }
    runlog_reset(&logs[0]);
    runlog_reset(&logs[1]);
    return exit_status;
}
