// SPDX-License-Identifier: GPL-3.0-or-later
// desgd tell FILE.h5...: the events of a log in words.
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/each_log.h"
#include "sim/report/tell.h"
#include "sim/runlog/runlog_reader.h"

enum { OPTION_FROM = 256, OPTION_TO, OPTION_WORKER };

struct arguments {
    struct log_list logs;
    struct tell_options options;
};

static const struct argp_option options[] = {
    {"from", OPTION_FROM, "TIME", 0, "from this cluster time on, as in --from '22.5 s'", 0},
    {"to", OPTION_TO, "TIME", 0, "up to this cluster time", 0},
    {"worker", OPTION_WORKER, "N", 0, "only this worker, and the updates that apply its gradients",
     0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_FROM:
        arguments->options.from_ns = command_time(state, "--from", text);
        return 0;
    case OPTION_TO:
        arguments->options.to_ns = command_time(state, "--to", text);
        return 0;
    case OPTION_WORKER:
        arguments->options.worker = (int32_t)command_integer(state, "--worker", text, 0, INT32_MAX);
        return 0;
    case ARGP_KEY_SUCCESS:
        if (arguments->options.from_ns > arguments->options.to_ns) {
            argp_error(state, "--from is later than --to: nothing is between them");
        }
        return 0;
    default:
        return log_list_take_argument(&arguments->logs, state, key, text) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

// That nothing is told has a reason.
static void note_end(const char *path, const struct runlog *log, int64_t from_ns) {
    char end[SIM_TIME_TEXT_SIZE];
    if (from_ns > log->ending.end_ns) {
        fprintf(stderr, "desgd: note: %s: nothing is later than --from: the run ended at %s\n",
                path, sim_time_format(log->ending.end_ns, end));
    }
}

static enum status tell_log(void *context, const char *path) {
    struct arguments *arguments = context;
    struct error error = {0};
    struct runlog log = {0};
    enum status status = runlog_read_until(path, arguments->options.to_ns, &log, &error);
    if (status == STATUS_OK) {
        command_note_origin(path, log.altered);
        each_log_heading(&arguments->logs, path);
        note_end(path, &log, arguments->options.from_ns);
        status = tell(stdout, &log, &arguments->options, &error);
    }
    runlog_reset(&log);
    if (status != STATUS_OK) {
        command_fail(&error);
    }
    return status;
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.options = tell_options_all()};
    arguments.options.details = true;
    argp_parse(&command_tell.parser, argc, argv, 0, NULL, &arguments);
    INVARIANT(arguments.logs.count > 0); // see parse_option
    enum status status = each_log(&arguments.logs, tell_log, &arguments);
    log_list_reset(&arguments.logs);
    return status == STATUS_OK ? command_finish(STATUS_OK) : (int)status;
}

const struct command command_tell = {
    .name = "tell",
    .arguments = "FILE.h5...",
    .summary = "print the events of a log in words",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "FILE.h5|DIR...",
               .doc = "Prints the events of logs in words."},
    .run = run_command,
};
