// SPDX-License-Identifier: GPL-3.0-or-later
// A report: one HTML file that shows runs and needs nothing else, neither a network nor the logs.
// What it shows and how is plots/page; here the data are put into it: facts and the comparison as
// JSON (each "<" escaped, so that no text ends its element), of each run a block of columns.
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "sim/base/own_file.h"
#include "sim/base/status.h"
#include "sim/report/comparison.h"

extern const struct own_file_kind page_file_kind;

// Everything is borrowed.
struct page_request {
    const struct comparison *comparison; // of the runs, with all metrics that are to be shown
    const char *title;                   // NULL: that of the runs
    size_t rounds; // of each cell, the first so many with all their rows, for timelines; the others
                   // have curves
};

// Composes the page and writes it to "path", or to the standard output if that is NULL. The logs
// are read again by the names of their runs. What the page lacks is said in it, and on "notes" a
// line each. Errors: STATUS_BAD_DATA (no finished run; a log that makes no sense), those of
// runlog_read, STATUS_CANNOT_CREATE and STATUS_IO.
enum status page_make(const struct page_request *request, const char *path, FILE *notes,
                      struct error *error);
