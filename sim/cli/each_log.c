// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/each_log.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/memory.h"
#include "sim/cli/command_line.h"
#include "sim/run/verify.h"

static void add_path(struct log_list *list, const char *folder, const char *name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = memory_allocate(size, 1);
    snprintf(path, size, "%s%s%s", folder, folder[0] == 0 ? "" : "/", name);
    list->paths = memory_grow(list->paths, &list->capacity, list->count + 1, sizeof *list->paths);
    list->paths[list->count++] = path;
}

static int is_log(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 3 && entry->d_name[0] != '.' && strcmp(entry->d_name, "sweep.h5") != 0 &&
           strcmp(entry->d_name + length - 3, ".h5") == 0;
}

static enum status add_folder(struct log_list *list, const char *folder, struct error *error) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_log, alphasort);
    if (count < 0) {
        return error_set(error, STATUS_NO_INPUT, "%s: %s", folder, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        add_path(list, folder, entries[i]->d_name);
        memory_free(entries[i]);
    }
    memory_free(entries);
    return count > 0
               ? STATUS_OK
               : error_set(error, STATUS_NO_INPUT, "%s: no logs (*.h5) in this folder", folder);
}

enum status log_list_add(struct log_list *list, const char *place, struct error *error) {
    struct stat state;
    if (stat(place, &state) == 0 && S_ISDIR(state.st_mode)) {
        return add_folder(list, place, error);
    }
    add_path(list, "", place); // who reads it says what is wrong with it
    return STATUS_OK;
}

bool log_list_take_argument(struct log_list *list, struct argp_state *state, int key,
                            const char *text) {
    struct error error;
    if (key == ARGP_KEY_ARG && log_list_add(list, text, &error) != STATUS_OK) {
        exit(command_fail(&error));
    }
    if (key == ARGP_KEY_NO_ARGS) {
        argp_error(state, "which logs? As in: %s results/demo", state->name);
    }
    return key == ARGP_KEY_ARG || key == ARGP_KEY_NO_ARGS;
}

void log_list_reset(struct log_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        memory_free(list->paths[i]);
    }
    memory_free(list->paths);
    *list = (struct log_list){0};
}

enum status each_log(const struct log_list *list,
                     enum status (*visit)(void *context, const char *path), void *context) {
    enum status all = STATUS_OK;
    for (size_t i = 0; i < list->count; i++) {
        enum status one = visit(context, list->paths[i]);
        if (one == STATUS_INTERRUPTED) {
            return one;
        }
        all = verify_worse(all, one);
    }
    return all;
}

void each_log_heading(struct log_list *list, const char *path) {
    if (list->count > 1) {
        printf("%s%s:\n", list->headings++ == 0 ? "" : "\n", path);
    }
}
