// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_journal.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/journal.h"
#include "sim/runlog/runlog_journal_ending.h"
#include "sim/runlog/runlog_schema.h"

// A log holds the values of all gradients, the journal those of the applied ones; one in so many is
// applied at least.
enum { VALUES_EXPANSION_MAX = 1024 };

// The fixed front of the header's record; behind it come layout, initial parameters, scenario.
struct header_record {
    char policy[32];
    uint64_t seed;
    uint64_t data_hash;
    uint64_t layout_count;
    uint64_t parameter_count;
    uint64_t scenario_bytes; // with its final 0
    int32_t workers;
    int32_t sample_columns;
    uint32_t events;
    uint32_t gradient_values;
};

enum {
    NARROW_GRADIENT = offsetof(struct gradient_row, push_attempts),
    NARROW_REDUCTION = offsetof(struct reduction_row, retries),
    NARROW_UPDATE = offsetof(struct update_row, after_receipt_ns),
};
_Static_assert(NARROW_GRADIENT == 176 && NARROW_REDUCTION == 88 && NARROW_UPDATE == 88,
               "as journals of earlier versions have them");

// The records that have rows of a table, and nothing else but a gradient's index and samples.
static const struct {
    size_t row_bytes; // 0: has none
    enum runlog_table_id table;
    enum runlog_record narrow; // what stands for it if it is narrow, if anything
} record_rows[RECORD_COUNT] = {
    [RECORD_EVENTS] = {sizeof(struct event_row), TABLE_EVENTS, 0},
    [RECORD_GRADIENTS] = {NARROW_GRADIENT, TABLE_GRADIENTS, 0},
    [RECORD_UPDATES] = {NARROW_UPDATE, TABLE_UPDATES, 0},
    [RECORD_EVALUATIONS] = {sizeof(struct evaluation_row), TABLE_EVALUATIONS, 0},
    [RECORD_REDUCTIONS] = {NARROW_REDUCTION, TABLE_REDUCTIONS, 0},
    [RECORD_WIDE_GRADIENTS] = {sizeof(struct gradient_row), TABLE_GRADIENTS, RECORD_GRADIENTS},
    [RECORD_WIDE_REDUCTIONS] = {sizeof(struct reduction_row), TABLE_REDUCTIONS, RECORD_REDUCTIONS},
    [RECORD_INCIDENTS] = {sizeof(struct incident_row), TABLE_INCIDENTS, 0},
    [RECORD_WIDE_UPDATES] = {sizeof(struct update_row), TABLE_UPDATES, RECORD_UPDATES},
};

static bool has_rows(uint32_t type) {
    return type < RECORD_COUNT && record_rows[type].row_bytes > 0;
}

// Where the parts of a row lie in a record.
struct row_layout {
    size_t row_at;
    size_t samples_at;
    size_t stride;
};

static struct row_layout layout_of(uint32_t type, int32_t sample_columns) {
    REQUIRE(has_rows(type) && sample_columns >= 0);
    bool indexed = record_rows[type].table == TABLE_GRADIENTS;
    struct row_layout layout = {.row_at = indexed ? sizeof(int64_t) : 0};
    layout.samples_at = layout.row_at + record_rows[type].row_bytes;
    layout.stride = layout.samples_at + (indexed ? (size_t)sample_columns * sizeof(int32_t) : 0);
    return layout;
}

size_t runlog_journal_gradient_bytes(int32_t sample_columns) {
    return layout_of(RECORD_WIDE_GRADIENTS, sample_columns).stride;
}

size_t runlog_journal_values_bytes(size_t parameter_count) {
    return sizeof(int64_t) + parameter_count * sizeof(float);
}

// ---- writing ----

static bool are_narrow(const struct runlog_table *table, const unsigned char *rows, size_t size,
                       size_t stride) {
    bool narrow = true;
    for (size_t at = 0; at < size && narrow; at += stride) {
        narrow = runlog_row_is_narrow(table, rows + at);
    }
    return narrow;
}

// Moves the rows together. Returns how many bytes are left.
static size_t make_narrow(unsigned char *rows, size_t size, struct row_layout from,
                          struct row_layout to) {
    size_t used = 0;
    REQUIRE(to.row_at == from.row_at && to.stride <= from.stride);
    for (size_t at = 0; at < size; at += from.stride) {
        memmove(rows + used, rows + at, to.samples_at);
        memmove(rows + used + to.samples_at, rows + at + from.samples_at,
                from.stride - from.samples_at);
        used += to.stride;
    }
    return used;
}

