// SPDX-License-Identifier: GPL-3.0-or-later
// The subcommands of desgd: each is one file command_<name>.c with its own argp and one row of the
// table in main.c.
#ifndef DESGD_CLI_COMMAND_H
#define DESGD_CLI_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/status.h"

// argc, argv: argv[0] is "desgd NAME", for messages. Returns the exit status.
typedef int command_main(int argc, char **argv);

command_main command_bench;
command_main command_check;
command_main command_compare;
command_main command_diff;
command_main command_export;
command_main command_figures;
command_main command_info;
command_main command_list;
command_main command_merge;
command_main command_recover;
command_main command_replay;
command_main command_run;
command_main command_sweep;
command_main command_tell;
command_main command_verify;

// Prints "desgd: MESSAGE" to stderr for anything that is not OK, and returns the status as an exit
// status.
int command_fail(const struct error *error);

// Flushes stdout. Returns "status", or STATUS_IO with a message if what was printed could not be
// written.
int command_finish(enum status status);

// The one argument of a command: *place takes the text; a usage error (exit 64) if there is one
// already. what: "log", "scenario", for the message.
void command_take_one(struct argp_state *state, const char *what, const char *text,
                      const char **place);

// What --help says of --data, in every command that has it.
extern const char command_data_help[];

// Tells on stderr if another program has changed, or made, the file that a log was read from.
void command_note_origin(const char *path, bool altered);

// Whole number of an option within least..most; a usage error (exit 64) otherwise.
int64_t command_integer(struct argp_state *state, const char *option, const char *text,
                        int64_t least, int64_t most);

struct kernels;

// The kernels of an instruction set; a usage error for an unknown one and for one that this CPU
// does not have.
const struct kernels *command_kernels(struct argp_state *state, const char *text);

// Time of an option ("3 s"); a usage error otherwise.
int64_t command_time(struct argp_state *state, const char *option, const char *text);

// The same, and a negative one is a usage error, too.
int64_t command_span(struct argp_state *state, const char *option, const char *text);

#endif
