// SPDX-License-Identifier: GPL-3.0-or-later
// desgd tell FILE.h5...: the events of a log in words; with --step one by one on the terminal.
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/each_log.h"
#include "sim/cli/host_options.h"
#include "sim/cli/tell_session.h"
#include "sim/report/tell.h"
#include "sim/runlog/runlog_reader.h"

enum { OPTION_FROM = 256, OPTION_TO, OPTION_WORKER, OPTION_STEP };

struct arguments {
    struct log_list logs;
    struct tell_options options;
    bool step;
    struct settings settings; // of what is run with --step
    struct host_options host;
};

static const struct argp_option options[] = {
    {"from", OPTION_FROM, "TIME", 0, "from this cluster time on, as in --from '22.5 s'", 0},
    {"to", OPTION_TO, "TIME", 0, "up to this cluster time", 0},
    {"worker", OPTION_WORKER, "N", 0, "only this worker, and the updates that apply its gradients",
     0},
    {"step", OPTION_STEP, NULL, 0,
     "look at one event at a time on the terminal, forward and back, from --from on, until a "
     "time, a worker, an update or a change of K, and what if a key had another value from there "
     "on; a scenario is run first; the keys are at the bottom of the screen",
     0},
    SET_OPTION,
    THREADS_OPTION,
    ISA_OPTION,
    DATA_OPTION,
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
    case OPTION_STEP:
        arguments->step = true;
        return 0;
    case OPTION_SET:
        settings_add(&arguments->settings, state, "--set", SETTINGS_EXAMPLE, text);
        return 0;
    case ARGP_KEY_SUCCESS:
        if (!arguments->step && arguments->settings.count > 0) {
            argp_error(state, "--set is for what --step runs: a log is told as it is");
        }
        if (arguments->step && arguments->logs.count > 1) {
            argp_error(state, "--step looks at one run, got %zu", arguments->logs.count);
        }
        if (arguments->step && arguments->options.to_ns != INT64_MAX) {
            argp_error(state, "--step goes on to the end of the run: --to says nothing");
        }
        if (arguments->options.from_ns > arguments->options.to_ns) {
            argp_error(state, "--from is later than --to: nothing is between them");
        }
        return 0;
    default:
        return host_options_take(&arguments->host, state, key, text) ||
                       log_list_take_argument(&arguments->logs, state, key, text)
                   ? 0
                   : ARGP_ERR_UNKNOWN;
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

static enum status step(const struct arguments *arguments) {
    REQUIRE(arguments->logs.count == 1);
    const struct tell_session_options look = {.path = arguments->logs.paths[0],
                                              .settings = &arguments->settings,
                                              .from_ns = arguments->options.from_ns,
                                              .worker = arguments->options.worker,
                                              .host = arguments->host};
    struct error error = {0};
    enum status status = tell_session(&look, &error);
    if (status != STATUS_OK) {
        command_fail(&error);
    }
    return status;
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.options = tell_options_all(), .host = host_options_default()};
    arguments.options.details = true;
    argp_parse(&command_tell.parser, argc, argv, 0, NULL, &arguments);
    INVARIANT(arguments.logs.count > 0); // see parse_option
    enum status status =
        arguments.step ? step(&arguments) : each_log(&arguments.logs, tell_log, &arguments);
    log_list_reset(&arguments.logs);
    settings_reset(&arguments.settings);
    return status == STATUS_OK ? command_finish(STATUS_OK) : (int)status;
}

const struct command command_tell = {
    .name = "tell",
    .arguments = "FILE.h5...",
    .summary = "print the events of a log in words",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "FILE.h5|DIR...\n--step FILE.h5|SCENARIO",
               .doc = "Prints the events of logs in words."},
    .run = run_command,
};
