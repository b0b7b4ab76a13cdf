// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_times.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/measured_times.h"

const char *times_files_find(const struct times_file_list *files, uint64_t hash) {
    REQUIRE(files->count >= 0 && files->count <= TIMES_FILES_MAX);
    for (int32_t i = 0; i < files->count; i++) {
        if (files->entries[i].hash == hash) {
            return files->entries[i].path;
        }
    }
    return NULL;
}

static bool add(struct times_file_list *files, uint64_t hash, const char *path) {
    if (times_files_find(files, hash) != NULL) {
        return true;
    }
    if (files->count == TIMES_FILES_MAX) {
        return false;
    }
    struct times_file *file = &files->entries[files->count++];
    file->hash = hash;
    snprintf(file->path, sizeof file->path, "%s", path);
    return true;
}

bool times_files_add(struct times_file_list *files, const struct times_file_list *others) {
    bool fits = true;
    REQUIRE(others->count >= 0 && others->count <= TIMES_FILES_MAX);
    for (int32_t i = 0; i < others->count; i++) {
        fits = add(files, others->entries[i].hash, others->entries[i].path) && fits;
    }
    return fits;
}

void times_files_write(const struct times_file_list *files, char *text, size_t size) {
    size_t length = 0;
    REQUIRE(size > 0);
    text[0] = 0;
    for (int32_t i = 0; i < files->count; i++) {
        int added = snprintf(text + length, size - length, "%s%016" PRIx64 " %s",
                             i == 0 ? "" : "\n", files->entries[i].hash, files->entries[i].path);
        length += (size_t)added;
        INVARIANT(length < size);
    }
}

void times_files_read(const char *text, struct times_file_list *files) {
    enum { DIGITS = FINGERPRINT_TEXT_SIZE - 1 };
    REQUIRE(text != NULL);
    while (*text != 0) {
        size_t length = strcspn(text, "\n");
        if (strspn(text, "0123456789abcdef") == DIGITS && text[DIGITS] == ' ' &&
            length > DIGITS + 1 && length - DIGITS - 1 < LAW_TIMES_PATH_SIZE) {
            char path[LAW_TIMES_PATH_SIZE];
            snprintf(path, sizeof path, "%.*s", (int)(length - DIGITS - 1), text + DIGITS + 1);
            add(files, strtoull(text, NULL, 16), path);
        }
        text += length;
        text += *text == '\n';
    }
}

enum status scenario_times_note(struct scenario *scenario, struct error *error) {
    struct distribution *laws[CLUSTER_LAWS_MAX];
    int32_t count = cluster_options_laws(&scenario->cluster, laws);
    REQUIRE(scenario->cluster.workers >= 1);
    for (int32_t i = 0; i < count; i++) {
        const struct law_times *times = &laws[i]->times;
        if (!distribution_is_measured(laws[i]) || times->path[0] == 0) {
            continue;
        }
        enum status status =
            measured_times_check_workers(times, times->named, scenario->cluster.workers, error);
        if (status != STATUS_OK) {
            return status;
        }
        if (!add(&scenario->times_files, times->hash, times->path)) {
            return error_set(error, STATUS_BAD_DATA,
                             "%s: error: a scenario takes its measured times from at most %d files",
                             times->path, TIMES_FILES_MAX);
        }
    }
    return STATUS_OK;
}

bool scenario_times_lack(const struct scenario *scenario) {
    struct cluster_options cluster = scenario->cluster;
    struct distribution *laws[CLUSTER_LAWS_MAX];
    int32_t count = cluster_options_laws(&cluster, laws);
    bool lack = false;
    for (int32_t i = 0; i < count; i++) {
        lack = lack || (distribution_is_measured(laws[i]) &&
                        times_files_find(&scenario->times_files, laws[i]->times.hash) == NULL);
    }
    return lack;
}
