// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/file_kind.h"
#include "sim/runlog/journal.h"
#include "sim/scenario/scenario_print.h"
#include "sim/simulation/checkpoint.h"
#include "sim/sweep/sweep_manifest.h"

#define FAILURE_ENDING ".failed"
#define SCENARIO_ENDING ".yaml"

static const char failure_beginning[] = "exit status ";
static const struct own_file_kind failure_kind = {.what = "the message of a run that failed",
                                                  .beginning = failure_beginning,
                                                  .beginning_size = sizeof failure_beginning - 1};

enum status sweep_folder_make(const char *folder, struct error *error) {
    REQUIRE(folder != NULL);
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
        return error_set(error, STATUS_CANNOT_CREATE,
                         "%s: is not a folder; choose another name, or move it away", folder);
    }
    return STATUS_OK;
}

static void tell_change(const char *folder, const struct sweep_change *change,
                        void (*notice)(void *context, const char *sentence), void *context) {
    REQUIRE(notice != NULL);
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
    case SWEEP_CHANGE_RULES:
        snprintf(sentence, sizeof sentence,
                 "%s/%s: rules have changed since it was written: of its %zu runs %zu are made "
                 "again (their logs stay)",
                 folder, SWEEP_MANIFEST_NAME, change->before, change->anew);
        break;
    case SWEEP_CHANGE_MENDED:
        snprintf(sentence, sizeof sentence, "%s/%s: was cut or changed, and is written again",
                 folder, SWEEP_MANIFEST_NAME);
        break;
    }
    notice(context, sentence);
}

// The hash that the run had before its rules changed (scenario_semantics.h).
static uint64_t former_hash(const struct sweep_run *run) {
    struct scenario scenario = *run->scenario;
    if (scenario.semantics == 1) {
        return 0;
    }
    scenario.semantics = 1;
    scenario.seed = run->seed;
    return scenario_hash(&scenario);
}

// A plan whose runs take measured times is another one when these have changed.
static enum status explain(const struct sweep_plan *plan, struct error *error) {
    REQUIRE(error->status != STATUS_OK);
    const struct error refusal = *error;
    const struct times_file_list *times = NULL;
    for (size_t i = 0; i < sweep_plan_run_count(plan) && (times == NULL || times->count == 0);
         i++) {
        times = &sweep_plan_run(plan, i)->scenario->times_files;
    }
    return times == NULL || times->count == 0
               ? refusal.status
               : error_set(error, refusal.status,
                           "%s. Or a file of its measured times has changed since, as %s, which "
                           "makes all its runs others: put it back",
                           refusal.message, times->entries[0].path);
}

enum status sweep_folder_write_plan(const char *folder, const struct sweep_plan *plan,
                                    void (*notice)(void *context, const char *sentence),
                                    void *context, struct error *error) {
    REQUIRE(folder != NULL);
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
                                        .former = former_hash(run),
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
    if (status == STATUS_CANNOT_CREATE && error != NULL) {
        status = explain(plan, error);
    }
    sweep_manifest_clear_parts(folder);
    for (size_t i = 0; i < runs * keys; i++) {
        memory_free((char *)(uintptr_t)manifest.cells[i]);
    }
    sweep_manifest_reset(&manifest);
    return status;
}

// The scenario of a run that failed is there to be tried by hand, and whoever does so may change
// it: what has other bytes than the run's is the user's.
static struct own_file_kind scenario_kind(const struct sweep_run *run) {
    REQUIRE(run->text != NULL);
    return (struct own_file_kind){.what = "the scenario of this run as desgd has written it",
                                  .beginning = run->text,
                                  .beginning_size = strlen(run->text),
                                  .exact = true};
}

void sweep_folder_note_failure(const char *folder, const struct sweep_run *run, int exit_status,
                               const char *message) {
    REQUIRE(exit_status != STATUS_OK && exit_status != STATUS_DIVERGED);
    REQUIRE(message != NULL);
    char path[RUN_PATH_SIZE];
    char text[SWEEP_FAILURE_SIZE + 64];
    const struct own_file_kind kind = scenario_kind(run);
    run_path(folder, run->hash, SCENARIO_ENDING, path);
    atomic_file_write(path, &kind, run->text, strlen(run->text), NULL);
    run_path(folder, run->hash, FAILURE_ENDING, path);
    snprintf(text, sizeof text, "%s%d\n%s\n", failure_beginning, exit_status, message);
    atomic_file_write(path, &failure_kind, text, strlen(text), NULL);
}

enum status sweep_folder_failure(const char *folder, uint64_t run, bool *failed,
                                 char message[SWEEP_FAILURE_SIZE], struct error *error) {
    REQUIRE(failed != NULL && message != NULL);
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

void sweep_folder_forget_failure(const char *folder, const struct sweep_run *run) {
    char path[RUN_PATH_SIZE];
    run_path(folder, run->hash, FAILURE_ENDING, path);
    if (own_file_look(path, &failure_kind) == OWN_FILE_OURS && unlink(path) == 0) {
        const struct own_file_kind kind = scenario_kind(run);
        run_path(folder, run->hash, SCENARIO_ENDING, path);
        own_file_remove(path, &kind);
    }
}

void sweep_folder_tidy(const char *folder, const struct sweep_run *run) {
    char path[RUN_PATH_SIZE];
    run_path(folder, run->hash, RUN_LOG_ENDING ".journal", path);
    own_file_remove(path, &journal_file_kind);
    run_path(folder, run->hash, RUN_LOG_ENDING ".checkpoint", path);
    checkpoint_remove(path);
    run_path(folder, run->hash, RUN_LOG_ENDING ".part", path);
    own_file_remove_part(path, &file_kind_log);
    sweep_folder_forget_failure(folder, run);
}