void runlog_journal_append_rows(struct journal *journal, enum runlog_record type,
                                unsigned char *rows, size_t size, int32_t sample_columns) {
    REQUIRE(type != RECORD_GRADIENTS && type != RECORD_UPDATES && type != RECORD_REDUCTIONS);
    enum runlog_record narrow = record_rows[type].narrow;
    if (narrow != 0) {
        const struct runlog_table *table = &runlog_tables[record_rows[type].table];
        struct row_layout layout = layout_of(type, sample_columns);
        REQUIRE(size % layout.stride == 0);
        if (are_narrow(table, rows + layout.row_at, size, layout.stride)) {
            size = make_narrow(rows, size, layout, layout_of(narrow, sample_columns));
            type = narrow;
        }
    }
    journal_append(journal, type, rows, size);
}

void *runlog_journal_pack_header(const struct runlog_header *header, size_t *size) {
    REQUIRE(size != NULL);
    const char *scenario = header->scenario == NULL ? "" : header->scenario;
    struct header_record front = {
        .seed = header->seed,
        .data_hash = header->data_hash,
        .layout_count = header->layout_count,
        .parameter_count = header->parameter_count,
        .scenario_bytes = strlen(scenario) + 1,
        .workers = header->workers,
        .sample_columns = header->sample_columns,
        .events = header->events,
        .gradient_values = header->gradient_values,
    };
    snprintf(front.policy, sizeof front.policy, "%s", header->policy);
    size_t layout_bytes = header->layout_count * sizeof *header->layout;
    size_t parameter_bytes = header->parameter_count * sizeof *header->initial;
    *size = sizeof front + layout_bytes + parameter_bytes + front.scenario_bytes;
    unsigned char *record = memory_allocate(*size, 1);
    unsigned char *place = runlog_journal_pack(record, &front, sizeof front);
    runlog_layout_copy((struct layout_row *)(void *)place, header->layout, header->layout_count);
    place = runlog_journal_pack(place + layout_bytes, header->initial, parameter_bytes);
    runlog_journal_pack(place, scenario, front.scenario_bytes);
    return record;
}

// ---- reading ----

struct playback {
    const struct run_sink *sink;
    int32_t workers;
    int32_t sample_columns;
    size_t parameter_count;
    uint64_t file_bytes;
    unsigned char *seen; // (seen_count): the parts of each gradient that have come, by index
    size_t seen_count, seen_capacity;
    float *values; // (parameter_count), aligned, which a record's are not
    bool started;
    bool ended;
};

enum { SEEN_ROW = 1, SEEN_VALUES = 2 };

// Notes that a part of a gradient has come, each once, and none so far out that the journal could
// not hold the gradients before it.
static bool see(struct playback *playback, int64_t index, unsigned char part) {
    uint64_t most =
        playback->file_bytes / layout_of(RECORD_GRADIENTS, playback->sample_columns).stride;
    if (index < 0 || (uint64_t)index >= most) {
        return false;
    }
    size_t needed = (size_t)index + 1;
    if (needed > playback->seen_count) {
        playback->seen = memory_grow(playback->seen, &playback->seen_capacity, needed, 1);
        memset(playback->seen + playback->seen_count, 0, needed - playback->seen_count);
        playback->seen_count = needed;
    }
    bool is_new = (playback->seen[index] & part) == 0;
    playback->seen[index] |= part;
    return is_new;
}

static bool all_rows_seen(const struct playback *playback) {
    for (size_t i = 0; i < playback->seen_count; i++) {
        if ((playback->seen[i] & SEEN_ROW) == 0) {
            return false;
        }
    }
    return true;
}

// A matrix with a row of values for each gradient, most of them empty, would be so large.
static bool values_fit(const struct playback *playback, int64_t index) {
    uint64_t bytes = 0;
    return !__builtin_mul_overflow((uint64_t)index + 1,
                                   runlog_journal_values_bytes(playback->parameter_count),
                                   &bytes) &&
           bytes / VALUES_EXPANSION_MAX <= playback->file_bytes;
}

static bool header_fits(const struct runlog_header *header, size_t scenario_bytes) {
    bool fits = header->workers >= 0 && header->sample_columns >= 0 && scenario_bytes > 0 &&
                header->scenario[scenario_bytes - 1] == 0 &&
                memchr(header->policy, 0, sizeof header->policy) != NULL;
    for (size_t i = 0; i < header->layout_count && fits; i++) {
        fits = memchr(header->layout[i].name, 0, sizeof header->layout[i].name) != NULL;
    }
    return fits;
}

