// SPDX-License-Identifier: GPL-3.0-or-later
// desgd replay FILE.h5: runs a log again from the file alone and compares every event and every
// bit.
#include <stdio.h>

#include "sim/cli/command.h"
#include "sim/cli/interrupt.h"
#include "sim/run/replay.h"

enum { OPTION_THREADS = 256, OPTION_ISA, OPTION_DATA };

struct arguments {
    const char *file;
    const char *data;
    int32_t threads;
    const struct kernels *kernels;
};

static const struct argp_option options[] = {
    {"threads", OPTION_THREADS, "N", 0,
     "threads for the gradients (default: all processors); changes no result", 0},
    {"isa", OPTION_ISA, "NAME", 0,
     "avx512, avx2 or generic: the instructions of the portable kernels (default: the best that "
     "the CPU has); changes no result",
     0},
    {"data", OPTION_DATA, "FOLDER", 0, command_data_help, 0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_THREADS:
        arguments->threads = (int32_t)command_integer(state, "--threads", text, 1, 1024);
        return 0;
    case OPTION_ISA:
        arguments->kernels = command_kernels(state, text);
        return 0;
    case OPTION_DATA:
        arguments->data = text;
        return 0;
    case ARGP_KEY_ARG:
        command_take_one(state, "log", text, &arguments->file);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which log?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int command_replay(int argc, char **argv) {
    static const struct argp parser = {options,
                                       parse_option,
                                       "FILE.h5",
                                       "Runs a log again: scenario and spans come from the file, "
                                       "the gradients are computed anew, and every event, "
                                       "update and evaluation is compared. Exit status 0: "
                                       "identical; 1: the first difference is named.",
                                       NULL,
                                       NULL,
                                       NULL};
    struct arguments arguments = {.threads = run_default_threads()};
    argp_parse(&parser, argc, argv, 0, NULL, &arguments);
    struct error error = {0};
    struct replay_outcome outcome;
    const struct run_options run_options = {.data_folder = arguments.data,
                                            .threads = arguments.threads,
                                            .kernels = arguments.kernels,
                                            .interrupted = interrupt_watch()};
    enum status status = replay_file(arguments.file, &run_options, &outcome, &error);
    command_note_origin(arguments.file, outcome.altered);
    if (status == STATUS_OK) {
        printf("identical: %zu events, %zu gradients, %zu updates and every bit of the parameters "
               "(%.1f s)\n",
               outcome.events, outcome.gradients, outcome.updates, outcome.seconds);
    } else if (status == STATUS_DIFFERENT) {
        printf("different:\n%s", outcome.difference.text);
    } else {
        return command_fail(&error);
    }
    return command_finish(status);
}
