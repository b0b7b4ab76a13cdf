// SPDX-License-Identifier: GPL-3.0-or-later
// Which data sets there are, and what the files of each must be, byte for byte.
#ifndef DESGD_MODELS_DATA_DATASET_CATALOGUE_H
#define DESGD_MODELS_DATA_DATASET_CATALOGUE_H

#include <stddef.h>
#include <stdint.h>

#include "models/data/dataset.h"

enum dataset_format {
    DATASET_IDX,    // two IDX files a split
    DATASET_CIFAR,  // files of records
    DATASET_RANDOM, // no files: random_data.h
    DATASET_OWN,    // a user's own: own_data.h
};

enum { IDX_DIMENSIONS_MAX = 4, CIFAR_FILES_MAX = 5 };

// An IDX file of unsigned bytes: items of rows x columns pixels, or items of one label.
struct idx_file {
    const char *name;
    const char *md5; // as its publisher's, for fetching; never computed by the program
    uint64_t fingerprint;
    uint32_t dimension_count;                // 3 for images, 1 for labels
    uint32_t dimensions[IDX_DIMENSIONS_MAX]; // items first
};

// A file in CIFAR-10's binary format: records of one label and the pixels, plane by plane.
struct cifar_file {
    const char *name; // NULL: no further file
    const char *md5;  // for fetching
    uint64_t fingerprint;
    size_t records;
};

struct dataset_files {
    struct idx_file images; // DATASET_IDX
    struct idx_file labels;
    struct cifar_file records[CIFAR_FILES_MAX]; // DATASET_CIFAR
};

struct dataset_recipe {
    struct dataset_entry entry;
    enum dataset_format format;
    struct dataset_files splits[SPLIT_COUNT];
};

const struct dataset_recipe *dataset_catalogue_recipe(size_t index);

// The format of a name; requires: it is in the catalogue.
enum dataset_format dataset_catalogue_format(const char *name);

// dataset_open for a recipe of files that need not be in the catalogue. Borrows the texts of its
// entry for the data set's lifetime.
enum status dataset_open_recipe(const struct dataset_recipe *recipe, const char *folder,
                                struct dataset **dataset, struct error *error);

#endif
