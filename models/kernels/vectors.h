// SPDX-License-Identifier: GPL-3.0-or-later
// The vectors of one instruction set: the only part of the kernels that is written more than once.
// Included by a source that has chosen the set by one of KERNELS_FOR_AVX512, KERNELS_FOR_AVX2 and
// KERNELS_FOR_GENERIC. Plain operators (+, *, <, &) are the compiler's own on vectors; multiply and
// add are fused where v_fma says so, and nowhere else.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

// Before a loop whose count is known when compiled, over an array that has to live in registers.
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

// VEC: floats in a vector. BLOCK_MAX: output channels of 2 vectors each whose sums fit into the
// registers; FOR_EACH_BLOCK: a case of a switch for each number of them, compiled by itself.
// SUMS_MAX: sums of 1 vector that fit, beside their factors. NARROW_MAX, FOR_EACH_NARROW: channels
// of 1 vector each, where a block of samples is one vector wide. GRADIENT_FLOATS: of d_out that a
// convolution's weights are summed over at once. Half of the fastest cache, since the rows of the
// input need some of it; AVX-512 reads more seldom, and gains more by longer loops.
#define TO_6(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if defined(KERNELS_FOR_AVX512)
#include <immintrin.h>
enum { VEC = 16, BLOCK_MAX = 13, SUMS_MAX = 25, NARROW_MAX = 13, GRADIENT_FLOATS = 8192 };
#define FOR_EACH_BLOCK(CASE) TO_6(CASE) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13)
#define FOR_EACH_NARROW FOR_EACH_BLOCK
#elif defined(KERNELS_FOR_AVX2)
#include <immintrin.h>
enum { VEC = 8, BLOCK_MAX = 6, SUMS_MAX = 12, NARROW_MAX = 12, GRADIENT_FLOATS = 4096 };
#define FOR_EACH_BLOCK(CASE) TO_6(CASE)
#define FOR_EACH_NARROW(CASE) TO_6(CASE) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#elif defined(KERNELS_FOR_GENERIC)
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
enum { VEC = 4, BLOCK_MAX = 2, SUMS_MAX = 5, NARROW_MAX = 2, GRADIENT_FLOATS = 4096 };
#define FOR_EACH_BLOCK(CASE) CASE(1) CASE(2)
#define FOR_EACH_NARROW FOR_EACH_BLOCK
#endif

// PAIR: the lanes of two vectors, which is how much of a block is summed at once.
enum { PAIR = 2 * VEC, VIRTUAL_LANES = 16 };

typedef float vec __attribute__((vector_size(VEC * sizeof(float)), may_alias));
typedef int32_t ivec __attribute__((vector_size(VEC * sizeof(float)), may_alias));
typedef uint8_t byte_vec __attribute__((vector_size(VEC), may_alias));

INLINE bool v_aligned(const float *memory) {
    return (uintptr_t)memory % sizeof(vec) == 0;
}

INLINE vec v_load(const float *from) {
    return *(const vec *)from;
}

INLINE ivec i_all(int32_t x) {
    return (ivec){0} + x;
}

INLINE void v_store(float *to, vec value) {
    *(vec *)to = value;
}

INLINE vec v_load_unaligned(const float *from) {
    vec value;
    memcpy(&value, from, sizeof value);
    return value;
}

INLINE void v_store_unaligned(float *to, vec value) {
    memcpy(to, &value, sizeof value);
}

// ---- masks: of each lane, yes or no ----

#if defined(KERNELS_FOR_AVX512)

typedef __mmask16 mask;

INLINE mask m_greater(vec a, vec b) {
    return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_GT_OQ);
}

// Where a or b is NaN.
INLINE mask m_nan(vec a, vec b) {
    return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_UNORD_Q);
}

INLINE bool m_any(mask m) {
    return m != 0;
}

// a > b ? a : b
INLINE vec v_larger(vec a, vec b) {
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
}

INLINE mask m_equal(ivec a, int32_t b) {
    return _mm512_cmpeq_epi32_mask((__m512i)a, _mm512_set1_epi32(b));
}

INLINE mask m_or(mask a, mask b) {
    return (mask)(a | b);
}

INLINE mask m_none(void) {
    return 0;
}

// x > 0 or NaN.
INLINE mask m_passes_relu(vec x) {
    return _mm512_cmp_ps_mask((__m512)x, _mm512_setzero_ps(), _CMP_NLE_UQ);
}

INLINE vec v_select(mask m, vec yes, vec no) {
    return (vec)_mm512_mask_mov_ps((__m512)no, m, (__m512)yes);
}

INLINE ivec i_select(mask m, ivec yes, ivec no) {
    return (ivec)_mm512_mask_mov_epi32((__m512i)no, m, (__m512i)yes);
}

INLINE vec v_only(mask m, vec x) {
    return (vec)_mm512_maskz_mov_ps(m, (__m512)x);
}

