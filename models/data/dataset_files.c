// SPDX-License-Identifier: GPL-3.0-or-later
// dataset_open: the catalogue's files, read, verified and put together.
#include <stdbool.h>
#include <string.h>

#include "models/data/cifar_file.h"
#include "models/data/data_file.h"
#include "models/data/dataset_arrays.h"
#include "models/data/dataset_catalogue.h"
#include "models/data/idx_file.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"

static enum status read_idx(const struct idx_file *file, const char *folder, uint8_t **bytes,
                            uint64_t *hash, struct error *error) {
    char path[DATA_FILE_PATH_SIZE];
    *hash = fingerprint_combine(*hash, file->fingerprint);
    enum status status = data_file_join(folder, file->name, path, error);
    return status == STATUS_OK ? idx_file_read(file, path, bytes, error) : status;
}

static enum status read_idx_split(const struct dataset_files *files, const char *folder,
                                  struct split_arrays *split, uint64_t *hash, struct error *error) {
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

enum status dataset_open_recipe(const struct dataset_recipe *recipe, const char *folder,
                                struct dataset **dataset, struct error *error) {
    struct dataset_arrays arrays = {.entry = recipe->entry, .name = recipe->entry.name};
    char path[DATA_FILE_PATH_SIZE];
    enum status status = data_file_join(folder, recipe->entry.name, path, error);
    for (int i = 0; i < SPLIT_COUNT && status == STATUS_OK; i++) {
        const struct dataset_files *files = &recipe->splits[i];
        struct split_arrays *split = &arrays.splits[i];
        status = recipe->format == DATASET_IDX
                     ? read_idx_split(files, path, split, &arrays.hash, error)
                     : cifar_files_read(files->records, path, recipe->entry.input_count, split,
                                        &arrays.hash, error);
    }
    if (status != STATUS_OK) {
        dataset_arrays_release(&arrays);
        return status;
    }
    return dataset_create(&arrays, dataset, error);
}

enum status dataset_open(const char *name, const char *folder, struct dataset **dataset,
                         struct error *error) {
    for (size_t i = 0; i < dataset_catalogue_count(); i++) {
        const struct dataset_recipe *recipe = dataset_catalogue_recipe(i);
        bool has_files = recipe->format == DATASET_IDX || recipe->format == DATASET_CIFAR;
        if (has_files && strcmp(recipe->entry.name, name) == 0) {
            return dataset_open_recipe(recipe, folder, dataset, error);
        }
    }
    return error_set(error, STATUS_BAD_DATA, "%s: there is no data set of that name", name);
}
