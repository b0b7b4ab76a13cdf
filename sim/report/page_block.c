// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/page_block.h"

#include <string.h>
#include <zlib.h>

#include "sim/base/base64.h"
#include "sim/base/check.h"
#include "sim/base/complete_table.h"
#include "sim/base/memory.h"

static const struct {
    const char *name;
    size_t bytes;
} types[COLUMN_TYPE_COUNT] = {
    ROW(COLUMN_INT64) = {"i8", 8},  ROW(COLUMN_UINT64) = {"u8", 8}, ROW(COLUMN_WORKER) = {"i4", 4},
    ROW(COLUMN_DOUBLE) = {"f8", 8}, ROW(COLUMN_ENUM) = {"u1", 1},
};
ROWS_COMPLETE(COLUMN_TYPE_COUNT);

// The bits of a value.
static uint64_t word_at(const struct runlog_column *column, const void *row) {
    uint64_t wide = 0;
    uint32_t narrow = 0;
    size_t bytes = runlog_field_bytes(column);
    const char *field = (const char *)row + column->offset;
    REQUIRE(bytes == sizeof narrow || bytes == sizeof wide);
    if (bytes == sizeof narrow) {
        memcpy(&narrow, field, sizeof narrow);
        return narrow;
    }
    memcpy(&wide, field, sizeof wide);
    return wide;
}

// Whether no value is below the one before it: times in the order of the rows, mostly.
static bool ascends(const struct runlog_column *column, const char *rows, size_t row_bytes,
                    size_t count) {
    if (column->type != COLUMN_INT64) {
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        if ((int64_t)word_at(column, rows + i * row_bytes) <
            (int64_t)word_at(column, rows + (i - 1) * row_bytes)) {
            return false;
        }
    }
    return true;
}

static void add_column(struct page_block *block, const struct runlog_column *column,
                       const char *rows, size_t row_bytes, size_t count, bool delta) {
    REQUIRE(column->type < COLUMN_TYPE_COUNT && count > 0);
    size_t bytes = types[column->type].bytes;
    block->bytes = memory_grow(block->bytes, &block->capacity, block->size + bytes * count, 1);
    unsigned char *place = block->bytes + block->size;
    uint64_t before = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t word = word_at(column, rows + i * row_bytes);
        uint64_t told = delta ? word - before : word;
        before = word;
        for (size_t b = 0; b < bytes; b++) {
            place[b * count + i] = (unsigned char)(told >> 8 * b);
        }
    }
    block->size += bytes * count;
    ENSURE(block->size <= block->capacity);
}

json_t *page_block_add(struct page_block *block, const struct runlog_table *table, const void *rows,
                       size_t count) {
    REQUIRE(rows != NULL || count == 0);
    json_t *columns = json_object();
    for (size_t i = 0; i < table->column_count && count > 0; i++) {
        const struct runlog_column *column = &table->columns[i];
        if (runlog_column_is_needed(table, column, rows, count)) {
            bool delta = ascends(column, rows, table->row_bytes, count);
            add_column(block, column, rows, table->row_bytes, count, delta);
            json_object_set_new(columns, column->name, json_boolean(delta));
        }
    }
    return json_pack("{s:s, s:I, s:o}", "name", table->name, "count", (json_int_t)count, "columns",
                     columns);
}

json_t *page_block_describe(const struct runlog_table *table) {
    json_t *columns = json_object();
    for (size_t i = 0; i < table->column_count; i++) {
        const struct runlog_column *column = &table->columns[i];
        REQUIRE(column->type < COLUMN_TYPE_COUNT);
        json_object_set_new(columns, column->name,
                            json_pack("{s:s, s:s, s:s}", "type", types[column->type].name, "units",
                                      column->units, "long_name", column->long_name));
    }
    return columns;
}

// Memory that is not there ends the program here, too.
static voidpf take(voidpf context, uInt count, uInt size) {
    (void)context;
    return memory_allocate(count, size);
}

static void give_back(voidpf context, voidpf memory) {
    (void)context;
    memory_free(memory);
}

void page_block_print(const struct page_block *block, FILE *out) {
    REQUIRE(block->size <= PAGE_BLOCK_BYTES_MAX);
    z_stream stream = {.zalloc = take, .zfree = give_back};
    INVARIANT(deflateInit(&stream, Z_DEFAULT_COMPRESSION) == Z_OK);
    size_t most = deflateBound(&stream, block->size);
    unsigned char *deflated = memory_allocate(most, 1);
    stream.next_in = block->bytes;
    stream.avail_in = (uInt)block->size;
    stream.next_out = deflated;
    stream.avail_out = (uInt)most;
    INVARIANT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    base64_write(deflated, most - stream.avail_out, out);
    INVARIANT(deflateEnd(&stream) == Z_OK);
    memory_free(deflated);
}

void page_block_reset(struct page_block *block) {
    memory_free(block->bytes);
    *block = (struct page_block){0};
}
