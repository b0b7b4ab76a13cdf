// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "sim/base/check.h"
#include "sim/sweep/sweep_file.h"
#include "sim/sweep/sweep_plan.h"
#include "tests/support/fuzz_folder.h"
#include "tests/support/fuzz_target.h"

enum { RUNS_MAX = 32 };

static const char small[] = "model: none\nend: 3 updates\ncluster: {workers: 3}\n"
                            "policy: {name: hybrid, threshold: {schedule: step, every: 2}}\n";

static void check_plan(const struct sweep_plan *plan) {
    for (size_t i = 0; i < sweep_plan_run_count(plan); i++) {
        INVARIANT(sweep_plan_run(plan, i)->cell < sweep_plan_cell_count(plan));
    }
    for (size_t cell = 0; cell < sweep_plan_cell_count(plan); cell++) {
        for (size_t key = 0; key < sweep_plan_key_count(plan); key++) {
            INVARIANT(sweep_plan_value(plan, cell, key) != NULL);
        }
    }
}

// Whether the file is read, and its plan has so few runs that all can be resolved here.
static int is_small(const char *path) {
    struct sweep_file *file = NULL;
    struct error error = {0};
    if (sweep_file_open(path, &file, &error) != STATUS_OK) {
        INVARIANT(error.message[0] != 0);
        return 0;
    }
    int small_enough = file->axes.cell_count * file->round_count <= RUNS_MAX;
    sweep_file_close(file);
    return small_enough;
}

void fuzz_sweep(const uint8_t *bytes, size_t size) {
    char path[FUZZ_PATH_SIZE];
    struct fuzz_folder folder = fuzz_folder_create();
    fuzz_folder_write(&folder, "small.yaml", small, strlen(small), path);
    fuzz_folder_write(&folder, "sweep.yaml", bytes, size, path);
    if (is_small(path)) {
        struct sweep_plan *plan = NULL;
        struct error error = {0};
        if (sweep_plan_read(path, NULL, 0, &plan, &error) == STATUS_OK) {
            check_plan(plan);
        } else {
            INVARIANT(error.message[0] != 0);
        }
        sweep_plan_destroy(plan);
    }
    fuzz_folder_remove(&folder);
}
