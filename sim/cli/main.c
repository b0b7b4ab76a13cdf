// SPDX-License-Identifier: GPL-3.0-or-later
// desgd: a deterministic discrete-event simulator of distributed SGD. Finds the subcommand and runs
// it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/program_start.h"
#include "sim/run/build_info.h"

static void print_help(FILE *out) {
    fprintf(out, "Usage: desgd COMMAND [OPTION...]\n%s\n\n", command_table.summary);
    for (size_t i = 0; i < command_table.count; i++) {
        fprintf(out, "  %-8s %-14s %s\n", command_table.commands[i]->name,
                command_table.commands[i]->arguments, command_table.commands[i]->summary);
    }
    fprintf(out, "\n'desgd COMMAND --help' explains a command.\nExit status: %s\n",
            command_table.exit_statuses);
}

static int run_command(const struct command *command, int argc, char **argv) {
    REQUIRE(argc >= 1);
    REQUIRE(command->run != NULL);
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
    program_start();
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
    const struct command *command = command_find(argv[1]);
    return command != NULL ? run_command(command, argc - 1, argv + 1) : STATUS_USAGE;
}
