// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_data.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "models/data/data_options.h"
#include "models/data/dataset_catalogue.h"
#include "sim/base/check.h"
#include "sim/run/data_folder.h"
#include "sim/run/data_input.h"

static bool have_one_file(const struct scenario *a, const struct scenario *b) {
    return strcmp(a->data.path.text, b->data.path.text) == 0 &&
           strcmp(a->data.path.folder, b->data.path.folder) == 0 &&
           a->data.test_share == b->data.test_share;
}

void sweep_data_note(struct sweep_data *data, const struct scenario *scenario, uint64_t hash) {
    REQUIRE(data->count <= SWEEP_DATA_KINDS_MAX);
    if (hash == 0 || dataset_catalogue_format(scenario->data.name) != DATASET_OWN) {
        return; // without arithmetic nothing is read
    }
    size_t i = 0;
    while (i < data->count &&
           (data->kinds[i].hash != hash || !have_one_file(data->kinds[i].scenario, scenario))) {
        i++;
    }
    if (i == SWEEP_DATA_KINDS_MAX) {
        return;
    }
    data->kinds[i].scenario = scenario;
    data->kinds[i].hash = hash;
    data->kinds[i].runs++;
    data->count = i == data->count ? i + 1 : data->count;
}

static bool hash_now(const struct scenario *scenario, const char *chosen_folder, uint64_t *hash) {
    struct dataset *dataset = NULL;
    if (data_input_open(scenario, data_folder(chosen_folder), &dataset, NULL) != STATUS_OK) {
        return false;
    }
    *hash = dataset_hash(dataset);
    dataset_close(dataset);
    return true;
}

static void tell(const struct scenario *scenario, size_t runs, uint64_t then, uint64_t now,
                 void (*notice)(void *context, const char *sentence), void *context) {
    REQUIRE(runs > 0 && then != now);
    char sentence[DATA_PATH_SIZE + 256];
    snprintf(sentence, sizeof sentence,
             "%s: has changed since %zu of the runs that are there were trained on it (its hash "
             "was %016" PRIx64 ", and is %016" PRIx64
             "): they are not to be compared with runs made from now on",
             scenario->data.path.text, runs, then, now);
    notice(context, sentence);
}

void sweep_data_check(const struct sweep_data *data, const char *chosen_folder,
                      void (*notice)(void *context, const char *sentence), void *context) {
    REQUIRE(notice != NULL);
    const struct scenario *read = NULL; // of which "now" is the hash
    uint64_t now = 0;
    for (size_t i = 0; i < data->count; i++) {
        const struct scenario *scenario = data->kinds[i].scenario;
        if (read == NULL || !have_one_file(read, scenario)) {
            read = hash_now(scenario, chosen_folder, &now) ? scenario : NULL;
        }
        if (read != NULL && now != data->kinds[i].hash) {
            tell(scenario, data->kinds[i].runs, data->kinds[i].hash, now, notice, context);
        }
    }
}
