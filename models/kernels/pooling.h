// SPDX-License-Identifier: GPL-3.0-or-later
// Maxima over windows that lie side by side, and what lies between layers. Part of each instruction
// set's kernels. Without branches: a branch on "is it larger" is mispredicted half of the time.
#pragma once

#include "models/kernels/kernels.h"
#include "models/kernels/vectors.h"

// The rows of one row of windows: channels lie in_plane apart, rows in_row; what comes out goes to
// channels out_plane apart.
struct pool_task {
    size_t lanes;
    size_t channels;
    size_t width; // of the output
    size_t in_plane;
    size_t in_row;
    size_t out_plane;
    bool relu;
};

// A window without NaN; with one, *nan says so and the rest is of no meaning.
INLINE vec pool_numbers(const float *in, size_t side, size_t in_row, size_t lanes, ivec *place,
                        mask *nan) {
    vec best = v_load(in);
    *place = i_all(0);
    *nan = m_nan(best, best);
#pragma GCC unroll 8
    for (size_t i = 1; i < side * side; i++) {
        vec value = v_load(in + i / side * in_row + i % side * lanes);
        *place = i_select(m_greater(value, best), i_all((int32_t)i), *place);
        best = v_larger(value, best);
        *nan = m_or(*nan, m_nan(value, value));
    }
    return best;
}

static vec pool_any(const float *in, size_t side, size_t in_row, size_t lanes, ivec *place) {
    vec best = v_load(in);
    *place = i_all(0);
    for (size_t i = 1; i < side * side; i++) {
        vec value = v_load(in + i / side * in_row + i % side * lanes);
        mask wins = m_or(m_greater(value, best), m_nan(value, value));
        best = v_select(wins, value, best);
        *place = i_select(wins, i_all((int32_t)i), *place);
    }
    return best;
}

INLINE void pool_window(const struct pool_task *task, size_t side, const float *in, float *out,
                        uint8_t *winner) {
    ivec place;
    mask nan;
    vec best = pool_numbers(in, side, task->in_row, task->lanes, &place, &nan);
    if (m_any(nan)) {
        best = pool_any(in, side, task->in_row, task->lanes, &place);
    }
    if (task->relu) {
        mask passes = m_passes_relu(best);
        best = v_only(passes, best);
        place = i_select(passes, place, i_all(KERNEL_NO_WINNER));
    }
    v_store(out, best);
    if (winner != NULL) {
        byte_vec narrow = __builtin_convertvector(place, byte_vec);
        memcpy(winner, &narrow, sizeof narrow);
    }
}

INLINE void pool_rows_of_side(const struct pool_task *original, size_t side, const float *in,
                              float *out, uint8_t *winners) {
    struct pool_task copy = *original; // which no store can change, as the compiler sees
    const struct pool_task *task = &copy;
    for (size_t c = 0; c < task->channels; c++) {
        for (size_t x = 0; x < task->width; x++) {
            for (size_t lane = 0; lane < task->lanes; lane += VEC) {
                size_t to = x * task->lanes + lane;
                pool_window(task, side, in + x * side * task->lanes + lane, out + to,
                            winners == NULL ? NULL : winners + to);
            }
        }
        in += task->in_plane;
        out += task->out_plane;
        winners = winners == NULL ? NULL : winners + task->out_plane;
    }
}

INLINE void pool_rows_wanted(const struct pool_task *task, size_t side, const float *in, float *out,
                             uint8_t *winners) {
    if (winners != NULL) {
        pool_rows_of_side(task, side, in, out, winners);
    } else {
        pool_rows_of_side(task, side, in, out, NULL);
    }
}

// The usual sides are compiled by themselves.
static inline void pool_rows(const struct pool_task *task, size_t side, const float *in, float *out,
                             uint8_t *winners) {
    if (side == 2) {
        pool_rows_wanted(task, 2, in, out, winners);
    } else if (side == 3) {
        pool_rows_wanted(task, 3, in, out, winners);
    } else {
        pool_rows_wanted(task, side, in, out, winners);
    }
}

// ---- backward ----

// Some lanes of one window: d_out goes to the winners' places, zero to the others.
INLINE void spread_vector(size_t side, size_t lanes, const float *d_out, const uint8_t *winners,
                          float *d_in, size_t in_row) {
    byte_vec narrow;
    memcpy(&narrow, winners, sizeof narrow);
    ivec place = __builtin_convertvector(narrow, ivec);
    vec d = v_load(d_out);
#pragma GCC unroll 8
    for (size_t k = 0; k < side * side; k++) {
        v_store(d_in + k / side * in_row + k % side * lanes, v_only(m_equal(place, (int32_t)k), d));
    }
}

// One row of windows: d_out (width, lanes).
INLINE void spread_row(size_t width, size_t side, size_t lanes, const float *d_out,
                       const uint8_t *winners, float *d_in, size_t in_row) {
    for (size_t x = 0; x < width; x++) {
        for (size_t lane = 0; lane < lanes; lane += VEC) {
            size_t from = x * lanes + lane;
            spread_vector(side, lanes, d_out + from, winners + from, d_in + x * side * lanes + lane,
                          in_row);
        }
    }
}

