// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>

#define XXH_INLINE_ALL // most are of a few bytes, for which a call is half of it
#include <xxhash.h>

#include "sim/base/check.h"

uint64_t fingerprint_bytes(const void *bytes, size_t size) {
    REQUIRE(bytes != NULL || size == 0);
    return XXH3_64bits(bytes, size);
}

uint64_t fingerprint_bytes_seeded(const void *bytes, size_t size, uint64_t seed) {
    REQUIRE(bytes != NULL || size == 0);
    return XXH3_64bits_withSeed(bytes, size, seed);
}

uint64_t fingerprint_combine(uint64_t fingerprint, uint64_t value) {
    return XXH3_64bits_withSeed(&value, sizeof value, fingerprint);
}

const char *fingerprint_format(uint64_t fingerprint, char text[FINGERPRINT_TEXT_SIZE]) {
    snprintf(text, FINGERPRINT_TEXT_SIZE, "%016" PRIx64, fingerprint);
    return text;
}

// The public struct is libxxhash's own state: it wants 64-byte alignment, which its allocator
// gives.
struct fingerprint_stream *fingerprint_stream_create(void) {
    XXH3_state_t *state = XXH3_createState();
    INVARIANT(state != NULL);
    XXH3_64bits_reset(state);
    return (struct fingerprint_stream *)(void *)state;
}

void fingerprint_stream_add(struct fingerprint_stream *stream, const void *bytes, size_t size) {
    REQUIRE(bytes != NULL || size == 0);
    XXH3_64bits_update((XXH3_state_t *)(void *)stream, bytes, size);
}

uint64_t fingerprint_stream_value(const struct fingerprint_stream *stream) {
    return XXH3_64bits_digest((const XXH3_state_t *)(const void *)stream);
}

void fingerprint_stream_destroy(struct fingerprint_stream *stream) {
    XXH3_freeState((XXH3_state_t *)(void *)stream);
}
