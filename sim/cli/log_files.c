// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/log_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/cli/log_folder.h"
#include "sim/run/run_record.h"
#include "sim/sweep/sweep_manifest.h"
#include "sim/sweep/tuning.h"

static void add_path(struct log_files *files, const char *path) {
    files->paths =
        memory_grow(files->paths, &files->capacity, files->count + 1, sizeof *files->paths);
    files->paths[files->count++] = memory_copy_text(path);
}

// The run of the plan whose log has this name, 16 hexadecimal digits and ".h5"; NULL: none.
static const struct sweep_manifest_run *planned(const struct sweep_manifest *plan,
                                                const char *name) {
    REQUIRE(plan->runs != NULL || plan->run_count == 0);
    bool is_hash = strspn(name, "0123456789abcdef") == 16 && strcmp(name + 16, ".h5") == 0;
    uint64_t hash = is_hash ? strtoull(name, NULL, 16) : 0;
    for (size_t i = 0; i < plan->run_count && is_hash; i++) {
        if (plan->runs[i].run == hash) {
            return &plan->runs[i];
        }
    }
    return NULL;
}

void log_files_add_tuned(struct log_files *files, const char *key) {
    for (size_t i = 0; i < files->tuned_count; i++) {
        if (strcmp(files->tuned[i], key) == 0) {
            return;
        }
    }
    files->tuned = memory_grow(files->tuned, &files->tuned_capacity, files->tuned_count + 1,
                               sizeof *files->tuned);
    files->tuned[files->tuned_count++] = memory_copy_text(key);
}

// A tuned key is one in which the candidates of a cell differ.
static void find_tuned(struct log_files *files, const struct sweep_manifest *plan) {
    for (size_t i = 1; i < plan->run_count; i++) {
        const struct sweep_manifest_run *a = &plan->runs[i - 1];
        const struct sweep_manifest_run *b = &plan->runs[i];
        bool candidates = a->role == ROLE_TUNE && b->role == ROLE_TUNE && a->cell == b->cell;
        for (size_t k = 0; k < plan->key_count && candidates; k++) {
            if (strcmp(a->values[k], b->values[k]) != 0) {
                log_files_add_tuned(files, plan->keys[k]);
            }
        }
    }
}

// Appends to a list of remarks.
static void add_remark(char **list, const char *remark) {
    REQUIRE(remark[0] != 0);
    const char *before = *list == NULL ? "" : *list;
    char *text = memory_print_text("%s%s%s", before, *list == NULL ? "" : "; ", remark);
    memory_free(*list);
    *list = text;
}

static void note(char **list, const char *folder, const char *remark) {
    char *text = memory_print_text("%s: %s", folder, remark);
    add_remark(list, text);
    memory_free(text);
}

// Whether a key of a round has the least or the greatest of the values that its cell's tuning
// tried. tried: room for so many values as there are runs.
static bool is_at_edge(const struct sweep_manifest *plan, const struct sweep_manifest_run *round,
                       size_t key, const char **tried) {
    REQUIRE(key < plan->key_count);
    REQUIRE(tried != NULL);
    size_t count = 0;
    for (size_t i = 0; i < plan->run_count; i++) {
        const struct sweep_manifest_run *run = &plan->runs[i];
        if (run->role == ROLE_TUNE && run->cell == round->cell && run->round == 0) {
            tried[count++] = run->values[key];
        }
    }
    return tuning_is_at_edge(round->values[key], tried, count);
}

static void note_cell(char **list, const struct sweep_manifest *plan,
                      const struct sweep_manifest_run *run) {
    REQUIRE(plan->key_count > 0);
    char *cell = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&cell, &size);
    if (stream == NULL) {
        return;
    }
    for (size_t key = 0; key < plan->key_count; key++) {
        fprintf(stream, "%s%s=%s", key == 0 ? "" : " ", plan->keys[key], run->values[key]);
    }
    fclose(stream);
    add_remark(list, cell);
    memory_free(cell);
}

static void note_choice(struct log_files *files, const struct sweep_manifest *plan,
                        const struct sweep_manifest_run *run, const char **tried) {
    REQUIRE(run->role != ROLE_TUNE);
    bool is_edge = false;
    if (run->role == ROLE_UNTUNED) {
        note_cell(&files->untuned, plan, run);
        return;
    }
    for (size_t key = 0; key < plan->key_count && files->tuned_count > 0; key++) {
        is_edge |= is_at_edge(plan, run, key, tried);
    }
    if (is_edge) {
        note_cell(&files->edges, plan, run);
    }
}

// The best value may lie further out, or none may have been any good: whoever reads the comparison
// must know. Each cell once, in the first round of the plan.
static void note_choices(struct log_files *files, const struct sweep_manifest *plan) {
    const char **tried = memory_allocate(plan->run_count, sizeof *tried);
    const struct sweep_manifest_run *first = NULL;
    for (size_t i = 0; i < plan->run_count; i++) {
        const struct sweep_manifest_run *run = &plan->runs[i];
        if (run->role == ROLE_TUNE) {
            continue;
        }
        first = first == NULL ? run : first;
        if (run->round == first->round) {
            note_choice(files, plan, run, tried);
        }
    }
    memory_free(tried);
}

