// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_journal_rows.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/hdf5_columns.h"
#include "sim/runlog/runlog_journal.h"

// Rows are held that take so many bytes, or one chunk of the file, if that is more. Gradients are
// journalled when they are over: a record is read again for every so many rows among which it has
// some.
enum { WINDOW_BYTES = 1 << 24 };

// A record with rows.
struct noted {
    struct journal_place place;
    int64_t first, last; // its rows; of gradients, which come in any order, the least and the most
};

struct runlog_journal_rows {
    struct journal_source source;
    struct runlog front;
    struct runlog_supply supply;
    struct noted *noted;
    size_t noted_count, noted_capacity;
    unsigned series; // of the rows that are held: "count" from "first" on
    size_t first, count;
    unsigned char *window;
    size_t window_capacity;
    void *payload;
    size_t payload_capacity;
};

// ---- what is where ----

static struct runlog_record_layout layout_of(const struct runlog_journal_rows *rows,
                                             uint32_t type) {
    return runlog_record_layout(type, rows->front.header.sample_columns);
}

// Of gradients or their values.
static void find_range(const unsigned char *payload, size_t stride, struct noted *noted) {
    noted->first = INT64_MAX;
    noted->last = -1;
    for (size_t at = 0; at < noted->place.size; at += stride) {
        int64_t index = 0;
        memcpy(&index, payload + at, sizeof index);
        noted->first = index < noted->first ? index : noted->first;
        noted->last = index > noted->last ? index : noted->last;
    }
}

// Narrow rows need none of the columns that a file may lack.
static void find_wanted(struct runlog_supply *supply, const struct runlog_record_layout *layout,
                        const unsigned char *payload, size_t size) {
    const struct runlog_table *table = &runlog_tables[layout->table];
    bool wide = layout->row_bytes == table->row_bytes;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct runlog_column *column = &table->columns[i];
        bool *wanted = &supply->wanted[layout->table][i];
        for (size_t at = 0; at < size && !*wanted && (wide || !column->may_lack);
             at += layout->stride) {
            *wanted = runlog_column_is_needed(table, column, payload + at + layout->row_at, 1);
        }
    }
}

void runlog_journal_rows_note(struct runlog_journal_rows *rows, const struct journal_place *place,
                              const unsigned char *payload) {
    REQUIRE(place->size > 0);
    size_t *counts = rows->supply.counts;
    struct noted noted = {.place = *place};
    if (place->type == RECORD_GRADIENT_VALUES) {
        find_range(payload, runlog_record_values_bytes(rows->front.header.parameter_count), &noted);
    } else {
        const struct runlog_record_layout layout = layout_of(rows, place->type);
        size_t count = place->size / layout.stride;
        find_wanted(&rows->supply, &layout, payload, place->size);
        if (layout.table == TABLE_GRADIENTS) {
            find_range(payload, layout.stride, &noted);
        } else {
            noted.first = (int64_t)counts[layout.table];
            noted.last = noted.first + (int64_t)count - 1;
        }
        counts[layout.table] += count;
    }
    rows->noted =
        memory_grow(rows->noted, &rows->noted_capacity, rows->noted_count + 1, sizeof noted);
    rows->noted[rows->noted_count++] = noted;
}

static void note(void *context, const struct journal_place *place, const unsigned char *payload) {
    runlog_journal_rows_note(context, place, payload);
}

// ---- the rows of some records ----

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

// How many rows of a series are held at a time.
static size_t window_rows(const struct runlog_journal_rows *rows, unsigned series) {
    size_t chunks =
        WINDOW_BYTES / HDF5_CHUNK_ROWS / runlog_series_bytes(&rows->front.header, series);
    size_t bytes = runlog_series_bytes(&rows->front.header, series);
    if (series == SERIES_VALUES) {
        return WINDOW_BYTES / bytes > 0 ? WINDOW_BYTES / bytes : 1;
    }
    return HDF5_CHUNK_ROWS * (chunks > 0 ? chunks : 1);
}

static bool has_some(const struct runlog_journal_rows *rows, const struct noted *noted) {
    uint32_t type = noted->place.type;
    unsigned series = rows->series == SERIES_SAMPLES ? TABLE_GRADIENTS : rows->series;
    unsigned has = type == RECORD_GRADIENT_VALUES ? SERIES_VALUES : layout_of(rows, type).table;
    return has == series && noted->last >= (int64_t)rows->first &&
           noted->first < (int64_t)(rows->first + rows->count);
}

static void take_values(const float *from, size_t count, float *into) {
    memcpy(into, from, count * sizeof *into); // a record's are not aligned
    for (size_t i = 0; i < count; i++) {
        into[i] = isnan(into[i]) ? NAN : into[i];
    }
}

static void take_part(const struct runlog_journal_rows *rows,
                      const struct runlog_record_layout *layout, const unsigned char *place,
                      unsigned char *into) {
    size_t bytes = runlog_series_bytes(&rows->front.header, rows->series);
    if (rows->series == SERIES_VALUES) {
        take_values((const void *)(place + sizeof(int64_t)), bytes / sizeof(float), (void *)into);
    } else if (rows->series == SERIES_SAMPLES) {
        memcpy(into, place + layout->samples_at, bytes);
    } else {
        runlog_record_take_row(layout, place, into);
    }
}

