// SPDX-License-Identifier: GPL-3.0-or-later
// Figures of any runs, drawn by gnuplot: one row of a table a kind, one file figure_*.c each. All
// titles, names and numbers come from the logs. (What a kind is made with: figure_parts.h.)
#pragma once

#include <stdio.h>

#include "sim/base/status.h"
#include "sim/report/figure_parts.h"

// The kinds, in the order of "desgd list figures".
extern const struct figure_kind figure_kinds[];
extern const size_t figure_kind_count;

// NULL if none has the name.
const struct figure_kind *figure_kind_find(const char *name);

// Where a figure goes. Each may be NULL, but not both.
struct figure_places {
    const char *file;   // its ending names the format
    const char *folder; // for KIND.csv, the numbers, and KIND.gp, the script that draws them
};

// Whether the places may be written to: before anything is read. read: a file that is read, too;
// NULL: none. Errors: STATUS_CANNOT_CREATE (a file of the user's, or the one that is read, is in
// the way).
enum status figure_check_places(const struct figure_places *places, const struct figure_kind *kind,
                                const char *read, struct error *error);

// Makes the figure; the folder is made if it is missing. The logs are read again by the names of
// their runs. What the figure does not show of the runs is said on "notes". paper_fit: the stream
// for the distances from the paper's curves; NULL: none. Errors: STATUS_BAD_DATA (nothing to draw;
// no finished run; too many cells; a log that makes no sense), STATUS_CANNOT_CREATE, STATUS_IO,
// those of runlog_read and of gnuplot_draw: nothing is written then, or the folder's files alone.
enum status figure_make(const struct figure_request *request, const struct figure_places *places,
                        FILE *paper_fit, FILE *notes, struct error *error);
