// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

enum { PATH_SIZE = 128 };

static const char *path_of(const struct runlog_table *table, const struct runlog_column *column,
                           char path[PATH_SIZE]) {
    snprintf(path, PATH_SIZE, "/%s/%s", table->name, column->name);
    return path;
}

// In the file. The columns after the first may be links to it: memory for whole rows is taken only
// if the file has room for the values of every column that it must have.
static uint64_t stored_row_bytes(const struct runlog_table *table) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        bytes += table->columns[i].may_lack ? 0 : hdf5_column_bytes(&table->columns[i]);
    }
    REQUIRE(bytes > 0);
    return bytes;
}

// The first column says how many rows there are.
static bool take_count(struct runlog_rows *rows, const char *path, hsize_t count) {
    struct hdf5_input *input = rows->input;
    if (count > input->bytes_left / rows->table->row_bytes ||
        count > hdf5_input_bytes_most(input) / stored_row_bytes(rows->table)) {
        return hdf5_input_fail(input, path, "claims more values than the file can hold");
    }
    if (input->rows_max > 0 && count > input->rows_max) {
        char wrong[80];
        snprintf(wrong, sizeof wrong, "has %" PRIu64 " rows; at most %" PRIu64 " are taken",
                 (uint64_t)count, input->rows_max);
        return hdf5_input_fail(input, path, wrong);
    }
    rows->count = (size_t)count;
    return true;
}

static bool open_column(struct runlog_rows *rows, size_t index, bool first) {
    char path[PATH_SIZE];
    hsize_t sizes[2];
    const struct runlog_column *column = &rows->table->columns[index];
    path_of(rows->table, column, path);
    if (column->may_lack && H5Lexists(rows->input->file, path, H5P_DEFAULT) == 0) {
        return true;
    }
    hid_t type = hdf5_column_type(column);
    bool good = hdf5_input_dataset(rows->input, path, type, 1, sizes, &rows->datasets[index]) &&
                (first ? take_count(rows, path, sizes[0])
                       : sizes[0] == rows->count ||
                             hdf5_input_fail(rows->input, path,
                                             "has not as many rows as the columns before it"));
    hdf5_release(type);
    hdf5_input_let_go(rows->input); // the index of its chunks
    return good;
}

static void close_column(struct runlog_rows *rows, size_t index) {
    hdf5_release(rows->datasets[index]);
    rows->datasets[index] = H5I_INVALID_HID;
}

bool runlog_rows_open(struct runlog_rows *rows, struct hdf5_input *input, enum runlog_table_id id,
                      runlog_wants_column *wants, const void *context) {
    REQUIRE(id < TABLE_COUNT && runlog_tables[id].column_count <= RUNLOG_COLUMNS_MAX);
    *rows = (struct runlog_rows){.input = input, .table = &runlog_tables[id]};
    for (size_t i = 0; i < RUNLOG_COLUMNS_MAX; i++) {
        rows->datasets[i] = H5I_INVALID_HID;
    }
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "/%s", rows->table->name);
    bool empty =
        runlog_table_may_be_missing(rows->table) && H5Lexists(input->file, path, H5P_DEFAULT) == 0;
    bool good = empty || hdf5_input_group(input, path, &empty);
    for (size_t i = 0; i < rows->table->column_count && good && !empty; i++) {
        bool wanted = wants == NULL || wants(context, &rows->table->columns[i]);
        good = (i > 0 && !wanted) || open_column(rows, i, i == 0); // the first one counts
        if (!wanted) {
            close_column(rows, i);
        }
    }
    return good;
}

void runlog_rows_close(struct runlog_rows *rows) {
    for (size_t i = 0; i < RUNLOG_COLUMNS_MAX; i++) {
        close_column(rows, i);
    }
    hdf5_input_let_go(rows->input);
}

// Puts one column into the rows; a byte of an enum widens to its field. Every row begins as zeroes.
static void scatter(const struct runlog_column *column, const unsigned char *values, size_t count,
                    size_t row_bytes, unsigned char *rows) {
    size_t value_bytes = hdf5_column_bytes(column);
    REQUIRE(rows != NULL);
    unsigned char *field = rows + column->offset;
    if (value_bytes == sizeof(int64_t)) { // most are: a copy of a known size is an instruction
        for (size_t i = 0; i < count; i++) {
            memcpy(field + i * row_bytes, values + i * sizeof(int64_t), sizeof(int64_t));
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            memcpy(field + i * row_bytes, values + i * value_bytes, value_bytes);
        }
    }
}

static bool read_values(const struct runlog_rows *rows, size_t index, size_t first, size_t count,
                        void *values) {
    char path[PATH_SIZE];
    const struct runlog_column *column = &rows->table->columns[index];
    path_of(rows->table, column, path);
    hid_t type = hdf5_column_type(column);
    bool good =
        hdf5_input_read_some(rows->input, path, rows->datasets[index], type, first, count, values);
    hdf5_release(type);
    return good;
}

