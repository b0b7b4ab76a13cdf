// SPDX-License-Identifier: GPL-3.0-or-later
// desgd replay FILE.h5...: runs a log again from the file alone and compares every event and every
// bit.
#include <inttypes.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/each_log.h"
#include "sim/cli/host_options.h"
#include "sim/cli/interrupt.h"
#include "sim/run/replay.h"

struct arguments {
    struct log_list logs;
    struct host_options host;
};

static const struct argp_option options[] = {THREADS_OPTION, ISA_OPTION, DATA_OPTION, {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    default:
        return log_list_take_argument(&arguments->logs, state, key, text) ||
                       host_options_take(&arguments->host, state, key, text)
                   ? 0
                   : ARGP_ERR_UNKNOWN;
    }
}

// The spans come from the file: whether the laws give them is another question.
static void print_spans(const struct span_tally *spans) {
    REQUIRE(spans->other <= spans->compared && spans->rounded <= spans->compared);
    if (spans->compared == 0 && spans->first[0] != 0) {
        printf("spans: not compared with the scenario's laws: %s\n", spans->first);
    } else if (spans->other > 0) {
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
    const struct run_options run_options = {.data_folder = arguments->host.data,
                                            .threads = arguments->host.threads,
                                            .kernels = arguments->host.kernels,
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

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.host = host_options_default()};
    argp_parse(&command_replay.parser, argc, argv, 0, NULL, &arguments);
    INVARIANT(arguments.logs.count > 0); // see parse_option
    enum status status = each_log(&arguments.logs, replay, &arguments);
    log_list_reset(&arguments.logs);
    return command_finish(status);
}

const struct command command_replay = {
    .name = "replay",
    .arguments = "FILE.h5...",
    .summary = "repeat runs from their logs alone and compare every bit",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "FILE.h5|DIR...",
               .doc = "Repeats the runs in logs: scenario and spans come from the file, the "
                      "gradients are computed again, and every event, update and evaluation is "
                      "compared. Exit status 0: identical; 1: different, and the first difference "
                      "is named. It also says whether the spans are those of the scenario, but "
                      "this does not change the exit status: see desgd verify."},
    .run = run_command,
};