static void note_set_aside(struct log_files *files, const char *folder, size_t tuning,
                           size_t unplanned) {
    char remark[128];
    if (tuning + unplanned > 0) {
        snprintf(remark, sizeof remark, "%zu log%s of tuning, %zu of no run of plan.tsv", tuning,
                 tuning == 1 ? "" : "s", unplanned);
        note(&files->set_aside, folder, remark);
    }
}

static void add_entry(struct log_files *files, const char *folder, const char *name) {
    char *path = memory_print_text("%s/%s", folder, name);
    add_path(files, path);
    memory_free(path);
}

static void note_missing(struct log_files *files, const char *folder, size_t missing, size_t count,
                         const char *what) {
    REQUIRE(missing <= count);
    char remark[128];
    if (missing > 0) {
        snprintf(remark, sizeof remark, "%zu of the %zu %s", missing, count, what);
        note(&files->missing, folder, remark);
    }
}

// The rounds of the plan, in its order. Those without a log are counted, so that nobody takes a
// part of a sweep for all of it; a cell of which a run of the tuning failed has no rounds at all.
static enum status add_rounds(struct log_files *files, const char *folder,
                              const struct sweep_manifest *plan, struct error *error) {
    char path[RUN_PATH_SIZE];
    size_t counts[2] = {0}; // of the tuning?
    size_t missing[2] = {0};
    for (size_t i = 0; i < plan->run_count; i++) {
        bool is_tuning = plan->runs[i].role == ROLE_TUNE;
        run_path(folder, plan->runs[i].run, RUN_LOG_ENDING, path);
        bool is_there = false;
        if (run_file_is_there(path, &is_there, error) != STATUS_OK) {
            return error->status;
        }
        if (is_there && !is_tuning) {
            add_path(files, path);
        }
        counts[is_tuning]++;
        missing[is_tuning] += !is_there;
    }
    note_missing(files, folder, missing[false], counts[false], "runs of plan.tsv have no log");
    note_missing(files, folder, missing[true], counts[true],
                 "tuning runs of plan.tsv have no log: their cells may have no rounds");
    return STATUS_OK;
}

static bool is_same_setting(const struct scenario_setting *setting, const char *text) {
    REQUIRE(setting->key[0] != 0);
    size_t length = strlen(setting->key);
    return strncmp(text, setting->key, length) == 0 && text[length] == '=' &&
           strcmp(text + length + 1, setting->value) == 0;
}

static void take_baseline(struct log_files *files, const struct sweep_manifest *plan) {
    REQUIRE(plan->baseline != NULL || plan->baseline_count == 0);
    bool is_first = files->baseline.count == 0;
    bool same = files->baseline.count == plan->baseline_count;
    for (size_t i = 0; i < plan->baseline_count && is_first; i++) {
        settings_split(&files->baseline, plan->baseline[i]);
    }
    for (size_t i = 0; i < plan->baseline_count && same && !is_first; i++) {
        same = is_same_setting(&files->baseline.items[i], plan->baseline[i]);
    }
    files->baselines_differ |= !is_first && plan->baseline_count > 0 && !same;
}

static enum status read_plan(const char *folder, struct sweep_manifest *plan, bool *is_sweep,
                             struct error *error) {
    struct error missing;
    char *path = memory_join_text(folder, "/" SWEEP_MANIFEST_NAME);
    enum status status = run_file_is_there(path, is_sweep, error);
    memory_free(path);
    if (status != STATUS_OK || !*is_sweep) {
        return status;
    }
    status = sweep_manifest_read(folder, plan, &missing);
    return status == STATUS_OK ? STATUS_OK : error_set(error, status, "%s", missing.message);
}

struct folder {
    struct log_files *files;
    const char *path;
    struct sweep_manifest plan;
    bool is_sweep;
    size_t tuning, unplanned; // logs
};

static void take_log(void *context, const char *name) {
    struct folder *folder = context;
    if (!folder->is_sweep) {
        add_entry(folder->files, folder->path, name);
        return;
    }
    const struct sweep_manifest_run *run = planned(&folder->plan, name);
    folder->tuning += run != NULL && run->role == ROLE_TUNE;
    folder->unplanned += run == NULL;
}

static enum status add_folder(struct log_files *files, const char *path, struct error *error) {
    struct folder folder = {.files = files, .path = path};
    if (read_plan(path, &folder.plan, &folder.is_sweep, error) != STATUS_OK) {
        return error->status;
    }
    enum status status = log_folder_each(path, take_log, &folder, error);
    if (status == STATUS_OK) {
        status = add_rounds(files, path, &folder.plan, error);
    }
    find_tuned(files, &folder.plan);
    take_baseline(files, &folder.plan);
    note_choices(files, &folder.plan);
    note_set_aside(files, path, folder.tuning, folder.unplanned);
    sweep_manifest_reset(&folder.plan);
    return status;
}

enum status log_files_add(struct log_files *files, const char *place, struct error *error) {
    REQUIRE(place != NULL);
    struct stat state;
    if (stat(place, &state) != 0) {
        return error_set(error, status_of_cause(errno), "%s: %s", place, strerror(errno));
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
    for (size_t i = 0; i < files->tuned_count; i++) {
        memory_free((char *)(uintptr_t)files->tuned[i]);
    }
    memory_free(files->tuned);
    settings_reset(&files->baseline);
    memory_free(files->set_aside);
    memory_free(files->missing);
    memory_free(files->edges);
    memory_free(files->untuned);
    *files = (struct log_files){0};
}
