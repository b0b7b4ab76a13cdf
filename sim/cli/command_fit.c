// SPDX-License-Identifier: GPL-3.0-or-later
// desgd fit FILE.csv|FILE.h5: which law measured times, or the spans of a log, are draws of.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/base/csv_reader.h"
#include "sim/base/csv_times.h"
#include "sim/base/sim_time.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/report/fit_notes.h"
#include "sim/report/fit_print.h"
#include "sim/report/fit_report.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/span_column.h"

enum { OPTION_COLUMN = 256, OPTION_UNIT, OPTION_BY, OPTION_MAP, OPTION_JSON };

struct arguments {
    const char *file;
    const char *column; // NULL: not given; so too below
    const char *workers;
    int64_t unit_ns; // 0: not given
    bool map;
    bool json;
};

static const struct argp_option options[] = {
    {"column", OPTION_COLUMN, "NAME", 0,
     "the column with the times; of a log: compute_ns (the default), delay_ns, push_ns, "
     "reply_travel_ns, receive_ns or reply_ns",
     0},
    {"unit", OPTION_UNIT, "ns|us|ms|s|min|h", 0, "what a 1 in the column of a CSV file stands for",
     0},
    {"by", OPTION_BY, "NAME", 0, "the column of a CSV file that names the worker of each time", 0},
    {"map", OPTION_MAP, NULL, 0, "print only the map for a scenario", 0},
    {"json", OPTION_JSON, NULL, 0, "print JSON", 0},
    {0}};

static void take_unit(struct arguments *arguments, struct argp_state *state, const char *text) {
    static const char *const names[] = {"ns", "us", "ms", "s", "min", "h"};
    arguments->unit_ns = sim_time_unit_ns(text);
    if (arguments->unit_ns == 0) {
        const char *meant = closest_word(text, names, sizeof names / sizeof names[0]);
        argp_error(state, "--unit: no unit '%s'%s%s%s; the units are ns, us, ms, s, min and h",
                   text, meant != NULL ? " (did you mean '" : "", meant != NULL ? meant : "",
                   meant != NULL ? "'?)" : "");
    }
}

