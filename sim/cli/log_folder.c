// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/log_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

static bool is_log(const char *name) {
    size_t length = strlen(name);
    return length > 3 && strcmp(name, "sweep.h5") != 0 && strcasecmp(name + length - 3, ".h5") == 0;
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static bool is_folder(const char *parent, const struct dirent *entry) {
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK) {
        return entry->d_type == DT_DIR;
    }
    struct stat state;
    char *path = memory_print_text("%s/%s", parent, entry->d_name);
    bool found = stat(path, &state) == 0 && S_ISDIR(state.st_mode);
    memory_free(path);
    return found;
}

static enum status tell_rest(const char *folder, size_t logs, size_t folders, struct error *error) {
    const char *them = folders == 1 ? "folder" : "folders";
    if (logs > 0 && folders > 0) {
        fprintf(
            stderr,
            "desgd: note: %s: %zu %s in it %s not looked into: name those that have logs, too\n",
            folder, folders, them, folders == 1 ? "is" : "are");
    }
    if (logs > 0) {
        return STATUS_OK;
    }
    if (folders == 0) {
        return error_set(error, STATUS_NO_INPUT, "%s: no logs (*.h5) in this folder", folder);
    }
    return error_set(error, STATUS_NO_INPUT,
                     "%s: no logs (*.h5) in this folder, but %zu %s: name those that have logs",
                     folder, folders, them);
}

enum status log_folder_each(const char *folder, void (*take)(void *context, const char *name),
                            void *context, struct error *error) {
    REQUIRE(folder != NULL);
    struct dirent **entries = NULL;
    size_t logs = 0;
    size_t folders = 0;
    int count = scandir(folder, &entries, is_visible, alphasort);
    if (count < 0) {
        return error_set(error, status_of_cause(errno), "%s: %s", folder, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        if (is_log(entries[i]->d_name)) {
            take(context, entries[i]->d_name);
            logs++;
        } else {
            folders += is_folder(folder, entries[i]);
        }
        memory_free(entries[i]);
    }
    memory_free(entries);
    return tell_rest(folder, logs, folders, error);
}
