// SPDX-License-Identifier: GPL-3.0-or-later
// desgd info FILE.h5...: what is in a log, in a screenful; with --follow how a run goes on.
#include <inttypes.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/each_log.h"
#include "sim/cli/follow_session.h"
#include "sim/report/summary.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/runlog_skim.h"
#include "sim/scenario/scenario_times.h"

enum { OPTION_JSON = 256, OPTION_SCENARIO, OPTION_FOLLOW };

struct arguments {
    struct log_list logs;
    bool json;
    bool scenario;
    const char *followed; // NULL: --follow is not wanted
    size_t printed;
};

static const struct argp_option options[] = {
    {"json", OPTION_JSON, NULL, 0, "print the summary as JSON", 0},
    {"scenario", OPTION_SCENARIO, NULL, 0, "print only the scenario, which desgd run accepts", 0},
    {"follow", OPTION_FOLLOW, "FILE.h5|DIR", 0,
     "watch a run that is making FILE.h5, or a sweep in DIR, until it is over: how far it is, what "
     "every worker does, K, loss and accuracy; where stdout is no terminal, a line now and then",
     0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_JSON:
        arguments->json = true;
        return 0;
    case OPTION_SCENARIO:
        arguments->scenario = true;
        return 0;
    case OPTION_FOLLOW:
        arguments->followed = text;
        return 0;
    case ARGP_KEY_SUCCESS:
        if (arguments->followed != NULL &&
            (arguments->logs.count > 0 || arguments->json || arguments->scenario)) {
            argp_error(state, "--follow watches one run or sweep, and prints nothing else");
        }
        return 0;
    case ARGP_KEY_NO_ARGS:
        if (arguments->followed != NULL) {
            return 0;
        }
        return log_list_take_argument(&arguments->logs, state, key, text) ? 0 : ARGP_ERR_UNKNOWN;
    default:
        return log_list_take_argument(&arguments->logs, state, key, text) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static void print_layout(const struct runlog_header *header) {
    REQUIRE(header->layout != NULL || header->layout_count == 0);
    for (size_t i = 0; i < header->layout_count; i++) {
        const struct layout_row *row = &header->layout[i];
        printf("  %-16s (", row->name);
        for (int32_t d = 0; d < row->rank; d++) {
            printf("%s%d", d == 0 ? "" : ", ", row->shape[d]);
        }
        printf(") at %" PRId64 "\n", row->offset);
    }
}

// A log with what is printed of it.
struct informed {
    const char *path;
    struct runlog log;
    struct provenance provenance;
    struct summary_accumulator accumulator;
    struct runlog_skim skim;
    struct summary summary;
};

// The fingerprint is over the events, too. Of a file that nobody has changed since it was written
// the rows are not read again: its checksum says the same of them.
static const char *verdict_on_rows(const struct informed *informed) {
    if (!informed->skim.is_whole) {
        return "checksum of the file holds: its rows are those that desgd wrote";
    }
    if (!informed->log.header.events) {
        return "fingerprint of the rows cannot be checked: the log has no events";
    }
    return runlog_fingerprints_hold(&informed->log)
               ? "fingerprint of the rows holds"
               : "fingerprint of the rows DOES NOT HOLD: the file was changed";
}

// With the files where its run found the measured times.
static void print_scenario(const struct runlog *log, const struct provenance *provenance) {
    struct times_file_list files = {.count = 0};
    REQUIRE(log->header.scenario != NULL);
    times_files_read(provenance->measured_times, &files);
    char *shown = times_files_show(&files, log->header.scenario);
    fputs(shown, stdout);
    memory_free(shown);
}

static void print_rows(const struct informed *informed) {
    const struct runlog *log = &informed->log;
    const uint64_t *counts = informed->skim.counts;
    printf("\nrows: %" PRIu64 " events, %" PRIu64 " gradients, %" PRIu64 " updates, %" PRIu64
           " evaluations, %d workers",
           counts[TABLE_EVENTS], counts[TABLE_GRADIENTS], counts[TABLE_UPDATES],
           counts[TABLE_EVALUATIONS], log->ending.worker_count);
    if (counts[TABLE_INCIDENTS] > 0) {
        printf(", %" PRIu64 " incidents", counts[TABLE_INCIDENTS]);
    }
    bool has_samples = log->header.sample_columns > 0 && counts[TABLE_GRADIENTS] > 0;
    puts(has_samples ? ", sample indices" : "");
}

static void print_info(const struct informed *informed) {
    const struct runlog *log = &informed->log;
    const struct provenance *provenance = &informed->provenance;
    printf("%s\n\n", informed->path);
    summary_print(stdout, &informed->summary, provenance->wall_seconds);
    puts(verdict_on_rows(informed));
    if (log->header.data_hash != 0) {
        printf("hash of the data %016" PRIx64 "\n", log->header.data_hash);
    }
    print_rows(informed);
    if (log->header.parameter_count > 0) {
        printf("%zu parameters:\n", log->header.parameter_count);
        print_layout(&log->header);
    }
    printf("\nmade by desgd %s (%s) on %s\n", provenance->program_version, provenance->commit,
           provenance->date);
    printf("  %s; %s; BLAS core %s\n", provenance->compiler, provenance->libraries,
           provenance->blas_core);
    printf("  %s, %d thread%s%s%s\n", provenance->cpu, provenance->threads,
           provenance->threads == 1 ? "" : "s", provenance->isa[0] == 0 ? "" : ", kernels for ",
           provenance->isa);
    fputc('\n', stdout);
    print_scenario(log, provenance);
}

// Of one log an object, of several a list of them, each with the name of its file.
static void print_json(const struct arguments *arguments, const struct informed *informed) {
    bool many = arguments->logs.count > 1;
    if (many) {
        fputs(arguments->printed == 0 ? "[\n" : ",\n", stdout);
    }
    summary_print_json_of(stdout, many ? informed->path : NULL, &informed->summary,
                          informed->provenance.wall_seconds);
}

static void print_one(const struct arguments *arguments, const struct informed *informed) {
    if (arguments->json) {
        print_json(arguments, informed);
    } else if (arguments->scenario) {
        if (arguments->logs.count > 1) {
            printf("%s# %s\n", arguments->printed == 0 ? "" : "---\n", informed->path);
        }
        print_scenario(&informed->log, &informed->provenance);
    } else {
        fputs(arguments->printed == 0 ? "" : "\n", stdout);
        print_info(informed);
    }
}

static enum status info(void *context, const char *path) {
    REQUIRE(((struct arguments *)context)->printed < ((struct arguments *)context)->logs.count);
    struct arguments *arguments = context;
    struct error error = {0};
    struct informed informed = {.path = path};
    informed.skim = summary_skim(&informed.accumulator);
    enum status status =
        runlog_skim(path, &informed.skim, &informed.log, &informed.provenance, &error);
    if (status != STATUS_OK) {
        command_fail(&error);
        return status;
    }
    summary_of_skim(&informed.accumulator, &informed.skim, &informed.log, &informed.summary);
    command_note_origin(path, informed.log.altered);
    print_one(arguments, &informed);
    arguments->printed++;
    runlog_reset(&informed.log);
    return STATUS_OK;
}

static int follow(const char *path) {
    struct error error = {0};
    enum status status = follow_session(path, &error);
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {0};
    argp_parse(&command_info.parser, argc, argv, 0, NULL, &arguments);
    if (arguments.followed != NULL) {
        log_list_reset(&arguments.logs);
        return follow(arguments.followed);
    }
    INVARIANT(arguments.logs.count > 0); // see parse_option
    enum status status = each_log(&arguments.logs, info, &arguments);
    if (arguments.json && arguments.logs.count > 1) {
        puts(arguments.printed == 0 ? "[]" : "]");
    }
    log_list_reset(&arguments.logs);
    return status == STATUS_OK ? command_finish(STATUS_OK) : (int)status;
}

const struct command command_info = {
    .name = "info",
    .arguments = "FILE.h5...",
    .summary = "print what a log contains, on one screen",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "FILE.h5|DIR...\n--follow FILE.h5|DIR",
               .doc = "Prints what logs contain: summary, tables, provenance and scenario."},
    .run = run_command,
};
