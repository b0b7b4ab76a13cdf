// SPDX-License-Identifier: GPL-3.0-or-later
// The language of the input, unless it begins like a checkpoint: 8 bytes that are added into the
// head and the fields of a right one, which is sealed again; how many fields are restored; then
// fields of a name, a number and a size each (one byte), first those that are written, then, where
// they differ, those that are asked for.
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/simulation/checkpoint.h"
#include "tests/support/fuzz_target.h"

enum { FIELDS_MAX = 12, FORGERY_BYTES = 8, FIELD_BYTES = 3 };

static const char *const names[] = {"version", "velocity", "steps", "rate"};

// Puts one field in or takes it out, by three bytes of the input.
static void handle_field(struct checkpoint *checkpoint, const uint8_t *bytes,
                         unsigned char *place) {
    checkpoint_field(checkpoint, names[bytes[0] % 4], (int8_t)bytes[1], place, bytes[2]);
}

static void restore(struct checkpoint *checkpoint, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        unsigned char *place = memory_allocate(bytes[i * FIELD_BYTES + 2], 1); // exactly so much
        handle_field(checkpoint, bytes + i * FIELD_BYTES, place);
        memory_free(place);
    }
    (void)checkpoint_fits(checkpoint);
}

// Changes a byte at a place chosen by two others.
static void forge(unsigned char *file, size_t size, const uint8_t *bytes) {
    for (size_t i = 0; i + 4 <= FORGERY_BYTES; i += 4) {
        size_t at = (bytes[i] | (size_t)bytes[i + 1] << 8) % (size - sizeof(uint64_t));
        file[at] = (unsigned char)(file[at] + bytes[i + 2]);
    }
    uint64_t seal = fingerprint_bytes(file, size - sizeof seal);
    memcpy(file + size - sizeof seal, &seal, sizeof seal);
}

static void decode(const void *bytes, size_t size, const uint8_t *fields, size_t count) {
    struct checkpoint checkpoint;
    struct error error = {0};
    checkpoint_init(&checkpoint);
    if (checkpoint_decode("a.checkpoint", bytes, size, &checkpoint, &error) == STATUS_OK) {
        restore(&checkpoint, fields, count);
    } else {
        INVARIANT(error.status == STATUS_BAD_DATA && error.message[0] != 0);
    }
    checkpoint_reset(&checkpoint);
}

static void write_and_decode(const uint8_t *bytes, size_t size) {
    static unsigned char values[UINT8_MAX];
    const uint8_t *fields = bytes + FORGERY_BYTES + 1;
    size_t count = (size - FORGERY_BYTES - 1) / FIELD_BYTES;
    size_t written = count < FIELDS_MAX ? count : FIELDS_MAX;
    size_t skipped = bytes[FORGERY_BYTES] % (written + 1);
    struct checkpoint made;
    size_t file_size = 0;
    checkpoint_init(&made);
    for (size_t i = 0; i < written; i++) {
        handle_field(&made, fields + i * FIELD_BYTES, values);
    }
    const void *encoded = checkpoint_encode(&made, &file_size);
    unsigned char *file = memory_allocate(file_size, 1);
    memcpy(file, encoded, file_size);
    forge(file, file_size, bytes);
    decode(file, file_size, fields + skipped * FIELD_BYTES, count - skipped);
    memory_free(file);
    checkpoint_reset(&made);
}

void fuzz_checkpoint(const uint8_t *bytes, size_t size) {
    static const char magic[] = "desgdchk";
    if (size < sizeof magic - 1 || memcmp(bytes, magic, sizeof magic - 1) == 0) {
        decode(bytes, size, bytes,
               size / FIELD_BYTES < FIELDS_MAX ? size / FIELD_BYTES : FIELDS_MAX);
    } else if (size > FORGERY_BYTES) {
        write_and_decode(bytes, size);
    }
}
