// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/sweep_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/atomic_file.h"
#include "sim/base/memory.h"
#include "sim/run/sweep_manifest.h"
#include "sim/scenario/text_buffer.h"

#define FAILURE_ENDING ".failed"
#define SCENARIO_ENDING ".yaml"

enum status sweep_folder_make(const char *folder, struct error *error) {
    char path[RUN_PATH_SIZE / 2];
    if ((size_t)snprintf(path, sizeof path, "%s", folder) >= sizeof path) {
        return error_set(error, STATUS_CANNOT_CREATE, "%s: the name is too long", folder);
    }
    char *name = path + (path[0] == '/');
    for (char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0777); // may be there; the last one tells
        *slash = '/';
    }
    struct stat state;
    if ((mkdir(path, 0777) != 0 && errno != EEXIST) || stat(path, &state) != 0) {
        return error_set(error, STATUS_CANNOT_CREATE, "%s: cannot create: %s", folder,
                         strerror(errno));
    }
    if (!S_ISDIR(state.st_mode)) {
        return error_set(error, STATUS_CANNOT_CREATE, "%s: is not a folder", folder);
    }
    return STATUS_OK;
}

static void tell_change(const char *folder, const struct sweep_change *change,
                        void (*notice)(void *context, const char *sentence), void *context) {
    char sentence[RUN_PATH_SIZE + 128];
    switch (change->kind) {
    case SWEEP_CHANGE_NONE:
    case SWEEP_CHANGE_KEPT:
        return;
    case SWEEP_CHANGE_GROWN:
        snprintf(sentence, sizeof sentence, "%s/%s: the plan has grown from %zu runs to %zu",
                 folder, SWEEP_MANIFEST_NAME, change->before, change->now);
        break;
    case SWEEP_CHANGE_RELABELLED:
        snprintf(sentence, sizeof sentence,
                 "%s/%s: the same runs, with other varied keys or another baseline than before",
                 folder, SWEEP_MANIFEST_NAME);
        break;
    case SWEEP_CHANGE_MENDED:
        snprintf(sentence, sizeof sentence, "%s/%s: was cut or changed, and is written anew",
                 folder, SWEEP_MANIFEST_NAME);
        break;
    }
    notice(context, sentence);
}

enum status sweep_folder_write_plan(const char *folder, const struct sweep_plan *plan,
                                    void (*notice)(void *context, const char *sentence),
                                    void *context, struct error *error) {
    size_t keys = sweep_plan_key_count(plan);
    size_t runs = sweep_plan_run_count(plan);
    struct sweep_manifest manifest = {.key_count = keys, .run_count = runs};
    manifest.keys = memory_allocate(keys, sizeof *manifest.keys);
    manifest.runs = memory_allocate(runs, sizeof *manifest.runs);
    manifest.cells = memory_allocate(runs * keys, sizeof *manifest.cells);
    for (size_t key = 0; key < keys; key++) {
        manifest.keys[key] = sweep_plan_key(plan, key);
    }
    manifest.baseline_count = sweep_plan_baseline_count(plan);
    manifest.baseline = memory_allocate(manifest.baseline_count, sizeof *manifest.baseline);
    for (size_t i = 0; i < manifest.baseline_count; i++) {
        manifest.baseline[i] = sweep_plan_baseline(plan, i);
    }
    for (size_t i = 0; i < runs; i++) {
        const struct sweep_run *run = sweep_plan_run(plan, i);
        manifest.runs[i] =
            (struct sweep_manifest_run){.run = run->hash,
                                        .seed = run->seed,
                                        .round = (int64_t)run->round,
                                        .cell = (int64_t)sweep_plan_group(plan, run->cell),
                                        .role = run->role,
                                        .values = manifest.cells + i * keys};
        for (size_t key = 0; key < keys; key++) {
            manifest.cells[i * keys + key] = sweep_plan_run_value(plan, i, key);
        }
    }
    struct sweep_change change = {0};
    enum status status = sweep_manifest_write(folder, &manifest, &change, error);
    if (status == STATUS_OK && notice != NULL) {
        tell_change(folder, &change, notice, context);
    }
    sweep_manifest_clear_parts(folder);
    for (size_t i = 0; i < runs * keys; i++) {
        memory_free((char *)(uintptr_t)manifest.cells[i]);
    }
    sweep_manifest_reset(&manifest);
    return status;
}

void sweep_folder_note_failure(const char *folder, const struct sweep_run *run, int exit_status,
                               const char *message) {
    char path[RUN_PATH_SIZE];
    char text[SWEEP_FAILURE_SIZE + 64];
    run_path(folder, run->hash, SCENARIO_ENDING, path);
    atomic_file_write(path, run->text, strlen(run->text), NULL);
    run_path(folder, run->hash, FAILURE_ENDING, path);
    snprintf(text, sizeof text, "exit status %d\n%s\n", exit_status, message);
    atomic_file_write(path, text, strlen(text), NULL);
}

enum status sweep_folder_failure(const char *folder, uint64_t run, bool *failed,
                                 char message[SWEEP_FAILURE_SIZE], struct error *error) {
    char path[RUN_PATH_SIZE];
    run_path(folder, run, FAILURE_ENDING, path);
    struct stat state;
    enum status status = run_file_is_there(path, failed, error);
    // Opening a FIFO would not end.
    *failed = *failed && stat(path, &state) == 0 && S_ISREG(state.st_mode);
    if (!*failed) {
        return status;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_set(error, status_of_cause(errno), "%s: cannot be read: %s", path,
                         strerror(errno));
    }
    errno = 0;
    *failed = fgets(message, SWEEP_FAILURE_SIZE, file) != NULL; // the exit status
    size_t length = fread(message, 1, SWEEP_FAILURE_SIZE - 1, file);
    if (ferror(file)) {
        status = error_set(error, status_of_cause(errno), "%s: cannot be read: %s", path,
                           strerror(errno));
    }
    fclose(file);
    while (length > 0 && message[length - 1] == '\n') {
        length--;
    }
    message[length] = 0;
    return status;
}

void sweep_folder_forget_failure(const char *folder, uint64_t run) {
    char path[RUN_PATH_SIZE];
    run_path(folder, run, FAILURE_ENDING, path);
    if (unlink(path) == 0) {
        run_path(folder, run, SCENARIO_ENDING, path);
        unlink(path);
    }
}

void sweep_folder_tidy(const char *folder, uint64_t run) {
    static const char *const endings[] = {".journal", ".checkpoint", ".checkpoint.previous",
                                          ".checkpoint.part", ".part"};
    char path[RUN_PATH_SIZE];
    char log_ending[32];
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(log_ending, sizeof log_ending, "%s%s", RUN_LOG_ENDING, endings[i]);
        run_path(folder, run, log_ending, path);
        unlink(path);
    }
    sweep_folder_forget_failure(folder, run);
}