#else

typedef ivec mask;

INLINE mask m_greater(vec a, vec b) {
    return (mask)(a > b);
}

INLINE mask m_nan(vec a, vec b) {
#if defined(KERNELS_FOR_AVX2)
    return (mask)_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_UNORD_Q);
#else
    return (mask)(a != a) | (mask)(b != b);
#endif
}

INLINE bool m_any(mask m) {
#if defined(KERNELS_FOR_AVX2)
    return _mm256_movemask_ps((__m256)m) != 0;
#else
    int32_t any = 0;
    for (size_t i = 0; i < VEC; i++) {
        any |= m[i];
    }
    return any != 0;
#endif
}

INLINE mask m_equal(ivec a, int32_t b) {
    return (mask)(a == b);
}

INLINE mask m_or(mask a, mask b) {
    return a | b;
}

INLINE mask m_none(void) {
    return (mask){0};
}

INLINE mask m_passes_relu(vec x) {
    return ~(mask)(x <= 0);
}

INLINE ivec i_select(mask m, ivec yes, ivec no) {
#if defined(KERNELS_FOR_AVX2)
    return (ivec)_mm256_blendv_ps((__m256)no, (__m256)yes, (__m256)m);
#else
    return (m & yes) | (~m & no);
#endif
}

INLINE vec v_select(mask m, vec yes, vec no) {
    return (vec)i_select(m, (ivec)yes, (ivec)no);
}

INLINE vec v_only(mask m, vec x) {
    return (vec)(m & (ivec)x);
}

INLINE vec v_larger(vec a, vec b) {
#if defined(KERNELS_FOR_AVX2)
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return v_select(m_greater(a, b), a, b);
#endif
}

#endif

// max(x, 0); NaN stays NaN.
INLINE vec v_relu(vec x) {
    return v_only(m_passes_relu(x), x);
}

// ---- arithmetic ----

#if defined(KERNELS_FOR_AVX512)

INLINE vec v_all(float x) {
    return (vec)_mm512_set1_ps(x);
}

// A value that is used several times: without this, gcc loads it anew for each use, and loads are
// what there is too little time for.
INLINE vec v_keep(vec x) {
    __asm__("" : "+v"(x));
    return x;
}

INLINE vec v_fma(vec a, vec b, vec c) {
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}

// The same for sums that stay in registers: the instruction that overwrites the sum. gcc may choose
// one that overwrites a factor, copies it before, and then has too few registers.
INLINE vec v_add_product(vec sum, vec a, vec b) {
    __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}

#elif defined(KERNELS_FOR_AVX2)

INLINE vec v_all(float x) {
    return (vec)_mm256_set1_ps(x);
}

INLINE vec v_keep(vec x) {
    __asm__("" : "+x"(x));
    return x;
}

INLINE vec v_fma(vec a, vec b, vec c) {
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}

INLINE vec v_add_product(vec sum, vec a, vec b) {
    __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
    return sum;
}

#elif defined(KERNELS_FOR_GENERIC)

INLINE vec v_all(float x) {
    return (vec){x, x, x, x};
}

INLINE vec v_keep(vec x) {
    return x;
}

#if defined(__FP_FAST_FMAF)

INLINE vec v_fma(vec a, vec b, vec c) {
    return (vec){__builtin_fmaf(a[0], b[0], c[0]), __builtin_fmaf(a[1], b[1], c[1]),
                 __builtin_fmaf(a[2], b[2], c[2]), __builtin_fmaf(a[3], b[3], c[3])};
}

#else

typedef double wide_vec __attribute__((vector_size(VEC * sizeof(double))));
typedef int64_t wide_ivec __attribute__((vector_size(VEC * sizeof(double))));

// Fused multiply-add without the instruction. In double the product is exact, and the sum is
// rounded once; rounding that to float is wrong only if the sum lies halfway between two floats and
// is not exact. A sum that is not exact and ends in an even bit moves by one unit towards the truth
// (rounding to odd): then it lies halfway no longer, but on the right side (Boldo and Melquiond,
// 2008). "error" is what the sum lost, exactly (Knuth's TwoSum). NaN and infinities have no order
// with it and stay.
static __attribute__((noinline)) void fuse_carefully(const vec *a, const vec *b, vec *c) {
    wide_vec product =
        __builtin_convertvector(*a, wide_vec) * __builtin_convertvector(*b, wide_vec);
    wide_vec addend = __builtin_convertvector(*c, wide_vec);
    wide_vec sum = product + addend;
    wide_vec part = sum - product;
    wide_vec error = (product - (sum - part)) + (addend - part);
    wide_ivec below = (wide_ivec)(error < 0);
    wide_ivec inexact = below | (wide_ivec)(error > 0);
    wide_ivec bits = (wide_ivec)sum;
    wide_ivec even = (bits & 1) - 1;
    wide_ivec step = (below ^ (wide_ivec)(sum < 0)) | 1;
    bits += step & inexact & even;
    *c = __builtin_convertvector((wide_vec)bits, vec);
}

