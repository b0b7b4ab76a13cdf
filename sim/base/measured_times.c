// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/measured_times.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

enum status measured_times_check_workers(const struct law_times *times, int32_t named,
                                         int32_t workers, struct error *error) {
    REQUIRE(named >= 0 && workers >= 1);
    if (times->worker[0] == 0 || named >= workers) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_BAD_DATA,
                     "%s: error: column '%s' names %" PRId32 " worker%s, and the cluster has "
                     "%" PRId32 ": each needs rows of its own; without '%s' in the law all take "
                     "the same rows, from different places on",
                     times->path, times->worker, named, named == 1 ? "" : "s", workers, "worker");
}

// Where the rows of each worker begin, and the rows in that order.
static void sort_by_worker(const struct csv_times *times, struct measured_times *measured) {
    REQUIRE(times->worker_of != NULL && measured->named >= 1);
    size_t named = (size_t)measured->named;
    size_t *next = memory_allocate(named + 1, sizeof *next);
    measured->first = memory_allocate(named + 1, sizeof *measured->first);
    for (size_t i = 0; i < times->count; i++) {
        measured->first[times->worker_of[i] + 1]++;
    }
    for (size_t worker = 0; worker < named; worker++) {
        measured->first[worker + 1] += measured->first[worker];
        next[worker] = measured->first[worker];
    }
    for (size_t i = 0; i < times->count; i++) {
        measured->spans_ns[next[times->worker_of[i]]++] = times->spans_ns[i];
    }
    memory_free(next);
}

// What is no regular file could be read but once, or never end.
static enum status check_kind(const char *path, struct error *error) {
    struct stat state;
    if (stat(path, &state) != 0) {
        return error_set(error, status_of_cause(errno), "%s: error: cannot be opened: %s", path,
                         strerror(errno));
    }
    return S_ISREG(state.st_mode) ? STATUS_OK
                                  : error_set(error, STATUS_NO_INPUT,
                                              "%s: error: is no regular file; measured times are "
                                              "read from a CSV file or a log",
                                              path);
}

enum status measured_times_open(const struct law_times *times, int32_t workers,
                                struct measured_times **measured, struct error *error) {
    REQUIRE(times->path[0] != 0 && times->column[0] != 0 && workers >= 1);
    const struct csv_times_options options = {.path = times->path,
                                              .column = times->column,
                                              .workers =
                                                  times->worker[0] == 0 ? NULL : times->worker,
                                              .unit_ns = times->unit_ns,
                                              .rows_max = LAW_ROWS_MAX};
    struct csv_times read = {0};
    enum status status = check_kind(times->path, error);
    status = status == STATUS_OK ? csv_times_read(&options, &read, error) : status;
    if (status != STATUS_OK) {
        return status;
    }
    *measured = measured_times_make(times, workers, &read);
    csv_times_reset(&read);
    return STATUS_OK;
}

struct measured_times *measured_times_make(const struct law_times *times, int32_t workers,
                                           struct csv_times *read) {
    REQUIRE(read->count >= 1 && workers >= 1);
    struct measured_times *made = memory_allocate(1, sizeof *made);
    *made = (struct measured_times){.count = read->count,
                                    .workers = workers,
                                    .named = times->worker[0] == 0 ? 0 : read->worker_count,
                                    .hash = read->hash};
    if (made->named > 0) {
        made->spans_ns = memory_allocate(made->count, sizeof *made->spans_ns);
        sort_by_worker(read, made);
    } else {
        made->spans_ns = read->spans_ns;
        read->spans_ns = NULL;
    }
    return made;
}

void measured_times_destroy(struct measured_times *measured) {
    if (measured != NULL) {
        memory_free(measured->first);
        memory_free(measured->spans_ns);
        memory_free(measured);
    }
}

void measured_times_describe(const struct measured_times *measured, struct law_times *times,
                             double *parameters) {
    REQUIRE(measured->count >= 1);
    double count = (double)measured->count;
    int64_t least = measured->spans_ns[0];
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < measured->count; i++) {
        least = measured->spans_ns[i] < least ? measured->spans_ns[i] : least;
        sum += (double)measured->spans_ns[i];
    }
    for (size_t i = 0; i < measured->count; i++) {
        double off = (double)measured->spans_ns[i] - sum / count;
        squares += off * off;
    }
    parameters[LAW_MEASURED_LEAST] = (double)least;
    parameters[LAW_MEASURED_MEAN] = fmax(nearbyint(sum / count), (double)least);
    times->deviation_ns = sqrt(squares / count);
    times->hash = measured->hash;
    times->rows = (int64_t)measured->count;
    times->named = measured->named;
}

// The rows that an actor takes: from *first on, as many as it returns.
static size_t rows_of(const struct measured_times *measured, uint32_t actor, size_t *first) {
    REQUIRE(measured->first == NULL || actor < (uint32_t)measured->named);
    *first = measured->first == NULL ? 0 : measured->first[actor];
    return measured->first == NULL ? measured->count : measured->first[actor + 1] - *first;
}

int64_t measured_times_in_turn(const struct measured_times *measured, uint32_t actor,
                               uint32_t number) {
    REQUIRE(measured->count >= 1 && measured->workers >= 1);
    size_t first = 0;
    size_t rows = rows_of(measured, actor, &first);
    size_t ahead = measured->first != NULL ? 0 : actor * (rows / (size_t)measured->workers);
    return measured->spans_ns[first + (number + ahead) % rows];
}

int64_t measured_times_at(const struct measured_times *measured, uint32_t actor, double share) {
    REQUIRE(share >= 0 && share < 1);
    size_t first = 0;
    size_t rows = rows_of(measured, actor, &first);
    size_t row = (size_t)(share * (double)rows);
    return measured->spans_ns[first + (row < rows ? row : rows - 1)];
}

double measured_times_share(const struct measured_times *measured, double ns) {
    REQUIRE(measured->count >= 1);
    size_t within = 0;
    for (size_t i = 0; i < measured->count; i++) {
        within += (double)measured->spans_ns[i] <= ns;
    }
    return (double)within / (double)measured->count;
}
