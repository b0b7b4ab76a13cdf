// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/hdf5_columns.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

// Takes one column out of the rows; enums shrink to the byte that the file gives them.
static void gather(const struct runlog_column *column, const unsigned char *rows, size_t count,
                   size_t row_bytes, unsigned char *values) {
    const unsigned char *field = rows + column->offset;
    if (column->type == COLUMN_ENUM) {
        for (size_t i = 0; i < count; i++) {
            values[i] = field[i * row_bytes]; // the lowest byte
        }
    } else if (column->type == COLUMN_WORKER) {
        for (size_t i = 0; i < count; i++) {
            memcpy(values + i * sizeof(int32_t), field + i * row_bytes, sizeof(int32_t));
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            memcpy(values + i * sizeof(int64_t), field + i * row_bytes, sizeof(int64_t));
        }
    }
}

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
    columns->values = memory_allocate(HDF5_CHUNK_ROWS, sizeof(int64_t));
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
    const struct runlog_table *table = columns->table;
    REQUIRE(count <= HDF5_CHUNK_ROWS && rows != NULL);
    for (size_t i = 0; i < table->column_count; i++) {
        if (columns->wanted[i]) {
            gather(&table->columns[i], rows, count, table->row_bytes, columns->values);
            hdf5_dataset_add(&columns->datasets[i], columns->values, count);
        }
    }
}

void hdf5_columns_end(struct hdf5_columns *columns) {
    for (size_t i = 0; i < columns->table->column_count; i++) {
        if (columns->wanted[i]) {
            hdf5_dataset_end(&columns->datasets[i]);
        }
    }
    memory_free(columns->values);
}

void hdf5_columns_write(struct hdf5_image *image, const struct runlog_table *table,
                        const void *rows, size_t count) {
    struct hdf5_columns columns;
    bool wanted[RUNLOG_COLUMNS_MAX] = {false};
    hdf5_columns_find_wanted(table, rows, count, wanted);
    hdf5_columns_begin(&columns, image, table, count, wanted);
    for (size_t first = 0; first < count; first += HDF5_CHUNK_ROWS) {
        size_t left = count - first;
        hdf5_columns_add(&columns, (const unsigned char *)rows + first * table->row_bytes,
                         left < HDF5_CHUNK_ROWS ? left : HDF5_CHUNK_ROWS);
    }
    hdf5_columns_end(&columns);
}