static bool play_header(struct playback *playback, unsigned char *place, size_t left) {
    struct header_record *front = runlog_journal_unpack(&place, &left, 1, sizeof *front);
    if (front == NULL || playback->started) {
        return false;
    }
    struct runlog_header header = {
        .seed = front->seed,
        .data_hash = front->data_hash,
        .workers = front->workers,
        .sample_columns = front->sample_columns,
        .events = front->events != 0,
        .gradient_values = front->gradient_values != 0,
        .layout_count = front->layout_count,
        .parameter_count = front->parameter_count,
    };
    memcpy(header.policy, front->policy, sizeof header.policy);
    header.layout =
        runlog_journal_unpack(&place, &left, front->layout_count, sizeof *header.layout);
    header.initial =
        runlog_journal_unpack(&place, &left, front->parameter_count, sizeof *header.initial);
    header.scenario = runlog_journal_unpack(&place, &left, front->scenario_bytes, 1);
    if (header.layout == NULL || header.initial == NULL || header.scenario == NULL || left != 0 ||
        !header_fits(&header, front->scenario_bytes)) {
        return false;
    }
    playback->started = true;
    playback->workers = header.workers;
    playback->sample_columns = header.sample_columns;
    playback->parameter_count = header.parameter_count;
    playback->values = memory_allocate(header.parameter_count, sizeof *playback->values);
    playback->sink->start(playback->sink->context, &header);
    return true;
}

static bool play_ending(struct playback *playback, unsigned char *place, size_t left) {
    struct runlog_ending ending;
    bool good =
        all_rows_seen(playback) && runlog_journal_unpack_ending(place, left, playback->workers,
                                                                playback->parameter_count, &ending);
    if (good) {
        playback->ended = true;
        playback->sink->end(playback->sink->context, &ending);
        memory_free(ending.workers);
    }
    return good;
}

// A row out of a record whose rows have so many bytes.
static void take_row(enum runlog_table_id id, const void *place, size_t bytes, void *row) {
    const struct runlog_table *table = &runlog_tables[id];
    REQUIRE(bytes <= table->row_bytes);
    bool narrow = bytes < table->row_bytes;
    memcpy(row, place, bytes);
    for (size_t i = table->column_count; narrow && table->columns[i - 1].may_lack; i--) {
        runlog_field_make_absent(&table->columns[i - 1], row);
    }
}

static bool play_gradients(struct playback *playback, uint32_t type, const unsigned char *rows,
                           size_t size) {
    const struct row_layout layout = layout_of(type, playback->sample_columns);
    for (size_t at = 0; at < size; at += layout.stride) {
        int64_t index = 0;
        struct gradient_row row;
        memcpy(&index, rows + at, sizeof index);
        take_row(TABLE_GRADIENTS, rows + at + layout.row_at, record_rows[type].row_bytes, &row);
        if (row.outcome >= OUTCOME_COUNT || !see(playback, index, SEEN_ROW)) {
            return false;
        }
        const void *samples = playback->sample_columns == 0 ? NULL : rows + at + layout.samples_at;
        playback->sink->gradient(playback->sink->context, index, &row, samples);
    }
    return true;
}

static bool play_values(struct playback *playback, const unsigned char *rows, size_t size) {
    size_t stride = runlog_journal_values_bytes(playback->parameter_count);
    for (size_t at = 0; at < size; at += stride) {
        int64_t index = 0;
        memcpy(&index, rows + at, sizeof index);
        if (!see(playback, index, SEEN_VALUES) || !values_fit(playback, index)) {
            return false;
        }
        memcpy(playback->values, rows + at + sizeof index, stride - sizeof index);
        playback->sink->values(playback->sink->context, index, playback->values);
    }
    return true;
}

// Bytes from one row to the next in a record of this type; 0: it has no rows.
static size_t stride_of(const struct playback *playback, uint32_t type) {
    if (type == RECORD_GRADIENT_VALUES) {
        return runlog_journal_values_bytes(playback->parameter_count);
    }
    return has_rows(type) ? layout_of(type, playback->sample_columns).stride : 0;
}

