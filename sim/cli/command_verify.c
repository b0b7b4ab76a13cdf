// SPDX-License-Identifier: GPL-3.0-or-later
// desgd verify FILE.h5|DIR...: whether logs are what their scenarios give, one verdict each and one
// on all.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/sim_time.h"
#include "sim/base/wall_clock.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/each_log.h"
#include "sim/cli/host_options.h"
#include "sim/cli/interrupt.h"
#include "sim/run/side_by_side.h"
#include "sim/run/verify.h"

enum { OPTION_CSV = 256, OPTION_QUIET };

struct arguments {
    struct log_list logs;
    struct host_options host;
    bool csv;
    bool quiet;
};

static const struct argp_option options[] = {
    {"csv", OPTION_CSV, NULL, 0, "print a table with a row for each log", 0},
    {"quiet", OPTION_QUIET, NULL, 0, "print only the logs that are not verified", 0},
    {"threads", OPTION_THREADS, "N", 0,
     "this many at a time (default: all processors): logs, or threads for the gradients of one "
     "log; changes no result",
     0},
    DATA_OPTION,
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_CSV:
        arguments->csv = true;
        return 0;
    case OPTION_QUIET:
        arguments->quiet = true;
        return 0;
    default:
        return log_list_take_argument(&arguments->logs, state, key, text) ||
                       host_options_take(&arguments->host, state, key, text)
                   ? 0
                   : ARGP_ERR_UNKNOWN;
    }
}

// All logs: what is to be done with each, and what has come of them.
struct verification {
    const struct arguments *arguments;
    struct run_options run_options;
    enum status status;
    size_t verified, different, unknown;
};

static void work(void *context, size_t index, void *result) {
    REQUIRE(index < ((const struct verification *)context)->arguments->logs.count);
    const struct verification *all = context;
    verify_log(all->arguments->logs.paths[index], &all->run_options, result);
}

static const char *word_of(enum status status) {
    return status == STATUS_OK ? "verified" : status == STATUS_DIFFERENT ? "different" : "unknown";
}

// ---- as text ----

static void print_verified(const char *path, const struct verify_verdict *verdict) {
    REQUIRE(verdict->status == STATUS_OK);
    REQUIRE(verdict->run < RUN_STATUS_COUNT);
    char end[SIM_TIME_TEXT_SIZE];
    printf("verified   %s: %zu events, %zu gradients, %zu updates, %" PRIu64 " spans", path,
           verdict->events, verdict->gradients, verdict->updates, verdict->spans.compared);
    if (verdict->spans.rounded > 0) {
        printf(" (%" PRIu64 " up to the rounding of a machine's libm)", verdict->spans.rounded);
    }
    if (verdict->run != RUN_COMPLETE) {
        printf("; %s at %s", run_status_names[verdict->run],
               sim_time_format_seconds(verdict->ending.end_ns, end));
    }
    puts("");
}

// Every line of the reason is indented, so that verdicts can be told from it. An error's begins
// with the path, which is there already.
static void print_reason(const char *path, const char *reason) {
    size_t named = strlen(path);
    bool again = strncmp(reason, path, named) == 0 && strncmp(reason + named, ": ", 2) == 0;
    for (const char *line = again ? reason + named + 2 : reason; *line != 0;) {
        int length = (int)strcspn(line, "\n");
        printf("           %.*s\n", length, line);
        line += length + (line[length] != 0);
    }
}

static void print_text(const struct arguments *arguments, const char *path,
                       const struct verify_verdict *verdict) {
    if (verdict->status == STATUS_OK) {
        if (!arguments->quiet) {
            print_verified(path, verdict);
        }
        return;
    }
    printf("%-10s %s\n", word_of(verdict->status), path);
    print_reason(path, verdict->reason);
    if (verdict->findings[VERIFY_SEAL] == FINDING_FAILS &&
        strstr(verdict->reason, "its seal is gone") != verdict->reason) {
        print_reason(path, "its seal is gone, too: another program has changed or made the file");
    }
}

// ---- as a table ----

static const char csv_heading[] =
    "file,verdict,status,seal,scenario,spans,data,replay,run,seed,end_ns,spans_compared,"
    "spans_rounded,spans_other,data_hash,timeline_fingerprint,parameter_fingerprint,reason\n";

static void print_quoted(const char *text) {
    putchar('"');
    for (const char *at = text; *at != 0; at++) {
        if (*at == '"') {
            putchar('"');
        }
        putchar(*at == '\n' ? ' ' : *at);
    }
    putchar('"');
}

