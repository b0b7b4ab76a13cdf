// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/hdf5_chunk.h"

#include <string.h>

#include <isa-l/igzip_lib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

// Of ISA-L: half as fast as 0, for a fifth less; as small as zlib's 1 but for 8 %.
enum { DEFLATE_LEVEL = 1, LEVEL_BYTES = ISAL_DEF_LVL1_DEFAULT };

struct hdf5_chunk {
    unsigned char *stored;
    size_t stored_capacity;
    struct isal_zstream stream;
    unsigned char level[LEVEL_BYTES];
};

struct hdf5_chunk *hdf5_chunk_create(void) {
    return memory_allocate(1, sizeof(struct hdf5_chunk));
}

void hdf5_chunk_destroy(struct hdf5_chunk *chunk) {
    if (chunk != NULL) {
        memory_free(chunk->stored);
        memory_free(chunk);
    }
}

// Swaps the upper bytes of *a with the lower ones of *b: those that "lower" names.
static inline void exchange(uint64_t *a, uint64_t *b, int shift, uint64_t lower) {
    uint64_t different = (*a >> shift ^ *b) & lower;
    *b ^= different;
    *a ^= different << shift;
}

static inline uint64_t word_at(const unsigned char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline void exchange_two(uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d, int shift,
                                uint64_t lower) {
    exchange(a, b, shift, lower);
    exchange(c, d, shift, lower);
}

// Eight values of eight bytes: row by row becomes column by column. In single words, which stay in
// registers.
static inline void add_eight(const unsigned char *values, size_t stride, unsigned char *place,
                             size_t room) {
    const uint64_t halves = UINT64_C(0x00000000ffffffff);
    const uint64_t pairs = UINT64_C(0x0000ffff0000ffff);
    const uint64_t bytes = UINT64_C(0x00ff00ff00ff00ff);
    uint64_t a = word_at(values);
    uint64_t b = word_at(values + stride);
    uint64_t c = word_at(values + 2 * stride);
    uint64_t d = word_at(values + 3 * stride);
    uint64_t e = word_at(values + 4 * stride);
    uint64_t f = word_at(values + 5 * stride);
    uint64_t g = word_at(values + 6 * stride);
    uint64_t h = word_at(values + 7 * stride);
    exchange_two(&a, &e, &b, &f, 32, halves);
    exchange_two(&c, &g, &d, &h, 32, halves);
    exchange_two(&a, &c, &b, &d, 16, pairs);
    exchange_two(&e, &g, &f, &h, 16, pairs);
    exchange_two(&a, &b, &c, &d, 8, bytes);
    exchange_two(&e, &f, &g, &h, 8, bytes);
    const uint64_t columns[8] = {a, b, c, d, e, f, g, h};
    for (size_t i = 0; i < 8; i++) {
        memcpy(place + i * room, &columns[i], sizeof columns[i]);
    }
}

// Values of eight bytes, eight at a time. Returns how many. By way of a small square: the planes
// lie a power of two apart, where a processor's cache has room for few lines.
static size_t add_words(const struct hdf5_planes *planes, const unsigned char *values,
                        size_t stride, size_t count) {
    enum { TILE = 256 };
    unsigned char tile[sizeof(uint64_t)][TILE];
    size_t whole = count / 8 * 8;
    for (size_t first = 0; first < whole; first += TILE) {
        size_t some = whole - first < TILE ? whole - first : TILE;
        for (size_t i = 0; i < some; i += 8) {
            add_eight(values + (first + i) * stride, stride, tile[0] + i, TILE);
        }
        for (size_t i = 0; i < sizeof(uint64_t); i++) {
            memcpy(planes->bytes + i * planes->room + planes->count + first, tile[i], some);
        }
    }
    return whole;
}

static void add_values(struct hdf5_planes *planes, const unsigned char *values, size_t stride,
                       size_t count) {
    size_t first =
        planes->value_bytes == sizeof(uint64_t) ? add_words(planes, values, stride, count) : 0;
    for (size_t byte = 0; byte < planes->value_bytes; byte++) {
        unsigned char *plane = planes->bytes + byte * planes->room + planes->count;
        for (size_t i = first; i < count; i++) {
            plane[i] = values[i * stride + byte];
        }
    }
}

// Whether all values are the one.
static bool are_all(uint64_t one, size_t value_bytes, const unsigned char *values, size_t stride,
                    size_t count) {
    uint64_t different = 0;
    if (value_bytes == sizeof one) { // every one is looked at: faster than to ask after each
        for (size_t i = 0; i < count; i++) {
            different |= word_at(values + i * stride) ^ one;
        }
        return different == 0;
    }
    for (size_t i = 0; i < count && different == 0; i++) {
        different = memcmp(values + i * stride, &one, value_bytes) != 0;
    }
    return different == 0;
}

// Puts the one value that stood for all into the planes.
static void spread_uniform(struct hdf5_planes *planes) {
    unsigned char value[sizeof planes->uniform];
    memcpy(value, &planes->uniform, sizeof value);
    for (size_t byte = 0; byte < planes->value_bytes; byte++) {
        memset(planes->bytes + byte * planes->room, value[byte], planes->count);
    }
    planes->is_uniform = false;
}

void hdf5_planes_add(struct hdf5_planes *planes, const unsigned char *values, size_t stride,
                     size_t count) {
    REQUIRE(count <= planes->room - planes->count);
    if (planes->count == 0 && count > 0 && planes->value_bytes <= sizeof planes->uniform) {
        planes->is_uniform = true;
        planes->uniform = 0;
        memcpy(&planes->uniform, values, planes->value_bytes);
    }
    if (planes->is_uniform &&
        !are_all(planes->uniform, planes->value_bytes, values, stride, count)) {
        spread_uniform(planes);
    }
    if (!planes->is_uniform) {
        add_values(planes, values, stride, count);
    }
    planes->count += count;
}

void hdf5_planes_init(struct hdf5_planes *planes, size_t value_bytes, size_t room) {
    REQUIRE(value_bytes > 0 && room > 0);
    *planes = (struct hdf5_planes){.value_bytes = value_bytes, .room = room};
    planes->bytes = memory_allocate(room, value_bytes);
}

void hdf5_planes_reset(struct hdf5_planes *planes) {
    memory_free(planes->bytes);
    *planes = (struct hdf5_planes){.bytes = NULL};
}

// Sums of the bytes taken two by two, the first one the higher; the sum of 360 such, and the sum of
// these sums, stay within 32 bits.
static uint32_t fletcher32(const unsigned char *bytes, size_t size) {
    enum { PAIRS_AT_ONCE = 360 };
    uint32_t sum = 0;
    uint32_t sums = 0;
    size_t pairs = size / 2;
    for (size_t i = 0; i < pairs; i++) {
        sum += (uint32_t)bytes[2 * i] << 8 | bytes[2 * i + 1];
        sums += sum;
        if (i % PAIRS_AT_ONCE == PAIRS_AT_ONCE - 1) {
            sum = (sum & 0xffff) + (sum >> 16);
            sums = (sums & 0xffff) + (sums >> 16);
        }
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sums = (sums & 0xffff) + (sums >> 16);
    if (size % 2 == 1) {
        sum += (uint32_t)bytes[size - 1] << 8;
        sums += sum;
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sums = (sums & 0xffff) + (sums >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sums = (sums & 0xffff) + (sums >> 16);
    return sums << 16 | sum;
}

// ---- the stream of zlib ----

// The lowest bytes of times and of real numbers are as good as random: they are stored as they are,
// which costs neither deflating nor inflating. Told by the frequencies of so many of a plane's
// bytes in the midst of it, whose sum of squares is 5116, give or take 90, if they are random, and
// less if they count up.
enum { SAMPLE_BYTES = 1024, RANDOM_LEAST = 4600, RANDOM_MOST = 5700 };

static bool is_random(const unsigned char *plane, size_t size) {
    uint32_t times[256] = {0};
    uint32_t sum = 0;
    if (size < SAMPLE_BYTES) {
        return false;
    }
    const unsigned char *sample = plane + (size - SAMPLE_BYTES) / 2;
    for (size_t i = 0; i < SAMPLE_BYTES; i++) {
        times[sample[i]]++;
    }
    for (size_t i = 0; i < 256; i++) {
        sum += times[i] * times[i];
    }
    return sum >= RANDOM_LEAST && sum <= RANDOM_MOST;
}

// A block of deflate that holds bytes as they are. Returns the place behind.
static unsigned char *store_block(unsigned char *place, const unsigned char *bytes, uint16_t size,
                                  bool last) {
    const uint16_t not_size = (uint16_t)~size;
    const unsigned char front[5] = {last, (unsigned char)size, (unsigned char)(size >> 8),
                                    (unsigned char)not_size, (unsigned char)(not_size >> 8)};
    memcpy(place, front, sizeof front);
    memcpy(place + sizeof front, bytes, size);
    return place + sizeof front + size;
}

static unsigned char *store_bytes(unsigned char *place, const unsigned char *bytes, size_t size) {
    for (size_t left = size; left > 0;) {
        uint16_t some = left < UINT16_MAX ? (uint16_t)left : UINT16_MAX;
        place = store_block(place, bytes, some, false);
        bytes += some;
        left -= some;
    }
    return place;
}

// Blocks of deflate, which end with a byte. Returns the place behind.
static unsigned char *deflate_bytes(struct hdf5_chunk *chunk, unsigned char *place,
                                    unsigned char *bytes, size_t size) {
    struct isal_zstream *stream = &chunk->stream;
    isal_deflate_stateless_init(stream);
    stream->level = DEFLATE_LEVEL;
    stream->level_buf = chunk->level;
    stream->level_buf_size = sizeof chunk->level;
    stream->gzip_flag = IGZIP_DEFLATE;
    stream->flush = FULL_FLUSH;
    stream->end_of_stream = 0;
    stream->next_in = bytes;
    stream->avail_in = (uint32_t)size;
    stream->next_out = place;
    stream->avail_out = (uint32_t)(chunk->stored_capacity - (size_t)(place - chunk->stored));
    int outcome = isal_deflate_stateless(stream);
    ENSURE(outcome == COMP_OK && stream->avail_in == 0);
    return stream->next_out;
}

// Returns the bytes stored.
static size_t write_stream(struct hdf5_chunk *chunk, const struct hdf5_planes *planes) {
    static const unsigned char front[2] = {0x78, 0x01};
    unsigned char *place = chunk->stored;
    const size_t bytes = planes->value_bytes * planes->room;
    memcpy(place, front, sizeof front);
    place += sizeof front;
    for (size_t from = 0, to; from < planes->value_bytes; from = to) {
        const bool random = is_random(planes->bytes + from * planes->room, planes->room);
        to = from + 1;
        while (to < planes->value_bytes &&
               is_random(planes->bytes + to * planes->room, planes->room) == random) {
            to++;
        }
        unsigned char *some = planes->bytes + from * planes->room;
        const size_t size = (to - from) * planes->room;
        place = random ? store_bytes(place, some, size) : deflate_bytes(chunk, place, some, size);
    }
    place = store_block(place, front, 0, true);
    const uint32_t sum = isal_adler32(1, planes->bytes, bytes);
    for (int shift = 24; shift >= 0; shift -= 8) {
        *place++ = (unsigned char)(sum >> shift);
    }
    return (size_t)(place - chunk->stored);
}

// From planes that are full.
static const void *make(struct hdf5_chunk *chunk, const struct hdf5_planes *planes, size_t *size) {
    // For what cannot be made smaller: in blocks of 64 KB, and with every plane by itself.
    enum { MARGIN_BYTES = 1024, PLANE_MARGIN_BYTES = 64 };
    size_t bytes = planes->value_bytes * planes->room;
    REQUIRE(bytes > 0 && bytes < UINT32_MAX / 2);
    chunk->stored = memory_grow(
        chunk->stored, &chunk->stored_capacity,
        bytes + bytes / MARGIN_BYTES + MARGIN_BYTES + planes->value_bytes * PLANE_MARGIN_BYTES, 1);
    size_t used = write_stream(chunk, planes);
    uint32_t checksum = fletcher32(chunk->stored, used);
    memcpy(chunk->stored + used, &checksum, sizeof checksum);
    *size = used + sizeof checksum;
    return chunk->stored;
}

static void keep(struct hdf5_planes *planes, uint64_t value, size_t count, const void *bytes,
                 size_t size) {
    if (size <= sizeof planes->kept.bytes) {
        memcpy(planes->kept.bytes, bytes, size);
        planes->kept.size = size;
        planes->kept.value = value;
        planes->kept.count = count;
    }
}

const void *hdf5_chunk_make(struct hdf5_chunk *chunk, struct hdf5_planes *planes, size_t *size) {
    const uint64_t value = planes->uniform;
    const bool is_uniform = planes->is_uniform && planes->count > 0;
    const size_t count = planes->count;
    planes->count = 0;
    if (is_uniform && planes->kept.count == count && planes->kept.value == value) {
        *size = planes->kept.size;
        return planes->kept.bytes;
    }
    planes->count = count;
    if (is_uniform) {
        spread_uniform(planes);
    }
    for (size_t byte = 0; byte < planes->value_bytes; byte++) {
        memset(planes->bytes + byte * planes->room + count, 0, planes->room - count);
    }
    planes->count = 0;
    const void *made = make(chunk, planes, size);
    if (is_uniform) {
        keep(planes, value, count, made, *size);
    }
    return made;
}
