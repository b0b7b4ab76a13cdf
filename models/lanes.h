// SPDX-License-Identifier: GPL-3.0-or-later
// Eight numbers side by side, in the compiler's vector types: one operation on each lane, no
// operation across lanes but lanes_sum, whose order is fixed. So the bits are the same whether a
// lane's work is done by SSE2, AVX2 or one number at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "models/real.h"
#include "sim/base/cpu_clones.h"

enum { LANE_COUNT = 8 };

// What a function that is CPU_CLONED calls.
#define LANES_INLINE static inline __attribute__((always_inline))

#ifdef DESGD_REAL_DOUBLE
typedef int64_t lane_mask;
#else
typedef int32_t lane_mask;
#endif

// Unaligned: a batch need not be a multiple of the lanes.
typedef real lanes
    __attribute__((vector_size(LANE_COUNT * sizeof(real)), aligned(sizeof(real)), may_alias));
typedef lane_mask lane_masks
    __attribute__((vector_size(LANE_COUNT * sizeof(real)), aligned(sizeof(real)), may_alias));
typedef uint8_t lane_bytes __attribute__((vector_size(LANE_COUNT), aligned(1), may_alias));

// The sum of count numbers: lane l adds the numbers l, l + 8, l + 16 ... in order, the last count
// mod 8 go to the first lanes; then the lanes are added in pairs.
LANES_INLINE real lanes_sum(const real *values, size_t count) {
    lanes sum = {0};
    size_t i = 0;
    for (; i + LANE_COUNT <= count; i += LANE_COUNT) {
        sum += *(const lanes *)(values + i);
    }
    for (size_t l = 0; i + l < count; l++) {
        sum[l] += values[i + l];
    }
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

LANES_INLINE void lanes_fill(real *values, size_t count, real value) {
    lanes filled = {0};
    filled += value;
    size_t i = 0;
    for (; i + LANE_COUNT <= count; i += LANE_COUNT) {
        *(lanes *)(values + i) = filled;
    }
    for (; i < count; i++) {
        values[i] = value;
    }
}
