// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/run_times.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/span_column.h"
#include "sim/scenario/scenario_times.h"

static bool are_the_same(const struct law_times *a, const struct law_times *b) {
    return a->hash == b->hash && a->unit_ns == b->unit_ns && strcmp(a->column, b->column) == 0 &&
           strcmp(a->worker, b->worker) == 0;
}

static const struct measured_times *find(const struct run_times *times,
                                         const struct law_times *wanted) {
    REQUIRE(times->count == 0 || times->entries != NULL);
    for (size_t i = 0; i < times->count; i++) {
        if (are_the_same(&times->entries[i].of, wanted)) {
            return times->entries[i].measured;
        }
    }
    return NULL;
}

static const char what_to_do[] =
    "put it back, or name it in the law, as in --set cluster.compute.file=PATH";

// The file may have been moved or changed since the scenario was read.
static enum status tell_change(const struct law_times *wanted, uint64_t hash, struct error *error) {
    return error_set(error, STATUS_NO_INPUT,
                     "%s: error: other times than those of the scenario: the file has hash "
                     "%016" PRIx64 ", the law says %016" PRIx64 "; %s",
                     wanted->path, hash, wanted->hash, what_to_do);
}

static enum status read_file(struct run_times *times, const struct law_times *wanted,
                             int32_t workers, struct error *error) {
    struct measured_times *measured = NULL;
    struct error cause = {0};
    enum status status = span_column_open(wanted, workers, &measured, &cause);
    if (status != STATUS_OK && status != STATUS_BAD_DATA) {
        return error_set(error, status, "%s; the scenario takes its times from there: %s",
                         cause.message, what_to_do);
    }
    if (status != STATUS_OK) {
        return error_set(error, status, "%s", cause.message);
    }
    if (measured->hash != wanted->hash) {
        status = tell_change(wanted, measured->hash, error);
    } else {
        status = measured_times_check_workers(wanted, measured->named, workers, error);
    }
    if (status != STATUS_OK) {
        measured_times_destroy(measured);
        return status;
    }
    times->entries = memory_resize(times->entries, times->count + 1, sizeof *times->entries);
    times->entries[times->count++] = (struct run_times_entry){*wanted, measured};
    return STATUS_OK;
}

// With the place where the list says the file lies.
static enum status read_listed(struct run_times *times, const struct times_file_list *files,
                               const struct law_times *law, int32_t workers, struct error *error) {
    struct law_times wanted = *law;
    const char *path = times_files_find(files, law->hash);
    if (path == NULL) {
        return error_set(error, STATUS_NO_INPUT,
                         "the file of the measured times with hash %016" PRIx64
                         ", column '%s', is not known here: name it in the law, as in "
                         "file: PATH, or --set cluster.compute.file=PATH",
                         law->hash, law->column);
    }
    snprintf(wanted.path, sizeof wanted.path, "%s", path);
    return read_file(times, &wanted, workers, error);
}

enum status run_times_open(struct run_times *times, const struct times_file_list *files,
                           struct cluster_options *cluster, struct error *error) {
    struct distribution *laws[CLUSTER_LAWS_MAX];
    int32_t count = cluster_options_laws(cluster, laws);
    enum status status = STATUS_OK;
    REQUIRE(cluster->workers >= 1);
    for (int32_t i = 0; i < count && status == STATUS_OK; i++) {
        if (!distribution_is_measured(laws[i])) {
            continue;
        }
        if (find(times, &laws[i]->times) == NULL) {
            status = read_listed(times, files, &laws[i]->times, cluster->workers, error);
        }
        laws[i]->times.measured = find(times, &laws[i]->times);
    }
    return status;
}

void run_times_close(struct run_times *times) {
    for (size_t i = 0; i < times->count; i++) {
        measured_times_destroy(times->entries[i].measured);
    }
    memory_free(times->entries);
    *times = (struct run_times){0};
}
