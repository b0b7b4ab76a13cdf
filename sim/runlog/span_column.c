// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/span_column.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/runlog/runlog_reader.h"

const struct span_column span_columns[] = {
    {"compute_ns", "compute"},        {"delay_ns", "delay"},
    {"push_ns", "network.latency"},   {"reply_travel_ns", "network.latency"},
    {"receive_ns", "server.receive"}, {"reply_ns", "server.reply"},
};
enum { COLUMNS = sizeof span_columns / sizeof span_columns[0], DELAY = 1 };
const size_t span_column_count = COLUMNS;

static int64_t span_of(const struct gradient_row *row, const struct span_column *column) {
    REQUIRE(column >= span_columns && column < span_columns + COLUMNS);
    const int64_t spans_ns[COLUMNS] = {row->compute_ns,      row->delay_ns,   row->push_ns,
                                       row->reply_travel_ns, row->receive_ns, row->reply_ns};
    return spans_ns[column - span_columns];
}

const struct span_column *span_column_find(const char *name, struct error *error) {
    REQUIRE(name != NULL);
    const char *names[COLUMNS];
    char list[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < COLUMNS; i++) {
        if (strcmp(span_columns[i].name, name) == 0) {
            return &span_columns[i];
        }
        names[i] = span_columns[i].name;
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", i > 0 ? ", " : "",
                                   names[i]);
    }
    const char *meant = closest_word(name, names, COLUMNS);
    error_set(error, STATUS_USAGE, "a log has no spans '%s'%s%s%s; it has: %s", name,
              meant != NULL ? " (did you mean '" : "", meant != NULL ? meant : "",
              meant != NULL ? "'?)" : "", list);
    return NULL;
}

// Which workers have a row, and which of them one that counts. Returns how many do.
static int32_t find_workers(const struct runlog *log, const struct span_column *column,
                            int32_t *place, int32_t *without) {
    bool zeros_count = without == NULL || column != &span_columns[DELAY];
    int32_t count = 0;
    int32_t zeros = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        INVARIANT(row->worker >= 0 && row->worker < log->header.workers);
        int64_t span_ns = span_of(row, column);
        bool counts = span_ns > 0 || (span_ns == 0 && zeros_count);
        place[row->worker] |= span_ns >= 0 ? 1 : 0;
        place[row->worker] |= counts ? 2 : 0;
    }
    for (int32_t w = 0; w < log->header.workers; w++) {
        zeros += place[w] == 1; // which do not count
        place[w] = (place[w] & 2) != 0 ? count++ : -1;
    }
    if (without != NULL) {
        *without = zeros;
    }
    return count;
}

// Of a delay that is 0 for all there is no law.
static enum status refuse(const char *path, const struct span_column *column, int32_t without,
                          struct error *error) {
    REQUIRE(without >= 0);
    return error_set(error, STATUS_BAD_DATA, "%s: error: %s", path,
                     without > 0                            ? "no gradient is delayed"
                     : strcmp(column->name, "push_ns") == 0 ? "the log has no pushes"
                                                            : "the log has no gradients");
}

enum status span_column_read(const char *path, const struct runlog *log,
                             const struct span_column *column, struct csv_times *times,
                             int32_t *without, struct error *error) {
    REQUIRE(times->spans_ns == NULL && column != NULL);
    int32_t *place = memory_allocate((size_t)log->header.workers, sizeof *place);
    times->worker_count = find_workers(log, column, place, without);
    times->spans_ns = memory_allocate(log->gradient_count, sizeof *times->spans_ns);
    times->worker_of = memory_allocate(log->gradient_count, sizeof *times->worker_of);
    times->names = memory_allocate((size_t)times->worker_count, sizeof *times->names);
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        if (place[row->worker] >= 0 && span_of(row, column) >= 0) {
            times->worker_of[times->count] = place[row->worker];
            times->spans_ns[times->count++] = span_of(row, column);
        }
    }
    for (int32_t w = 0; w < log->header.workers; w++) {
        char name[16];
        snprintf(name, sizeof name, "%" PRId32, w);
        if (place[w] >= 0) {
            times->names[place[w]] = memory_copy_text(name);
        }
    }
    memory_free(place);
    if (times->count == 0) {
        csv_times_reset(times);
        return refuse(path, column, without == NULL ? 0 : *without, error);
    }
    times->hash = fingerprint_combine(
        fingerprint_bytes(times->spans_ns, times->count * sizeof *times->spans_ns),
        fingerprint_bytes(times->worker_of, times->count * sizeof *times->worker_of));
    return STATUS_OK;
}

// ---- a log as the file of a law ----

enum status span_column_settle(struct law_times *times, bool *is_log, const char **member,
                               struct error *error) {
    REQUIRE(times->path[0] != 0);
    struct error cause = {0};
    *is_log = runlog_is_hdf5(times->path);
    if (!*is_log) {
        return STATUS_OK;
    }
    times->unit_ns = times->unit_ns == 0 ? 1 : times->unit_ns;
    if (times->unit_ns != 1) {
        *member = "unit";
        return error_set(error, STATUS_BAD_DATA,
                         "the times of a log are in ns; leave the unit out");
    }
    if (times->worker[0] != 0 && strcmp(times->worker, "worker") != 0) {
        *member = "worker";
        return error_set(error, STATUS_BAD_DATA,
                         "a log names its workers in the column 'worker', not '%s'", times->worker);
    }
    *member = "column";
    return span_column_find(times->column, &cause) != NULL
               ? STATUS_OK
               : error_set(error, STATUS_BAD_DATA, "%s", cause.message);
}

static enum status check_lengths(const struct law_times *law, const struct csv_times *times,
                                 struct error *error) {
    for (size_t i = 0; i < times->count; i++) {
        if (times->spans_ns[i] > SIM_SPAN_MAX_NS) {
            return error_set(error, STATUS_BAD_DATA,
                             "%s: /gradients/%s: row %zu is longer than 126 years", law->path,
                             law->column, i);
        }
    }
    return STATUS_OK;
}

static enum status open_log(const struct law_times *law, int32_t workers,
                            struct measured_times **measured, struct error *error) {
    struct runlog log = {0};
    struct csv_times times = {0};
    const struct span_column *column = span_column_find(law->column, error);
    INVARIANT(column != NULL); // span_column_settle
    enum status status = runlog_read_table(law->path, TABLE_GRADIENTS, LAW_ROWS_MAX, &log, error);
    if (status == STATUS_OK) {
        status = span_column_read(law->path, &log, column, &times, NULL, error);
    }
    runlog_reset(&log);
    if (status == STATUS_OK) {
        status = check_lengths(law, &times, error);
    }
    if (status == STATUS_OK) {
        *measured = measured_times_make(law, workers, &times);
    }
    csv_times_reset(&times);
    return status;
}

enum status span_column_open(const struct law_times *times, int32_t workers,
                             struct measured_times **measured, struct error *error) {
    REQUIRE(times->column[0] != 0 && workers >= 1);
    struct law_times law = *times;
    struct error cause = {0};
    const char *member = NULL;
    bool is_log = false;
    if (span_column_settle(&law, &is_log, &member, &cause) != STATUS_OK) {
        return error_set(error, STATUS_BAD_DATA, "%s: %s", law.path, cause.message);
    }
    return is_log ? open_log(&law, workers, measured, error)
                  : measured_times_open(&law, workers, measured, error);
}
