// SPDX-License-Identifier: GPL-3.0-or-later
// Which data sets there are, and what the files of each must be, byte for byte.
#pragma once

#include <stddef.h>

#include "models/data/cifar_file.h"
#include "models/data/dataset.h"
#include "models/data/idx_file.h"

enum dataset_format {
    DATASET_IDX,    // two IDX files a split
    DATASET_CIFAR,  // files of records
    DATASET_RANDOM, // no files: random_data.h
    DATASET_STREAM, // likewise
    DATASET_OWN,    // a user's own: own_data.h
};

// The files of one split.
struct dataset_files {
    struct idx_file images; // DATASET_IDX
    struct idx_file labels;
    struct cifar_file records[CIFAR_FILES_MAX]; // DATASET_CIFAR
};

enum { RECIPE_CHANNELS_MAX = 3 };

struct dataset_recipe {
    struct dataset_entry entry;
    enum dataset_format format;
    // Of each channel of the training set: they follow from the fingerprints, which are checked
    // whenever the files are read. Zeros: to be summed then.
    struct byte_sums sums[RECIPE_CHANNELS_MAX];
    struct dataset_files splits[SPLIT_COUNT];
};

size_t dataset_catalogue_count(void);
const struct dataset_entry *dataset_catalogue_entry(size_t index); // Requires: index < count

// NULL if there is none of that name.
const struct dataset_entry *dataset_catalogue_find(const char *name);
const struct dataset_recipe *dataset_catalogue_recipe(const char *name);

// The format of a name; requires: it is in the catalogue.
enum dataset_format dataset_catalogue_format(const char *name);
