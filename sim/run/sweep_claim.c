// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/sweep_claim.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "sim/run/data_folder.h"
#include "sim/run/data_input.h"
#include "sim/run/run_claim.h"

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

// No file of a sweep in the folder may be this one.
static enum status check_input(const char *folder, const char *input, struct error *error) {
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

enum status sweep_claim_check(const struct sweep_plan *plan, const struct sweep_options *options,
                              struct error *error) {
    char place[DATA_INPUT_PATH_SIZE];
    char before[DATA_INPUT_PATH_SIZE] = "";
    const char *data = data_folder(options->data_folder);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < options->input_count && status == STATUS_OK; i++) {
        status = check_input(options->folder, options->inputs[i], error);
    }
    for (size_t i = 0; i < sweep_plan_run_count(plan) && status == STATUS_OK; i++) {
        // Cells with data of their own follow each other: the same place is looked at once.
        if (data_input_place(sweep_plan_run(plan, i)->scenario, data, place) &&
            strcmp(place, before) != 0) {
            status = check_input(options->folder, place, error);
            snprintf(before, sizeof before, "%s", place);
        }
    }
    return status;
}
