// SPDX-License-Identifier: GPL-3.0-or-later
// The kernels in AVX-512: vectors of 16, 32 registers.
#include "models/kernels/isa_tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define KERNELS_FOR_AVX512
#define KERNELS_NAME "avx512"

#if defined(__clang__)
#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,prefer-vector-width=512")
#endif

#include "models/kernels/all_kernels.h"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const struct kernels *kernels_avx512(void) {
    return &kernels_table;
}

#else

const struct kernels *kernels_avx512(void) {
    return NULL;
}

#endif
