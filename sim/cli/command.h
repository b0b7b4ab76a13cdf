// SPDX-License-Identifier: GPL-3.0-or-later
// What a subcommand of desgd is. All of them: command_table.h.
#pragma once

#include <argp.h>
#include <stddef.h>

// A subcommand: what the list of commands and its own --help say of it, and what it does.
struct command {
    const char *name;
    const char *arguments; // in the list
    const char *summary;   // there, too
    struct argp parser;
    int (*run)(int argc, char **argv); // argv[0] is "desgd NAME", for messages; the exit status
};

// All of them, and what the program says of itself.
struct command_set {
    const struct command *const *commands; // (count), in the order of "desgd --help"
    size_t count;
    const char *summary;       // one line
    const char *exit_statuses; // two
};

// The option that --help shows at this place, argp's own ones included; NULL behind the last.
const struct argp_option *command_option(const struct command *command, size_t index);
