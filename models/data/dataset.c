// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/dataset.h"

#include <string.h>

#include "models/data/pixel_gather.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"

struct dataset {
    struct dataset_entry entry;
    struct split_arrays splits[SPLIT_COUNT];
    struct pixel_law *laws;      // (channels), of bytes
    struct sample_source source; // of a set that stores nothing; else NULLs
    uint64_t hash;
};

// ---- making ----

static enum status check_labels(const struct dataset_arrays *arrays,
                                const struct split_arrays *split, struct error *error) {
    for (size_t i = 0; i < split->count; i++) {
        if (split->labels[i] >= arrays->entry.class_count) {
            return error_set(error, STATUS_BAD_DATA, "%s: label %zu: expected 0..%d, found %d",
                             arrays->name, i, arrays->entry.class_count - 1, split->labels[i]);
        }
    }
    return STATUS_OK;
}

static struct byte_sums sum_channel(const struct dataset *dataset, size_t channel, size_t plane) {
    const struct split_arrays *train = &dataset->splits[SPLIT_TRAIN];
    struct byte_sums sums = {0};
    for (size_t i = 0; i < train->count; i++) {
        byte_sums_add(&sums, train->bytes + i * train->stride + channel * plane, plane);
    }
    return sums;
}

// From the sums of each channel, if they are known.
static void find_laws(struct dataset *dataset, const struct byte_sums *known) {
    const struct dataset_entry *entry = &dataset->entry;
    REQUIRE(dataset->laws == NULL && entry->train_count >= 1);
    size_t plane = entry->height * entry->width;
    dataset->laws = memory_allocate(entry->channels, sizeof *dataset->laws);
    for (size_t c = 0; c < entry->channels; c++) {
        struct byte_sums sums = known == NULL ? sum_channel(dataset, c, plane) : known[c];
        dataset->laws[c] = byte_sums_law(&sums, (uint64_t)entry->train_count * plane);
    }
}

static enum status check_arrays(const struct dataset_arrays *arrays, struct error *error) {
    const struct dataset_entry *entry = &arrays->entry;
    REQUIRE(entry->channels * entry->height * entry->width == entry->input_count);
    REQUIRE(entry->class_count >= 1 && entry->class_count <= DATASET_CLASSES_MAX);
    enum status status = STATUS_OK;
    for (int i = 0; i < SPLIT_COUNT && status == STATUS_OK; i++) {
        const struct split_arrays *split = &arrays->splits[i];
        REQUIRE((split->bytes == NULL) != (split->values == NULL));
        REQUIRE((split->bytes == NULL) == (arrays->splits[SPLIT_TRAIN].bytes == NULL));
        REQUIRE(split->count >= 1 && split->labels != NULL);
        REQUIRE(split->stride >= entry->input_count);
        status = check_labels(arrays, split, error);
    }
    return status;
}

enum status dataset_create(struct dataset_arrays *arrays, struct dataset **dataset,
                           struct error *error) {
    enum status status = check_arrays(arrays, error);
    if (status != STATUS_OK) {
        dataset_arrays_release(arrays);
        return status;
    }
    struct dataset *created = memory_allocate(1, sizeof *created);
    created->entry = arrays->entry;
    created->entry.train_count = arrays->splits[SPLIT_TRAIN].count;
    created->entry.test_count = arrays->splits[SPLIT_TEST].count;
    memcpy(created->splits, arrays->splits, sizeof created->splits);
    created->hash = arrays->hash;
    if (created->splits[SPLIT_TRAIN].bytes != NULL) {
        find_laws(created, arrays->sums);
    }
    *arrays = (struct dataset_arrays){0};
    *dataset = created;
    return STATUS_OK;
}

struct dataset *dataset_create_drawn(const struct dataset_entry *entry, uint64_t hash,
                                     const struct sample_source *source) {
    REQUIRE(entry->train_count >= 1 && entry->test_count >= 1 && source->make != NULL);
    struct dataset *created = memory_allocate(1, sizeof *created);
    created->entry = *entry;
    created->splits[SPLIT_TRAIN].count = entry->train_count;
    created->splits[SPLIT_TEST].count = entry->test_count;
    created->hash = hash;
    created->source = *source;
    return created;
}

static void release_splits(struct split_arrays splits[SPLIT_COUNT]) {
    for (int i = 0; i < SPLIT_COUNT; i++) {
        memory_free(splits[i].storage);
        memory_free(splits[i].labels);
    }
}

