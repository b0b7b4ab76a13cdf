// SPDX-License-Identifier: GPL-3.0-or-later
// The subcommands of desgd: each is one file command_<name>.c and one row of command_table.c.
#ifndef DESGD_CLI_COMMAND_H
#define DESGD_CLI_COMMAND_H

#include <argp.h>

// A subcommand: what the list of commands and its own --help say of it, and what it does.
struct command {
    const char *name;
    const char *arguments; // in the list
    const char *summary;   // there, too
    struct argp parser;
    int (*run)(int argc, char **argv); // argv[0] is "desgd NAME", for messages; the exit status
};

extern const struct command command_bench;
extern const struct command command_check;
extern const struct command command_compare;
extern const struct command command_diff;
extern const struct command command_export;
extern const struct command command_figures;
extern const struct command command_info;
extern const struct command command_list;
extern const struct command command_merge;
extern const struct command command_recover;
extern const struct command command_replay;
extern const struct command command_run;
extern const struct command command_sweep;
extern const struct command command_tell;
extern const struct command command_verify;

#endif
