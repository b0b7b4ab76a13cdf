// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/pixel_gather.h"

#include <float.h>
#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

static real gather_one(const struct pixel_law *law, uint8_t byte) {
    return (real)(byte * law->scale + law->offset);
}

// Four whole numbers of 32 bits to four of inputs, in double.
LANES_INLINE void convert_4(const struct pixel_law *law, pairs_of_16 ints, real *values) {
    doubles_of_32 exact = __builtin_convertvector((ints_of_16)ints, doubles_of_32);
    *(half_lanes *)values = __builtin_convertvector(exact * law->scale + law->offset, half_lanes);
}

// Eight bytes, each already widened to 16 bits: zeros between them make 32 bits of each.
LANES_INLINE void convert_8(const struct pixel_law *law, bytes_of_16 widened, real *values) {
    const pairs_of_16 zero = {0};
    pairs_of_16 pairs = (pairs_of_16)widened;
    pairs_of_16 first = __builtin_shufflevector(pairs, zero, 0, 8, 1, 9, 2, 10, 3, 11);
    pairs_of_16 second = __builtin_shufflevector(pairs, zero, 4, 12, 5, 13, 6, 14, 7, 15);
    convert_4(law, first, values);
    convert_4(law, second, values + 4);
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

// ---- the law in floats ----

// The nearest multiple of 2^-digits.
static float high_part(double value, int digits) {
    return (float)ldexp(nearbyint(ldexp(value, digits)), -digits);
}

struct pixel_law pixel_law_of(double scale, double offset) {
    REQUIRE(isfinite(scale) && isfinite(offset));
    struct pixel_law law = {.scale = scale, .offset = offset};
    int exponent = 0;
    frexp(fmax(255 * fabs(scale), fabs(offset)), &exponent);
    int digits = FLT_MANT_DIG - exponent - 1; // one for the sum
    law.scale_high = high_part(scale, digits);
    law.offset_high = high_part(offset, digits);
    law.scale_low = (float)(scale - (double)law.scale_high);
    law.offset_low = (float)(offset - (double)law.offset_high);
    law.in_floats = true;
    for (int byte = 0; byte < 256; byte++) {
        const float exact = (float)byte;
        float high = fmaf(exact, law.scale_high, law.offset_high);
        float low = fmaf(exact, law.scale_low, law.offset_low);
        law.in_floats = law.in_floats && (real)(high + low) == gather_one(&law, (uint8_t)byte);
    }
    return law;
}

// ---- whole eights, in floats; each function returns how many pixels or bytes it did ----

#if defined(__x86_64__) && !defined(DESGD_REAL_DOUBLE)
// What is converted soon is fetched by then: left to itself, a processor waits at each page.
enum { AHEAD = 2048 };

#define AVX2_FUNCTION __attribute__((target("avx2,fma")))

static bool works_in_floats(const struct pixel_law *law) {
    return law->in_floats && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

// The low eight bytes.
AVX2_FUNCTION LANES_INLINE void convert_in_floats(const struct pixel_law *law, __m128i bytes,
                                                  float *inputs) {
    __m256 exact = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
    __m256 high =
        _mm256_fmadd_ps(exact, _mm256_set1_ps(law->scale_high), _mm256_set1_ps(law->offset_high));
    __m256 low =
        _mm256_fmadd_ps(exact, _mm256_set1_ps(law->scale_low), _mm256_set1_ps(law->offset_low));
    _mm256_storeu_ps(inputs, _mm256_add_ps(high, low));
}

AVX2_FUNCTION static size_t gather_in_floats(const struct pixel_law *law,
                                             const uint8_t *const *images, size_t pixel_count,
                                             float *inputs, size_t stride) {
    const struct pixel_law local = *law; // which no store can change, as the compiler sees
    size_t p = 0;
    for (; p + 8 <= pixel_count; p += 8) {
        bytes_of_16 columns[4];
        transpose(images, p, columns);
#pragma GCC unroll 4
        for (size_t i = 0; i < 4; i++) {
            float *to = inputs + (p + 2 * i) * stride;
            convert_in_floats(&local, (__m128i)columns[i], to);
            convert_in_floats(&local, _mm_srli_si128((__m128i)columns[i], 8), to + stride);
        }
    }
    return p;
}

__attribute__((target("avx512f"))) static size_t convert_16_in_floats(const struct pixel_law *law,
                                                                      const uint8_t *bytes,
                                                                      size_t count, float *inputs) {
    const __m512 scale_high = _mm512_set1_ps(law->scale_high);
    const __m512 scale_low = _mm512_set1_ps(law->scale_low);
    const __m512 offset_high = _mm512_set1_ps(law->offset_high);
    const __m512 offset_low = _mm512_set1_ps(law->offset_low);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __builtin_prefetch(bytes + i + AHEAD);
        __m128i sixteen = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        __m512 exact = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(sixteen));
        __m512 high = _mm512_fmadd_ps(exact, scale_high, offset_high);
        __m512 low = _mm512_fmadd_ps(exact, scale_low, offset_low);
        _mm512_storeu_ps(inputs + i, _mm512_add_ps(high, low));
    }
    return i;
}

