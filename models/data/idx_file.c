// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/idx_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"

static const char *const remedy =
    "fetch it again with 'make data', or name another folder with --data";

size_t idx_file_header_size(const struct idx_file *file) {
    return 4 * (1 + (size_t)file->dimension_count);
}

size_t idx_file_content_size(const struct idx_file *file) {
    size_t size = 1;
    for (uint32_t i = 0; i < file->dimension_count; i++) {
        size *= file->dimensions[i];
    }
    return size;
}

static enum status check_size(const struct idx_file *file, const char *path, FILE *stream,
                              struct error *error) {
    struct stat facts;
    if (fstat(fileno(stream), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return error_set(error, STATUS_NO_INPUT, "%s: not a regular file; %s", path, remedy);
    }
    size_t size = idx_file_header_size(file) + idx_file_content_size(file);
    if ((size_t)facts.st_size != size) {
        return error_set(error, STATUS_BAD_DATA, "%s: expected %zu bytes, found %zu%s; %s", path,
                         size, (size_t)facts.st_size,
                         (size_t)facts.st_size < size ? " (truncated)" : "", remedy);
    }
    return STATUS_OK;
}

static uint32_t read_big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

static enum status check_header(const struct idx_file *file, const char *path, const uint8_t *bytes,
                                struct error *error) {
    uint32_t magic = 0x800 | file->dimension_count; // 8: unsigned bytes
    if (read_big_endian(bytes) != magic) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: not an IDX file of %u-dimensional bytes: expected it to begin with "
                         "%08x, found %08x; %s",
                         path, file->dimension_count, magic, read_big_endian(bytes), remedy);
    }
    for (uint32_t i = 0; i < file->dimension_count; i++) {
        uint32_t found = read_big_endian(bytes + 4 * (i + 1));
        if (found != file->dimensions[i]) {
            return error_set(error, STATUS_BAD_DATA, "%s: dimension %u: expected %u, found %u; %s",
                             path, i + 1, file->dimensions[i], found, remedy);
        }
    }
    return STATUS_OK;
}

static enum status check_bytes(const struct idx_file *file, const char *path, const uint8_t *bytes,
                               struct error *error) {
    enum status status = check_header(file, path, bytes, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t found =
        fingerprint_bytes(bytes, idx_file_header_size(file) + idx_file_content_size(file));
    if (found != file->fingerprint) {
        char texts[2][FINGERPRINT_TEXT_SIZE];
        return error_set(error, STATUS_BAD_DATA,
                         "%s: wrong checksum: expected XXH3 %s, found %s; %s", path,
                         fingerprint_format(file->fingerprint, texts[0]),
                         fingerprint_format(found, texts[1]), remedy);
    }
    return STATUS_OK;
}

static enum status read_open_file(const struct idx_file *file, const char *path, FILE *stream,
                                  uint8_t **bytes, struct error *error) {
    enum status status = check_size(file, path, stream, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t size = idx_file_header_size(file) + idx_file_content_size(file);
    uint8_t *content = memory_allocate_aligned(size, 1);
    if (fread(content, 1, size, stream) != size) {
        status = error_set(error, STATUS_NO_INPUT, "%s: cannot read it whole; %s", path, remedy);
    } else {
        status = check_bytes(file, path, content, error);
    }
    if (status == STATUS_OK) {
        *bytes = content;
    } else {
        memory_free(content);
    }
    return status;
}

enum status idx_file_read(const struct idx_file *file, const char *path, uint8_t **bytes,
                          struct error *error) {
    FILE *stream = fopen(path, "rb");
    if (stream == NULL && (errno == ENOENT || errno == ENOTDIR)) {
        return error_set(error, STATUS_NO_INPUT,
                         "%s: no such file; run 'make data' or name a folder with --data", path);
    }
    if (stream == NULL) {
        return error_set(error, STATUS_NO_INPUT, "%s: cannot open: %s", path, strerror(errno));
    }
    enum status status = read_open_file(file, path, stream, bytes, error);
    fclose(stream);
    return status;
}
