// SPDX-License-Identifier: GPL-3.0-or-later
// Samples in memory: bytes as in the files, normalised on the way out, or floats as they are.
// Loaded once, read by all threads.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "models/data/byte_sums.h"
#include "models/data/pixel_gather.h"
#include "models/real.h"
#include "sim/base/status.h"

enum dataset_split { SPLIT_TRAIN, SPLIT_TEST, SPLIT_COUNT };

enum { DATASET_CLASSES_MAX = 256 }; // labels are bytes

struct dataset;

// The numbers of "random" and "file" are 0 in the catalogue: they follow from the scenario's keys
// (data_options_expect) and from the file. A list of features is one row of one channel.
struct dataset_entry {
    const char *name;
    const char *summary;
    size_t train_count;
    size_t test_count;
    size_t channels;
    size_t height;
    size_t width;
    size_t input_count; // channels * height * width
    int32_t class_count;
};

// ---- making one: from files, drawn anew, or from a user's arrays ----

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
    const struct byte_sums *sums; // (channels), of the training set's bytes; NULL: not known
    uint64_t hash;
    const char *name; // for messages: a file or a data set
};

// Takes over the arrays, also on failure. Requires: floats are finite (of a user's own:
// own_data.c). Errors, STATUS_BAD_DATA: a label that is no class.
enum status dataset_create(struct dataset_arrays *arrays, struct dataset **dataset,
                           struct error *error);

// Makes a sample when it is asked for: its inputs at inputs[i * lanes], i < input_count; returns
// its label. A pure function, which any thread may call.
struct sample_source {
    void *context;
    uint8_t (*make)(const void *context, enum dataset_split split, size_t index, real *inputs,
                    size_t lanes);
    void (*release)(void *context);
};

// A set that stores no sample. Takes over the source. Requires: the counts of the entry are there.
struct dataset *dataset_create_drawn(const struct dataset_entry *entry, uint64_t hash,
                                     const struct sample_source *source);

void dataset_arrays_release(struct dataset_arrays *arrays);

// ---- using it ----

void dataset_close(struct dataset *dataset); // NULL is fine

const struct dataset_entry *dataset_describe(const struct dataset *dataset);

// Covers all inputs and labels: a fingerprint of the bytes of all files in a fixed order, or of the
// arrays and their shape.
uint64_t dataset_hash(const struct dataset *dataset);

// The labels of a split, (count), borrowed from the data set; NULL of one that stores no sample.
const uint8_t *dataset_labels(const struct dataset *dataset, enum dataset_split split);

// The bytes of one sample's inputs, (C, H, W), borrowed; NULL if the inputs are floats. Requires:
// the sample is there.
const uint8_t *dataset_bytes(const struct dataset *dataset, enum dataset_split split, size_t index);

// How a byte of that channel becomes an input. Requires: the inputs are bytes.
struct pixel_law dataset_pixel_law(const struct dataset *dataset, size_t channel);

// Gathers samples "indices" of a split side by side: inputs (C, H, W, lanes), sample i in lane i of
// the innermost dimension; the lanes from count on are set to zero; labels (count). A byte comes
// out as (byte / 255 - mean) / std with mean and std of its channel in the whole training set; a
// float as it is. Requires: indices within the split, count <= lanes. Thread-safe.
void dataset_gather(const struct dataset *dataset, enum dataset_split split, const int32_t *indices,
                    size_t count, size_t lanes, real *inputs, uint8_t *labels);
