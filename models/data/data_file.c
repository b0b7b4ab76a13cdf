// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/data_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"

// deflate cannot shrink data to less than one part in so many.
static const uint64_t DEFLATE_RATIO_MAX = 1032;

// A user's compressed file may take so much, as one of HDF5 may: a small one must not fill the
// memory.
static const uint64_t EXPANSION_MAX = 256;
static const uint64_t EXPANDED_MAX_BASE = UINT64_C(1) << 30;

enum { READ_BLOCK = 1 << 30, STREAM_BUFFER = 1 << 17, GROWTH_START = 1 << 20 };

// What zlib reads of an uncompressed file without a buffer of its own, and a second-level cache
// holds.
enum { HASH_BLOCK = 2 * STREAM_BUFFER };

enum status data_file_join(const char *folder, const char *name, char path[DATA_FILE_PATH_SIZE],
                           struct error *error) {
    REQUIRE(folder != NULL && name != NULL);
    int length = snprintf(path, DATA_FILE_PATH_SIZE, "%s/%s", folder, name);
    if (length >= 0 && length < DATA_FILE_PATH_SIZE) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_NO_INPUT, "%.100s...: the path is too long", folder);
}

bool data_file_is_there(const char *path) {
    char compressed[DATA_FILE_PATH_SIZE];
    int length = snprintf(compressed, sizeof compressed, "%s.gz", path);
    return access(path, F_OK) == 0 ||
           (length >= 0 && (size_t)length < sizeof compressed && access(compressed, F_OK) == 0);
}

const char *data_file_remedy(enum data_file_owner owner) {
    return owner == DATA_FILE_OF_CATALOGUE
               ? "; fetch it again with 'make data', or name another folder with --data"
               : "";
}

// The descriptor of PATH or PATH.gz; negative, with errno, when there is neither.
static int open_either(const char *path, struct data_file *file) {
    const char *const endings[] = {"", ".gz"};
    for (size_t i = 0; i < 2; i++) {
        int length = snprintf(file->path, sizeof file->path, "%s%s", path, endings[i]);
        if (length < 0 || (size_t)length >= sizeof file->path) {
            errno = ENAMETOOLONG;
            return -1;
        }
        // A pipe would make open wait for a writer.
        int descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor >= 0 || (errno != ENOENT && errno != ENOTDIR)) {
            return descriptor;
        }
    }
    return -1;
}

static enum status fail_to_open(const char *path, const struct data_file *file,
                                struct error *error) {
    REQUIRE(file->stream == NULL);
    int cause = errno;
    if (cause != ENOENT && cause != ENOTDIR) {
        return error_set(error, status_of_cause(cause), "%s: cannot open: %s", file->path,
                         strerror(cause));
    }
    return error_set(error, STATUS_NO_INPUT, "%s: no such file%s", path,
                     file->owner == DATA_FILE_OF_CATALOGUE
                         ? "; run 'make data' or name a folder with --data"
                         : "");
}

// Whether the file begins like gzip; zlib would take anything else as it is.
static bool begins_compressed(int descriptor) {
    uint8_t start[2] = {0};
    return pread(descriptor, start, sizeof start, 0) == (ssize_t)sizeof start && start[0] == 0x1f &&
           start[1] == 0x8b;
}

enum status data_file_open(const char *path, enum data_file_owner owner, struct data_file *file,
                           struct error *error) {
    struct stat facts;
    *file = (struct data_file){.owner = owner};
    int descriptor = open_either(path, file);
    if (descriptor < 0) {
        return fail_to_open(path, file, error);
    }
    if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        close(descriptor);
        return error_set(error, STATUS_NO_INPUT, "%s: not a regular file%s", file->path,
                         data_file_remedy(owner));
    }
    uint64_t size = (uint64_t)facts.st_size;
    file->is_compressed = begins_compressed(descriptor);
    file->size_max = file->is_compressed ? size * DEFLATE_RATIO_MAX : size;
    file->size_believed = file->is_compressed && owner == DATA_FILE_OF_USER
                              ? EXPANDED_MAX_BASE + size * EXPANSION_MAX
                              : file->size_max;
    file->stream = gzdopen(descriptor, "rb");
    if (file->stream == NULL) {
        close(descriptor);
        return error_set(error, STATUS_NO_MEMORY, "%s: no memory for zlib", file->path);
    }
    gzbuffer(file->stream, STREAM_BUFFER);
    return STATUS_OK;
}

void data_file_close(struct data_file *file) {
    if (file->stream != NULL) {
        gzclose_r(file->stream);
        file->stream = NULL;
    }
}

enum status data_file_check_size(const struct data_file *file, uint64_t size, struct error *error) {
    REQUIRE(file->stream != NULL);
    bool possible = file->is_compressed ? size <= file->size_max : size == file->size_max;
    if (possible && size <= file->size_believed) {
        return STATUS_OK;
    }
    if (possible) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: its header claims %" PRIu64 " bytes, more than the %" PRIu64
                         " that a compressed file of this size may take; if they are right, "
                         "uncompress it",
                         file->path, size, file->size_believed);
    }
    if (file->is_compressed) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: %" PRIu64 " bytes cannot come out of it: truncated, or its header is "
                         "wrong%s",
                         file->path, size, data_file_remedy(file->owner));
    }
    return error_set(error, STATUS_BAD_DATA,
                     "%s: expected %" PRIu64 " bytes, found %" PRIu64 "%s%s", file->path, size,
                     file->size_max, file->size_max < size ? " (truncated)" : "",
                     data_file_remedy(file->owner));
}

