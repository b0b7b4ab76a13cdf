// SPDX-License-Identifier: GPL-3.0-or-later
// One command for many logs: files, and folders for all the *.h5 in them, whatever a sweep's plan
// says of these.
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"

struct log_list {
    char **paths; // in the order given, those of a folder by name
    size_t count, capacity;
    size_t headings; // printed
};

// Adds a path as it is, or the *.h5 of a folder but for a sweep's table of runs (sweep.h5). Errors:
// STATUS_NO_INPUT (a folder without logs, or that cannot be read).
enum status log_list_add(struct log_list *list, const char *place, struct error *error);

// Takes the arguments of a command line, of which there is at least one (else a usage error);
// false: the key is another. An error ends the program with its message and exit status.
bool log_list_take_argument(struct log_list *list, struct argp_state *state, int key,
                            const char *text);
void log_list_reset(struct log_list *list);

// Visits each in turn. A visit returns STATUS_OK, or what is amiss with this log after telling it:
// the others are visited nevertheless. Returns the status of all: STATUS_DIFFERENT if one is
// different, or else the first that is not STATUS_OK; STATUS_INTERRUPTED ends it.
enum status each_log(const struct log_list *list,
                     enum status (*visit)(void *context, const char *path), void *context);

// A line with its name before what is said of a log, where there are several; and an empty one
// between two.
void each_log_heading(struct log_list *list, const char *path);
