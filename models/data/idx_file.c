// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/idx_file.h"

#include <string.h>

#include "models/data/data_file.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"

enum { WORD = 4 };

size_t idx_file_header_size(const struct idx_file *file) {
    REQUIRE(file->dimension_count >= 1 && file->dimension_count <= IDX_DIMENSIONS_MAX);
    return WORD * (1 + (size_t)file->dimension_count);
}

size_t idx_file_content_size(const struct idx_file *file) {
    REQUIRE(file->dimension_count >= 1 && file->dimension_count <= IDX_DIMENSIONS_MAX);
    size_t size = 1;
    for (uint32_t i = 0; i < file->dimension_count; i++) {
        size *= file->dimensions[i];
    }
    return size;
}

static uint32_t read_big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

// ---- known files ----

static enum status check_header(const struct idx_file *file, const char *path, const uint8_t *bytes,
                                struct error *error) {
    const char *remedy = data_file_remedy(DATA_FILE_OF_CATALOGUE);
    uint32_t magic = IDX_BYTES << 8 | file->dimension_count;
    if (read_big_endian(bytes) != magic) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: not an IDX file of %u-dimensional bytes: expected it to begin with "
                         "%08x, found %08x%s",
                         path, file->dimension_count, magic, read_big_endian(bytes), remedy);
    }
    for (uint32_t i = 0; i < file->dimension_count; i++) {
        uint32_t found = read_big_endian(bytes + WORD * (i + 1));
        if (found != file->dimensions[i]) {
            return error_set(error, STATUS_BAD_DATA, "%s: dimension %u: expected %u, found %u%s",
                             path, i + 1, file->dimensions[i], found, remedy);
        }
    }
    return STATUS_OK;
}

enum status idx_file_read(const struct idx_file *file, const char *path, uint8_t **bytes,
                          struct error *error) {
    uint8_t *content = NULL;
    uint64_t hash = 0;
    size_t size = idx_file_header_size(file) + idx_file_content_size(file);
    enum status status =
        data_file_read_whole(path, DATA_FILE_OF_CATALOGUE, size, &content, &hash, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = check_header(file, path, content, error);
    if (status == STATUS_OK) {
        status = data_file_check_hash(path, hash, file->fingerprint, error);
    }
    if (status == STATUS_OK) {
        *bytes = content;
    } else {
        memory_free(content);
    }
    return status;
}

// ---- anybody's files ----

static enum status read_word(struct data_file *file, uint32_t *word, struct error *error) {
    uint8_t bytes[WORD];
    enum status status = data_file_read(file, bytes, sizeof bytes, error);
    if (status == STATUS_OK) {
        *word = read_big_endian(bytes);
    }
    return status;
}

static enum status read_magic(struct data_file *file, struct idx_array *array,
                              struct error *error) {
    uint32_t magic = 0;
    enum status status = read_word(file, &magic, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t type = magic >> 8;
    array->rank = magic & 0xff;
    if ((type != IDX_BYTES && type != IDX_FLOATS) || array->rank < 1 ||
        array->rank > IDX_DIMENSIONS_MAX) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: not an IDX file of bytes or floats with 1 to %d dimensions: it "
                         "begins with %08x",
                         file->path, IDX_DIMENSIONS_MAX, magic);
    }
    array->type = (enum idx_type)type;
    return STATUS_OK;
}

static enum status read_dimensions(struct data_file *file, struct idx_array *array,
                                   struct error *error) {
    REQUIRE(array->rank >= 1 && array->rank <= IDX_DIMENSIONS_MAX);
    array->count = 1;
    for (uint32_t i = 0; i < array->rank; i++) {
        enum status status = read_word(file, &array->dimensions[i], error);
        if (status != STATUS_OK) {
            return status;
        }
        if (array->dimensions[i] == 0 ||
            __builtin_mul_overflow(array->count, array->dimensions[i], &array->count)) {
            return error_set(error, STATUS_BAD_DATA, "%s: dimension %u is %u", file->path, i + 1,
                             array->dimensions[i]);
        }
    }
    return STATUS_OK;
}

static enum status read_header(struct data_file *file, struct idx_array *array, size_t *size,
                               struct error *error) {
    enum status status = read_magic(file, array, error);
    if (status == STATUS_OK) {
        status = read_dimensions(file, array, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    size_t all = 0;
    size_t each = array->type == IDX_BYTES ? 1 : sizeof(float);
    if (__builtin_mul_overflow(array->count, each, size) ||
        __builtin_add_overflow(*size, file->size_read, &all)) {
        return error_set(error, STATUS_BAD_DATA, "%s: its header claims more than memory holds",
                         file->path);
    }
    return data_file_check_size(file, all, error);
}

static void swap_floats(struct idx_array *array) {
    REQUIRE(array->numbers != NULL && array->count >= 1);
    uint8_t *bytes = array->numbers;
    for (size_t i = 0; i < array->count && array->type == IDX_FLOATS; i++) {
        uint32_t word = read_big_endian(bytes + i * WORD);
        memcpy(bytes + i * WORD, &word, WORD);
    }
}

static enum status read_array(struct data_file *file, struct idx_array *array,
                              struct error *error) {
    size_t size = 0;
    uint8_t *numbers = NULL;
    enum status status = read_header(file, array, &size, error);
    if (status == STATUS_OK) {
        status = data_file_read_new(file, size, &numbers, error);
    }
    if (status == STATUS_OK) {
        status = data_file_finish(file, error);
    }
    if (status == STATUS_OK) {
        array->numbers = numbers;
        swap_floats(array);
    } else {
        memory_free(numbers);
    }
    return status;
}

enum status idx_array_read(const char *path, struct idx_array *array, struct error *error) {
    struct data_file file;
    struct idx_array found = {0};
    enum status status = data_file_open(path, DATA_FILE_OF_USER, &file, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = read_array(&file, &found, error);
    data_file_close(&file);
    if (status == STATUS_OK) {
        *array = found;
    }
    return status;
}
