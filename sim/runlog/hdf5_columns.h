// SPDX-License-Identifier: GPL-3.0-or-later
// The columns of a table in an HDF5 file that is made (hdf5_image.h), from rows that come in
// blocks: a table may be longer than memory.
#pragma once

#include "sim/runlog/hdf5_image.h"

struct hdf5_columns {
    struct hdf5_image *image;
    const struct runlog_table *table;
    const bool *wanted;
    struct hdf5_dataset datasets[RUNLOG_COLUMNS_MAX]; // of the columns that are wanted
};

// Adds to "wanted" the columns that a file with these rows has.
void hdf5_columns_find_wanted(const struct runlog_table *table, const void *rows, size_t count,
                              bool wanted[RUNLOG_COLUMNS_MAX]);

// count > 0: rows in all. wanted: borrowed. Failures show in the image.
void hdf5_columns_begin(struct hdf5_columns *columns, struct hdf5_image *image,
                        const struct runlog_table *table, size_t count,
                        const bool wanted[RUNLOG_COLUMNS_MAX]);

// Any number at a time.
void hdf5_columns_add(struct hdf5_columns *columns, const void *rows, size_t count);
void hdf5_columns_end(struct hdf5_columns *columns);

// All of these for rows (count > 0) that are in memory.
void hdf5_columns_write(struct hdf5_image *image, const struct runlog_table *table,
                        const void *rows, size_t count);
