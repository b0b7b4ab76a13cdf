// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/hdf5_columns.h"

#include <stdio.h>

#include "sim/base/check.h"

// Few rows at a time, for all columns while they are at hand.
void hdf5_columns_find_wanted(const struct runlog_table *table, const void *rows, size_t count,
                              bool wanted[RUNLOG_COLUMNS_MAX]) {
    enum { AT_ONCE = 256 };
    for (size_t first = 0; first < count; first += AT_ONCE) {
        size_t left = count - first;
        const unsigned char *some = (const unsigned char *)rows + first * table->row_bytes;
        for (size_t i = 0; i < table->column_count; i++) {
            wanted[i] = wanted[i] || runlog_column_is_needed(table, &table->columns[i], some,
                                                             left < AT_ONCE ? left : AT_ONCE);
        }
    }
}

void hdf5_columns_begin(struct hdf5_columns *columns, struct hdf5_image *image,
                        const struct runlog_table *table, size_t count,
                        const bool wanted[RUNLOG_COLUMNS_MAX]) {
    REQUIRE(count > 0 && table->column_count <= RUNLOG_COLUMNS_MAX);
    *columns = (struct hdf5_columns){.image = image, .table = table, .wanted = wanted};
    for (size_t i = 0; i < table->column_count; i++) {
        const struct runlog_column *column = &table->columns[i];
        if (!wanted[i]) {
            continue;
        }
        char path[128];
        snprintf(path, sizeof path, "/%s/%s", table->name, column->name);
        hid_t type = hdf5_image_checked(image, hdf5_column_type(column));
        const struct hdf5_extent extent = {.rank = 1,
                                           .sizes = {count},
                                           .value_bytes = hdf5_column_bytes(column),
                                           .dimensions = {"row"}};
        columns->datasets[i] =
            hdf5_dataset_begin(image, path, type, &extent, column->units, column->long_name);
        hdf5_release(type);
    }
}

// All columns of some rows while the processor has these at hand: column by column the rows of a
// long table came from memory once for each.
void hdf5_columns_add(struct hdf5_columns *columns, const void *rows, size_t count) {
    enum { AT_ONCE = 256 };
    const struct runlog_table *table = columns->table;
    const unsigned char *some = rows;
    REQUIRE(rows != NULL);
    for (size_t left = count; left > 0; left -= left < AT_ONCE ? left : AT_ONCE) {
        for (size_t i = 0; i < table->column_count; i++) {
            if (columns->wanted[i]) { // of an enum its lowest byte, which the file has
                hdf5_dataset_add(&columns->datasets[i], some + table->columns[i].offset,
                                 table->row_bytes, left < AT_ONCE ? left : AT_ONCE);
            }
        }
        some += AT_ONCE * table->row_bytes;
    }
}

void hdf5_columns_end(struct hdf5_columns *columns) {
    for (size_t i = 0; i < columns->table->column_count; i++) {
        if (columns->wanted[i]) {
            hdf5_dataset_end(&columns->datasets[i]);
        }
    }
}

void hdf5_columns_write(struct hdf5_image *image, const struct runlog_table *table,
                        const void *rows, size_t count) {
    struct hdf5_columns columns;
    bool wanted[RUNLOG_COLUMNS_MAX] = {false};
    hdf5_columns_find_wanted(table, rows, count, wanted);
    hdf5_columns_begin(&columns, image, table, count, wanted);
    hdf5_columns_add(&columns, rows, count);
    hdf5_columns_end(&columns);
}