void dataset_arrays_release(struct dataset_arrays *arrays) {
    release_splits(arrays->splits);
    *arrays = (struct dataset_arrays){0};
}

void dataset_close(struct dataset *dataset) {
    if (dataset == NULL) {
        return;
    }
    release_splits(dataset->splits);
    memory_free(dataset->laws);
    if (dataset->source.release != NULL) {
        dataset->source.release(dataset->source.context);
    }
    memory_free(dataset);
}

const struct dataset_entry *dataset_describe(const struct dataset *dataset) {
    return &dataset->entry;
}

uint64_t dataset_hash(const struct dataset *dataset) {
    return dataset->hash;
}

const uint8_t *dataset_labels(const struct dataset *dataset, enum dataset_split split) {
    REQUIRE(split < SPLIT_COUNT);
    return dataset->splits[split].labels;
}

const uint8_t *dataset_bytes(const struct dataset *dataset, enum dataset_split split,
                             size_t index) {
    REQUIRE(split < SPLIT_COUNT);
    const struct split_arrays *from = &dataset->splits[split];
    REQUIRE(index < from->count);
    return from->bytes == NULL ? NULL : from->bytes + index * from->stride;
}

struct pixel_law dataset_pixel_law(const struct dataset *dataset, size_t channel) {
    REQUIRE(dataset->laws != NULL && channel < dataset->entry.channels);
    return dataset->laws[channel];
}

// ---- gathering ----

static void gather_bytes(const struct dataset *dataset, const struct split_arrays *from,
                         const int32_t *indices, size_t block, real *inputs, size_t lanes) {
    REQUIRE(block <= PIXEL_GATHER_SAMPLES_MAX && dataset->laws != NULL);
    const uint8_t *planes[PIXEL_GATHER_SAMPLES_MAX];
    size_t plane = dataset->entry.height * dataset->entry.width;
    for (size_t c = 0; c < dataset->entry.channels; c++) {
        for (size_t n = 0; n < block; n++) {
            planes[n] = from->bytes + (size_t)indices[n] * from->stride + c * plane;
        }
        pixel_gather(&dataset->laws[c], planes, plane, block, inputs + c * plane * lanes, lanes);
    }
}

static void gather_values(const struct dataset *dataset, const struct split_arrays *from,
                          const int32_t *indices, size_t block, real *inputs, size_t lanes) {
    REQUIRE(from->values != NULL && block <= lanes);
    for (size_t n = 0; n < block; n++) {
        const float *values = from->values + (size_t)indices[n] * from->stride;
        for (size_t p = 0; p < dataset->entry.input_count; p++) {
            inputs[p * lanes + n] = (real)values[p];
        }
    }
}

static void gather_drawn(const struct dataset *dataset, enum dataset_split split,
                         const int32_t *indices, size_t count, size_t lanes, real *inputs,
                         uint8_t *labels) {
    REQUIRE(dataset->source.make != NULL);
    for (size_t i = 0; i < count; i++) {
        labels[i] = dataset->source.make(dataset->source.context, split, (size_t)indices[i],
                                         inputs + i, lanes);
    }
    pixel_clear_lanes(inputs, dataset->entry.input_count, count, lanes);
}

void dataset_gather(const struct dataset *dataset, enum dataset_split split, const int32_t *indices,
                    size_t count, size_t lanes, real *inputs, uint8_t *labels) {
    REQUIRE(split < SPLIT_COUNT);
    REQUIRE(count <= lanes);
    const struct split_arrays *from = &dataset->splits[split];
    for (size_t i = 0; i < count; i++) {
        REQUIRE(indices[i] >= 0 && (size_t)indices[i] < from->count);
    }
    if (dataset->source.make != NULL) {
        gather_drawn(dataset, split, indices, count, lanes, inputs, labels);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        labels[i] = from->labels[indices[i]];
    }
    for (size_t first = 0; first < count; first += PIXEL_GATHER_SAMPLES_MAX) {
        size_t block =
            count - first < PIXEL_GATHER_SAMPLES_MAX ? count - first : PIXEL_GATHER_SAMPLES_MAX;
        if (from->bytes != NULL) {
            gather_bytes(dataset, from, indices + first, block, inputs + first, lanes);
        } else {
            gather_values(dataset, from, indices + first, block, inputs + first, lanes);
        }
    }
    pixel_clear_lanes(inputs, dataset->entry.input_count, count, lanes);
}