static void require_options(const struct arguments *arguments, struct argp_state *state) {
    if (arguments->file == NULL) {
        argp_error(state, "times of which file? As in: desgd fit times.csv --column ms --unit ms");
    }
    if (arguments->map && arguments->json) {
        argp_error(state, "--map or --json, not both");
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_COLUMN:
        arguments->column = text;
        return 0;
    case OPTION_UNIT:
        take_unit(arguments, state, text);
        return 0;
    case OPTION_BY:
        arguments->workers = text;
        return 0;
    case OPTION_MAP:
        arguments->map = true;
        return 0;
    case OPTION_JSON:
        arguments->json = true;
        return 0;
    case ARGP_KEY_ARG:
        command_take_one(state, "file", text, &arguments->file);
        return 0;
    case ARGP_KEY_END:
        require_options(arguments, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum status read_csv(const struct arguments *arguments, struct fit_source *source,
                            struct csv_times *times, struct error *error) {
    const struct csv_times_options csv = {.path = arguments->file,
                                          .column = arguments->column,
                                          .workers = arguments->workers,
                                          .unit_ns = arguments->unit_ns};
    if (csv.column == NULL || csv.unit_ns == 0) {
        struct csv_reader *reader = NULL; // a file that is not there is named as such
        enum status status = csv_reader_open(csv.path, &reader, error);
        csv_reader_close(&reader);
        return status != STATUS_OK
                   ? status
                   : error_set(
                         error, STATUS_USAGE,
                         "a CSV file needs the column with the times and their unit, as in: desgd "
                         "fit %s --column compute_ms --unit ms",
                         csv.path);
    }
    if (csv.workers != NULL && strcmp(csv.workers, csv.column) == 0) {
        return error_set(error, STATUS_USAGE,
                         "--by names the column with the workers, but '%s' is the one of the times",
                         csv.column);
    }
    source->column = csv.column;
    source->key = "compute";
    source->unit = sim_time_unit_name(csv.unit_ns);
    source->workers = csv.workers;
    return csv_times_read(&csv, times, error);
}

static enum status read_log(const struct arguments *arguments, struct fit_source *source,
                            struct csv_times *times, struct error *error) {
    struct runlog log = {0};
    const char *name = arguments->column != NULL ? arguments->column : "compute_ns";
    if (arguments->unit_ns != 0 || arguments->workers != NULL) {
        return error_set(error, STATUS_USAGE,
                         "--unit and --by are for CSV files: a log has its times in ns, and names "
                         "the workers");
    }
    const struct span_column *column = span_column_find(name, error);
    if (column == NULL) {
        return STATUS_USAGE;
    }
    enum status status = runlog_read(arguments->file, &log, NULL, error);
    if (status == STATUS_OK) {
        command_note_origin(arguments->file, log.altered);
        source->column = column->name;
        source->key = column->key;
        status = span_column_read(arguments->file, &log, column, times, &source->without, error);
    }
    runlog_reset(&log);
    return status;
}

static bool are_zero(const struct csv_times *times) {
    REQUIRE(times->count > 0);
    size_t i = 0;
    while (i < times->count && times->spans_ns[i] == 0) {
        i++;
    }
    return i == times->count;
}

static enum status read_times(const struct arguments *arguments, struct fit_source *source,
                              struct csv_times *times, struct error *error) {
    REQUIRE(arguments->file != NULL);
    source->file = arguments->file;
    enum status status = runlog_is_hdf5(source->file) ? read_log(arguments, source, times, error)
                                                      : read_csv(arguments, source, times, error);
    if (status == STATUS_OK && times->count == 1) {
        csv_times_reset(times);
        return error_set(error, STATUS_BAD_DATA,
                         "%s: error: column '%s' has one time; a law takes at least two, and to "
                         "tell laws apart takes some hundreds",
                         source->file, source->column);
    }
    bool computing = source->key != NULL && strcmp(source->key, "compute") == 0;
    if (status == STATUS_OK && computing && are_zero(times)) {
        csv_times_reset(times);
        return error_set(error, STATUS_BAD_DATA,
                         "%s: error: all times in column '%s' are 0, but computing takes longer "
                         "than 0 s in a scenario; is it the right column?",
                         source->file, source->column);
    }
    return status;
}

static void tell_note(void *context, bool warning, const char *sentence) {
    fprintf(context, "desgd: %s: %s\n", warning ? "warning" : "note", sentence);
}

static void print(const struct arguments *arguments, const struct fit_report *report) {
    if (arguments->json) {
        fit_print_json(stdout, report);
    } else if (arguments->map) {
        fit_notes(report, tell_note, stderr);
        fit_print_map(stdout, report);
    } else {
        fit_print_report(stdout, report);
    }
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {0};
    argp_parse(&command_fit.parser, argc, argv, 0, NULL, &arguments);
    INVARIANT(arguments.file != NULL); // see parse_option
    struct error error = {0};
    struct csv_times times = {0};
    struct fit_source source = {0};
    enum status status = read_times(&arguments, &source, &times, &error);
    if (status != STATUS_OK) {
        return command_fail(&error);
    }
    struct fit_report report = fit_report_make(&source, &times);
    print(&arguments, &report);
    fit_report_reset(&report);
    csv_times_reset(&times);
    return command_finish(STATUS_OK);
}

const struct command command_fit = {
    .name = "fit",
    .arguments = "FILE",
    .summary = "find the law of measured times, and its parameters",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc =
                   "FILE.csv --column NAME --unit UNIT [--by NAME]\nFILE.h5 [--column NAME]",
               .doc = "Fits every law to the times in a column of a CSV file, or of a log, by "
                      "maximum likelihood: parameters with intervals of 95 %, AIC, "
                      "Kolmogorov-Smirnov distance. Warns where successive times are correlated or "
                      "workers differ, and prints the map for a scenario."},
    .run = run_command,
};
