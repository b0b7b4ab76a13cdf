// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/data_options.h"

#include "models/data/dataset_catalogue.h"
#include "models/data/random_data.h"
#include "sim/base/check.h"

bool data_options_stream(const struct data_options *options) {
    return dataset_catalogue_format(options->name) == DATASET_STREAM;
}

static bool are_drawn(const struct data_options *options) {
    return data_options_stream(options) ||
           dataset_catalogue_format(options->name) == DATASET_RANDOM;
}

struct dataset_entry data_options_expect(const struct data_options *options) {
    const struct dataset_entry *found = dataset_catalogue_find(options->name);
    REQUIRE(found != NULL);
    struct dataset_entry entry = *found;
    if (are_drawn(options)) {
        entry.train_count = random_data_train_count(options->samples);
        entry.test_count = (size_t)options->samples - entry.train_count;
        entry.channels = 1;
        entry.height = 1;
        entry.width = (size_t)options->features;
        entry.input_count = entry.width;
        entry.class_count = options->classes;
    }
    return entry;
}

uint64_t data_options_seed(const struct data_options *options, uint64_t scenario_seed) {
    return options->seed.own ? options->seed.value : scenario_seed;
}
