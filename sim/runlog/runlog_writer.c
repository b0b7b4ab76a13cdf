// SPDX-License-Identifier: GPL-3.0-or-later
// Rows are gathered into one block per table, and a full block becomes a record of the journal: a
// row costs its sink one copy.
#include "sim/runlog/runlog_writer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/wall_clock.h"
#include "sim/runlog/file_kind.h"
#include "sim/runlog/journal.h"
#include "sim/runlog/runlog_hdf5.h"
#include "sim/runlog/runlog_journal.h"
#include "sim/runlog/runlog_journal_ending.h"
#include "sim/runlog/runlog_journal_rows.h"

enum { BLOCK_BYTES = 1 << 18 };

// So often what there is goes into the journal, full blocks or not: somebody may follow the run.
#define SECONDS_BETWEEN_FLUSHES 1.0

// Written out in this order.
enum block_id {
    BLOCK_EVENTS,
    BLOCK_GRADIENTS,
    BLOCK_VALUES,
    BLOCK_UPDATES,
    BLOCK_EVALUATIONS,
    BLOCK_REDUCTIONS,
    BLOCK_INCIDENTS,
    BLOCK_PROBES,
    BLOCK_COUNT
};

struct block {
    enum runlog_record type;
    unsigned char *bytes;
    size_t used;
    size_t capacity; // a multiple of a row's bytes
};

enum writer_state { WRITER_OPEN, WRITER_ENDED, WRITER_CLOSED, WRITER_KEPT, WRITER_PUBLISHED };

struct runlog_writer {
    char *path;
    char *journal_path;
    struct journal *journal; // open, and so locked, until it is published or destroyed
    enum writer_state state;
    bool goes_on; // the journal has the header, and the rows up to
    struct journal_mark rerun_end;
    bool kept;        // there is a checkpoint, which needs the journal
    bool interrupted; // the run has ended so
    bool events_wanted;
    bool values_wanted;
    int32_t sample_columns;
    size_t parameter_count;
    int32_t workers;
    double flushed_seconds; // of the host's clock
    struct block blocks[BLOCK_COUNT];
    struct runlog_journal_rows *rows; // where they are; NULL: this writer has not written them all
};

static void block_init(struct block *block, enum runlog_record type, size_t row_bytes) {
    size_t rows = BLOCK_BYTES / row_bytes;
    block->type = type;
    block->capacity = row_bytes * (rows == 0 ? 1 : rows);
    block->bytes = memory_allocate(block->capacity, 1);
}

static void block_flush(struct block *block, const struct runlog_writer *writer) {
    if (block->used == 0) {
        return;
    }
    const struct journal_place place = runlog_journal_append_rows(
        writer->journal, block->type, block->bytes, block->used, writer->sample_columns);
    if (writer->rows != NULL) {
        runlog_journal_rows_note(writer->rows, &place, block->bytes);
    }
    block->used = 0;
}

// Room for one more row; it is written out with the next that finds no room.
static inline unsigned char *add_room(struct runlog_writer *writer, enum block_id id,
                                      size_t row_bytes) {
    struct block *block = &writer->blocks[id];
    INVARIANT(block->used + row_bytes <= block->capacity || block->used == block->capacity);
    if (block->used == block->capacity) {
        block_flush(block, writer);
    }
    unsigned char *row = block->bytes + block->used;
    block->used += row_bytes;
    return row;
}

static inline void add_row(struct runlog_writer *writer, enum block_id id, const void *row,
                           size_t row_bytes) {
    memcpy(add_room(writer, id, row_bytes), row, row_bytes);
}

// Takes over both.
static struct runlog_writer *make_writer(const char *path, char *journal_path,
                                         struct journal *journal) {
    struct runlog_writer *created = memory_allocate(1, sizeof *created);
    created->path = memory_copy_text(path);
    created->journal_path = journal_path;
    created->journal = journal;
    created->flushed_seconds = wall_clock_seconds();
    struct block *blocks = created->blocks;
    block_init(&blocks[BLOCK_EVENTS], RECORD_EVENTS, sizeof(struct event_row));
    block_init(&blocks[BLOCK_UPDATES], RECORD_WIDE_UPDATES, sizeof(struct update_row));
    block_init(&blocks[BLOCK_EVALUATIONS], RECORD_WIDE_EVALUATIONS, sizeof(struct evaluation_row));
    block_init(&blocks[BLOCK_REDUCTIONS], RECORD_WIDE_REDUCTIONS, sizeof(struct reduction_row));
    block_init(&blocks[BLOCK_INCIDENTS], RECORD_INCIDENTS, sizeof(struct incident_row));
    block_init(&blocks[BLOCK_PROBES], RECORD_PROBES, sizeof(struct probe_row));
    return created;
}