// Some rows of one channel: windows of side x side from the first row on; what is left over at the
// right and below gets zero. d_out and winners begin with the first row's windows.
static inline void spread_rows(size_t rows, size_t width, size_t side, size_t lanes,
                               const float *d_out, const uint8_t *winners, float *d_in) {
    REQUIRE(side >= 1 && width >= side);
    size_t row = width * lanes;
    size_t out_width = width / side;
    size_t used = out_width * side * lanes;
    for (size_t y = 0; y < rows / side; y++) {
        if (side == 2) {
            spread_row(out_width, 2, lanes, d_out, winners, d_in, row);
        } else if (side == 3) {
            spread_row(out_width, 3, lanes, d_out, winners, d_in, row);
        } else {
            spread_row(out_width, side, lanes, d_out, winners, d_in, row);
        }
        for (size_t i = 0; used < row && i < side; i++) {
            memset(d_in + i * row + used, 0, (row - used) * sizeof(float));
        }
        d_in += side * row;
        d_out += out_width * lanes;
        winners += out_width * lanes;
    }
    if (rows % side > 0) {
        memset(d_in, 0, rows % side * row * sizeof(float));
    }
}

// ---- by themselves ----

static void pool_forward(const struct kernel_pool *pool, const struct kernel_pass *pass) {
    kernel_pool_require(pool);
    size_t lanes = pass->lanes;
    REQUIRE(kernel_lanes_known(lanes) && lanes % VEC == 0);
    REQUIRE(kernel_aligned(pass->in) && kernel_aligned(pass->out) && pass->in != pass->out);
    size_t out_height = pool->height / pool->pool;
    size_t out_width = pool->width / pool->pool;
    struct pool_task task = {.lanes = lanes,
                             .channels = pool->channels,
                             .width = out_width,
                             .in_plane = pool->height * pool->width * lanes,
                             .in_row = pool->width * lanes,
                             .out_plane = out_height * out_width * lanes,
                             .relu = pool->relu};
    for (size_t y = 0; y < out_height; y++) {
        size_t to = y * out_width * lanes;
        pool_rows(&task, pool->pool, pass->in + y * pool->pool * task.in_row, pass->out + to,
                  pass->winners == NULL ? NULL : pass->winners + to);
    }
}

static void pool_backward(const struct kernel_pool *pool, const struct kernel_pass *pass) {
    kernel_pool_require(pool);
    size_t lanes = pass->lanes;
    REQUIRE(kernel_lanes_known(lanes) && lanes % VEC == 0);
    REQUIRE(pass->winners != NULL && pass->d_in != NULL);
    size_t out_plane = (pool->height / pool->pool) * (pool->width / pool->pool) * lanes;
    for (size_t c = 0; c < pool->channels; c++) {
        spread_rows(pool->height, pool->width, pool->pool, lanes, pass->d_out + c * out_plane,
                    pass->winners + c * out_plane,
                    pass->d_in + c * pool->height * pool->width * lanes);
    }
}

static void mean_forward(size_t channels, size_t positions, size_t lanes, const float *in,
                         float *out) {
    REQUIRE(channels >= 1 && positions >= 1 && lanes % VEC == 0);
    REQUIRE(kernel_aligned(in) && kernel_aligned(out) && in != out);
    vec count = v_all((float)positions);
    for (size_t c = 0; c < channels; c++) {
        for (size_t lane = 0; lane < lanes; lane += VEC) {
            vec sum = v_all(0);
            for (size_t i = 0; i < positions; i++) {
                sum += v_load(in + (c * positions + i) * lanes + lane);
            }
            v_store(out + c * lanes + lane, sum / count);
        }
    }
}

static void mean_backward(size_t channels, size_t positions, size_t lanes, const float *d_out,
                          float *d_in) {
    REQUIRE(channels >= 1 && positions >= 1 && lanes % VEC == 0);
    REQUIRE(kernel_aligned(d_out) && kernel_aligned(d_in) && d_in != d_out);
    vec count = v_all((float)positions);
    for (size_t c = 0; c < channels; c++) {
        for (size_t lane = 0; lane < lanes; lane += VEC) {
            vec share = v_load(d_out + c * lanes + lane) / count;
            for (size_t i = 0; i < positions; i++) {
                v_store(d_in + (c * positions + i) * lanes + lane, share);
            }
        }
    }
}

static void relu_forward(size_t count, const float *in, float *out) {
    REQUIRE(kernel_aligned(in) && kernel_aligned(out) && count % VEC == 0);
    for (size_t i = 0; i < count; i += VEC) {
        v_store(out + i, v_relu(v_load(in + i)));
    }
}

static void relu_backward(size_t count, const float *out, const float *d_out, float *d_in) {
    REQUIRE(v_aligned(out) && v_aligned(d_out) && v_aligned(d_in) && count % VEC == 0);
    for (size_t i = 0; i < count; i += VEC) {
        v_store(d_in + i, v_only(m_passes_relu(v_load(out + i)), v_load(d_out + i)));
    }
}

static void add_blocks(size_t count, const float *a, const float *b, float *out) {
    REQUIRE(kernel_aligned(a) && kernel_aligned(b) && kernel_aligned(out) && count % VEC == 0);
    for (size_t i = 0; i < count; i += VEC) {
        v_store(out + i, v_load(a + i) + v_load(b + i));
    }
}
