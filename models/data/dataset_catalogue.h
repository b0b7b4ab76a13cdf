// SPDX-License-Identifier: GPL-3.0-or-later
// What a data set's files must be, byte for byte.
#ifndef DESGD_MODELS_DATA_DATASET_CATALOGUE_H
#define DESGD_MODELS_DATA_DATASET_CATALOGUE_H

#include <stddef.h>
#include <stdint.h>

#include "models/data/dataset.h"

// An IDX file of unsigned bytes: items of rows x columns pixels, or items of one label.
struct idx_file {
    const char *name;
    const char *md5; // as its publisher's, for fetching; never computed by the program
    uint64_t fingerprint;
    uint32_t dimension_count; // 3 for images, 1 for labels
    uint32_t dimensions[3];   // items first
};

struct dataset_files {
    struct idx_file images;
    struct idx_file labels;
};

struct dataset_recipe {
    struct dataset_entry entry;
    struct dataset_files splits[SPLIT_COUNT];
};

const struct dataset_recipe *dataset_catalogue_recipe(size_t index);

// dataset_open for a recipe that need not be in the catalogue. Borrows the recipe for the data
// set's lifetime.
enum status dataset_open_recipe(const struct dataset_recipe *recipe, const char *folder,
                                struct dataset **dataset, struct error *error);

#endif
