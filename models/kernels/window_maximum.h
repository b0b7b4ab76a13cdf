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

// Channels whose sums over one row of a window fit into the registers, "wide" vectors of each
// position: many sums at once hide more of the time that a tile takes to begin and to end.
#define MAXIMUM_BLOCK(side, wide) (2 * BLOCK_MAX / ((side) * (wide)))

static inline size_t maximum_width(size_t lanes) {
    return lanes >= PAIR ? 2 : 1;
}

// Some lanes of the maxima of window x. Returns whether there was a NaN: then what is stored is of
// no meaning.
INLINE bool store_maximum(const struct maximum_task *task, size_t block, size_t side, size_t wide,
                          bool keep, size_t x, size_t lane) {
    vec best[2 * BLOCK_MAX];
    ivec place[2 * BLOCK_MAX];
    mask nan = m_none();
    size_t lanes = task->lanes;
    for (size_t y = 0; y < side; y++) {
        vec sums[2 * BLOCK_MAX + 2];
        sum_tile(&task->taps[y], task->biases, x * side * lanes + lane, wide, lanes, block,
                 side * wide, sums);
        UNROLL
        for (size_t i = 0; i < block * wide; i++) {
            vec *row = &sums[i / wide * side * wide + i % wide];
            best[i] = y == 0 ? row[0] : best[i];
            place[i] = y == 0 ? i_all(0) : place[i];
            UNROLL
            for (size_t p = 0; p < side; p++) {
                vec value = row[p * wide];
                if (keep) {
                    place[i] = i_select(m_greater(value, best[i]), i_all((int32_t)(y * side + p)),
                                        place[i]);
                }
                best[i] = v_larger(value, best[i]);
            }
            nan = m_or(nan, m_nan(row[0], row[wide]));
            nan = side == 3 ? m_or(nan, m_nan(row[0], row[(side - 1) * wide])) : nan;
        }
    }
    size_t to = x * lanes + lane;
    UNROLL
    for (size_t i = 0; i < block * wide; i++) {
        size_t at = i / wide * task->out_plane + to + i % wide * VEC;
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
    return m_any(nan);
}

INLINE size_t store_maxima(const struct maximum_task *original, size_t block, size_t side,
                           size_t wide, bool keep, size_t x, size_t end) {
    struct maximum_task task = *original; // which no store can change, as the compiler sees
    for (; x < end; x++) {
        bool nan = false;
        for (size_t lane = 0; lane < task.lanes; lane += wide * VEC) {
            nan = store_maximum(&task, block, side, wide, keep, x, lane) || nan;
        }
        if (nan) {
            return x;
        }
    }
    return end;
}

// Nothing is compiled for more sums than fit.
INLINE size_t window_maxima_of(const struct maximum_task *task, size_t block, size_t side,
                               size_t wide, size_t x, size_t end) {
    if (block > MAXIMUM_BLOCK(side, wide)) {
        __builtin_unreachable();
    }
    return task->winners == NULL ? store_maxima(task, block, side, wide, false, x, end)
                                 : store_maxima(task, block, side, wide, true, x, end);
}

// The sides that there is a copy for.
static inline bool has_maximum(size_t side) {
    return side == 2 || side == 3;
}

#define MAXIMUM_CASE(block)                                                                        \
    case 8 * (block) + 1:                                                                          \
        return window_maxima_of(task, block, 2, 1, x, end);                                        \
    case 8 * (block) + 2:                                                                          \
        return window_maxima_of(task, block, 3, 1, x, end);                                        \
    case 8 * (block) + 2 + 1:                                                                      \
        return window_maxima_of(task, block, 2, 2, x, end);                                        \
    case 8 * (block) + 2 + 2:                                                                      \
        return window_maxima_of(task, block, 3, 2, x, end);

// Windows [x, end) of the row, up to one with a NaN in it, which has to be done otherwise; returns
// which, or end.
// Requires: has_maximum(side), block <= MAXIMUM_BLOCK(side, maximum_width(lanes)).
static size_t window_maxima(const struct maximum_task *task, size_t block, size_t side, size_t x,
                            size_t end) {
    switch (8 * block + 2 * (maximum_width(task->lanes) - 1) + side - 1) {
        FOR_EACH_BLOCK(MAXIMUM_CASE)
    default:
        __builtin_unreachable();
    }
}
