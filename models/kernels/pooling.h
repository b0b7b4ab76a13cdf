// SPDX-License-Identifier: GPL-3.0-or-later
// Maxima over windows that lie side by side, and what lies between layers. Part of each instruction
// set's kernels. Without branches: a branch on "is it larger" is mispredicted half of the time.
#ifndef DESGD_KERNELS_POOLING_H
#define DESGD_KERNELS_POOLING_H

#include "models/kernels/kernels.h"
#include "models/kernels/vectors.h"

// The rows of one row of windows: channels lie in_plane apart, rows in_row; what comes out goes to
// channels out_plane apart.
struct pool_task {
    size_t channels;
    size_t width; // of the output
    size_t in_plane;
    size_t in_row;
    size_t out_plane;
    bool relu;
};

INLINE void pool_window(const struct pool_task *task, size_t side, const float *in, float *out,
                        uint8_t *winner) {
    vec best = v_load(in);
    ivec place = {0};
    for (size_t y = 0; y < side; y++) {
        for (size_t x = 0; x < side; x++) {
            if (x + y == 0) {
                continue;
            }
            vec value = v_load(in + y * task->in_row + x * KERNEL_LANES);
            ivec wins = (ivec)(value > best) | (ivec)(value != value);
            best = v_select(wins, value, best);
            place = (wins & (int32_t)(y * side + x)) | (~wins & place);
        }
    }
    if (task->relu) {
        ivec blocked = (ivec)(best <= 0);
        best = (vec)((ivec)best & ~blocked);
        place |= blocked & KERNEL_NO_WINNER;
    }
    v_store(out, best);
    if (winner != NULL) {
        bytes narrow = __builtin_convertvector(place, bytes);
        memcpy(winner, &narrow, sizeof narrow);
    }
}

INLINE void pool_rows_of_side(const struct pool_task *task, size_t side, const float *in,
                              float *out, uint8_t *winners) {
    for (size_t c = 0; c < task->channels; c++) {
        for (size_t x = 0; x < task->width; x++) {
            for (size_t lane = 0; lane < KERNEL_LANES; lane += VEC) {
                size_t to = c * task->out_plane + x * KERNEL_LANES + lane;
                pool_window(task, side, in + c * task->in_plane + x * side * KERNEL_LANES + lane,
                            out + to, winners == NULL ? NULL : winners + to);
            }
        }
    }
}

static inline void pool_rows(const struct pool_task *task, size_t side, const float *in, float *out,
                             uint8_t *winners) {
    if (side == 2) {
        pool_rows_of_side(task, 2, in, out, winners);
    } else {
        pool_rows_of_side(task, side, in, out, winners);
    }
}

// ---- backward ----

// One row of windows: d_out (width, 32) goes to the winners' places, zero to the others.
INLINE void spread_row(size_t width, size_t side, const float *d_out, const uint8_t *winners,
                       float *d_in, size_t in_row) {
    for (size_t i = 0; i < width * KERNEL_LANES; i += VEC) {
        size_t x = i / KERNEL_LANES;
        bytes narrow;
        memcpy(&narrow, winners + i, sizeof narrow);
        ivec place = __builtin_convertvector(narrow, ivec);
        ivec d = (ivec)v_load(d_out + i);
        float *target = d_in + x * side * KERNEL_LANES + i % KERNEL_LANES;
        for (size_t y = 0; y < side; y++) {
            for (size_t k = 0; k < side; k++) {
                ivec mask = (ivec)(place == (int32_t)(y * side + k));
                v_store(target + y * in_row + k * KERNEL_LANES, (vec)(mask & d));
            }
        }
    }
}

// A whole channel: height x width inputs, windows of side x side; what is left over gets zero.
static inline void spread_plane(size_t height, size_t width, size_t side, const float *d_out,
                                const uint8_t *winners, float *d_in) {
    size_t row = width * KERNEL_LANES;
    size_t out_width = width / side;
    size_t used = out_width * side * KERNEL_LANES;
    for (size_t y = 0; y < height / side; y++) {
        if (side == 2) {
            spread_row(out_width, 2, d_out, winners, d_in, row);
        } else {
            spread_row(out_width, side, d_out, winners, d_in, row);
        }
        for (size_t i = 0; i < side; i++) {
            memset(d_in + i * row + used, 0, (row - used) * sizeof(float));
        }
        d_in += side * row;
        d_out += out_width * KERNEL_LANES;
        winners += out_width * KERNEL_LANES;
    }
    memset(d_in, 0, height % side * row * sizeof(float));
}

// ---- by themselves ----

static void pool_forward(const struct kernel_pool *pool, const struct kernel_pass *pass) {
    size_t out_height = pool->height / pool->pool;
    size_t out_width = pool->width / pool->pool;
    struct pool_task task = {.channels = pool->channels,
                             .width = out_width,
                             .in_plane = pool->height * pool->width * KERNEL_LANES,
                             .in_row = pool->width * KERNEL_LANES,
                             .out_plane = out_height * out_width * KERNEL_LANES,
                             .relu = pool->relu};
    for (size_t y = 0; y < out_height; y++) {
        size_t to = y * out_width * KERNEL_LANES;
        pool_rows(&task, pool->pool, pass->in + y * pool->pool * task.in_row, pass->out + to,
                  pass->winners == NULL ? NULL : pass->winners + to);
    }
}

static void pool_backward(const struct kernel_pool *pool, const struct kernel_pass *pass) {
    size_t out_plane = (pool->height / pool->pool) * (pool->width / pool->pool) * KERNEL_LANES;
    for (size_t c = 0; c < pool->channels; c++) {
        spread_plane(pool->height, pool->width, pool->pool, pass->d_out + c * out_plane,
                     pass->winners + c * out_plane,
                     pass->d_in + c * pool->height * pool->width * KERNEL_LANES);
    }
}

static void mean_forward(size_t channels, size_t positions, const float *in, float *out) {
    vec count = v_all((float)positions);
    for (size_t c = 0; c < channels; c++) {
        for (size_t lane = 0; lane < KERNEL_LANES; lane += VEC) {
            vec sum = v_all(0);
            for (size_t i = 0; i < positions; i++) {
                sum += v_load(in + (c * positions + i) * KERNEL_LANES + lane);
            }
            v_store(out + c * KERNEL_LANES + lane, sum / count);
        }
    }
}

static void mean_backward(size_t channels, size_t positions, const float *d_out, float *d_in) {
    vec count = v_all((float)positions);
    for (size_t c = 0; c < channels; c++) {
        for (size_t lane = 0; lane < KERNEL_LANES; lane += VEC) {
            vec share = v_load(d_out + c * KERNEL_LANES + lane) / count;
            for (size_t i = 0; i < positions; i++) {
                v_store(d_in + (c * positions + i) * KERNEL_LANES + lane, share);
            }
        }
    }
}

static void relu_forward(size_t count, const float *in, float *out) {
    for (size_t i = 0; i < count * KERNEL_LANES; i += VEC) {
        v_store(out + i, v_relu(v_load(in + i)));
    }
}

static void relu_backward(size_t count, const float *out, const float *d_out, float *d_in) {
    for (size_t i = 0; i < count * KERNEL_LANES; i += VEC) {
        v_store(d_in + i, v_relu_backward(v_load(out + i), v_load(d_out + i)));
    }
}

static void add_blocks(size_t count, const float *a, const float *b, float *out) {
    for (size_t i = 0; i < count * KERNEL_LANES; i += VEC) {
        v_store(out + i, v_load(a + i) + v_load(b + i));
    }
}

#endif