// Only bytes that were read and are wrong are damage; the rest is the machine's trouble.
static enum status fail_to_read(const struct data_file *file, struct error *error) {
    REQUIRE(file->stream != NULL);
    int code = Z_OK;
    const char *text = gzerror(file->stream, &code);
    if (code == Z_ERRNO || code == Z_MEM_ERROR) {
        int cause = code == Z_ERRNO ? errno : ENOMEM;
        return error_set(error, status_of_cause(cause), "%s: cannot read it whole: %s", file->path,
                         strerror(cause));
    }
    bool short_of = code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR;
    return error_set(error, STATUS_BAD_DATA, "%s: %s after %" PRIu64 " bytes%s%s%s", file->path,
                     short_of ? "truncated: it ends" : "damaged", file->size_read,
                     short_of ? "" : ": ", short_of ? "" : text, data_file_remedy(file->owner));
}

enum status data_file_read(struct data_file *file, void *bytes, size_t size, struct error *error) {
    REQUIRE(file->stream != NULL);
    uint8_t *next = bytes;
    while (size > 0) {
        unsigned block = (unsigned)(size < READ_BLOCK ? size : READ_BLOCK);
        int got = gzread(file->stream, next, block);
        if (got > 0) {
            next += got;
            size -= (size_t)got;
            file->size_read += (uint64_t)got;
        }
        if (got <= 0) {
            return fail_to_read(file, error);
        }
    }
    return STATUS_OK;
}

enum status data_file_read_hashed(struct data_file *file, void *bytes, size_t size, uint64_t *hash,
                                  struct error *error) {
    REQUIRE(hash != NULL);
    struct fingerprint_stream *stream = fingerprint_stream_create();
    enum status status = STATUS_OK;
    for (size_t done = 0; done < size && status == STATUS_OK;) {
        uint8_t *next = (uint8_t *)bytes + done;
        size_t block = size - done < HASH_BLOCK ? size - done : HASH_BLOCK;
        status = data_file_read(file, next, block, error);
        if (status == STATUS_OK) {
            fingerprint_stream_add(stream, next, block);
            done += block;
        }
    }
    *hash = fingerprint_stream_value(stream);
    fingerprint_stream_destroy(stream);
    return status;
}

enum status data_file_read_new(struct data_file *file, size_t size, uint8_t **bytes,
                               struct error *error) {
    REQUIRE(size <= file->size_max && size <= file->size_believed);
    uint8_t *content = NULL;
    size_t filled = 0;
    enum status status = STATUS_OK;
    while (filled < size && status == STATUS_OK) {
        size_t wanted = file->is_compressed ? filled + GROWTH_START : size;
        size_t block = wanted < size - filled ? wanted : size - filled;
        content = memory_resize(content, filled + block, 1);
        status = data_file_read(file, content + filled, block, error);
        filled += block;
    }
    if (status == STATUS_OK) {
        INVARIANT(filled == size);
        *bytes = content;
    } else {
        memory_free(content);
    }
    return status;
}

enum status data_file_finish(struct data_file *file, struct error *error) {
    REQUIRE(file->stream != NULL);
    uint8_t more = 0;
    int got = gzread(file->stream, &more, 1);
    if (got > 0) {
        return error_set(error, STATUS_BAD_DATA, "%s: expected %" PRIu64 " bytes, found more%s",
                         file->path, file->size_read, data_file_remedy(file->owner));
    }
    // The checksum of a gzipped file stands at its end; one that lacks it ends too early.
    int code = Z_OK;
    gzerror(file->stream, &code);
    return got < 0 || code != Z_OK ? fail_to_read(file, error) : STATUS_OK;
}

static enum status read_open(struct data_file *file, uint64_t size, uint8_t **bytes, uint64_t *hash,
                             struct error *error) {
    enum status status = data_file_check_size(file, size, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint8_t *content = memory_allocate_unfilled(size);
    status = data_file_read_hashed(file, content, size, hash, error);
    if (status == STATUS_OK) {
        status = data_file_finish(file, error);
    }
    if (status == STATUS_OK) {
        *bytes = content;
    } else {
        memory_free(content);
    }
    return status;
}

enum status data_file_read_whole(const char *path, enum data_file_owner owner, uint64_t size,
                                 uint8_t **bytes, uint64_t *hash, struct error *error) {
    struct data_file file;
    enum status status = data_file_open(path, owner, &file, error);
    if (status == STATUS_OK) {
        status = read_open(&file, size, bytes, hash, error);
        data_file_close(&file);
    }
    return status;
}

enum status data_file_check_hash(const char *path, uint64_t found, uint64_t expected,
                                 struct error *error) {
    if (found == expected) {
        return STATUS_OK;
    }
    char texts[2][FINGERPRINT_TEXT_SIZE];
    return error_set(error, STATUS_BAD_DATA, "%s: wrong checksum: expected XXH3 %s, found %s%s",
                     path, fingerprint_format(expected, texts[0]),
                     fingerprint_format(found, texts[1]), data_file_remedy(DATA_FILE_OF_CATALOGUE));
}
