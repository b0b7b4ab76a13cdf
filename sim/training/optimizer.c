// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/optimizer.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "sim/base/cpu_clones.h"

// Eight numbers side by side: elementwise operations have the same bits however wide the CPU's
// vectors are. Unaligned.
enum { LANES = 8 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef uint32_t lane_bits
    __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef float half_lanes
    __attribute__((vector_size(LANES / 2 * sizeof(float)), aligned(4), may_alias));
typedef double wide_half __attribute__((vector_size(LANES / 2 * sizeof(double))));

CPU_CLONED void optimizer_accumulate(float *sum, const float *gradient, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        *(lanes *)(sum + i) += *(const lanes *)(gradient + i);
    }
    for (; i < count; i++) {
        sum[i] += gradient[i];
    }
}

// ---- the step: both ways compute the same correctly rounded fma, the library's by a call each
// ----

static void step_by_library(const float *current, const float *sum, float rate, float *next,
                            size_t count) {
    for (size_t i = 0; i < count; i++) {
        next[i] = fmaf(-rate, sum[i], current[i]);
    }
}

#if defined(__x86_64__)

__attribute__((target("avx2,fma"))) static void
step_with_fma(const float *current, const float *sum, float rate, float *next, size_t count) {
    const __m256 minus_rate = _mm256_set1_ps(-rate);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        __m256 stepped =
            _mm256_fmadd_ps(minus_rate, _mm256_loadu_ps(sum + i), _mm256_loadu_ps(current + i));
        _mm256_storeu_ps(next + i, stepped);
    }
    for (; i < count; i++) {
        next[i] = __builtin_fmaf(-rate, sum[i], current[i]);
    }
}

void optimizer_step(const float *current, const float *sum, float rate, float *next, size_t count) {
    if (__builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2")) {
        step_with_fma(current, sum, rate, next, count);
    } else {
        step_by_library(current, sum, rate, next, count);
    }
}

#else

void optimizer_step(const float *current, const float *sum, float rate, float *next, size_t count) {
    step_by_library(current, sum, rate, next, count);
}

#endif

void optimizer_accumulate_weighted(float *sum, const float *gradient, float weight, size_t count) {
    if (weight == 1) { // fma(1, g, s) is s + g, but slower
        optimizer_accumulate(sum, gradient, count);
    } else {
        optimizer_step(sum, gradient, -weight, sum, count);
    }
}

// ---- what is said about a step ----

// Squares and sums are taken in double; partial sum l takes the differences l, l + 8, l + 16 ...
static inline __attribute__((always_inline)) void add_squares(const float *a, const float *b,
                                                              wide_half *sums) {
    wide_half difference = __builtin_convertvector(*(const half_lanes *)a, wide_half) -
                           __builtin_convertvector(*(const half_lanes *)b, wide_half);
    *sums += difference * difference;
}

CPU_CLONED double optimizer_distance(const float *a, const float *b, size_t count) {
    enum { HALF = LANES / 2 };
    wide_half low = {0};
    wide_half high = {0};
    size_t whole = count / LANES * LANES;
    for (size_t i = 0; i < whole; i += LANES) {
        add_squares(a + i, b + i, &low);
        add_squares(a + i + HALF, b + i + HALF, &high);
    }
    float last_a[LANES] = {0};
    float last_b[LANES] = {0};
    memcpy(last_a, a + whole, (count - whole) * sizeof *a);
    memcpy(last_b, b + whole, (count - whole) * sizeof *b);
    add_squares(last_a, last_b, &low);
    add_squares(last_a + HALF, last_b + HALF, &high);
    wide_half pairs = low + high;
    return sqrt((pairs[0] + pairs[2]) + (pairs[1] + pairs[3]));
}

// Infinite or NaN: an exponent of all ones, which added to one in its lowest place becomes a sign.
// Bits of 0x80000000 for each number that is not finite.
#define EXPONENT_MASK 0x7f800000u
#define EXPONENT_UNIT 0x00800000u

CPU_CLONED bool optimizer_all_finite(const float *values, size_t count) {
    lane_bits any = {0};
    size_t whole = count / LANES * LANES;
    for (size_t i = 0; i < whole; i += LANES) {
        any |= (*(const lane_bits *)(values + i) & EXPONENT_MASK) + EXPONENT_UNIT;
    }
    for (size_t i = whole; i < count; i++) {
        uint32_t bits = 0;
        memcpy(&bits, &values[i], sizeof bits);
        any[i - whole] |= (bits & EXPONENT_MASK) + EXPONENT_UNIT;
    }
    uint32_t all = 0;
    for (size_t lane = 0; lane < LANES; lane++) {
        all |= any[lane];
    }
    return all >> 31 == 0;
}

void optimizer_canonical_nan(float *values, size_t count) {
    const uint32_t quiet = 0x7fc00000u;
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i])) {
            memcpy(&values[i], &quiet, sizeof quiet);
        }
    }
}
