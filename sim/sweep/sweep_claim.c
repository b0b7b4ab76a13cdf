// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_claim.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/run/data_folder.h"
#include "sim/run/data_input.h"
#include "sim/run/run_claim.h"
#include "sim/run/run_record.h"

enum { HASH_DIGITS = 16, PLACE_SIZE = RUN_PATH_SIZE + NAME_MAX };

static bool is_of_a_sweep(const char *name) {
    static const char *const names[] = {"plan.tsv", "sweep.h5", "sweep.csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(name, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return strspn(name, "0123456789abcdef") == HASH_DIGITS && name[HASH_DIGITS] == '.';
}

// The files of a sweep in a folder, looked at once: it may have as many as there are runs, and so
// may the inputs be.
struct files {
    struct file_id {
        dev_t device;
        ino_t inode;
    } * ids; // sorted
    size_t count;
    size_t capacity;
};

static int compare_ids(const void *left, const void *right) {
    const struct file_id *a = left;
    const struct file_id *b = right;
    return a->device != b->device ? (a->device > b->device) - (a->device < b->device)
                                  : (a->inode > b->inode) - (a->inode < b->inode);
}

static struct files files_of(const char *folder) {
    REQUIRE(folder != NULL);
    struct files files = {0};
    struct stat state;
    DIR *stream = opendir(folder);
    for (struct dirent *entry = stream == NULL ? NULL : readdir(stream); entry != NULL;
         entry = readdir(stream)) {
        if (is_of_a_sweep(entry->d_name) && fstatat(dirfd(stream), entry->d_name, &state, 0) == 0) {
            files.ids = memory_grow(files.ids, &files.capacity, files.count + 1, sizeof *files.ids);
            files.ids[files.count++] =
                (struct file_id){.device = state.st_dev, .inode = state.st_ino};
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
    if (files.count > 0) {
        qsort(files.ids, files.count, sizeof *files.ids, compare_ids);
    }
    return files;
}

static bool are_files(const struct files *files, const char *input) {
    REQUIRE(input != NULL);
    struct stat state;
    if (files->count == 0 || stat(input, &state) != 0) {
        return false; // what is not there is not read
    }
    const struct file_id id = {.device = state.st_dev, .inode = state.st_ino};
    return bsearch(&id, files->ids, files->count, sizeof id, compare_ids) != NULL;
}

// Which of the files is this one?
static enum status refuse(const char *folder, const char *input, struct error *error) {
    REQUIRE(folder != NULL && input != NULL);
    char path[PLACE_SIZE];
    enum status status = STATUS_OK;
    DIR *stream = opendir(folder);
    for (struct dirent *entry = stream == NULL ? NULL : readdir(stream);
         entry != NULL && status == STATUS_OK; entry = readdir(stream)) {
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (is_of_a_sweep(entry->d_name) && length > 0 && (size_t)length < sizeof path) {
            status = run_claim_refuse_same(path, input, error);
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
    return status;
}

static enum status check_input(const char *folder, const struct files *files, const char *input,
                               struct error *error) {
    return are_files(files, input) ? refuse(folder, input, error) : STATUS_OK;
}

static enum status check_run(const struct scenario *scenario, const struct sweep_options *options,
                             const struct files *files, struct error *error) {
    char place[DATA_INPUT_PATH_SIZE];
    const struct times_file_list *times = &scenario->times_files;
    enum status status = STATUS_OK;
    if (data_input_place(scenario, data_folder(options->data_folder), place)) {
        status = check_input(options->folder, files, place, error);
    }
    for (int32_t i = 0; i < times->count && status == STATUS_OK; i++) {
        status = check_input(options->folder, files, times->entries[i].path, error);
    }
    return status;
}

enum status sweep_claim_check(const struct sweep_plan *plan, const struct sweep_options *options,
                              struct error *error) {
    REQUIRE(options->folder != NULL);
    REQUIRE(options->input_count == 0 || options->inputs != NULL);
    enum status status = STATUS_OK;
    struct files files = files_of(options->folder);
    for (size_t i = 0; i < options->input_count && status == STATUS_OK; i++) {
        status = check_input(options->folder, &files, options->inputs[i], error);
    }
    for (size_t i = 0; i < sweep_plan_run_count(plan) && status == STATUS_OK; i++) {
        status = check_run(sweep_plan_run(plan, i)->scenario, options, &files, error);
    }
    memory_free(files.ids);
    return status;
}
