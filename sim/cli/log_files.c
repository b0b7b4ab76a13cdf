// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/log_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/memory.h"

static void add_path(struct log_files *files, const char *path) {
    files->paths =
        memory_grow(files->paths, &files->capacity, files->count + 1, sizeof *files->paths);
    files->paths[files->count++] = memory_copy_text(path);
}

// "desgd merge" puts the table of a sweep beside its logs.
static int is_log(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 3 && strcmp(entry->d_name, "sweep.h5") != 0 && entry->d_name[0] != '.' &&
           strcmp(entry->d_name + length - 3, ".h5") == 0;
}

static enum status add_folder(struct log_files *files, const char *folder, struct error *error) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_log, alphasort);
    if (count < 0) {
        return error_set(error, STATUS_NO_INPUT, "%s: %s", folder, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        size_t size = strlen(folder) + strlen(entries[i]->d_name) + 2;
        char *path = memory_allocate(size, 1);
        snprintf(path, size, "%s/%s", folder, entries[i]->d_name);
        add_path(files, path);
        memory_free(path);
        memory_free(entries[i]);
    }
    memory_free(entries);
    return count > 0
               ? STATUS_OK
               : error_set(error, STATUS_NO_INPUT, "%s: no logs (*.h5) in this folder", folder);
}

enum status log_files_add(struct log_files *files, const char *place, struct error *error) {
    struct stat state;
    if (stat(place, &state) != 0) {
        return error_set(error, STATUS_NO_INPUT, "%s: %s", place, strerror(errno));
    }
    if (S_ISDIR(state.st_mode)) {
        return add_folder(files, place, error);
    }
    add_path(files, place);
    return STATUS_OK;
}

void log_files_reset(struct log_files *files) {
    for (size_t i = 0; i < files->count; i++) {
        memory_free(files->paths[i]);
    }
    memory_free(files->paths);
    *files = (struct log_files){0};
}
