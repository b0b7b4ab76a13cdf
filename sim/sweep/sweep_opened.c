// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_opened.h"

#include <stdbool.h>
#include <string.h>

#include "models/data/dataset_catalogue.h"
#include "sim/base/check.h"
#include "sim/run/data_folder.h"
#include "sim/run/data_input.h"

static bool needs_files_of_the_catalogue(const struct scenario *scenario) {
    if (!scenario_has_data(scenario)) {
        return false;
    }
    enum dataset_format format = dataset_catalogue_format(scenario->data.name);
    return format == DATASET_IDX || format == DATASET_CIFAR;
}

struct dataset **sweep_opened_find(struct sweep_opened *opened, const struct scenario *scenario,
                                   const char *chosen_folder) {
    REQUIRE(opened->count <= SWEEP_OPENED_MAX);
    if (!needs_files_of_the_catalogue(scenario)) {
        return NULL;
    }
    size_t i = 0;
    while (i < opened->count &&
           strcmp(dataset_describe(opened->sets[i])->name, scenario->data.name) != 0) {
        i++;
    }
    if (i < opened->count) {
        return &opened->sets[i];
    }
    if (i == SWEEP_OPENED_MAX || data_input_open(scenario, data_folder(chosen_folder),
                                                 &opened->sets[i], NULL) != STATUS_OK) {
        return NULL;
    }
    opened->count++;
    return &opened->sets[i];
}

void sweep_opened_close(struct sweep_opened *opened) {
    for (size_t i = 0; i < opened->count; i++) {
        dataset_close(opened->sets[i]);
    }
    *opened = (struct sweep_opened){0};
}
