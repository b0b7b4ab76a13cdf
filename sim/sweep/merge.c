// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/merge.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/own_file.h"
#include "sim/base/sim_time.h"
#include "sim/report/run_metrics.h"
#include "sim/run/run_record.h"
#include "sim/runlog/file_kind.h"
#include "sim/runlog/sweep_table.h"
#include "sim/sweep/sweep_folder.h"
#include "sim/sweep/sweep_manifest.h"

// The table in the making.
struct merge {
    const char *folder;
    double target;
    struct sweep_manifest manifest;
    uint64_t *hashes;
    struct sweep_row *rows;
    struct sweep_host_row *host;
    struct sweep_evaluation_row *evaluations;
    size_t evaluation_count, evaluation_capacity;
    struct merge_counts *counts;
};

static struct sweep_row row_without_log(const struct sweep_manifest_run *run) {
    REQUIRE(run->role < ROLE_COUNT);
    struct sweep_row row = {.role = (uint32_t)run->role,
                            .round = run->round,
                            .seed = run->seed,
                            .cell = run->cell,
                            .workers = -1,
                            .end_ns = -1,
                            .gradients = -1,
                            .updates = -1,
                            .staleness_max = -1,
                            .pushes = -1,
                            .replies = -1,
                            .bytes = -1,
                            .reductions_of_all = -1,
                            .reductions_of_clusters = -1,
                            .bytes_intra = -1,
                            .bytes_inter = -1,
                            .evaluations = -1,
                            .diverged = -1,
                            .target_reached = -1,
                            .target_after_ns = -1,
                            .target_by_ns = -1,
                            .target_accuracy = (double)NAN,
                            .staleness_mean = (double)NAN,
                            .wasted_share = (double)NAN,
                            .busy_share = (double)NAN,
                            .idle_share = (double)NAN,
                            .waiting_share = (double)NAN,
                            .communicating_share = (double)NAN,
                            .down_share = (double)NAN,
                            .server_load = (double)NAN};
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        row.outcomes[i] = -1;
    }
    for (int i = 0; i < SWEEP_QUANTITY_COUNT; i++) {
        row.metrics[i] =
            (struct sweep_metric){(double)NAN, (double)NAN, (double)NAN, (double)NAN, -1};
    }
    return row;
}

static double wasted_share(const int64_t outcomes[OUTCOME_COUNT]) {
    int64_t wasted =
        outcomes[OUTCOME_DROPPED] + outcomes[OUTCOME_CANCELLED] + outcomes[OUTCOME_LOST];
    int64_t ended = wasted + outcomes[OUTCOME_APPLIED];
    return ended > 0 ? (double)wasted / (double)ended : (double)NAN;
}

static void fill_system(struct sweep_row *row, const struct run_totals *totals) {
    row->status = totals->status == RUN_DIVERGED  ? SWEEP_DIVERGED
                  : totals->status == RUN_STALLED ? SWEEP_STALLED
                                                  : SWEEP_COMPLETE;
    row->data_hash = totals->data_hash;
    row->timeline_fingerprint = totals->timeline_fingerprint;
    row->parameter_fingerprint = totals->parameter_fingerprint;
    row->workers = totals->workers;
    row->end_ns = totals->end_ns;
    row->gradients = totals->gradients;
    memcpy(row->outcomes, totals->outcomes, sizeof row->outcomes);
    row->updates = totals->updates;
    row->staleness_max = totals->staleness_max;
    row->pushes = totals->pushes;
    row->replies = totals->replies;
    row->bytes = totals->bytes;
    row->reductions_of_all = totals->reductions_of_all;
    row->reductions_of_clusters = totals->reductions_of_clusters;
    row->bytes_intra = totals->bytes_intra;
    row->bytes_inter = totals->bytes_inter;
    row->staleness_mean = totals->staleness_mean;
    row->wasted_share = wasted_share(totals->outcomes);
    row->busy_share = totals->busy_share;
    row->idle_share = 1 - totals->busy_share;
    row->waiting_share = totals->waiting_share;
    row->communicating_share = totals->communicating_share;
    row->down_share = totals->down_share;
    row->server_load = totals->server_load;
}

