// SPDX-License-Identifier: GPL-3.0-or-later
// The kernels in AVX2 and FMA: vectors of 8, 16 registers.
#include "models/kernels/isa_tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define KERNELS_FOR_AVX2
#define KERNELS_NAME "avx2"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

#include "models/kernels/all_kernels.h"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const struct kernels *kernels_avx2(void) {
    return &kernels_table;
}

#else

const struct kernels *kernels_avx2(void) {
    return NULL;
}

#endif
