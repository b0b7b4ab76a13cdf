// SPDX-License-Identifier: GPL-3.0-or-later
// The logs that a command line names: files, and folders for all the *.h5 in them.
#ifndef DESGD_CLI_LOG_FILES_H
#define DESGD_CLI_LOG_FILES_H

#include <stddef.h>

#include "sim/base/status.h"

struct log_files {
    char **paths; // in the order given, those of a folder by name
    size_t count, capacity;
};

// Adds a file as it is, or the *.h5 of a folder but its sweep.h5. Errors: STATUS_NO_INPUT (no such
// place, or a folder without logs).
enum status log_files_add(struct log_files *files, const char *place, struct error *error);
void log_files_reset(struct log_files *files);

#endif