static enum status check_path(const char *path, struct error *error) {
    return path[0] == 0
               ? error_set(error, STATUS_CANNOT_CREATE, "'': cannot create: a file needs a name")
               : atomic_file_check(path, &file_kind_log, error);
}

enum status runlog_writer_create(const char *path, struct runlog_writer **writer,
                                 struct error *error) {
    REQUIRE(path != NULL && writer != NULL);
    enum status status = check_path(path, error);
    if (status != STATUS_OK) {
        return status;
    }
    char *journal_path = memory_join_text(path, ".journal");
    struct journal *journal = NULL;
    status = journal_create(journal_path, path, RUNLOG_JOURNAL_VERSION, &journal, error);
    if (status != STATUS_OK) {
        memory_free(journal_path);
        return status;
    }
    *writer = make_writer(path, journal_path, journal);
    return STATUS_OK;
}

enum status runlog_writer_open(const char *path, struct runlog_writer **writer, bool *found,
                               struct error *error) {
    REQUIRE(path != NULL && writer != NULL);
    REQUIRE(found != NULL);
    *found = false;
    enum status status = check_path(path, error);
    if (status != STATUS_OK) {
        return status;
    }
    char *journal_path = memory_join_text(path, ".journal");
    struct journal *journal = NULL;
    status = journal_open(journal_path, path, &journal, error);
    if (status == STATUS_NO_INPUT) { // a whole one that could not be published?
        memory_free(journal_path);
        journal_path = memory_join_text(path, ".journal.kept");
        status = journal_open(journal_path, path, &journal, error);
    }
    if (status == STATUS_OK) {
        *found = true;
        *writer = make_writer(path, journal_path, journal);
        (*writer)->kept = true; // until it is known what it is good for
        return STATUS_OK;
    }
    memory_free(journal_path);
    return status == STATUS_NO_INPUT ? runlog_writer_create(path, writer, error) : status;
}

struct journal_source runlog_writer_journal(const struct runlog_writer *writer) {
    return journal_held(writer->journal);
}

bool runlog_writer_has_its_name(const struct runlog_writer *writer) {
    return writer->journal != NULL && !journal_name_is_taken(writer->journal);
}

void runlog_writer_begin(struct runlog_writer *writer) {
    REQUIRE(writer->journal != NULL);
    journal_begin(writer->journal, RUNLOG_JOURNAL_VERSION);
    writer->kept = false;
}

void runlog_writer_go_on(struct runlog_writer *writer, struct journal_mark mark) {
    REQUIRE(writer->journal != NULL);
    writer->goes_on = true;
    writer->rerun_end = mark;
}

static void flush_blocks(struct runlog_writer *writer) {
    for (int i = 0; i < BLOCK_COUNT; i++) {
        block_flush(&writer->blocks[i], writer);
    }
}

enum status runlog_writer_mark(struct runlog_writer *writer, struct journal_mark *mark,
                               struct error *error) {
    REQUIRE(writer->state == WRITER_OPEN);
    flush_blocks(writer);
    enum status status = journal_sync(writer->journal, error);
    *mark = journal_mark_now(writer->journal);
    return status;
}

bool runlog_writer_put_back(struct runlog_writer *writer) {
    return journal_put_back(writer->journal);
}

void runlog_writer_keep(struct runlog_writer *writer) {
    writer->kept = true;
}

bool runlog_writer_is_kept(const struct runlog_writer *writer) {
    return writer->kept;
}

// A checkpoint has the parameters several times, and lies beside the one before.
enum { CHECKPOINT_PARAMETERS = 8 };

static void write_start(void *context, const struct runlog_header *header) {
    struct runlog_writer *writer = context;
    REQUIRE(writer->blocks[BLOCK_GRADIENTS].bytes == NULL);
    REQUIRE(header->sample_columns >= 0);
    writer->events_wanted = header->events;
    writer->sample_columns = header->sample_columns;
    writer->parameter_count = header->parameter_count;
    writer->workers = header->workers;
    writer->values_wanted = header->gradient_values;
    if (writer->values_wanted) {
        block_init(&writer->blocks[BLOCK_VALUES], RECORD_GRADIENT_VALUES,
                   runlog_record_values_bytes(header->parameter_count));
    }
    block_init(&writer->blocks[BLOCK_GRADIENTS], RECORD_WIDE_GRADIENTS,
               runlog_record_layout(RECORD_WIDE_GRADIENTS, header->sample_columns).stride);
    journal_leave_room(writer->journal,
                       CHECKPOINT_PARAMETERS * header->parameter_count * sizeof(float));
    if (writer->goes_on) {
        return;
    }
    size_t size = 0;
    void *record = runlog_journal_pack_header(header, &size);
    journal_append(writer->journal, RECORD_HEADER, record, size);
    memory_free(record);
    writer->rows = runlog_journal_rows_begin(header);
}

