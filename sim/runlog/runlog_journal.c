// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_journal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
static size_t make_narrow(unsigned char *rows, size_t size, struct runlog_record_layout from,
                          struct runlog_record_layout to) {
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

struct journal_place runlog_journal_append_rows(struct journal *journal, enum runlog_record type,
                                                unsigned char *rows, size_t size,
                                                int32_t sample_columns) {
    REQUIRE(type != RECORD_GRADIENTS && type != RECORD_UPDATES && type != RECORD_REDUCTIONS);
    enum runlog_record narrow =
        runlog_record_has_rows(type) ? runlog_record_layout(type, sample_columns).narrow : 0;
    if (narrow != 0) {
        struct runlog_record_layout layout = runlog_record_layout(type, sample_columns);
        const struct runlog_table *table = &runlog_tables[layout.table];
        REQUIRE(size % layout.stride == 0);
        if (are_narrow(table, rows + layout.row_at, size, layout.stride)) {
            size = make_narrow(rows, size, layout, runlog_record_layout(narrow, sample_columns));
            type = narrow;
        }
    }
    const struct journal_place place = {journal_mark_now(journal).length, type, (uint32_t)size};
    journal_append(journal, type, rows, size);
    return place;
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
    unsigned char *seen; // the parts of each gradient (seen_count) that have come, by index
    size_t seen_count, seen_capacity;
    float *values; // (parameter_count), aligned, which a record's are not
    bool started;
    bool ended;
    runlog_note_record *note; // NULL: the rows go to the sink
    void *note_context;
    uint64_t next; // where the next record begins
};

enum { SEEN_ROW = 1, SEEN_VALUES = 2, SEEN_BITS = 2, SEEN_IN_BYTE = 8 / SEEN_BITS };

// Notes that a part of a gradient has come, each once, and none so far out that the journal could
// not hold the gradients before it.
static bool see(struct playback *playback, int64_t index, unsigned char part) {
    uint64_t most = playback->file_bytes /
                    runlog_record_layout(RECORD_GRADIENTS, playback->sample_columns).stride;
    if (index < 0 || (uint64_t)index >= most) {
        return false;
    }
    size_t before = playback->seen_capacity;
    playback->seen =
        memory_grow(playback->seen, &playback->seen_capacity, (size_t)index / SEEN_IN_BYTE + 1, 1);
    memset(playback->seen + before, 0, playback->seen_capacity - before);
    if ((size_t)index >= playback->seen_count) {
        playback->seen_count = (size_t)index + 1;
    }
    unsigned shift = (unsigned)((size_t)index % SEEN_IN_BYTE * SEEN_BITS);
    unsigned char *byte = &playback->seen[(size_t)index / SEEN_IN_BYTE];
    bool is_new = (*byte >> shift & part) == 0;
    *byte = (unsigned char)(*byte | part << shift);
    return is_new;
}

static bool all_rows_seen(const struct playback *playback) {
    bool all = true;
    for (size_t i = 0; i < playback->seen_count && all; i++) {
        unsigned shift = (unsigned)(i % SEEN_IN_BYTE * SEEN_BITS);
        all = (playback->seen[i / SEEN_IN_BYTE] >> shift & SEEN_ROW) != 0;
    }
    return all;
}

// A matrix with a row of values for each gradient, most of them empty, would be so large.
static bool values_fit(const struct playback *playback, int64_t index) {
    uint64_t bytes = 0;
    return !__builtin_mul_overflow((uint64_t)index + 1,
                                   runlog_record_values_bytes(playback->parameter_count), &bytes) &&
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

static bool play_gradients(struct playback *playback, uint32_t type, const unsigned char *rows,
                           size_t size) {
    const struct runlog_record_layout layout = runlog_record_layout(type, playback->sample_columns);
    struct gradient_row row;
    for (size_t at = 0; at < size; at += layout.stride) {
        int64_t index = 0;
        memcpy(&index, rows + at, sizeof index);
        runlog_record_take_row(&layout, rows + at, &row);
        if (row.outcome >= OUTCOME_COUNT || !see(playback, index, SEEN_ROW)) {
            return false;
        }
        const void *samples = playback->sample_columns == 0 ? NULL : rows + at + layout.samples_at;
        if (playback->note == NULL) {
            playback->sink->gradient(playback->sink->context, index, &row, samples);
        }
    }
    return true;
}

static bool play_values(struct playback *playback, const unsigned char *rows, size_t size) {
    size_t stride = runlog_record_values_bytes(playback->parameter_count);
    for (size_t at = 0; at < size; at += stride) {
        int64_t index = 0;
        memcpy(&index, rows + at, sizeof index);
        if (!see(playback, index, SEEN_VALUES) || !values_fit(playback, index)) {
            return false;
        }
        if (playback->note == NULL) {
            memcpy(playback->values, rows + at + sizeof index, stride - sizeof index);
            playback->sink->values(playback->sink->context, index, playback->values);
        }
    }
    return true;
}

// Of any table but /gradients.
static void play_row(const struct run_sink *sink, const struct runlog_record_layout *layout,
                     const unsigned char *place) {
    struct update_row update;
    struct reduction_row reduction;
    struct evaluation_row evaluation;
    REQUIRE(layout->table != TABLE_GRADIENTS);
    if (layout->table == TABLE_EVENTS) {
        sink->event(sink->context, (const void *)place);
    } else if (layout->table == TABLE_UPDATES) {
        runlog_record_take_row(layout, place, &update);
        sink->update(sink->context, &update);
    } else if (layout->table == TABLE_REDUCTIONS) {
        runlog_record_take_row(layout, place, &reduction);
        sink->reduction(sink->context, &reduction);
    } else if (layout->table == TABLE_INCIDENTS) {
        sink->incident(sink->context, (const void *)place);
    } else if (layout->table == TABLE_PROBES) {
        sink->probe(sink->context, (const void *)place);
    } else {
        runlog_record_take_row(layout, place, &evaluation);
        sink->evaluation(sink->context, &evaluation);
    }
}

static bool play_rows(struct playback *playback, uint32_t type, const unsigned char *rows,
                      size_t size) {
    if (type == RECORD_GRADIENT_VALUES) {
        return size % runlog_record_values_bytes(playback->parameter_count) == 0 &&
               play_values(playback, rows, size);
    }
    if (!runlog_record_has_rows(type)) {
        return false;
    }
    const struct runlog_record_layout layout = runlog_record_layout(type, playback->sample_columns);
    if (size % layout.stride != 0) {
        return false;
    }
    if (layout.table == TABLE_GRADIENTS) {
        return play_gradients(playback, type, rows, size);
    }
    for (size_t at = 0; at < size && playback->note == NULL; at += layout.stride) {
        play_row(playback->sink, &layout, rows + at);
    }
    return true;
}

static bool play_record(void *context, uint32_t type, void *payload, size_t size) {
    struct playback *playback = context;
    const struct journal_place place = {playback->next, type, (uint32_t)size};
    playback->next += JOURNAL_RECORD_FRONT_BYTES + size;
    if (type == RECORD_HEADER) {
        return play_header(playback, payload, size);
    }
    if (!playback->started || playback->ended) {
        return false;
    }
    if (type == RECORD_ENDING) {
        return play_ending(playback, payload, size);
    }
    bool good = play_rows(playback, type, payload, size);
    if (good && size > 0 && playback->note != NULL) {
        playback->note(playback->note_context, &place, payload);
    }
    return good;
}

static void require_whole(const struct run_sink *sink) {
    REQUIRE(sink->start != NULL && sink->end != NULL && sink->event != NULL);
    REQUIRE(sink->gradient != NULL && sink->values != NULL);
    REQUIRE(sink->update != NULL && sink->evaluation != NULL && sink->reduction != NULL);
    REQUIRE(sink->incident != NULL && sink->probe != NULL);
}

static struct playback begin_playback(struct journal_source source, const struct run_sink *sink) {
    return (struct playback){
        .sink = sink, .file_bytes = journal_source_bytes(source), .next = JOURNAL_FRONT_BYTES};
}

static void end_playback(struct playback *playback) {
    memory_free(playback->values);
    memory_free(playback->seen);
}

enum status runlog_journal_read_records(struct journal_source source, const struct run_sink *sink,
                                        runlog_note_record *note, void *context,
                                        struct error *error) {
    REQUIRE(sink->start != NULL && sink->end != NULL);
    struct playback playback = begin_playback(source, sink);
    playback.note = note;
    playback.note_context = context;
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

enum status runlog_journal_read(struct journal_source source, const struct run_sink *sink,
                                struct error *error) {
    require_whole(sink);
    return runlog_journal_read_records(source, sink, NULL, NULL, error);
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

// ---- reading on ----

struct runlog_pursuit {
    char *path;
    struct run_sink sink;
    struct playback playback;
    bool begun; // the rest is known
    bool is_bad;
    dev_t device;
    ino_t inode;
    struct journal_place last; // the record that was played last, and a fingerprint of it;
    uint64_t last_fingerprint; // playback.next says whether there is one
    void *payload;
    size_t capacity;
};

struct runlog_pursuit *runlog_pursuit_create(const char *path, struct run_sink sink) {
    REQUIRE(path != NULL);
    require_whole(&sink);
    struct runlog_pursuit *pursuit = memory_allocate(1, sizeof *pursuit);
    pursuit->path = memory_copy_text(path);
    pursuit->sink = sink;
    return pursuit;
}

void runlog_pursuit_destroy(struct runlog_pursuit **pursuit) {
    if (*pursuit != NULL) {
        end_playback(&(*pursuit)->playback);
        memory_free((*pursuit)->payload);
        memory_free((*pursuit)->path);
        memory_free(*pursuit);
        *pursuit = NULL;
    }
}

// Whether what was read is still what the journal begins with: a run that is resumed gives the same
// rows again, so the last record tells.
static bool is_as_it_was(struct runlog_pursuit *pursuit, const struct stat *state) {
    struct error ignored;
    if (!pursuit->begun || pursuit->device != state->st_dev || pursuit->inode != state->st_ino) {
        return false;
    }
    return pursuit->playback.next == JOURNAL_FRONT_BYTES ||
           (journal_read_record(journal_named(pursuit->path), &pursuit->last, &pursuit->payload,
                                &pursuit->capacity, &ignored) == STATUS_OK &&
            fingerprint_bytes(pursuit->payload, pursuit->last.size) == pursuit->last_fingerprint);
}

static enum status begin_pursuit(struct runlog_pursuit *pursuit, const struct stat *state,
                                 struct error *error) {
    struct journal_source source = journal_named(pursuit->path);
    const struct journal_mark front = {.length = JOURNAL_FRONT_BYTES};
    end_playback(&pursuit->playback);
    pursuit->playback = begin_playback(source, &pursuit->sink);
    pursuit->device = state->st_dev;
    pursuit->inode = state->st_ino;
    pursuit->is_bad = false;
    enum status status = journal_read_until(source, RUNLOG_JOURNAL_VERSION, front, play_record,
                                            &pursuit->playback, error);
    pursuit->begun = status == STATUS_OK;
    return status;
}

enum status runlog_pursuit_go_on(struct runlog_pursuit *pursuit, struct error *error) {
    struct stat state;
    struct error ignored;
    struct journal_place place;
    struct journal_source source = journal_named(pursuit->path);
    if (stat(pursuit->path, &state) != 0) {
        return error_set(error, STATUS_NO_INPUT, "%s: there is no journal", pursuit->path);
    }
    enum status status =
        is_as_it_was(pursuit, &state) ? STATUS_OK : begin_pursuit(pursuit, &state, error);
    pursuit->playback.file_bytes = (uint64_t)state.st_size;
    while (status == STATUS_OK && !pursuit->is_bad &&
           journal_read_at(source, pursuit->playback.next, &place, &pursuit->payload,
                           &pursuit->capacity, &ignored) == STATUS_OK) {
        pursuit->last = place;
        pursuit->last_fingerprint = fingerprint_bytes(pursuit->payload, place.size);
        pursuit->is_bad =
            !play_record(&pursuit->playback, place.type, pursuit->payload, place.size);
    }
    return status != STATUS_OK || !pursuit->is_bad
               ? status
               : error_set(error, STATUS_BAD_DATA, "%s: a record makes no sense", pursuit->path);
}
