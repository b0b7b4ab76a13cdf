// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of a table in an open HDF5 file (hdf5_input.h), so that some of them can be read without
// the others: the columns are opened and checked once, then rows are taken where they are wanted.
// For the reader, in its child process.
#pragma once

#include "sim/runlog/hdf5_input.h"
#include "sim/runlog/runlog_schema.h"

struct runlog_rows {
    struct hdf5_input *input; // borrowed
    const struct runlog_table *table;
    size_t count;                       // of rows; 0: the file has none
    hid_t datasets[RUNLOG_COLUMNS_MAX]; // invalid: a column that the file lacks, or not wanted
};

// Whether a column is wanted.
typedef bool runlog_wants_column(const void *context, const struct runlog_column *column);

// Opens the columns (all, if wants is NULL) and checks that they fit each other; takes their bytes
// from what may be read, and no memory. To be closed also after a failure. False, with
// *input->error set, as the functions of hdf5_input.h.
bool runlog_rows_open(struct runlog_rows *rows, struct hdf5_input *input, enum runlog_table_id id,
                      runlog_wants_column *wants, const void *context);
void runlog_rows_close(struct runlog_rows *rows);

// Reads rows first .. first + count - 1 into zeroed ones. A column that the file lacks becomes what
// it is then, as one that it may lack and that is not wanted does; others that are not wanted stay
// as they are. Requires: first + count <= rows->count.
bool runlog_rows_read(const struct runlog_rows *rows, size_t first, size_t count, void *into);

// Visits all rows in order, some at a time, which stay in the processor's cache meanwhile: a few
// columns of a long table are read so, in little memory. In a row, columns that are not open are 0,
// or, those that a file may lack, what they are then. False also if a visit answers false.
typedef bool runlog_visit_rows(void *context, const void *rows, size_t first, size_t count);
bool runlog_rows_each(const struct runlog_rows *rows, runlog_visit_rows *visit, void *context);

// How many rows have a time of at most until_ns in a column whose times do not descend: a search
// that looks at few chunks. What it answers where they do descend means nothing.
bool runlog_rows_until(const struct runlog_rows *rows, const char *column, int64_t until_ns,
                       size_t *count);
