// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_skim.h"

#include "sim/base/check.h"
#include "sim/runlog/runlog_check.h"
#include "sim/runlog/runlog_contents.h"
#include "sim/runlog/runlog_passage.h"
#include "sim/runlog/runlog_rows.h"

struct skimming {
    struct hdf5_source source;
    struct runlog_skim *skim;
    bool provenance_wanted;
    struct runlog log;
    struct provenance provenance;
};

// Asked on both sides of the pipe, of the same log.
static bool is_read_whole(const struct skimming *skimming) {
    const struct runlog *log = &skimming->log;
    return log->altered || log->ending.worker_count != log->header.workers ||
           !skimming->skim->suffices(log);
}

// ---- the child ----

static void play(const struct run_sink *sink, enum runlog_table_id id, size_t index,
                 const void *row) {
    if (id == TABLE_GRADIENTS) {
        sink->gradient(sink->context, (int64_t)index, row, NULL);
    } else if (id == TABLE_UPDATES) {
        sink->update(sink->context, row);
    } else if (id == TABLE_REDUCTIONS) {
        sink->reduction(sink->context, row);
    } else if (id == TABLE_EVENTS) {
        sink->event(sink->context, row);
    }
}

// A table that is played.
struct playing {
    struct skimming *skimming;
    const struct runlog_rows *rows;
    enum runlog_table_id id;
    bool open[RUNLOG_COLUMNS_MAX]; // columns; of the others nothing has been read
};

static bool play_some(void *context, const void *rows, size_t first, size_t count) {
    const struct playing *playing = context;
    struct skimming *skimming = playing->skimming;
    struct hdf5_input *input = playing->rows->input;
    const size_t row_bytes = playing->rows->table->row_bytes;
    const struct runlog_check_place place = {.name = skimming->source.path,
                                             .workers = skimming->log.header.workers,
                                             .first = first,
                                             .columns = playing->open};
    input->failure =
        runlog_check_rows(&place, playing->id, rows, count, STATUS_BAD_DATA, input->error);
    for (size_t i = 0; i < count && input->failure == STATUS_OK; i++) {
        play(&skimming->skim->sink, playing->id, first + i,
             (const unsigned char *)rows + i * row_bytes);
    }
    return input->failure == STATUS_OK;
}

static bool play_rows(struct skimming *skimming, const struct runlog_rows *rows,
                      enum runlog_table_id id) {
    struct playing playing = {.skimming = skimming, .rows = rows, .id = id};
    REQUIRE(rows->input != NULL);
    for (size_t i = 0; i < RUNLOG_COLUMNS_MAX; i++) {
        playing.open[i] = rows->datasets[i] >= 0;
    }
    return runlog_rows_each(rows, play_some, &playing);
}

// Events are only counted where nobody asks for them.
static bool is_played(const struct skimming *skimming, enum runlog_table_id id) {
    return id != TABLE_EVENTS || skimming->skim->sink.event != NULL;
}

struct want {
    const struct skimming *skimming;
    enum runlog_table_id id;
};

static bool wants(const void *context, const struct runlog_column *column) {
    const struct want *want = context;
    return is_played(want->skimming, want->id) &&
           want->skimming->skim->wants(&want->skimming->log, want->id, column);
}

static bool play_table(struct skimming *skimming, struct hdf5_input *input,
                       enum runlog_table_id id) {
    const struct want want = {skimming, id};
    struct runlog_rows rows;
    bool good = runlog_rows_open(&rows, input, id, wants, &want);
    skimming->skim->counts[id] = rows.count;
    good = good && (!is_played(skimming, id) || play_rows(skimming, &rows, id));
    runlog_rows_close(&rows);
    return good;
}

static bool play_log(struct skimming *skimming, struct hdf5_input *input) {
    const struct run_sink *sink = &skimming->skim->sink;
    bool good = true;
    sink->start(sink->context, &skimming->log.header);
    for (size_t i = 0; i < TABLE_COUNT && good; i++) {
        if ((RUNLOG_LONG_TABLES & 1U << i) != 0) {
            good = play_table(skimming, input, (enum runlog_table_id)i);
        }
    }
    return good;
}

static enum status work(void *context, struct error *error) {
    struct skimming *skimming = context;
    struct hdf5_input input;
    enum status status = hdf5_input_open_source(&input, &skimming->source, error);
    if (status == STATUS_OK) {
        bool good = runlog_contents_read_short(&input, &skimming->log,
                                               skimming->provenance_wanted ? &skimming->provenance
                                                                           : NULL) &&
                    (is_read_whole(skimming) ? runlog_contents_read_long(&input, &skimming->log)
                                             : play_log(skimming, &input));
        status = good ? STATUS_OK : input.failure;
    }
    hdf5_input_close(&input);
    return status;
}

// ---- both sides ----

static bool pass_sums(struct runlog_skim *skim, struct passage *passage) {
    return passage_value(passage, skim->sums, skim->sums_bytes) && skim->is_sane(skim->sums) &&
           passage_value(passage, skim->counts, sizeof skim->counts);
}

static bool pass(void *context, struct passage *passage) {
    struct skimming *skimming = context;
    bool receives = passage_receives(passage);
    bool is_whole = !receives && is_read_whole(skimming); // it is gone once it is sent
    if (!runlog_pass(&skimming->log, passage)) {
        return false;
    }
    is_whole = receives ? is_read_whole(skimming) : is_whole;
    return (is_whole || pass_sums(skimming->skim, passage)) &&
           (!skimming->provenance_wanted || runlog_pass_provenance(&skimming->provenance, passage));
}

// ---- the parent ----

static enum status check(struct skimming *skimming, struct error *error) {
    const struct runlog *log = &skimming->log;
    struct runlog_skim *skim = skimming->skim;
    skim->is_whole = is_read_whole(skimming);
    if (!runlog_counts_fit(log)) { // no gradients, no samples: that fits, too
        return error_set(error, STATUS_BAD_DATA, "%s: damaged: its tables do not fit each other",
                         skimming->source.path);
    }
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        size_t count = 0;
        runlog_table_rows(log, (enum runlog_table_id)i, &count);
        skim->counts[i] = count > 0 || skim->is_whole ? count : skim->counts[i];
    }
    return runlog_check(log, skimming->source.path, STATUS_BAD_DATA, error);
}

enum status runlog_skim(const char *path, struct runlog_skim *skim, struct runlog *log,
                        struct provenance *provenance, struct error *error) {
    REQUIRE(skim->sums != NULL && skim->suffices != NULL && skim->wants != NULL);
    struct skimming skimming = {.skim = skim, .provenance_wanted = provenance != NULL};
    const struct confined_task task = {.context = &skimming, .work = work, .pass = pass};
    enum status status = hdf5_source_open(&skimming.source, path, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = hdf5_source_confine(&skimming.source, task, error);
    if (status == STATUS_OK) {
        status = check(&skimming, error);
    }
    status = hdf5_source_judge(&skimming.source, status, error);
    hdf5_source_close(&skimming.source);
    if (status != STATUS_OK) {
        runlog_reset(&skimming.log);
        return status;
    }
    *log = skimming.log;
    if (provenance != NULL) {
        *provenance = skimming.provenance;
    }
    return STATUS_OK;
}
