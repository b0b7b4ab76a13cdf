// SPDX-License-Identifier: GPL-3.0-or-later
// The catalogue's data sets that the runs of a sweep need: each is read and checked once. A run is
// a fork of the sweep, so it has the bytes without reading them, in memory that all of them share;
// what happens to the files meanwhile no run can see. A user's own file is read by each run, since
// its log says what the file held then (sweep_data.h).
#pragma once

#include <stddef.h>

#include "sim/scenario/scenario.h"

struct dataset;

enum { SWEEP_OPENED_MAX = 8 }; // of another set, each run reads its own

// Zeroed to begin with.
struct sweep_opened {
    struct dataset *sets[SWEEP_OPENED_MAX];
    size_t count;
};

// Where the scenario's data set is, which is opened first if it is not yet; NULL if it needs none
// of the catalogue, or if it cannot be opened: the run will say why. Belongs to *opened, but for
// what takes it over in a fork.
struct dataset **sweep_opened_find(struct sweep_opened *opened, const struct scenario *scenario,
                                   const char *chosen_folder);

void sweep_opened_close(struct sweep_opened *opened);