static void fill_metrics(struct sweep_row *row, const struct run_record *record, double target) {
    static const enum run_quantity quantities[SWEEP_QUANTITY_COUNT] = {
        [SWEEP_TEST_ACCURACY] = RUN_TEST_ACCURACY,
        [SWEEP_TEST_LOSS] = RUN_TEST_LOSS,
        [SWEEP_TRAIN_ACCURACY] = RUN_TRAIN_ACCURACY,
        [SWEEP_TRAIN_LOSS] = RUN_TRAIN_LOSS};
    struct run_metrics metrics = run_record_metrics(record, target);
    for (int i = 0; i < SWEEP_QUANTITY_COUNT; i++) {
        const struct run_metric *metric = &metrics.values[quantities[i]];
        row->metrics[i] = (struct sweep_metric){metric->mean, metric->mean_after, metric->final,
                                                metric->best, metric->best_ns};
    }
    row->evaluations = metrics.evaluations;
    row->diverged = metrics.diverged;
    row->target_accuracy = target;
    if (metrics.crossing.measured) {
        row->target_reached = metrics.crossing.reached;
        row->target_after_ns = metrics.crossing.after_ns;
        row->target_by_ns = metrics.crossing.reached ? metrics.crossing.by_ns : -1;
    }
}

static void add_evaluations(struct merge *merge, size_t index, const struct run_record *record) {
    REQUIRE(index < merge->manifest.run_count);
    size_t needed = merge->evaluation_count + record->evaluation_count;
    merge->evaluations = memory_grow(merge->evaluations, &merge->evaluation_capacity, needed,
                                     sizeof *merge->evaluations);
    for (size_t i = 0; i < record->evaluation_count; i++) {
        merge->evaluations[merge->evaluation_count++] =
            (struct sweep_evaluation_row){(int64_t)index, record->evaluations[i]};
    }
}

// A run that is not done.
static enum status add_without_log(struct merge *merge, uint64_t run, struct sweep_row *row,
                                   struct error *error) {
    REQUIRE(merge->counts != NULL && row->status == 0);
    char message[SWEEP_FAILURE_SIZE];
    char path[RUN_PATH_SIZE];
    bool failed = false;
    bool is_there = false;
    enum status status = sweep_folder_failure(merge->folder, run, &failed, message, error);
    if (status == STATUS_OK) {
        run_path(merge->folder, run, RUN_LOG_ENDING, path);
        status = run_file_is_there(path, &is_there, error);
    }
    row->status = failed ? SWEEP_FAILED : SWEEP_MISSING;
    merge->counts->unusable += !failed && is_there;
    return status;
}

static enum status add_run(struct merge *merge, size_t index, struct error *error) {
    REQUIRE(index < merge->manifest.run_count);
    const struct sweep_manifest_run *run = &merge->manifest.runs[index];
    struct sweep_row *row = &merge->rows[index];
    struct run_record record;
    bool done = false;
    *row = row_without_log(run);
    merge->hashes[index] = run->run;
    merge->host[index].wall_seconds = (double)NAN;
    enum status status = run_record_find(merge->folder, run->run, &done, &record, error);
    if (done) {
        fill_system(row, &record.totals);
        fill_metrics(row, &record, merge->target);
        add_evaluations(merge, index, &record);
        merge->host[index].wall_seconds = record.totals.wall_seconds;
        merge->counts->altered += record.totals.log_altered != 0;
        run_record_reset(&record);
    } else if (status == STATUS_OK) {
        status = add_without_log(merge, run->run, row, error);
    }
    merge->counts->runs[row->status]++;
    return status;
}

// ---- logs that the plan does not know ----

static int compare_hashes(const void *left, const void *right) {
    const uint64_t *a = left;
    const uint64_t *b = right;
    return (*a > *b) - (*a < *b);
}

static bool log_hash(const char *name, uint64_t *hash) {
    REQUIRE(name != NULL && hash != NULL);
    enum { DIGITS = 16 };
    return strspn(name, "0123456789abcdef") == DIGITS &&
           strcmp(name + DIGITS, RUN_LOG_ENDING) == 0 && sscanf(name, "%16" SCNx64, hash) == 1;
}

