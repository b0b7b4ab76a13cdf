// SPDX-License-Identifier: GPL-3.0-or-later
// desgd export FILE.h5: a log for other programs: tables as CSV, the timeline as a trace.
#include <stdio.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/report/curve_table.h"
#include "sim/report/timeline.h"
#include "sim/run/run_claim.h"
#include "sim/runlog/runlog_csv.h"
#include "sim/runlog/runlog_reader.h"

enum { OPTION_TABLE = 256, OPTION_CSV, OPTION_TRACE, OPTION_FROM, OPTION_TO, OPTION_WORKER };

struct arguments {
    const char *file;
    const char *table;  // one, to stdout
    const char *folder; // for all of them
    const char *output; // of the trace; NULL: stdout
    bool csv, trace;
    bool chooses; // what of the trace
    struct tell_options options;
};

static const struct argp_option options[] = {
    {"csv", OPTION_CSV, NULL, 0,
     "all tables as comma-separated values: FOLDER/events.csv and so on; with --table, one of them "
     "on the standard output",
     0},
    {"table", OPTION_TABLE, "events|gradients|updates|evaluations|reductions|workers", 0,
     "this table alone, or incidents or probes; or one that follows from them: timeline, who did "
     "what when; curves_evaluations and curves_spans, the curves of the run",
     0},
    {"chrome-trace", OPTION_TRACE, NULL, 0,
     "who did what when, for ui.perfetto.dev and chrome://tracing", 0},
    {"output", 'o', "FILE.json", 0, "where the trace goes (default: the standard output)", 0},
    {"from", OPTION_FROM, "TIME", 0, "the trace from this cluster time on, as in --from '22.5 s'",
     0},
    {"to", OPTION_TO, "TIME", 0, "the trace up to this cluster time", 0},
    {"worker", OPTION_WORKER, "N", 0,
     "the trace of this worker alone, and of the updates that apply its gradients", 0},
    {0}};

static void check_arguments(struct argp_state *state, const struct arguments *arguments) {
    bool one_table = arguments->table != NULL && arguments->folder == NULL;
    bool all_tables = arguments->csv && arguments->table == NULL && arguments->folder != NULL;
    if (arguments->file == NULL ||
        (arguments->trace ? arguments->folder != NULL : !one_table && !all_tables)) {
        argp_error(state, "what of which log? As in: desgd export a.h5 --csv FOLDER, "
                          "desgd export a.h5 --table updates, or "
                          "desgd export a.h5 --chrome-trace -o a.json");
    }
    if (arguments->trace && (arguments->csv || arguments->table != NULL)) {
        argp_error(state, "tables or a trace: one at a time");
    }
    if (!arguments->trace && (arguments->output != NULL || arguments->chooses)) {
        argp_error(state, "-o, --from, --to and --worker are for --chrome-trace");
    }
    if (arguments->options.from_ns > arguments->options.to_ns) {
        argp_error(state, "--from is later than --to: nothing is between them");
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_TABLE:
        arguments->table = text;
        return 0;
    case OPTION_CSV:
        arguments->csv = true;
        return 0;
    case OPTION_TRACE:
        arguments->trace = true;
        return 0;
    case 'o':
        arguments->output = text;
        return 0;
    case OPTION_FROM:
        arguments->options.from_ns = command_time(state, "--from", text);
        arguments->chooses = true;
        return 0;
    case OPTION_TO:
        arguments->options.to_ns = command_time(state, "--to", text);
        arguments->chooses = true;
        return 0;
    case OPTION_WORKER:
        arguments->options.worker = (int32_t)command_integer(state, "--worker", text, 0, INT32_MAX);
        arguments->chooses = true;
        return 0;
    case ARGP_KEY_ARG:
        command_take_one(state, "log", text,
                         arguments->file == NULL ? &arguments->file : &arguments->folder);
        return 0;
    case ARGP_KEY_END:
        check_arguments(state, arguments);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct own_file_kind trace_kind = {
    .what = "a trace that desgd has written",
    .beginning = TIMELINE_TRACE_BEGINNING,
    .beginning_size = sizeof TIMELINE_TRACE_BEGINNING - 1,
};

struct trace {
    const struct runlog *log;
    const struct tell_options *options;
};

static enum status write_trace(void *context, FILE *out, struct error *error) {
    const struct trace *trace = context;
    return timeline_write_trace(out, trace->log, trace->options, error);
}

static enum status export_trace(const struct arguments *arguments, const struct runlog *log,
                                struct error *error) {
    REQUIRE(arguments->trace);
    struct trace trace = {log, &arguments->options};
    if (arguments->output == NULL) {
        return write_trace(&trace, stdout, error);
    }
    enum status status = run_claim_refuse_same(arguments->output, arguments->file, error);
    return status == STATUS_OK
               ? atomic_file_write_by(arguments->output, &trace_kind, write_trace, &trace, error)
               : status;
}

static const struct derived_table derived[] = {
    {"timeline", timeline_write_csv},
    {"curves_evaluations", curve_table_write_evaluations},
    {"curves_spans", curve_table_write_spans},
};

static enum status export_log(const struct arguments *arguments, const struct runlog *log,
                              struct error *error) {
    if (arguments->trace) {
        return export_trace(arguments, log, error);
    }
    return arguments->folder != NULL
               ? runlog_export_folder(log, arguments->file, arguments->folder, error)
               : runlog_export_csv(log, arguments->table, derived,
                                   sizeof derived / sizeof derived[0], stdout, error);
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.options = tell_options_all()};
    argp_parse(&command_export.parser, argc, argv, 0, NULL, &arguments);
    INVARIANT(arguments.file != NULL); // see check_arguments
    struct error error = {0};
    struct runlog log = {0};
    bool is_one = arguments.table != NULL && arguments.folder == NULL &&
                  runlog_table_find(arguments.table) < TABLE_COUNT;
    enum status status =
        is_one
            ? runlog_read_table(arguments.file, runlog_table_find(arguments.table), 0, &log, &error)
            : runlog_read(arguments.file, &log, NULL, &error);
    if (status == STATUS_OK) {
        command_note_origin(arguments.file, log.altered);
        status = export_log(&arguments, &log, &error);
    }
    runlog_reset(&log);
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}

const struct command command_export = {
    .name = "export",
    .arguments = "FILE.h5",
    .summary = "write the tables of a log as CSV, or its timeline as a trace",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "FILE.h5 [FOLDER]",
               .doc = "Writes what is in a log for other programs: its tables as CSV, with a line "
                      "of column names, or who did what when as a trace in Chrome's format."},
    .run = run_command,
};
