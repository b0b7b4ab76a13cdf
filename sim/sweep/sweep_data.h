// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a file of the user's own data has changed since runs of a sweep were made: their
// scenarios, and so their names, are the same then, but they are not to be compared. Sets of the
// catalogue are checked whenever they are read, and random data follow from the scenario.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/scenario/scenario.h"

enum { SWEEP_DATA_KINDS_MAX = 256 }; // hashes; a sweep over more files is not looked at further

// Zeroed to begin with; owns nothing.
struct sweep_data {
    struct {
        const struct scenario *scenario; // borrowed: which file
        uint64_t hash;                   // of what was read then
        size_t runs;
    } kinds[SWEEP_DATA_KINDS_MAX];
    size_t count;
};

// Notes what a finished run was trained on. The scenario must outlive *data.
void sweep_data_note(struct sweep_data *data, const struct scenario *scenario, uint64_t hash);

// Reads each file that was noted, and says in a sentence if the noted runs were trained on
// something else. A file that cannot be read is not told: a run that needs it will say so.
void sweep_data_check(const struct sweep_data *data, const char *chosen_folder,
                      void (*notice)(void *context, const char *sentence), void *context);