static enum status count_strangers(const struct merge *merge, struct error *error) {
    REQUIRE(merge->hashes != NULL && merge->counts != NULL);
    DIR *stream = opendir(merge->folder);
    if (stream == NULL) {
        return error_set(error, status_of_cause(errno), "%s: cannot be read: %s", merge->folder,
                         strerror(errno));
    }
    size_t count = merge->manifest.run_count;
    uint64_t *known = memory_allocate(count, sizeof *known);
    uint64_t hash = 0;
    memcpy(known, merge->hashes, count * sizeof *known);
    qsort(known, count, sizeof *known, compare_hashes);
    const struct dirent *entry = NULL;
    for (errno = 0; (entry = readdir(stream)) != NULL; errno = 0) {
        merge->counts->strangers +=
            log_hash(entry->d_name, &hash) &&
            bsearch(&hash, known, count, sizeof *known, compare_hashes) == NULL;
    }
    int cause = errno;
    closedir(stream);
    memory_free(known);
    return cause == 0 ? STATUS_OK
                      : error_set(error, status_of_cause(cause), "%s: cannot be read: %s",
                                  merge->folder, strerror(cause));
}

// ---- all of it ----

static enum status write_tables(const struct merge *merge, const struct merge_paths *paths,
                                struct error *error) {
    REQUIRE(merge->rows != NULL && merge->host != NULL);
    const struct sweep_manifest *manifest = &merge->manifest;
    const struct sweep_table table = {.run_count = manifest->run_count,
                                      .hashes = merge->hashes,
                                      .rows = merge->rows,
                                      .host = merge->host,
                                      .key_count = manifest->key_count,
                                      .keys = manifest->keys,
                                      .values = manifest->cells,
                                      .evaluation_count = merge->evaluation_count,
                                      .evaluations = merge->evaluations};
    enum status status = sweep_table_write_hdf5(paths->hdf5, &table, error);
    return status == STATUS_OK ? sweep_table_write_csv(paths->csv, &table, error) : status;
}

static bool ends_with(const char *text, const char *ending) {
    REQUIRE(text != NULL && ending != NULL);
    size_t length = strlen(text);
    return length > strlen(ending) && strcmp(text + length - strlen(ending), ending) == 0;
}

enum status merge_paths_find(const char *folder, const char *output, struct merge_paths *paths,
                             struct error *error) {
    REQUIRE(folder != NULL && paths != NULL);
    const char *place = output != NULL ? output : folder;
    bool is_file = output != NULL && (ends_with(output, ".h5") || ends_with(output, ".csv"));
    const char *dot = is_file ? strrchr(output, '.') : place + strlen(place);
    int length = (int)(dot - place);
    const char *name = is_file ? "" : "/sweep";
    if (strlen(place) + sizeof "/sweep.csv" > sizeof paths->csv) {
        return error_set(error, STATUS_CANNOT_CREATE, "%s: the name is too long", place);
    }
    snprintf(paths->hdf5, sizeof paths->hdf5, "%.*s%s.h5", length, place, name);
    snprintf(paths->csv, sizeof paths->csv, "%.*s%s.csv", length, place, name);
    paths->folder = output != NULL && !is_file ? output : NULL;
    return STATUS_OK;
}

static enum status merge_runs(struct merge *merge, const struct merge_paths *paths,
                              struct error *error) {
    REQUIRE(merge->hashes == NULL && merge->rows == NULL);
    size_t count = merge->manifest.run_count;
    merge->hashes = memory_allocate(count, sizeof *merge->hashes);
    merge->rows = memory_allocate(count, sizeof *merge->rows);
    merge->host = memory_allocate(count, sizeof *merge->host);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = add_run(merge, i, error);
    }
    if (status == STATUS_OK) {
        status = count_strangers(merge, error);
    }
    if (status == STATUS_OK) {
        status = write_tables(merge, paths, error);
    }
    memory_free(merge->hashes);
    memory_free(merge->rows);
    memory_free(merge->host);
    memory_free(merge->evaluations);
    return status;
}

enum status merge_folder_to(const char *folder, const struct merge_paths *paths, double target,
                            struct merge_counts *counts, struct error *error) {
    REQUIRE(paths->hdf5[0] != 0 && paths->csv[0] != 0);
    REQUIRE(counts != NULL);
    *counts = (struct merge_counts){0};
    struct merge merge = {.folder = folder, .target = target, .counts = counts};
    enum status status = sweep_manifest_read(folder, &merge.manifest, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (paths->folder != NULL) {
        status = sweep_folder_make(paths->folder, error);
    }
    if (status == STATUS_OK) {
        status = own_file_check(paths->hdf5, &file_kind_table, error);
    }
    if (status == STATUS_OK) {
        status = own_file_check(paths->csv, &file_kind_csv, error);
    }
    if (status == STATUS_OK) {
        status = merge_runs(&merge, paths, error);
    }
    sweep_manifest_reset(&merge.manifest);
    return status;
}
