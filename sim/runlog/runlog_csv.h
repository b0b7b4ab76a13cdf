// SPDX-License-Identifier: GPL-3.0-or-later
// Tables of a log as comma-separated values.
#pragma once

#include <stdio.h>

#include "sim/base/status.h"
#include "sim/runlog/runlog_schema.h"

// A table that no log holds, since it follows from the others.
struct derived_table {
    const char *name;
    void (*write)(const struct runlog *log, FILE *out);
};

// Writes one of a log's own tables or of so many that are derived from them (NULL: 0): a line with
// the columns' names, then one line a row: enums as words, doubles in the shortest form that reads
// back to the same bits, "nan" for NaN. Errors: STATUS_USAGE (no such table; the sentence lists
// them), STATUS_IO.
enum status runlog_export_csv(const struct runlog *log, const char *table,
                              const struct derived_table *derived, size_t derived_count, FILE *out,
                              struct error *error);

// Writes all tables of the log's own into a folder, which is made if it is missing:
// FOLDER/TABLE.csv each, also those without rows. source: the log's own path, which is not
// replaced. Errors: STATUS_CANNOT_CREATE (a file there is not such a table, or is the log; then
// nothing is written), STATUS_IO.
enum status runlog_export_folder(const struct runlog *log, const char *source, const char *folder,
                                 struct error *error);

// So many rows of a table, below a line of its columns' names, of which those that a file would
// lack at the end are left out.
void runlog_csv_rows(const struct runlog_table *table, const void *rows, size_t count, FILE *out);

// One field of a row as it stands in the table; a double with as many digits as bring it back.
void runlog_csv_value(const struct runlog_column *column, const void *row, FILE *out);

// A text, in quotes where a comma, a quote or a line end is inside (RFC 4180).
void runlog_csv_text(const char *text, FILE *out);
