// SPDX-License-Identifier: GPL-3.0-or-later
// A convolution and the max-pool behind it in registers: the sums of a window are compared as they
// come, and only the maximum is stored. Part of each instruction set's kernels. The sums are those
// of correlation.h and the maxima those of pooling.h, bit for bit; for windows of sums whose
// columns have all their taps.
#pragma once

#include "models/kernels/correlation.h"
#include "models/kernels/kernels.h"
#include "models/kernels/vectors.h"

// One row of windows of one block of output channels.
struct maximum_task {
    struct taps taps[3]; // of the first sum of each row of the first window
    const float *biases;
    size_t lanes;
    float *out;       // of the first window: (block, out_plane)
    uint8_t *winners; // likewise; NULL: not wanted
    size_t out_plane;
    bool relu;
};

// Channels whose sums over one row of a window fit into the registers.
#define MAXIMUM_BLOCK(side) (2 * BLOCK_MAX / (side))

// A vector of the maxima of window x. Returns whether there was a NaN: then what is stored is of no
// meaning.
INLINE bool store_maximum(const struct maximum_task *task, size_t block, size_t side, bool keep,
                          size_t x, size_t lane) {
    vec best[BLOCK_MAX];
    ivec place[BLOCK_MAX];
    mask nan = m_none();
    size_t lanes = task->lanes;
    for (size_t y = 0; y < side; y++) {
        vec sums[2 * BLOCK_MAX + 1];
        sum_tile(&task->taps[y], task->biases, x * side * lanes + lane, lanes, block, side, sums);
        UNROLL
        for (size_t f = 0; f < block; f++) {
            vec *row = &sums[f * side];
            best[f] = y == 0 ? row[0] : best[f];
            place[f] = y == 0 ? i_all(0) : place[f];
            UNROLL
            for (size_t p = 0; p < side; p++) {
                if (keep) {
                    place[f] = i_select(m_greater(row[p], best[f]), i_all((int32_t)(y * side + p)),
                                        place[f]);
                }
                best[f] = v_larger(row[p], best[f]);
            }
            nan = m_or(nan, m_nan(row[0], row[1]));
            nan = side == 3 ? m_or(nan, m_nan(row[0], row[side - 1])) : nan;
        }
    }
    size_t to = x * lanes + lane;
    UNROLL
    for (size_t f = 0; f < block; f++) {
        size_t at = f * task->out_plane + to;
        if (task->relu) {
            mask passes = m_passes_relu(best[f]);
            best[f] = v_only(passes, best[f]);
            place[f] = i_select(passes, place[f], i_all(KERNEL_NO_WINNER));
        }
        v_store(task->out + at, best[f]);
        if (keep) {
            byte_vec narrow = __builtin_convertvector(place[f], byte_vec);
            memcpy(task->winners + at, &narrow, sizeof narrow);
        }
    }
    return m_any(nan);
}

INLINE size_t store_maxima(const struct maximum_task *original, size_t block, size_t side,
                           bool keep, size_t x, size_t end) {
    struct maximum_task task = *original; // which no store can change, as the compiler sees
    for (; x < end; x++) {
        bool nan = false;
        for (size_t lane = 0; lane < task.lanes; lane += VEC) {
            nan = store_maximum(&task, block, side, keep, x, lane) || nan;
        }
        if (nan) {
            return x;
        }
    }
    return end;
}

INLINE size_t window_maxima_of(const struct maximum_task *task, size_t block, size_t side, size_t x,
                               size_t end) {
    return task->winners == NULL ? store_maxima(task, block, side, false, x, end)
                                 : store_maxima(task, block, side, true, x, end);
}

// The sides that there is a copy for.
static inline bool has_maximum(size_t side) {
    return side == 2 || side == 3;
}

#define MAXIMUM_CASE(block)                                                                        \
    case (block):                                                                                  \
        return (block) > MAXIMUM_BLOCK(3) || side == 2 ? window_maxima_of(task, block, 2, x, end)  \
                                                       : window_maxima_of(task, block, 3, x, end);

// Windows [x, end) of the row, up to one with a NaN in it, which has to be done otherwise; returns
// which, or end.
// Requires: has_maximum(side), block <= MAXIMUM_BLOCK(side).
static size_t window_maxima(const struct maximum_task *task, size_t block, size_t side, size_t x,
                            size_t end) {
    switch (block) {
        FOR_EACH_BLOCK(MAXIMUM_CASE)
    default:
        __builtin_unreachable();
    }
}
