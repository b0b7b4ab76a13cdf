// SPDX-License-Identifier: GPL-3.0-or-later
// All subcommands, and what their own --help shows: for main, the manual pages and the completion.
#ifndef DESGD_CLI_COMMAND_TABLE_H
#define DESGD_CLI_COMMAND_TABLE_H

#include <stddef.h>

#include "sim/cli/command.h"

extern const struct command *const command_table[]; // in the order of "desgd --help"
extern const size_t command_count;

// Of the program, for its --help and its manual page.
extern const char command_program_summary[];
extern const char command_exit_statuses[];

// The command of this name; NULL, after a message that names what may be meant, for another one.
const struct command *command_find(const char *name);

// The option that --help shows at this place, argp's own ones included; NULL behind the last.
const struct argp_option *command_option(const struct command *command, size_t index);

#endif
