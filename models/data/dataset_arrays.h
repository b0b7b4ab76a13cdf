// SPDX-License-Identifier: GPL-3.0-or-later
// A data set from what has been read or made: the one way in for files, random data and data of a
// user's own.
#ifndef DESGD_MODELS_DATA_DATASET_ARRAYS_H
#define DESGD_MODELS_DATA_DATASET_ARRAYS_H

#include "models/data/dataset.h"

// Exactly one of bytes and values is there. Samples may stand apart, as the records of a file do.
struct split_arrays {
    void *storage; // what the inputs are inside of; released with the data set
    const uint8_t *bytes;
    const float *values;
    size_t stride;   // elements from one sample to the next
    uint8_t *labels; // (count); released with the data set
    size_t count;
};

struct dataset_arrays {
    struct dataset_entry entry; // but for the counts of samples
    struct split_arrays splits[SPLIT_COUNT];
    uint64_t hash;
    const char *name; // for messages: a file or a data set
};

// Takes over the arrays, also on failure. Requires: floats are finite (of a user's own:
// own_data.c). Errors, STATUS_BAD_DATA: a label that is no class.
enum status dataset_create(struct dataset_arrays *arrays, struct dataset **dataset,
                           struct error *error);

void dataset_arrays_release(struct dataset_arrays *arrays);

#endif
