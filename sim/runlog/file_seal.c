// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/file_seal.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"

// As it lies in the file; numbers are little-endian (runlog_fingerprint.c).
struct seal {
    char magic[FILE_SEAL_MAGIC_BYTES];
    uint64_t size;     // of the bytes before
    uint64_t checksum; // XXH3 of these, 64 bits
};

_Static_assert(sizeof(struct seal) == FILE_SEAL_BYTES, "no padding");

static const char MAGIC[FILE_SEAL_MAGIC_BYTES] = FILE_SEAL_MAGIC;

void file_seal_make(uint64_t size, uint64_t fingerprint, unsigned char seal[FILE_SEAL_BYTES]) {
    struct seal made = {.size = size, .checksum = fingerprint};
    memcpy(made.magic, MAGIC, sizeof made.magic);
    memcpy(seal, &made, sizeof made);
}

// Whether there is a seal.
static bool read_seal(const void *bytes, size_t size, struct seal *found) {
    REQUIRE(bytes != NULL || size == 0);
    if (size < sizeof *found) {
        return false;
    }
    memcpy(found, (const char *)bytes + size - sizeof *found, sizeof *found);
    return memcmp(found->magic, MAGIC, sizeof MAGIC) == 0;
}

static enum file_seal judge(const struct seal *found, size_t sealed, uint64_t checksum) {
    return found->size == sealed && found->checksum == checksum ? FILE_SEAL_HOLDS
                                                                : FILE_SEAL_BROKEN;
}

enum file_seal file_seal_find(const void *bytes, size_t size) {
    struct seal found;
    if (!read_seal(bytes, size, &found)) {
        return FILE_SEAL_MISSING;
    }
    size_t sealed = size - sizeof found;
    return judge(&found, sealed, fingerprint_bytes(bytes, sealed));
}

enum file_seal file_seal_find_mapped(void *bytes, size_t size) {
    enum { PIECE_BYTES = 1 << 22 }; // a multiple of the size of a page
    struct seal found;
    if (!read_seal(bytes, size, &found)) {
        return FILE_SEAL_MISSING;
    }
    size_t sealed = size - sizeof found;
    struct fingerprint_stream *stream = fingerprint_stream_create();
    for (size_t at = 0; at < sealed; at += PIECE_BYTES) {
        unsigned char *piece = (unsigned char *)bytes + at;
        size_t left = sealed - at;
        size_t count = left < PIECE_BYTES ? left : PIECE_BYTES;
        fingerprint_stream_add(stream, piece, count);
        madvise(piece, count, MADV_DONTNEED);
    }
    uint64_t checksum = fingerprint_stream_value(stream);
    fingerprint_stream_destroy(stream);
    return judge(&found, sealed, checksum);
}