static void make_absent(const struct runlog_rows *rows, const struct runlog_column *column,
                        size_t count, unsigned char *into) {
    for (size_t i = 0; i < count && column->may_lack; i++) {
        runlog_field_make_absent(column, into + i * rows->table->row_bytes);
    }
}

enum { CHUNK_ROWS = 16384 }; // as this program writes them; any other number will do

// Rows of one chunk; "values" has room for a column of them.
static bool read_some(const struct runlog_rows *rows, size_t first, size_t count, void *values,
                      unsigned char *into) {
    bool good = true;
    for (size_t i = 0; i < rows->table->column_count && good; i++) {
        const struct runlog_column *column = &rows->table->columns[i];
        if (rows->datasets[i] < 0) {
            make_absent(rows, column, count, into);
        } else {
            good = read_values(rows, i, first, count, values);
            scatter(column, values, good ? count : 0, rows->table->row_bytes, into);
        }
    }
    return good;
}

// Chunk by chunk: rows of a long table came from memory once for each column.
bool runlog_rows_read(const struct runlog_rows *rows, size_t first, size_t count, void *into) {
    REQUIRE(first <= rows->count && count <= rows->count - first);
    bool good = true;
    unsigned char *values = memory_allocate(CHUNK_ROWS, sizeof(int64_t));
    unsigned char *place = into;
    while (count > 0 && good) {
        size_t to_border = CHUNK_ROWS - first % CHUNK_ROWS;
        size_t some = count < to_border ? count : to_border;
        good = read_some(rows, first, some, values, place);
        place += some * rows->table->row_bytes;
        first += some;
        count -= some;
    }
    memory_free(values);
    return good;
}

// The values of the open columns, one column behind the other, CHUNK_ROWS apart.
static bool read_columns(const struct runlog_rows *rows, size_t first, size_t count,
                         int64_t *values) {
    bool good = true;
    for (size_t i = 0; i < rows->table->column_count && good; i++) {
        if (rows->datasets[i] >= 0) {
            good = read_values(rows, i, first, count, values);
            values += CHUNK_ROWS;
        }
    }
    return good;
}

static void scatter_columns(const struct runlog_rows *rows, size_t at, size_t count,
                            const int64_t *values, unsigned char *into) {
    for (size_t i = 0; i < rows->table->column_count; i++) {
        if (rows->datasets[i] >= 0) {
            const struct runlog_column *column = &rows->table->columns[i];
            const unsigned char *from = (const unsigned char *)values;
            scatter(column, from + at * hdf5_column_bytes(column), count, rows->table->row_bytes,
                    into);
            values += CHUNK_ROWS;
        }
    }
}

bool runlog_rows_each(const struct runlog_rows *rows, runlog_visit_rows *visit, void *context) {
    enum { AT_ONCE = 256 };
    REQUIRE(visit != NULL);
    bool good = true;
    const struct runlog_table *table = rows->table;
    int64_t *values = memory_allocate(table->column_count * CHUNK_ROWS, sizeof *values);
    unsigned char *some = memory_allocate(AT_ONCE, table->row_bytes); // zeroes
    for (size_t i = 0; i < table->column_count; i++) {
        if (rows->datasets[i] < 0) {
            make_absent(rows, &table->columns[i], AT_ONCE, some);
        }
    }
    for (size_t first = 0; first < rows->count && good; first += CHUNK_ROWS) {
        size_t left = rows->count - first;
        size_t in_chunk = left < CHUNK_ROWS ? left : CHUNK_ROWS;
        good = read_columns(rows, first, in_chunk, values);
        for (size_t at = 0; at < in_chunk && good; at += AT_ONCE) {
            size_t count = in_chunk - at < AT_ONCE ? in_chunk - at : AT_ONCE;
            scatter_columns(rows, at, count, values, some);
            good = visit(context, some, first + at, count);
        }
        hdf5_input_let_go(rows->input);
    }
    memory_free(some);
    memory_free(values);
    return good;
}

static size_t find_column(const struct runlog_table *table, const char *name) {
    size_t index = 0;
    while (index < table->column_count && strcmp(table->columns[index].name, name) != 0) {
        index++;
    }
    REQUIRE(index < table->column_count);
    return index;
}

bool runlog_rows_until(const struct runlog_rows *rows, const char *column, int64_t until_ns,
                       size_t *count) {
    size_t index = find_column(rows->table, column);
    size_t low = 0;
    size_t high = rows->count;
    REQUIRE(rows->table->columns[index].type == COLUMN_INT64 && rows->datasets[index] >= 0);
    while (low < high) {
        int64_t time_ns = 0;
        size_t middle = low + (high - low) / 2;
        if (!read_values(rows, index, middle, 1, &time_ns)) {
            return false;
        }
        low = time_ns <= until_ns ? middle + 1 : low;
        high = time_ns <= until_ns ? high : middle;
    }
    *count = low;
    return true;
}
