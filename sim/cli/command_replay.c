// SPDX-License-Identifier: GPL-3.0-or-later
// desgd replay FILE.h5...: runs a log again from the file alone and compares every event and every
// bit.
#include <inttypes.h>
#include <stdio.h>

#include "sim/cli/command.h"
#include "sim/cli/each_log.h"
#include "sim/cli/interrupt.h"
#include "sim/run/replay.h"

enum { OPTION_THREADS = 256, OPTION_ISA, OPTION_DATA };

struct arguments {
    struct log_list logs;
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
        log_list_take(&arguments->logs, text);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which log?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// The spans come from the file: whether the laws give them is another question.
static void print_spans(const struct span_tally *spans) {
    if (spans->other > 0) {
        printf("spans: %" PRIu64 " of %" PRIu64
               " are not those of the scenario in the log; the first: %s\n",
               spans->other, spans->compared, spans->first);
    } else if (spans->rounded > 0) {
        printf("spans: all %" PRIu64 " as the scenario's laws and seed give them, %" PRIu64
               " of them up to the rounding of a machine's libm\n",
               spans->compared, spans->rounded);
    } else {
        printf("spans: all %" PRIu64 " as the scenario's laws and seed give them\n",
               spans->compared);
    }
}

static enum status replay(void *context, const char *path) {
    struct arguments *arguments = context;
    struct error error = {0};
    struct replay_outcome outcome;
    const struct run_options run_options = {.data_folder = arguments->data,
                                            .threads = arguments->threads,
                                            .kernels = arguments->kernels,
                                            .interrupted = interrupt_watch()};
    enum status status = replay_file(path, &run_options, &outcome, &error);
    command_note_origin(path, outcome.altered);
    each_log_heading(&arguments->logs, path);
    if (status == STATUS_OK) {
        printf("identical: %zu events, %zu gradients, %zu updates and every bit of the parameters "
               "(%.1f s)\n",
               outcome.events, outcome.gradients, outcome.updates, outcome.seconds);
        print_spans(&outcome.spans);
    } else if (status == STATUS_DIFFERENT) {
        printf("different:\n%s%s", outcome.header, outcome.difference.text);
        print_spans(&outcome.spans);
    } else {
        command_fail(&error);
    }
    return status;
}

int command_replay(int argc, char **argv) {
    static const struct argp parser = {options,
                                       parse_option,
                                       "FILE.h5|DIR...",
                                       "Runs logs again: scenario and spans come from the file, "
                                       "the gradients are computed anew, and every event, "
                                       "update and evaluation is compared. Exit status 0: "
                                       "identical; 1: the first difference is named. That the "
                                       "spans are those of the scenario is said, but is no "
                                       "condition: see desgd verify.",
                                       NULL,
                                       NULL,
                                       NULL};
    struct arguments arguments = {.threads = run_default_threads()};
    argp_parse(&parser, argc, argv, 0, NULL, &arguments);
    enum status status = each_log(&arguments.logs, replay, &arguments);
    log_list_reset(&arguments.logs);
    return command_finish(status);
}
