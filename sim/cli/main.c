// SPDX-License-Identifier: GPL-3.0-or-later
// desgd: a deterministic discrete-event simulator of distributed SGD. Finds the subcommand and runs
// it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/closest_word.h"
#include "sim/cli/command.h"
#include "sim/cli/command_line.h"
#include "sim/cli/program_start.h"
#include "sim/run/build_info.h"

static const struct command *const commands[] = {
    &command_run,   &command_replay, &command_verify,  &command_recover, &command_diff,
    &command_info,  &command_tell,   &command_check,   &command_list,    &command_export,
    &command_sweep, &command_merge,  &command_compare, &command_figures, &command_bench,
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out) {
    fputs("Usage: desgd COMMAND [OPTION...]\n"
          "A deterministic discrete-event simulator of distributed SGD.\n\n",
          out);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fprintf(out, "  %-8s %-14s %s\n", commands[i]->name, commands[i]->arguments,
                commands[i]->summary);
    }
    fputs("\n'desgd COMMAND --help' explains a command.\n"
          "Exit status: 0 done; 1 different; 2 diverged; 64 usage; 65 wrong scenario or file; 66 "
          "input\n"
          "missing; 70 a bug; 71 no memory; 73, 74 cannot create, cannot write; 75 interrupted.\n",
          out);
}

static int unknown_command(const char *typed) {
    const char *names[COMMAND_COUNT];
    for (int i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i]->name;
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
        if (strcmp(argv[1], commands[i]->name) == 0) {
            return run_command(commands[i], argc - 1, argv + 1);
        }
    }
    return unknown_command(argv[1]);
}
