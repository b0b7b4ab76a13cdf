// SPDX-License-Identifier: GPL-3.0-or-later
// The logs that a command line names: files, and folders for all the *.h5 in them.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"
#include "sim/cli/settings.h"

struct log_files {
    char **paths; // in the order given, those of a folder by name, of a sweep's by its plan
    size_t count, capacity;
    const char **tuned; // keys that a sweep tuned for each cell; of a sweep's folder only
    size_t tuned_count, tuned_capacity;
    struct settings baseline; // what a sweep says of its own; none, if no folder's plan names one
    bool baselines_differ;    // several sweeps name different ones: the first's is here
    char *set_aside;          // a sentence on what of the folders is not in; NULL: nothing
    char *edges;   // cells whose tuned value is the least or greatest that was tried; NULL: none
    char *untuned; // cells of which the tuning found no sound candidate; NULL: none
    char *missing; // a sentence on rounds of a plan that have no log, or that a plan does not
                   // have; NULL: none
};

// Adds a file as it is, or the *.h5 of a folder, but for its sweep.h5. Of a sweep's folder (with a
// plan.tsv) these are the rounds of its plan: logs of the tuning and of former plans are set aside.
// Errors: STATUS_NO_INPUT (no such place, or a folder without logs), STATUS_BAD_DATA (plan.tsv),
// those of status_of_cause (a folder that cannot be read).
enum status log_files_add(struct log_files *files, const char *place, struct error *error);
// Adds a key to the tuned ones, once.
void log_files_add_tuned(struct log_files *files, const char *key);

void log_files_reset(struct log_files *files);
