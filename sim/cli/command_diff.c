// SPDX-License-Identifier: GPL-3.0-or-later
// desgd diff A B: the first event, update and parameter hash in which two runs differ; of two
// folders, of every two logs of one name.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/each_log.h"
#include "sim/report/runlog_diff_files.h"
#include "sim/run/verify.h"

struct arguments {
    const char *places[2];
    int count;
};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (arguments->count == 2) {
            argp_error(state, "two logs: '%s' is one too many", text);
        }
        arguments->places[arguments->count++] = text;
        return 0;
    case ARGP_KEY_END:
        if (arguments->count < 2) {
            argp_error(state, "two logs are compared: desgd diff A.h5 B.h5");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum status print_difference(const struct runlog_files_difference *found) {
    if (found->difference.scenario[0] != 0) {
        printf("the scenarios differ:\n%s", found->difference.scenario);
    }
    if (found->difference.found) {
        printf("the runs differ:\n%s", found->difference.text);
        return STATUS_DIFFERENT;
    }
    printf("identical: %" PRIu64 " events, %" PRIu64 " gradients, %" PRIu64
           " updates and every bit of the parameters\n",
           found->events, found->gradients, found->updates);
    return STATUS_OK;
}

static enum status diff_files(const char *const paths[2]) {
    REQUIRE(paths[0] != NULL && paths[1] != NULL);
    struct error error = {0};
    struct runlog_files_difference found;
    enum status status = runlog_diff_files(paths, &found, &error);
    if (status != STATUS_OK) {
        command_fail(&error);
        return status;
    }
    command_note_origin(paths[0], found.altered[0]);
    command_note_origin(paths[1], found.altered[1]);
    return print_difference(&found);
}

// ---- folders ----

static const char *name_of(const char *path) {
    REQUIRE(path != NULL);
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

// The logs of both lists go up by name. Which of them has the next name: 0, 1, or 2: both.
static int next_of(const struct log_list lists[2], const size_t at[2]) {
    REQUIRE(at[0] <= lists[0].count && at[1] <= lists[1].count);
    REQUIRE(at[0] < lists[0].count || at[1] < lists[1].count);
    if (at[0] == lists[0].count) {
        return 1;
    }
    if (at[1] == lists[1].count) {
        return 0;
    }
    int order = strcmp(name_of(lists[0].paths[at[0]]), name_of(lists[1].paths[at[1]]));
    return order < 0 ? 0 : order > 0 ? 1 : 2;
}

static enum status diff_next(const struct log_list lists[2], const size_t at[2], int which) {
    REQUIRE(which >= 0 && which <= 2);
    if (which < 2) {
        printf("%s: only here\n", lists[which].paths[at[which]]);
        return STATUS_DIFFERENT;
    }
    const char *const paths[2] = {lists[0].paths[at[0]], lists[1].paths[at[1]]};
    printf("%s: ", name_of(paths[0]));
    return diff_files(paths);
}

static enum status diff_folders(const struct log_list lists[2]) {
    enum status all = STATUS_OK;
    size_t at[2] = {0, 0};
    size_t same = 0;
    size_t names = 0;
    for (; at[0] < lists[0].count || at[1] < lists[1].count; names++) {
        int which = next_of(lists, at);
        enum status status = diff_next(lists, at, which);
        all = verify_worse(all, status);
        same += status == STATUS_OK;
        at[0] += which != 1;
        at[1] += which != 0;
    }
    printf("%zu of %zu logs are identical\n", same, names);
    return all;
}

static bool is_folder(const char *place) {
    struct stat state;
    return stat(place, &state) == 0 && S_ISDIR(state.st_mode);
}

static enum status diff_places(const char *const places[2]) {
    REQUIRE(places[0] != NULL && places[1] != NULL);
    struct error error = {0};
    struct log_list lists[2] = {0};
    enum status status = STATUS_OK;
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        if (!is_folder(places[i])) {
            status =
                error_set(&error, STATUS_USAGE,
                          "%s: is no folder: two logs are compared, or two folders", places[i]);
        } else {
            status = log_list_add(&lists[i], places[i], &error);
        }
    }
    if (status == STATUS_OK) {
        status = diff_folders(lists);
    } else {
        command_fail(&error);
    }
    log_list_reset(&lists[0]);
    log_list_reset(&lists[1]);
    return status;
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {0};
    argp_parse(&command_diff.parser, argc, argv, 0, NULL, &arguments);
    INVARIANT(arguments.count == 2); // see parse_option
    const char *const places[2] = {arguments.places[0], arguments.places[1]};
    bool folders = is_folder(places[0]) || is_folder(places[1]);
    return command_finish(folders ? diff_places(places) : diff_files(places));
}

const struct command command_diff = {
    .name = "diff",
    .arguments = "A B",
    .summary = "name the first event, update and hash in which two runs differ",
    .parser = {.parser = parse_option,
               .args_doc = "A.h5 B.h5\nDIR DIR",
               .doc = "Names the first event, update and parameter hash in which two runs differ; "
                      "for two folders, in each pair of logs with the same name. Exit status 0: "
                      "the runs are identical (except for host and speed); 1: they differ, or a "
                      "log is in only one of the folders."},
    .run = run_command,
};