static void write_event(void *context, const struct event_row *row) {
    struct runlog_writer *writer = context;
    if (writer->events_wanted) {
        add_row(writer, BLOCK_EVENTS, row, sizeof *row);
    }
}

static void write_gradient(void *context, int64_t index, const struct gradient_row *row,
                           const int32_t *samples) {
    struct runlog_writer *writer = context;
    size_t sample_bytes = (size_t)writer->sample_columns * sizeof *samples;
    unsigned char *place =
        add_room(writer, BLOCK_GRADIENTS, sizeof index + sizeof *row + sample_bytes);
    memcpy(place, &index, sizeof index);
    memcpy(place + sizeof index, row, sizeof *row);
    if (samples == NULL) {
        memset(place + sizeof index + sizeof *row, 0xff, sample_bytes); // -1: none
    } else {
        memcpy(place + sizeof index + sizeof *row, samples, sample_bytes);
    }
}

static void write_values(void *context, int64_t index, const float *values) {
    struct runlog_writer *writer = context;
    if (!writer->values_wanted) {
        return;
    }
    size_t bytes = runlog_record_values_bytes(writer->parameter_count);
    unsigned char *place = add_room(writer, BLOCK_VALUES, bytes);
    memcpy(place, &index, sizeof index);
    memcpy(place + sizeof index, values, bytes - sizeof index);
}

static void write_update(void *context, const struct update_row *row) {
    add_row(context, BLOCK_UPDATES, row, sizeof *row);
}

static void write_evaluation(void *context, const struct evaluation_row *row) {
    add_row(context, BLOCK_EVALUATIONS, row, sizeof *row);
}

static void write_reduction(void *context, const struct reduction_row *row) {
    add_row(context, BLOCK_REDUCTIONS, row, sizeof *row);
}

static void write_incident(void *context, const struct incident_row *row) {
    add_row(context, BLOCK_INCIDENTS, row, sizeof *row);
}

static void write_probe(void *context, const struct probe_row *row) {
    add_row(context, BLOCK_PROBES, row, sizeof *row);
}

static void write_end(void *context, const struct runlog_ending *ending) {
    struct runlog_writer *writer = context;
    REQUIRE(writer->state == WRITER_OPEN && writer->blocks[BLOCK_GRADIENTS].bytes != NULL);
    REQUIRE(ending->worker_count == writer->workers);
    flush_blocks(writer);
    size_t size = 0;
    void *record = runlog_journal_pack_ending(ending, writer->parameter_count, &size);
    journal_append(writer->journal, RECORD_ENDING, record, size);
    memory_free(record);
    if (writer->rows != NULL) {
        runlog_journal_rows_end(writer->rows, journal_held(writer->journal), ending);
    }
    writer->state = WRITER_ENDED;
    writer->interrupted = ending->status == RUN_INTERRUPTED;
}

static void cut_behind_rerun(void *context) {
    struct runlog_writer *writer = context;
    if (writer->goes_on) {
        journal_cut(writer->journal, writer->rerun_end);
    }
}

static bool write_failed(void *context) {
    struct runlog_writer *writer = context;
    double now = wall_clock_seconds();
    if (now - writer->flushed_seconds >= SECONDS_BETWEEN_FLUSHES) {
        writer->flushed_seconds = now;
        flush_blocks(writer);
    }
    return journal_failed(writer->journal);
}

static bool is_short_of_room(void *context) {
    const struct runlog_writer *writer = context;
    return journal_is_short_of_room(writer->journal);
}

void runlog_writer_leave_room(struct runlog_writer *writer, uint64_t bytes) {
    journal_leave_room(writer->journal, bytes);
}

struct run_sink runlog_writer_sink(struct runlog_writer *writer) {
    REQUIRE(writer->state == WRITER_OPEN);
    return (struct run_sink){
        .context = writer,
        .start = write_start,
        .event = write_event,
        .gradient = write_gradient,
        .values = write_values,
        .update = write_update,
        .evaluation = write_evaluation,
        .reduction = write_reduction,
        .incident = write_incident,
        .probe = write_probe,
        .end = write_end,
        .failed = write_failed,
        .short_of_room = is_short_of_room,
        .has_rerun = writer->goes_on,
        .rerun_is_over = cut_behind_rerun,
    };
}

static void let_go(struct runlog_writer *writer) {
    if (writer->journal != NULL && writer->kept) {
        journal_leave(&writer->journal);
    } else {
        journal_abandon(&writer->journal); // removed first, unlocked then: see open_and_lock
    }
}

// The place of what the journal holds, which has lost its name; NULL: it could not be saved.
static char *save_elsewhere(struct runlog_writer *writer) {
    char *kept = memory_join_text(writer->path, ".journal.kept");
    char *place = NULL;
    writer->kept = false;
    journal_save_as(writer->journal, kept, &place);
    memory_free(kept);
    return place;
}

