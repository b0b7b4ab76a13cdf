// SPDX-License-Identifier: GPL-3.0-or-later
// A convolution and the max-pool behind it in registers: the sums of a window are compared as they
// come, and only the maximum is stored. Part of each instruction set's kernels. The sums are those
// of correlation.h and the maxima those of pooling.h, bit for bit; for convolutions without
// padding, whose windows all have the same taps.
#pragma once

#include "models/kernels/correlation.h"
#include "models/kernels/kernels.h"
#include "models/kernels/vectors.h"

// One row of windows of one block of output channels.
struct maximum_task {
    const struct row_task *row; // the first row of sums in the windows
    size_t next_row;            // floats of input from one row of sums to the next
    size_t block;
    float *out;       // of the row's first window: (block, out_plane)
    uint8_t *winners; // likewise; NULL: not wanted
    size_t out_plane;
    bool relu;
};

// Channels whose sums over one row of a window fit into the registers, 2 vectors each.
#define MAXIMUM_BLOCK(side) (BLOCK_MAX / (side))

// Window x. Returns false if there is a NaN in it: then what is stored is of no meaning.
INLINE bool store_maximum(const struct maximum_task *task, size_t block, size_t side, bool keep,
                          size_t x, size_t lane) {
    const struct row_task *row = task->row;
    ptrdiff_t corner = row->corner + (ptrdiff_t)(x * side * row->step + lane);
    vec best[2 * BLOCK_MAX];
    ivec place[2 * BLOCK_MAX];
    mask nan = m_none();
    UNROLL
    for (size_t i = 0; i < 2 * block; i++) {
        best[i] = v_all(-__builtin_inff());
        place[i] = i_all(0);
    }
    for (size_t y = 0; y < side; y++) {
        vec sums[2 * BLOCK_MAX];
        sum_places(row, block, side, corner + (ptrdiff_t)(y * task->next_row), row->taps,
                   row->tap_counts[0], sums);
        UNROLL
        for (size_t f = 0; f < block; f++) {
            UNROLL
            for (size_t p = 0; p < side; p++) {
                const vec *pair = &sums[(f * side + p) * 2];
                nan = m_or(nan, m_nan(pair[0], pair[1]));
                UNROLL
                for (size_t v = 0; v < 2; v++) {
                    size_t i = 2 * f + v;
                    if (keep) {
                        place[i] = i_select(m_greater(pair[v], best[i]),
                                            i_all((int32_t)(y * side + p)), place[i]);
                    }
                    best[i] = v_larger(pair[v], best[i]);
                }
            }
        }
    }
    size_t to = x * KERNEL_LANES + lane;
    UNROLL
    for (size_t i = 0; i < 2 * block; i++) {
        size_t at = i / 2 * task->out_plane + to + i % 2 * VEC;
        if (task->relu) {
            mask passes = m_passes_relu(best[i]);
            best[i] = v_only(passes, best[i]);
            place[i] = i_select(passes, place[i], i_all(KERNEL_NO_WINNER));
        }
        v_store(task->out + at, best[i]);
        if (keep) {
            byte_vec narrow = __builtin_convertvector(place[i], byte_vec);
            memcpy(task->winners + at, &narrow, sizeof narrow);
        }
    }
    return !m_any(nan);
}

INLINE bool store_maximum_of(const struct maximum_task *task, size_t block, size_t side, size_t x) {
    bool numbers = true;
    for (size_t lane = 0; lane < KERNEL_LANES; lane += PAIR) {
        bool fine = task->winners == NULL ? store_maximum(task, block, side, false, x, lane)
                                          : store_maximum(task, block, side, true, x, lane);
        numbers = numbers && fine;
    }
    return numbers;
}

// The sides and blocks that there is a copy for.
static inline bool has_maximum(size_t side) {
    return (side == 2 || side == 3) && MAXIMUM_BLOCK(side) >= 1;
}

// Window x of the row; false if it has to be done otherwise, because there is a NaN in it.
// Requires: has_maximum(side), block <= MAXIMUM_BLOCK(side).
static bool window_maximum(const struct maximum_task *task, size_t side, size_t x) {
    switch (8 * side + task->block) {
    case 8 * 2 + 1:
        return store_maximum_of(task, 1, 2, x);
#if !defined(KERNELS_FOR_GENERIC)
    case 8 * 2 + 2:
        return store_maximum_of(task, 2, 2, x);
    case 8 * 2 + 3:
        return store_maximum_of(task, 3, 2, x);
    case 8 * 3 + 1:
        return store_maximum_of(task, 1, 3, x);
    case 8 * 3 + 2:
        return store_maximum_of(task, 2, 3, x);
#endif
#if defined(KERNELS_FOR_AVX512)
    case 8 * 2 + 4:
        return store_maximum_of(task, 4, 2, x);
    case 8 * 2 + 5:
        return store_maximum_of(task, 5, 2, x);
    case 8 * 2 + 6:
        return store_maximum_of(task, 6, 2, x);
    case 8 * 3 + 3:
        return store_maximum_of(task, 3, 3, x);
    case 8 * 3 + 4:
        return store_maximum_of(task, 4, 3, x);
#endif
    default:
        __builtin_unreachable();
    }
}