AVX2_FUNCTION static size_t convert_many_in_floats(const struct pixel_law *law,
                                                   const uint8_t *bytes, size_t count,
                                                   float *inputs) {
    const struct pixel_law local = *law;
    size_t i =
        __builtin_cpu_supports("avx512f") ? convert_16_in_floats(law, bytes, count, inputs) : 0;
    for (; i + 8 <= count; i += 8) {
        __builtin_prefetch(bytes + i + AHEAD);
        bytes_of_16 eight = load_8(bytes + i);
        convert_in_floats(&local, (__m128i)eight, inputs + i);
    }
    return i;
}

#else

static bool works_in_floats(const struct pixel_law *law) {
    (void)law;
    return false;
}

static size_t gather_in_floats(const struct pixel_law *law, const uint8_t *const *images,
                               size_t pixel_count, real *inputs, size_t stride) {
    (void)law, (void)images, (void)pixel_count, (void)inputs, (void)stride;
    return 0;
}

static size_t convert_many_in_floats(const struct pixel_law *law, const uint8_t *bytes,
                                     size_t count, real *inputs) {
    (void)law, (void)bytes, (void)count, (void)inputs;
    return 0;
}

#endif

// ---- whole eights, in double ----

CPU_CLONED static size_t gather_in_double(const struct pixel_law *law, const uint8_t *const *images,
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
    return p;
}

CPU_CLONED static size_t convert_many_in_double(const struct pixel_law *law, const uint8_t *bytes,
                                                size_t count, real *inputs) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        bytes_of_16 sixteen;
        memcpy(&sixteen, bytes + i, sizeof sixteen);
        convert_16(law, sixteen, inputs + i, 8);
    }
    return i;
}

// ---- the doors ----

void pixel_gather(const struct pixel_law *law, const uint8_t *const *images, size_t pixel_count,
                  size_t samples, real *inputs, size_t stride) {
    REQUIRE(stride >= samples);
    REQUIRE(samples <= PIXEL_GATHER_SAMPLES_MAX);
    size_t done = 0;
    if (samples == PIXEL_GATHER_SAMPLES_MAX) {
        done = works_in_floats(law) ? gather_in_floats(law, images, pixel_count, inputs, stride)
                                    : gather_in_double(law, images, pixel_count, inputs, stride);
    }
    for (size_t p = done; p < pixel_count; p++) {
        for (size_t n = 0; n < samples; n++) {
            inputs[p * stride + n] = gather_one(law, images[n][p]);
        }
    }
}

void pixel_convert(const struct pixel_law *law, const uint8_t *bytes, size_t count, real *inputs) {
    size_t done = works_in_floats(law) ? convert_many_in_floats(law, bytes, count, inputs)
                                       : convert_many_in_double(law, bytes, count, inputs);
    for (size_t i = done; i < count; i++) {
        inputs[i] = gather_one(law, bytes[i]);
    }
}

void pixel_clear_lanes(real *inputs, size_t row_count, size_t used, size_t stride) {
    REQUIRE(used <= stride);
    for (size_t i = 0; used < stride && i < row_count; i++) {
        memset(inputs + i * stride + used, 0, (stride - used) * sizeof *inputs);
    }
}
