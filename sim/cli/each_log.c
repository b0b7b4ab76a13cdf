// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/each_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/cli/command_line.h"
#include "sim/cli/log_folder.h"
#include "sim/run/verify.h"

static void add_path(struct log_list *list, const char *folder, const char *name) {
    list->paths = memory_grow(list->paths, &list->capacity, list->count + 1, sizeof *list->paths);
    list->paths[list->count++] =
        memory_print_text("%s%s%s", folder, folder[0] == 0 ? "" : "/", name);
}

struct place {
    struct log_list *list;
    const char *folder;
};

static void take_log(void *context, const char *name) {
    const struct place *place = context;
    add_path(place->list, place->folder, name);
}

enum status log_list_add(struct log_list *list, const char *place, struct error *error) {
    struct stat state;
    if (stat(place, &state) == 0 && S_ISDIR(state.st_mode)) {
        struct place folder = {list, place};
        return log_folder_each(place, take_log, &folder, error);
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
    REQUIRE(list->count > 0);
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
    REQUIRE(list->headings < list->count);
    if (list->count > 1) {
        printf("%s%s:\n", list->headings++ == 0 ? "" : "\n", path);
    }
}
