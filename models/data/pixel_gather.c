// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/pixel_gather.h"

#include <string.h>

#include "models/lanes.h"
#include "sim/base/check.h"

_Static_assert((int)LANE_COUNT == (int)PIXEL_GATHER_SAMPLES_MAX, "one lane for each sample");

typedef uint8_t bytes_of_16 __attribute__((vector_size(16)));
typedef uint16_t pairs_of_16 __attribute__((vector_size(16)));
typedef uint32_t fours_of_16 __attribute__((vector_size(16)));
typedef uint64_t words_of_16 __attribute__((vector_size(16)));
typedef int32_t ints_of_16 __attribute__((vector_size(16)));
typedef double doubles_of_32 __attribute__((vector_size(32)));
typedef real half_lanes
    __attribute__((vector_size(4 * sizeof(real)), aligned(sizeof(real)), may_alias));

LANES_INLINE bytes_of_16 load_8(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return (bytes_of_16)(words_of_16){word, 0};
}

// 8 x 8 bytes: byte 8 p + n of columns is byte first + p of images[n]. Neighbours are interleaved
// as bytes, then as pairs of bytes, then as fours.
LANES_INLINE void transpose(const uint8_t *const *images, size_t first, bytes_of_16 columns[4]) {
    pairs_of_16 twos[4];
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        twos[i] = (pairs_of_16)__builtin_shufflevector(
            load_8(images[2 * i] + first), load_8(images[2 * i + 1] + first), 0, 16, 1, 17, 2, 18,
            3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    }
    fours_of_16 fours[4];
#pragma GCC unroll 2
    for (size_t i = 0; i < 2; i++) {
        fours[2 * i] = (fours_of_16)__builtin_shufflevector(twos[2 * i], twos[2 * i + 1], 0, 8, 1,
                                                            9, 2, 10, 3, 11);
        fours[2 * i + 1] = (fours_of_16)__builtin_shufflevector(twos[2 * i], twos[2 * i + 1], 4, 12,
                                                                5, 13, 6, 14, 7, 15);
    }
#pragma GCC unroll 2
    for (size_t i = 0; i < 2; i++) {
        columns[2 * i] = (bytes_of_16)__builtin_shufflevector(fours[i], fours[i + 2], 0, 4, 1, 5);
        columns[2 * i + 1] =
            (bytes_of_16)__builtin_shufflevector(fours[i], fours[i + 2], 2, 6, 3, 7);
    }
}

// Four whole numbers of 32 bits to four of inputs.
LANES_INLINE void convert_4(const struct pixel_law *law, pairs_of_16 ints, real *values) {
    doubles_of_32 exact = __builtin_convertvector((ints_of_16)ints, doubles_of_32);
    *(half_lanes *)values = __builtin_convertvector(exact * law->scale + law->offset, half_lanes);
}

// Eight bytes, each already widened to 16 bits: zeros between them make 32 bits of each.
LANES_INLINE void convert_8(const struct pixel_law *law, bytes_of_16 widened, real *values) {
    const pairs_of_16 zero = {0};
    pairs_of_16 pairs = (pairs_of_16)widened;
    convert_4(law, __builtin_shufflevector(pairs, zero, 0, 8, 1, 9, 2, 10, 3, 11), values);
    convert_4(law, __builtin_shufflevector(pairs, zero, 4, 12, 5, 13, 6, 14, 7, 15), values + 4);
}

// Two pixels of eight samples.
LANES_INLINE void convert_16(const struct pixel_law *law, bytes_of_16 bytes, real *values,
                             size_t stride) {
    const bytes_of_16 zero = {0};
    convert_8(law,
              __builtin_shufflevector(bytes, zero, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22,
                                      7, 23),
              values);
    convert_8(law,
              __builtin_shufflevector(bytes, zero, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14,
                                      30, 15, 31),
              values + stride);
}

static real gather_one(const struct pixel_law *law, uint8_t byte) {
    return (real)(byte * law->scale + law->offset);
}

CPU_CLONED static void gather_eight(const struct pixel_law *law, const uint8_t *const *images,
                                    size_t pixel_count, real *inputs, size_t stride) {
    size_t p = 0;
    for (; p + 8 <= pixel_count; p += 8) {
        bytes_of_16 columns[4];
        transpose(images, p, columns);
#pragma GCC unroll 4
        for (size_t i = 0; i < 4; i++) {
            convert_16(law, columns[i], inputs + (p + 2 * i) * stride, stride);
        }
    }
    for (; p < pixel_count; p++) {
        for (size_t n = 0; n < 8; n++) {
            inputs[p * stride + n] = gather_one(law, images[n][p]);
        }
    }
}

void pixel_gather(const struct pixel_law *law, const uint8_t *const *images, size_t pixel_count,
                  size_t samples, real *inputs, size_t stride) {
    REQUIRE(samples <= PIXEL_GATHER_SAMPLES_MAX);
    if (samples == PIXEL_GATHER_SAMPLES_MAX) {
        gather_eight(law, images, pixel_count, inputs, stride);
        return;
    }
    for (size_t p = 0; p < pixel_count; p++) {
        for (size_t n = 0; n < samples; n++) {
            inputs[p * stride + n] = gather_one(law, images[n][p]);
        }
    }
}