#if defined(__SSE2__)

// Which sums of doubles are halfway between two floats (the 29 bits that a float lacks are 1000...)
// or, but for zero, so small that floats lack other bits.
INLINE int doubtful_lanes(__m128d low, __m128d high) {
    __m128i lower = (__m128i)_mm_shuffle_ps((__m128)low, (__m128)high, 0x88);
    __m128i upper = (__m128i)_mm_shuffle_ps((__m128)low, (__m128)high, 0xdd);
    __m128i magnitude = _mm_and_si128(upper, _mm_set1_epi32(0x7fffffff));
    __m128i halfway = _mm_cmpeq_epi32(_mm_and_si128(lower, _mm_set1_epi32(0x1fffffff)),
                                      _mm_set1_epi32(0x10000000));
    __m128i small = _mm_and_si128(_mm_cmplt_epi32(magnitude, _mm_set1_epi32(0x38100000)),
                                  _mm_cmpgt_epi32(magnitude, _mm_setzero_si128()));
    return _mm_movemask_epi8(_mm_or_si128(halfway, small));
}

INLINE __m128d upper_half(vec x) {
    return _mm_cvtps_pd(_mm_movehl_ps((__m128)x, (__m128)x));
}

// Nearly always no lane is in doubt.
INLINE vec v_fma(vec a, vec b, vec c) {
    __m128d low = _mm_add_pd(_mm_mul_pd(_mm_cvtps_pd((__m128)a), _mm_cvtps_pd((__m128)b)),
                             _mm_cvtps_pd((__m128)c));
    __m128d high = _mm_add_pd(_mm_mul_pd(upper_half(a), upper_half(b)), upper_half(c));
    if (__builtin_expect(doubtful_lanes(low, high) != 0, 0)) {
        fuse_carefully(&a, &b, &c);
        return c;
    }
    return (vec)_mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}

#else

INLINE vec v_fma(vec a, vec b, vec c) {
    fuse_carefully(&a, &b, &c);
    return c;
}

#endif

#endif

INLINE vec v_add_product(vec sum, vec a, vec b) {
    return v_fma(a, b, sum);
}

#endif

// ---- four by four ----

typedef float quad __attribute__((vector_size(16), may_alias));

// Four rows of four to four columns.
INLINE void turn_quads(quad *rows) {
    quad ab_low = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
    quad ab_high = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
    quad cd_low = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
    quad cd_high = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    rows[0] = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    rows[1] = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    rows[2] = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    rows[3] = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

// ---- the sum over 16 virtual lanes ----

// sums[i] = the sum of the 16 numbers at lanes + 16 i, for i < 16, each by the same tree: lane l
// and l + 8, then l and l + 4, l and l + 2, l and l + 1.
#if defined(KERNELS_FOR_AVX512)

// Halves the lanes of a and b: what they sum to lies side by side.
INLINE __m512 fold_8(const float *pair) {
    __m512 a = _mm512_loadu_ps(pair);
    __m512 b = _mm512_loadu_ps(pair + 16);
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
}

INLINE __m512 fold_4(const float *four) {
    __m512 a = fold_8(four);
    __m512 b = fold_8(four + 32);
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
}

INLINE __m512 fold_2(__m512 a, __m512 b) {
    return _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x44), _mm512_shuffle_ps(a, b, 0xee));
}

static inline void tree_sums(const float *lanes, float *sums) {
    __m512 a = fold_2(fold_4(lanes), fold_4(lanes + 64));
    __m512 b = fold_2(fold_4(lanes + 128), fold_4(lanes + 192));
    __m512 all = _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x88), _mm512_shuffle_ps(a, b, 0xdd));
    // Quarter q holds the sums q, q + 4, q + 8 and q + 12.
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    _mm512_storeu_ps(sums, _mm512_permutexvar_ps(order, all));
}

#else

static inline void tree_sums(const float *lanes, float *sums) {
    for (size_t i = 0; i < 16; i += 4) {
        quad four[4];
        UNROLL
        for (size_t k = 0; k < 4; k++) {
            const quad *from = (const quad *)(const void *)(lanes + (i + k) * 16);
            four[k] = (from[0] + from[2]) + (from[1] + from[3]);
        }
        turn_quads(four);
        *(quad *)(void *)(sums + i) = (four[0] + four[2]) + (four[1] + four[3]);
    }
}

#endif

// ---- cutting a count into blocks ----

// How many blocks of at most "most" there are, and the size of block i: they differ by one at most,
// so that no block is a small rest.
INLINE size_t block_count(size_t count, size_t most) {
    return (count + most - 1) / most;
}

INLINE size_t block_size(size_t count, size_t most, size_t i) {
    size_t blocks = block_count(count, most);
    return count / blocks + (i < count % blocks);
}
