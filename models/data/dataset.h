// SPDX-License-Identifier: GPL-3.0-or-later
// Real data in memory: bytes as in the files, normalised on the way out. Loaded once, read by all
// threads.
#ifndef DESGD_MODELS_DATA_DATASET_H
#define DESGD_MODELS_DATA_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "models/real.h"
#include "sim/base/status.h"

enum dataset_split { SPLIT_TRAIN, SPLIT_TEST, SPLIT_COUNT };

struct dataset;

struct dataset_entry {
    const char *name;
    const char *summary;
    size_t train_count;
    size_t test_count;
    size_t input_count; // C * H * W
    int32_t class_count;
};
size_t dataset_catalogue_count(void);
const struct dataset_entry *dataset_catalogue_entry(size_t index);
const struct dataset_entry *dataset_catalogue_find(const char *name); // NULL if there is none

// Reads and verifies the data set from FOLDER/NAME. Errors: STATUS_NO_INPUT (a file is missing:
// says "make data"), STATUS_BAD_DATA (truncated, wrong format or wrong checksum). Names the file
// and what was expected.
enum status dataset_open(const char *name, const char *folder, struct dataset **dataset,
                         struct error *error);
void dataset_close(struct dataset *dataset); // NULL is fine

const struct dataset_entry *dataset_describe(const struct dataset *dataset);
uint64_t dataset_hash(
    const struct dataset *dataset); // fingerprint of the bytes of all files in a fixed order

// Gathers samples "indices" of a split side by side: inputs (C, H, W, lanes), sample i in lane i of
// the innermost dimension, each value (byte / 255 - mean) / std with mean and std of the whole
// training set; the lanes from count on are set to zero; labels (count). Requires: indices within
// the split, count <= lanes. Thread-safe.
void dataset_gather(const struct dataset *dataset, enum dataset_split split, const int32_t *indices,
                    size_t count, size_t lanes, real *inputs, uint8_t *labels);

#endif