static void print_row(const char *path, const struct verify_verdict *verdict) {
    char hash[FINGERPRINT_TEXT_SIZE];
    bool reads = verdict->findings[VERIFY_READS] == FINDING_HOLDS;
    print_quoted(path);
    printf(",%s,%d", word_of(verdict->status), (int)verdict->status);
    for (int part = VERIFY_SEAL; part < VERIFY_PART_COUNT; part++) {
        printf(",%s", verify_finding_names[verdict->findings[part]]);
    }
    if (reads) {
        printf(",%s,%" PRIu64 ",%" PRId64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
               run_status_names[verdict->run], verdict->seed, verdict->ending.end_ns,
               verdict->spans.compared, verdict->spans.rounded, verdict->spans.other);
        printf(",%s", fingerprint_format(verdict->data_hash, hash));
        printf(",%s", fingerprint_format(verdict->ending.timeline_fingerprint, hash));
        printf(",%s,", fingerprint_format(verdict->ending.parameter_fingerprint, hash));
    } else {
        fputs(",,,,,,,,,,", stdout);
    }
    print_quoted(verdict->reason);
    puts("");
}

// ---- all ----

static void count(struct verification *all, enum status status) {
    INVARIANT(all->verified + all->different + all->unknown < all->arguments->logs.count);
    all->status = verify_worse(all->status, status);
    all->verified += status == STATUS_OK;
    all->different += status == STATUS_DIFFERENT;
    all->unknown += status != STATUS_OK && status != STATUS_DIFFERENT;
}

static void done(void *context, size_t index, const void *result) {
    REQUIRE(index < ((const struct verification *)context)->arguments->logs.count);
    static const struct verify_verdict lost = {
        .status = STATUS_INTERNAL,
        .reason = "the process that had it in hand ended before it was done"};
    struct verification *all = context;
    const struct verify_verdict *verdict = result == NULL ? &lost : result;
    const char *path = all->arguments->logs.paths[index];
    count(all, verdict->status);
    if (all->arguments->csv) {
        print_row(path, verdict);
    } else {
        print_text(all->arguments, path, verdict);
    }
    fflush(stdout); // one may take long
}

static void print_sum(const struct verification *all, double seconds) {
    INVARIANT(all->verified + all->different + all->unknown <= all->arguments->logs.count);
    const struct arguments *arguments = all->arguments;
    if (arguments->csv || arguments->quiet) {
        return;
    }
    printf("%zu of %zu log%s verified", all->verified, arguments->logs.count,
           arguments->logs.count == 1 ? "" : "s");
    if (all->different > 0) {
        printf(", %zu different", all->different);
    }
    if (all->unknown > 0) {
        printf(", %zu unknown", all->unknown);
    }
    printf(" (%.1f s)\n", seconds);
}

static int verify(const struct arguments *arguments) {
    REQUIRE(arguments->logs.count > 0);
    REQUIRE(arguments->host.threads >= 1);
    struct error error = {0};
    double start = wall_clock_seconds();
    size_t count_of_logs = arguments->logs.count;
    int32_t jobs = count_of_logs < (size_t)arguments->host.threads ? (int32_t)count_of_logs
                                                                   : arguments->host.threads;
    struct verification all = {.arguments = arguments,
                               .run_options = {.data_folder = arguments->host.data,
                                               .threads = arguments->host.threads / jobs,
                                               .interrupted = interrupt_watch()}};
    const struct side_by_side pieces = {.count = count_of_logs,
                                        .jobs = jobs,
                                        .result_bytes = sizeof(struct verify_verdict),
                                        .work = work,
                                        .done = done,
                                        .context = &all,
                                        .interrupted = all.run_options.interrupted};
    if (arguments->csv) {
        fputs(csv_heading, stdout);
    }
    enum status status = side_by_side_run(&pieces, &error);
    if (status != STATUS_OK) {
        return command_fail(&error);
    }
    print_sum(&all, wall_clock_seconds() - start);
    return command_finish(all.status);
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.host = host_options_default()};
    argp_parse(&command_verify.parser, argc, argv, 0, NULL, &arguments);
    int exit_status = verify(&arguments);
    log_list_reset(&arguments.logs);
    return exit_status;
}

const struct command command_verify = {
    .name = "verify",
    .arguments = "FILE|DIR...",
    .summary = "check that logs are what their scenarios give: seal, spans, data, replay",
    .parser =
        {.options = options,
         .parser = parse_option,
         .args_doc = "FILE.h5|DIR...",
         .doc =
             "Checks that logs are what their scenarios give. For each log it checks the seal, "
             "reads the scenario again, draws every span again from the laws and the seed, hashes "
             "the data set, and repeats the run. Provenance and title cannot be computed again and "
             "are not checked. Exit status 0: all are verified; 1: one is different; otherwise "
             "that of the first log without a verdict (65 damaged, 66 no file or no data)."},
    .run = run_command,
};
