// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/cifar_file.h"

#include "models/data/data_file.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"

static enum status read_file(const struct cifar_file *file, const char *folder, size_t record,
                             uint8_t *bytes, struct error *error) {
    REQUIRE(file->records >= 1 && record >= 2);
    char path[DATA_FILE_PATH_SIZE];
    struct data_file stream;
    uint64_t hash = 0;
    size_t size = file->records * record;
    enum status status = data_file_join(folder, file->name, path, error);
    if (status == STATUS_OK) {
        status = data_file_open(path, DATA_FILE_OF_CATALOGUE, &stream, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    status = data_file_check_size(&stream, size, error);
    if (status == STATUS_OK) {
        status = data_file_read_hashed(&stream, bytes, size, &hash, error);
    }
    if (status == STATUS_OK) {
        status = data_file_finish(&stream, error);
    }
    if (status == STATUS_OK) {
        status = data_file_check_hash(path, hash, file->fingerprint, error);
    }
    data_file_close(&stream);
    return status;
}

enum status cifar_files_read(const struct cifar_file *files, const char *folder, size_t pixels,
                             struct split_arrays *split, uint64_t *hash, struct error *error) {
    REQUIRE(files[0].name != NULL && pixels >= 1);
    REQUIRE(split->count == 0 && split->storage == NULL);
    size_t record = 1 + pixels;
    for (size_t i = 0; i < CIFAR_FILES_MAX && files[i].name != NULL; i++) {
        split->count += files[i].records;
    }
    uint8_t *bytes = memory_allocate_unfilled(split->count * record);
    split->storage = bytes;
    split->bytes = bytes + 1;
    split->stride = record;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < CIFAR_FILES_MAX && files[i].name != NULL && status == STATUS_OK; i++) {
        status = read_file(&files[i], folder, record, bytes, error);
        bytes += files[i].records * record;
        *hash = fingerprint_combine(*hash, files[i].fingerprint);
    }
    split->labels = memory_allocate(split->count, 1);
    for (size_t i = 0; i < split->count && status == STATUS_OK; i++) {
        split->labels[i] = ((const uint8_t *)split->storage)[i * record];
    }
    return status;
}
