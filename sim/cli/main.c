// SPDX-License-Identifier: GPL-3.0-or-later
// desgd: a deterministic discrete-event simulator of distributed SGD. Finds the subcommand and runs
// it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/closest_word.h"
#include "sim/cli/command.h"
#include "sim/cli/program_start.h"
#include "sim/run/build_info.h"

struct command {
    const char *name;
    command_main *run;
    const char *arguments;
    const char *summary;
};

static const struct command commands[] = {
    {"run", command_run, "SCENARIO", "run a scenario, print a summary, log everything with -o"},
    {"replay", command_replay, "FILE.h5...",
     "run logs again from the files alone and compare every bit"},
    {"verify", command_verify, "FILE|DIR...",
     "whether logs are what their scenarios give: seal, spans, data, replay"},
    {"recover", command_recover, "JOURNAL -o FILE.h5",
     "the log of a run whose file could not be written"},
    {"diff", command_diff, "A B", "the first event, update and hash in which two runs differ"},
    {"info", command_info, "FILE.h5...", "what is in a log, in a screenful"},
    {"tell", command_tell, "FILE.h5...", "the events of a log in words"},
    {"check", command_check, "SCENARIO",
     "validate a scenario, a sweep or that of a log, and print the canonical form"},
    {"list", command_list, "WHAT", "policies, schedules, laws, models, datasets or keys"},
    {"export", command_export, "FILE.h5", "one table of a log as CSV"},
    {"sweep", command_sweep, "SWEEP -o DIR",
     "many runs on all processors; run again, it does what is missing"},
    {"merge", command_merge, "DIR", "one table of all runs of a sweep"},
    {"compare", command_compare, "FILE|DIR...",
     "differences to a baseline, as in the papers' tables"},
    {"figures", command_figures, "DIR -o FOLDER",
     "curves and timelines of runs as text for gnuplot"},
    {"bench", command_bench, "", "speed on this machine"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out) {
    fputs("Usage: desgd COMMAND [OPTION...]\n"
          "A deterministic discrete-event simulator of distributed SGD.\n\n",
          out);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fprintf(out, "  %-8s %-14s %s\n", commands[i].name, commands[i].arguments,
                commands[i].summary);
    }
    fputs("\nEach command explains itself: desgd COMMAND --help\n"
          "Exit status: 0 done; 1 different; 2 diverged; 64 usage; 65 wrong scenario or file; 66 "
          "input\n"
          "missing; 70 a bug; 71 no memory; 73, 74 cannot create, cannot write; 75 interrupted.\n",
          out);
}

static int unknown_command(const char *typed) {
    const char *names[COMMAND_COUNT];
    for (int i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
    }
    const char *meant = closest_word(typed, names, COMMAND_COUNT);
    fprintf(stderr, "desgd: no command '%s'", typed);
    if (meant != NULL) {
        fprintf(stderr, " (did you mean '%s'?)", meant);
    }
    fputs("; 'desgd --help' lists them\n", stderr);
    return STATUS_USAGE;
}

static int run_command(const struct command *command, int argc, char **argv) {
    char name[64];
    snprintf(name, sizeof name, "desgd %s", command->name);
    argv[0] = name; // argp's messages begin with it
    return command->run(argc, argv);
}

// What argp prints, for --help and --version, it does not look after itself.
static void end_with_output(int status, void *context) {
    (void)context;
    if (status == STATUS_OK && command_finish(STATUS_OK) != STATUS_OK) {
        _exit(STATUS_IO);
    }
}

int main(int argc, char **argv) {
    program_start(argv);
    on_exit(end_with_output, NULL);
    argp_program_version = build_info_version();
    if (argc < 2) {
        print_help(stderr);
        return STATUS_USAGE;
    }
    if (strcmp(argv[1], "--usage") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-?") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return command_finish(STATUS_OK);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts(build_info_version());
        return command_finish(STATUS_OK);
    }
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return run_command(&commands[i], argc - 1, argv + 1);
        }
    }
    return unknown_command(argv[1]);
}
