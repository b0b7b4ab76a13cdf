// SPDX-License-Identifier: GPL-3.0-or-later
// What every subcommand does alike: reading its options, and ending with a message and a status.
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/status.h"

// Prints "desgd: MESSAGE" to stderr for anything that is not OK, and returns the status as an exit
// status.
int command_fail(const struct error *error);

// Flushes stdout. Returns "status", or STATUS_IO with a message if what was printed could not be
// written.
int command_finish(enum status status);

// Prints "desgd: WHAT 'WORD' (did you mean 'MEANT'?); KNOWN" to stderr; meant may be NULL. Returns
// STATUS_USAGE.
int command_unknown(const char *what, const char *word, const char *meant, const char *known);

// The one argument of a command: *place takes the text; a usage error (exit 64) if there is one
// already. what: "log", "scenario", for the message.
void command_take_one(struct argp_state *state, const char *what, const char *text,
                      const char **place);

// Tells on stderr if another program has changed, or made, the file that a log was read from.
void command_note_origin(const char *path, bool altered);

// Whole number of an option within least..most; a usage error (exit 64) otherwise.
int64_t command_integer(struct argp_state *state, const char *option, const char *text,
                        int64_t least, int64_t most);

// Time of an option ("3 s"); a usage error otherwise.
int64_t command_time(struct argp_state *state, const char *option, const char *text);

// The same, and a negative one is a usage error, too.
int64_t command_span(struct argp_state *state, const char *option, const char *text);