// Returns how many of its rows are among those that are wanted.
static size_t take_record(const struct runlog_journal_rows *rows, const struct noted *noted) {
    const struct runlog_header *header = &rows->front.header;
    const unsigned char *payload = rows->payload;
    struct runlog_record_layout layout = {.stride =
                                              runlog_record_values_bytes(header->parameter_count)};
    if (rows->series != SERIES_VALUES) {
        layout = layout_of(rows, noted->place.type);
    }
    bool indexed = rows->series >= TABLE_COUNT || rows->series == TABLE_GRADIENTS;
    int64_t row = noted->first;
    size_t taken = 0;
    for (size_t at = 0; at < noted->place.size; at += layout.stride, row++) {
        if (indexed) {
            memcpy(&row, payload + at, sizeof row);
        }
        if (row >= (int64_t)rows->first && row < (int64_t)(rows->first + rows->count)) {
            taken++;
            take_part(rows, &layout, payload + at,
                      rows->window +
                          ((size_t)row - rows->first) * runlog_series_bytes(header, rows->series));
        }
    }
    return taken;
}

// The values of gradients that were not applied are not journalled.
static void make_unknown(const struct runlog_journal_rows *rows) {
    float *values = (void *)rows->window;
    for (size_t i = 0; i < rows->count * rows->front.header.parameter_count; i++) {
        values[i] = NAN;
    }
}

static enum status fill_window(struct runlog_journal_rows *rows, unsigned series, size_t first,
                               struct error *error) {
    enum status status = STATUS_OK;
    rows->series = series;
    rows->first = first;
    rows->count = least(window_rows(rows, series), rows->supply.counts[series] - first);
    rows->window = memory_grow(rows->window, &rows->window_capacity,
                               rows->count * runlog_series_bytes(&rows->front.header, series), 1);
    size_t taken = 0;
    if (series == SERIES_VALUES) {
        make_unknown(rows);
    }
    for (size_t i = 0; i < rows->noted_count && status == STATUS_OK; i++) {
        const struct noted *noted = &rows->noted[i];
        if (has_some(rows, noted)) {
            status = journal_read_record(rows->source, &noted->place, &rows->payload,
                                         &rows->payload_capacity, error);
            if (status == STATUS_OK) {
                taken += take_record(rows, noted);
            }
        }
    }
    INVARIANT(status != STATUS_OK || series == SERIES_VALUES || taken == rows->count);
    return status;
}

static enum status take(void *context, unsigned series, size_t first, size_t count,
                        const void **taken, struct error *error) {
    struct runlog_journal_rows *rows = context;
    size_t bytes = runlog_series_bytes(&rows->front.header, series);
    REQUIRE(series < SERIES_COUNT && first + count <= rows->supply.counts[series]);
    if (series == TABLE_WORKERS) {
        *taken = rows->front.ending.workers + first;
        return STATUS_OK;
    }
    if (series != rows->series || first < rows->first ||
        first + count > rows->first + rows->count) {
        enum status status = fill_window(rows, series, first, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    INVARIANT(first + count <= rows->first + rows->count);
    unsigned char *some = rows->window + (first - rows->first) * bytes;
    if (series < TABLE_COUNT) {
        runlog_rows_make_canonical(&runlog_tables[series], some, count);
    }
    *taken = some;
    return STATUS_OK;
}

// ---- all of them ----

static struct runlog_journal_rows *create(void) {
    struct runlog_journal_rows *created = memory_allocate(1, sizeof *created);
    created->series = SERIES_COUNT;
    created->supply =
        (struct runlog_supply){.front = &created->front, .take = take, .context = created};
    return created;
}

// What the header and the ending say of the series.
static void finish(struct runlog_journal_rows *rows) {
    struct runlog_supply *supply = &rows->supply;
    const struct runlog_header *header = &rows->front.header;
    const struct runlog_ending *ending = &rows->front.ending;
    size_t gradients = supply->counts[TABLE_GRADIENTS];
    supply->counts[SERIES_SAMPLES] = header->sample_columns > 0 ? gradients : 0;
    supply->counts[SERIES_VALUES] =
        header->gradient_values && header->parameter_count > 0 ? gradients : 0;
    supply->counts[TABLE_WORKERS] = (size_t)ending->worker_count;
    hdf5_columns_find_wanted(&runlog_tables[TABLE_WORKERS], ending->workers,
                             supply->counts[TABLE_WORKERS], supply->wanted[TABLE_WORKERS]);
    if (!header->events) {
        supply->counts[TABLE_EVENTS] = 0;
    }
}

struct runlog_journal_rows *runlog_journal_rows_begin(const struct runlog_header *header) {
    struct runlog_journal_rows *rows = create();
    runlog_header_copy(&rows->front.header, header);
    return rows;
}

void runlog_journal_rows_end(struct runlog_journal_rows *rows, struct journal_source source,
                             const struct runlog_ending *ending) {
    REQUIRE(rows->source.name == NULL && source.name != NULL);
    rows->source = source;
    runlog_ending_copy(&rows->front.ending, ending, rows->front.header.parameter_count);
    finish(rows);
}

enum status runlog_journal_rows_open(struct journal_source source,
                                     struct runlog_journal_rows **rows, struct error *error) {
    REQUIRE(rows != NULL);
    struct runlog_journal_rows *opened = create();
    const struct run_sink sink = runlog_memory_sink(&opened->front); // of the front alone
    opened->source = source;
    enum status status = runlog_journal_read_records(source, &sink, note, opened, error);
    if (status != STATUS_OK) {
        runlog_journal_rows_close(opened);
        return status;
    }
    finish(opened);
    *rows = opened;
    return STATUS_OK;
}

const struct runlog_supply *runlog_journal_rows_supply(const struct runlog_journal_rows *rows) {
    return &rows->supply;
}

void runlog_journal_rows_close(struct runlog_journal_rows *rows) {
    if (rows != NULL) {
        runlog_reset(&rows->front);
        memory_free(rows->noted);
        memory_free(rows->window);
        memory_free(rows->payload);
        memory_free(rows);
    }
}