// Of any table but /gradients.
static void play_row(const struct run_sink *sink, enum runlog_table_id id, const void *place,
                     size_t bytes) {
    struct update_row update;
    struct reduction_row reduction;
    REQUIRE(id != TABLE_GRADIENTS);
    if (id == TABLE_EVENTS) {
        sink->event(sink->context, place);
    } else if (id == TABLE_UPDATES) {
        take_row(id, place, bytes, &update);
        sink->update(sink->context, &update);
    } else if (id == TABLE_REDUCTIONS) {
        take_row(id, place, bytes, &reduction);
        sink->reduction(sink->context, &reduction);
    } else if (id == TABLE_INCIDENTS) {
        sink->incident(sink->context, place);
    } else {
        sink->evaluation(sink->context, place);
    }
}

static bool play_rows(struct playback *playback, uint32_t type, const unsigned char *rows,
                      size_t size) {
    size_t stride = stride_of(playback, type);
    if (stride == 0 || size % stride != 0) {
        return false;
    }
    if (type == RECORD_GRADIENT_VALUES) {
        return play_values(playback, rows, size);
    }
    if (record_rows[type].table == TABLE_GRADIENTS) {
        return play_gradients(playback, type, rows, size);
    }
    for (size_t at = 0; at < size; at += stride) {
        play_row(playback->sink, record_rows[type].table, rows + at, stride);
    }
    return true;
}

static bool play_record(void *context, uint32_t type, void *payload, size_t size) {
    struct playback *playback = context;
    if (type == RECORD_HEADER) {
        return play_header(playback, payload, size);
    }
    if (!playback->started || playback->ended) {
        return false;
    }
    if (type == RECORD_ENDING) {
        return play_ending(playback, payload, size);
    }
    return play_rows(playback, type, payload, size);
}

static void require_whole(const struct run_sink *sink) {
    REQUIRE(sink->start != NULL && sink->end != NULL && sink->event != NULL);
    REQUIRE(sink->gradient != NULL && sink->values != NULL);
    REQUIRE(sink->update != NULL && sink->evaluation != NULL && sink->reduction != NULL);
    REQUIRE(sink->incident != NULL);
}

static struct playback begin_playback(struct journal_source source, const struct run_sink *sink) {
    return (struct playback){.sink = sink, .file_bytes = journal_source_bytes(source)};
}

static void end_playback(struct playback *playback) {
    memory_free(playback->values);
    memory_free(playback->seen);
}

enum status runlog_journal_read(struct journal_source source, const struct run_sink *sink,
                                struct error *error) {
    require_whole(sink);
    struct playback playback = begin_playback(source, sink);
    uint64_t dropped_bytes = 0;
    enum status status =
        journal_read(source, RUNLOG_JOURNAL_VERSION, play_record, &playback, &dropped_bytes, error);
    end_playback(&playback);
    if (status == STATUS_OK && !playback.ended) {
        return error_set(
            error, STATUS_BAD_DATA,
            "%s: not whole: it ends before the run does (%llu bytes unreadable); 'desgd run "
            "SCENARIO -o FILE.h5 --resume' continues from its last checkpoint",
            source.name, (unsigned long long)dropped_bytes);
    }
    return status;
}

enum status runlog_journal_read_until(struct journal_source source, struct journal_mark mark,
                                      const struct run_sink *sink, struct error *error) {
    require_whole(sink);
    struct playback playback = begin_playback(source, sink);
    enum status status =
        journal_read_until(source, RUNLOG_JOURNAL_VERSION, mark, play_record, &playback, error);
    end_playback(&playback);
    if (status == STATUS_OK && (!playback.started || playback.ended)) {
        return error_set(error, STATUS_BAD_DATA, "%s: has no header, or an end too early",
                         source.name);
    }
    return status;
}

// Takes the header and stops.
static bool play_front(void *context, uint32_t type, void *payload, size_t size) {
    struct playback *playback = context;
    return !playback->started && type == RECORD_HEADER && play_header(playback, payload, size);
}

enum status runlog_journal_read_header(struct journal_source source, const struct run_sink *sink,
                                       struct error *error) {
    struct playback playback = begin_playback(source, sink);
    uint64_t dropped_bytes = 0;
    struct error ignored;
    enum status status = journal_read(source, RUNLOG_JOURNAL_VERSION, play_front, &playback,
                                      &dropped_bytes, &ignored);
    end_playback(&playback);
    if (playback.started) {
        return STATUS_OK;
    }
    return status == STATUS_OK ? error_set(error, STATUS_BAD_DATA, "%s: has no header", source.name)
                               : error_set(error, status, "%s", ignored.message);
}
