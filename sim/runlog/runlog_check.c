// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_check.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"

static int64_t most_of(const struct runlog_column *column, int32_t workers) {
    if (column->type == COLUMN_WORKER) {
        return (int64_t)workers - 1;
    }
    return column->type == COLUMN_ENUM ? (int64_t)column->word_count - 1 : INT64_MAX;
}

// Whether a value is outside least..most. Of each of hundreds of millions: every row is looked at,
// which is faster than to ask after each whether to stop.
static bool is_any_outside(const struct runlog_column *column, const unsigned char *field,
                           size_t count, size_t row_bytes, int64_t most) {
    int64_t least = column->least;
    unsigned outside = 0;
    for (size_t i = 0; i < count && column->type == COLUMN_INT64; i++) {
        int64_t value;
        memcpy(&value, field + i * row_bytes, sizeof value);
        outside |= (unsigned)(value < least) | (unsigned)(value > most);
    }
    for (size_t i = 0; i < count && column->type == COLUMN_WORKER; i++) {
        int32_t value;
        memcpy(&value, field + i * row_bytes, sizeof value);
        outside |= (unsigned)(value < least) | (unsigned)(value > most);
    }
    for (size_t i = 0; i < count && column->type == COLUMN_ENUM; i++) {
        uint32_t value;
        memcpy(&value, field + i * row_bytes, sizeof value);
        outside |= (unsigned)(value > most);
    }
    return outside != 0;
}

// The first row whose value is outside least..most, or "count".
static size_t find_outside(const struct runlog_column *column, const unsigned char *rows,
                           size_t count, size_t row_bytes, int64_t most) {
    size_t at = 0;
    if (!is_any_outside(column, rows + column->offset, count, row_bytes, most)) {
        return count;
    }
    for (; at < count; at++) {
        int64_t value = runlog_field_integer(column, rows + at * row_bytes);
        if (value < column->least || value > most) {
            break;
        }
    }
    return at;
}

// Rows that stay in the cache while their columns are looked at.
enum { ROWS_AT_ONCE = 256 };

static enum status check_some(const struct runlog_check_place *place,
                              const struct runlog_table *table, const unsigned char *rows,
                              size_t count, enum status wrong, struct error *error) {
    for (size_t i = 0; i < table->column_count; i++) {
        const struct runlog_column *column = &table->columns[i];
        bool left_out = place->columns != NULL && !place->columns[i];
        if (left_out || column->type == COLUMN_UINT64 || column->type == COLUMN_DOUBLE) {
            continue;
        }
        int64_t most = most_of(column, place->workers);
        size_t at = find_outside(column, rows, count, table->row_bytes, most);
        if (at < count) {
            return error_set(
                error, wrong,
                "%s: /%s/%s: row %zu is %" PRId64 ", allowed is %" PRId64 " to %" PRId64,
                place->name, table->name, column->name, place->first + at,
                runlog_field_integer(column, rows + at * table->row_bytes), column->least, most);
        }
    }
    return STATUS_OK;
}

enum status runlog_check_rows(const struct runlog_check_place *place, enum runlog_table_id id,
                              const void *rows, size_t count, enum status wrong,
                              struct error *error) {
    REQUIRE(id < TABLE_COUNT);
    const struct runlog_table *table = &runlog_tables[id];
    struct runlog_check_place part = *place;
    enum status status = STATUS_OK;
    for (size_t done = 0; done < count && status == STATUS_OK; done += ROWS_AT_ONCE) {
        size_t left = count - done;
        part.first = place->first + done;
        status = check_some(&part, table, (const unsigned char *)rows + done * table->row_bytes,
                            left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE, wrong, error);
    }
    return status;
}

static enum status check_table(const struct runlog *log, enum runlog_table_id id, const char *name,
                               enum status wrong, struct error *error) {
    const struct runlog_check_place place = {.name = name, .workers = log->header.workers};
    size_t count = 0;
    const void *rows = runlog_table_rows(log, id, &count);
    return runlog_check_rows(&place, id, rows, count, wrong, error);
}

static bool tensor_fits(const struct layout_row *row, size_t parameter_count) {
    if (memchr(row->name, 0, sizeof row->name) == NULL || row->rank < 1 || row->rank > 4 ||
        row->offset < 0) {
        return false;
    }
    uint64_t end = 1;
    for (int32_t i = 0; i < row->rank; i++) {
        if (row->shape[i] < 1 || __builtin_mul_overflow(end, (uint64_t)row->shape[i], &end)) {
            return false;
        }
    }
    return !__builtin_add_overflow(end, (uint64_t)row->offset, &end) && end <= parameter_count;
}

static enum status check_layout(const struct runlog_header *header, const char *name,
                                enum status wrong, struct error *error) {
    for (size_t i = 0; i < header->layout_count; i++) {
        if (!tensor_fits(&header->layout[i], header->parameter_count)) {
            return error_set(error, wrong,
                             "%s: /parameters/layout: row %zu is no tensor within the %zu "
                             "parameters",
                             name, i, header->parameter_count);
        }
    }
    return STATUS_OK;
}

static enum status check_ending(const struct runlog_ending *ending, const char *name,
                                enum status wrong, struct error *error) {
    if (ending->end_ns < 0 || ending->event_count < 0) {
        return error_set(error, wrong, "%s: attribute '%s' is negative", name,
                         ending->end_ns < 0 ? "end_ns" : "event_count");
    }
    return STATUS_OK;
}

enum status runlog_check_front(const struct runlog *log, const char *name, enum status wrong,
                               struct error *error) {
    enum status status = check_layout(&log->header, name, wrong, error);
    return status == STATUS_OK ? check_ending(&log->ending, name, wrong, error) : status;
}

enum status runlog_check(const struct runlog *log, const char *name, enum status wrong,
                         struct error *error) {
    enum status status = runlog_check_front(log, name, wrong, error);
    for (size_t i = 0; i < TABLE_COUNT && status == STATUS_OK; i++) {
        status = check_table(log, (enum runlog_table_id)i, name, wrong, error);
    }
    return status;
}
