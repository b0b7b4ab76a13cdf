// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/fit_column.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/base/memory.h"

const struct fit_column fit_columns[] = {
    {"compute_ns", "compute"},        {"delay_ns", "delay"},
    {"push_ns", "network.latency"},   {"reply_travel_ns", "network.latency"},
    {"receive_ns", "server.receive"}, {"reply_ns", "server.reply"},
};
enum { COLUMNS = sizeof fit_columns / sizeof fit_columns[0], DELAY = 1 };
const size_t fit_column_count = COLUMNS;

static int64_t span_of(const struct gradient_row *row, const struct fit_column *column) {
    REQUIRE(column >= fit_columns && column < fit_columns + COLUMNS);
    const int64_t spans_ns[COLUMNS] = {row->compute_ns,      row->delay_ns,   row->push_ns,
                                       row->reply_travel_ns, row->receive_ns, row->reply_ns};
    return spans_ns[column - fit_columns];
}

const struct fit_column *fit_column_find(const char *name, struct error *error) {
    REQUIRE(name != NULL);
    const char *names[COLUMNS];
    char list[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < COLUMNS; i++) {
        if (strcmp(fit_columns[i].name, name) == 0) {
            return &fit_columns[i];
        }
        names[i] = fit_columns[i].name;
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
static int32_t find_workers(const struct runlog *log, const struct fit_column *column,
                            int32_t *place, int32_t *without) {
    int32_t count = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        INVARIANT(row->worker >= 0 && row->worker < log->header.workers);
        int64_t span_ns = span_of(row, column);
        bool counts = span_ns > 0 || (span_ns == 0 && column != &fit_columns[DELAY]);
        place[row->worker] |= span_ns >= 0 ? 1 : 0;
        place[row->worker] |= counts ? 2 : 0;
    }
    for (int32_t w = 0; w < log->header.workers; w++) {
        *without += place[w] == 1;
        place[w] = (place[w] & 2) != 0 ? count++ : -1;
    }
    return count;
}

// Of a delay that is 0 for all there is no law.
static enum status refuse(const char *path, const struct fit_column *column, int32_t without,
                          struct error *error) {
    REQUIRE(without >= 0);
    return error_set(error, STATUS_BAD_DATA, "%s: error: %s", path,
                     without > 0                            ? "no gradient is delayed"
                     : strcmp(column->name, "push_ns") == 0 ? "the log has no pushes"
                                                            : "the log has no gradients");
}

enum status fit_column_read(const char *path, const struct runlog *log,
                            const struct fit_column *column, struct csv_times *times,
                            int32_t *without, struct error *error) {
    REQUIRE(times->spans_ns == NULL && column != NULL);
    int32_t *place = memory_allocate((size_t)log->header.workers, sizeof *place);
    *without = 0;
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
        return refuse(path, column, *without, error);
    }
    return STATUS_OK;
}
