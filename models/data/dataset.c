// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/dataset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/data/dataset_catalogue.h"
#include "models/data/idx_file.h"
#include "models/data/pixel_gather.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"

enum { BYTE_VALUES = 256 };

struct split {
    uint8_t *image_file; // whole files, header first
    uint8_t *label_file;
    const uint8_t *images; // (count, pixels)
    const uint8_t *labels; // (count)
    size_t count;
};

struct dataset {
    const struct dataset_recipe *recipe;
    size_t pixel_count; // of one sample
    struct split splits[SPLIT_COUNT];
    struct pixel_law law;
    uint64_t hash;
};

// ---- opening ----

static enum status read_file(const struct idx_file *file, const char *folder, const char *name,
                             uint8_t **bytes, struct error *error) {
    size_t length = strlen(folder) + strlen(name) + strlen(file->name) + sizeof "//";
    char *path = memory_allocate(length, 1);
    snprintf(path, length, "%s/%s/%s", folder, name, file->name);
    enum status status = idx_file_read(file, path, bytes, error);
    memory_free(path);
    return status;
}

static enum status check_labels(const struct dataset *dataset, const struct split *split,
                                const char *file_name, struct error *error) {
    int32_t class_count = dataset->recipe->entry.class_count;
    for (size_t i = 0; i < split->count; i++) {
        if (split->labels[i] >= class_count) {
            return error_set(error, STATUS_BAD_DATA, "%s: label %zu: expected 0..%d, found %d",
                             file_name, i, class_count - 1, split->labels[i]);
        }
    }
    return STATUS_OK;
}

static enum status open_split(struct dataset *dataset, const struct dataset_files *files,
                              const char *folder, struct split *split, struct error *error) {
    const char *name = dataset->recipe->entry.name;
    enum status status = read_file(&files->images, folder, name, &split->image_file, error);
    if (status == STATUS_OK) {
        status = read_file(&files->labels, folder, name, &split->label_file, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    split->count = files->images.dimensions[0];
    split->images = split->image_file + idx_file_header_size(&files->images);
    split->labels = split->label_file + idx_file_header_size(&files->labels);
    dataset->hash = fingerprint_combine(dataset->hash, files->images.fingerprint);
    dataset->hash = fingerprint_combine(dataset->hash, files->labels.fingerprint);
    return check_labels(dataset, split, files->labels.name, error);
}

// How often each byte value occurs: exact, so the mean and the variance follow without the rounding
// errors of a sum over 47 million numbers.
static void count_bytes(const uint8_t *bytes, size_t count, uint64_t counts[BYTE_VALUES]) {
    uint64_t lanes[4][BYTE_VALUES] = {{0}}; // most bytes are 0: one counter would wait for itself
    for (size_t i = 0; i < count; i++) {
        lanes[i % 4][bytes[i]]++;
    }
    for (size_t b = 0; b < BYTE_VALUES; b++) {
        counts[b] = lanes[0][b] + lanes[1][b] + lanes[2][b] + lanes[3][b];
    }
}

// With n bytes b: mean = sum b / (255 n), variance = (n sum b^2 - (sum b)^2) / (255 n)^2.
static void measure_law(struct dataset *dataset) {
    const struct split *train = &dataset->splits[SPLIT_TRAIN];
    uint64_t counts[BYTE_VALUES];
    uint64_t n = train->count * dataset->pixel_count;
    count_bytes(train->images, n, counts);
    uint64_t sum = 0;
    uint64_t squares = 0;
    for (uint64_t b = 0; b < BYTE_VALUES; b++) {
        sum += counts[b] * b;
        squares += counts[b] * b * b;
    }
    unsigned __int128 spread = (unsigned __int128)n * squares - (unsigned __int128)sum * sum;
    double mean = (double)sum / (255.0 * (double)n);
    double std = spread == 0 ? 1 : sqrt((double)spread) / (255.0 * (double)n);
    dataset->law = (struct pixel_law){.scale = 1 / (255 * std), .offset = -mean / std};
}

enum status dataset_open_recipe(const struct dataset_recipe *recipe, const char *folder,
                                struct dataset **dataset, struct error *error) {
    struct dataset *opened = memory_allocate(1, sizeof *opened);
    opened->recipe = recipe;
    opened->pixel_count = recipe->entry.input_count;
    enum status status = STATUS_OK;
    for (int i = 0; i < SPLIT_COUNT && status == STATUS_OK; i++) {
        const struct dataset_files *files = &recipe->splits[i];
        REQUIRE(idx_file_content_size(&files->images) ==
                files->labels.dimensions[0] * opened->pixel_count);
        status = open_split(opened, files, folder, &opened->splits[i], error);
    }
    if (status != STATUS_OK) {
        dataset_close(opened);
        return status;
    }
    measure_law(opened);
    *dataset = opened;
    return STATUS_OK;
}

enum status dataset_open(const char *name, const char *folder, struct dataset **dataset,
                         struct error *error) {
    for (size_t i = 0; i < dataset_catalogue_count(); i++) {
        if (strcmp(dataset_catalogue_entry(i)->name, name) == 0) {
            return dataset_open_recipe(dataset_catalogue_recipe(i), folder, dataset, error);
        }
    }
    return error_set(error, STATUS_BAD_DATA, "%s: there is no data set of that name", name);
}

void dataset_close(struct dataset *dataset) {
    if (dataset == NULL) {
        return;
    }
    for (int i = 0; i < SPLIT_COUNT; i++) {
        memory_free(dataset->splits[i].image_file);
        memory_free(dataset->splits[i].label_file);
    }
    memory_free(dataset);
}

const struct dataset_entry *dataset_describe(const struct dataset *dataset) {
    return &dataset->recipe->entry;
}

uint64_t dataset_hash(const struct dataset *dataset) {
    return dataset->hash;
}

// ---- gathering ----

static void clear_lanes(real *inputs, size_t pixel_count, size_t first, size_t lanes) {
    for (size_t p = 0; p < pixel_count && first < lanes; p++) {
        memset(inputs + p * lanes + first, 0, (lanes - first) * sizeof *inputs);
    }
}

void dataset_gather(const struct dataset *dataset, enum dataset_split split, const int32_t *indices,
                    size_t count, size_t lanes, real *inputs, uint8_t *labels) {
    REQUIRE(count <= lanes);
    const struct split *from = &dataset->splits[split];
    const uint8_t *images[PIXEL_GATHER_SAMPLES_MAX];
    for (size_t first = 0; first < count; first += PIXEL_GATHER_SAMPLES_MAX) {
        size_t block =
            count - first < PIXEL_GATHER_SAMPLES_MAX ? count - first : PIXEL_GATHER_SAMPLES_MAX;
        for (size_t n = 0; n < block; n++) {
            int32_t index = indices[first + n];
            REQUIRE(index >= 0 && (size_t)index < from->count);
            images[n] = from->images + (size_t)index * dataset->pixel_count;
            labels[first + n] = from->labels[index];
        }
        pixel_gather(&dataset->law, images, dataset->pixel_count, block, inputs + first, lanes);
    }
    clear_lanes(inputs, dataset->pixel_count, count, lanes);
}
