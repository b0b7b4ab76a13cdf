// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/file_seal.h"

#include <string.h>

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

void file_seal_make(const void *bytes, size_t size, unsigned char seal[FILE_SEAL_BYTES]) {
    REQUIRE(bytes != NULL || size == 0);
    struct seal made = {.size = size, .checksum = fingerprint_bytes(bytes, size)};
    memcpy(made.magic, MAGIC, sizeof made.magic);
    memcpy(seal, &made, sizeof made);
}

enum file_seal file_seal_find(const void *bytes, size_t size) {
    REQUIRE(bytes != NULL || size == 0);
    struct seal found;
    if (size < sizeof found) {
        return FILE_SEAL_MISSING;
    }
    size_t sealed = size - sizeof found;
    memcpy(&found, (const char *)bytes + sealed, sizeof found);
    if (memcmp(found.magic, MAGIC, sizeof MAGIC) != 0) {
        return FILE_SEAL_MISSING;
    }
    return found.size == sealed && found.checksum == fingerprint_bytes(bytes, sealed)
               ? FILE_SEAL_HOLDS
               : FILE_SEAL_BROKEN;
}