// The journal of a run that cannot be written any more is not where it was, and its name is taken
// or its folder gone.
static void keep_elsewhere(struct runlog_writer *writer, const struct error *cause,
                           struct error *error) {
    char *place = save_elsewhere(writer);
    error_set(error, cause->status,
              place != NULL ? "%s; %s was removed or renamed meanwhile: what it holds is in %s"
                            : "%s; %s was removed meanwhile and could not be kept elsewhere: the "
                              "run is lost%s",
              cause->message, writer->journal_path, place != NULL ? place : "");
    memory_free(place);
}

enum status runlog_writer_close_journal(struct runlog_writer *writer, struct error *error) {
    REQUIRE(writer->state == WRITER_ENDED);
    writer->state = WRITER_CLOSED;
    struct error cause = {0};
    enum status status = journal_sync(writer->journal, &cause);
    if (status != STATUS_OK) {
        error_set(error, status, "%s", cause.message);
        if (writer->kept && !journal_put_back(writer->journal)) {
            keep_elsewhere(writer, &cause, error);
        }
        let_go(writer);
    }
    return status;
}

// Whether the journal is damaged; then the error says how.
static bool is_damaged(const struct runlog_writer *writer, struct error *error) {
    struct runlog_journal_rows *rows = NULL;
    struct error found = {0};
    enum status status = runlog_journal_rows_open(journal_held(writer->journal), &rows, &found);
    runlog_journal_rows_close(rows);
    if (status == STATUS_BAD_DATA) {
        *error = found;
    }
    return status == STATUS_BAD_DATA;
}

// What is where in a journal that this writer has not begun is to be looked for.
static enum status make_log(struct runlog_writer *writer, const struct provenance *provenance,
                            struct error *error) {
    enum status status = STATUS_OK;
    if (writer->rows == NULL) {
        status = runlog_journal_rows_open(journal_held(writer->journal), &writer->rows, error);
    }
    if (status == STATUS_OK) {
        status = runlog_hdf5_write_rows(writer->path, runlog_journal_rows_supply(writer->rows),
                                        provenance, writer->journal_path, STATUS_INTERNAL, error);
    }
    return status == STATUS_IO && is_damaged(writer, error) ? STATUS_BAD_DATA : status;
}

// Under another name, since the next run of the same output begins its journal anew. Says only what
// is so.
static void keep_whole_run(struct runlog_writer *writer, enum status status,
                           const struct error *cause, struct error *error) {
    writer->state = WRITER_KEPT;
    char *place = writer->kept && journal_is_in_place(writer->journal)
                      ? memory_copy_text(writer->journal_path)
                      : save_elsewhere(writer);
    if (place != NULL) {
        error_set(error, status, "%s; the whole run is kept in %s; 'desgd recover' makes its log",
                  cause->message, place);
    } else {
        error_set(error, status,
                  "%s; its journal, %s, was removed meanwhile and could not be kept elsewhere: the "
                  "run is lost",
                  cause->message, writer->journal_path);
    }
    journal_close(&writer->journal, NULL);
    memory_free(place);
}

enum status runlog_writer_publish(struct runlog_writer *writer, const struct provenance *provenance,
                                  struct error *error) {
    REQUIRE(writer->state == WRITER_CLOSED && writer->journal != NULL);
    struct error cause = {0};
    enum status status = make_log(writer, provenance, &cause);
    if (status == STATUS_OK) {
        writer->state = WRITER_PUBLISHED;
        writer->kept = writer->kept && writer->interrupted && journal_put_back(writer->journal);
        let_go(writer);
        return STATUS_OK;
    }
    if (status == STATUS_BAD_DATA) {
        return error_set(error, STATUS_IO, "%s: cannot write: the journal cannot be read back: %s",
                         writer->path, cause.message);
    }
    status = status == STATUS_NO_INPUT ? STATUS_IO : status; // it could not even be read
    keep_whole_run(writer, status, &cause, error);
    return status;
}

void runlog_writer_is_whole(struct runlog_writer *writer) {
    REQUIRE(writer->state == WRITER_OPEN && writer->kept);
    writer->state = WRITER_CLOSED;
}

void runlog_writer_give_up(struct runlog_writer *writer) {
    writer->kept = false;
}

void runlog_writer_destroy(struct runlog_writer *writer) {
    if (writer == NULL) {
        return;
    }
    let_go(writer);
    runlog_journal_rows_close(writer->rows);
    for (int i = 0; i < BLOCK_COUNT; i++) {
        memory_free(writer->blocks[i].bytes);
    }
    memory_free(writer->journal_path);
    memory_free(writer->path);
    memory_free(writer);
}
