// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/dataset_files.h"

#include <string.h>

#include "models/data/data_file.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"

static enum status read_idx(const struct idx_file *file, const char *folder, uint8_t **bytes,
                            uint64_t *hash, struct error *error) {
    char path[DATA_FILE_PATH_SIZE];
    *hash = fingerprint_combine(*hash, file->fingerprint);
    enum status status = data_file_join(folder, file->name, path, error);
    return status == STATUS_OK ? idx_file_read(file, path, bytes, error) : status;
}

static enum status read_idx_split(const struct dataset_files *files, const char *folder,
                                  struct split_arrays *split, uint64_t *hash, struct error *error) {
    REQUIRE(files->images.dimension_count >= 1 && files->labels.dimension_count == 1);
    uint8_t *images = NULL;
    uint8_t *labels = NULL;
    enum status status = read_idx(&files->images, folder, &images, hash, error);
    if (status == STATUS_OK) {
        split->storage = images;
        split->bytes = images + idx_file_header_size(&files->images);
        status = read_idx(&files->labels, folder, &labels, hash, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    split->count = files->images.dimensions[0];
    split->stride = idx_file_content_size(&files->images) / split->count;
    REQUIRE(files->labels.dimensions[0] == split->count);
    size_t header = idx_file_header_size(&files->labels);
    memmove(labels, labels + header, split->count);
    split->labels = labels;
    return STATUS_OK;
}

static enum status read_split(const struct dataset_recipe *recipe, enum dataset_split split,
                              const char *folder, struct dataset_arrays *arrays,
                              struct error *error) {
    const struct dataset_files *files = &recipe->splits[split];
    switch (recipe->format) {
    case DATASET_IDX:
        return read_idx_split(files, folder, &arrays->splits[split], &arrays->hash, error);
    case DATASET_CIFAR:
        return cifar_files_read(files->records, folder, recipe->entry.input_count,
                                &arrays->splits[split], &arrays->hash, error);
    case DATASET_RANDOM:
    case DATASET_STREAM:
    case DATASET_OWN:
        break;
    }
    check_failed("requires", "a recipe of files", __FILE__, __LINE__);
}

enum status dataset_open_recipe(const struct dataset_recipe *recipe, const char *folder,
                                struct dataset **dataset, struct error *error) {
    struct dataset_arrays arrays = {.entry = recipe->entry,
                                    .sums = recipe->sums[0].sum == 0 ? NULL : recipe->sums,
                                    .name = recipe->entry.name};
    char path[DATA_FILE_PATH_SIZE];
    enum status status = data_file_join(folder, recipe->entry.name, path, error);
    for (int i = 0; i < SPLIT_COUNT && status == STATUS_OK; i++) {
        status = read_split(recipe, (enum dataset_split)i, path, &arrays, error);
    }
    if (status != STATUS_OK) {
        dataset_arrays_release(&arrays);
        return status;
    }
    return dataset_create(&arrays, dataset, error);
}

enum status dataset_open(const char *name, const char *folder, struct dataset **dataset,
                         struct error *error) {
    const struct dataset_recipe *recipe = dataset_catalogue_recipe(name);
    if (recipe == NULL || recipe->format == DATASET_RANDOM || recipe->format == DATASET_STREAM ||
        recipe->format == DATASET_OWN) {
        return error_set(error, STATUS_BAD_DATA, "%s: there is no data set of that name", name);
    }
    return dataset_open_recipe(recipe, folder, dataset, error);
}
