// SPDX-License-Identifier: GPL-3.0-or-later
// A convolution's gradient by its weights and biases. Part of each instruction set's kernels.
//
// Each number has 16 sums, one for each two lanes of the block: sum l takes the products of the
// positions in order, at each those of lane l and then of lane l + 16. At the end one tree adds the
// sixteen.
#pragma once

#include "models/kernels/correlation.h"
#include "models/kernels/kernels.h"
#include "models/kernels/vectors.h"

enum { TAPS_MAX = 5, FILTERS_MAX = 8, CACHED_FLOATS = 8192 };

// The sums of "filters" output channels by "taps" neighbouring columns of the window, over some
// rows of d_out.
struct gradient_task {
    const struct correlation *task;
    const float *in;    // one channel
    const float *d_out; // of row_begin: (filters, d_plane)
    size_t d_plane;
    size_t ky;
    size_t kx; // of the first tap
    size_t row_begin;
    size_t row_end;
    float *sums; // (filters, taps, 16)
};

// One position: its first input is at in[corner], or, where "inside" says so, outside and zero.
INLINE void add_position(size_t filters, size_t taps, const float *in, ptrdiff_t corner,
                         const bool *inside, const float *d_out, size_t d_plane, vec *sums) {
    UNROLL
    for (size_t half = 0; half < KERNEL_LANES; half += VIRTUAL_LANES) {
        vec inputs[TAPS_MAX];
        UNROLL
        for (size_t k = 0; k < taps; k++) {
            ptrdiff_t place = corner + (ptrdiff_t)(k * KERNEL_LANES + half);
            inputs[k] = v_keep(inside == NULL || inside[k] ? v_load(in + place) : v_all(0));
        }
        UNROLL
        for (size_t f = 0; f < filters; f++) {
            vec d = v_keep(v_load(d_out + f * d_plane + half));
            UNROLL
            for (size_t k = 0; k < taps; k++) {
                sums[f * taps + k] = v_fma(d, inputs[k], sums[f * taps + k]);
            }
        }
    }
}

// Positions [begin, end) of a row that touch the zeros around the input.
INLINE void add_border(const struct correlation *task, size_t filters, size_t taps, size_t kx,
                       size_t begin, size_t end, const float *in, const float *d_out,
                       size_t d_plane, vec *sums) {
    for (size_t x = begin; x < end; x++) {
        bool inside[TAPS_MAX];
        size_t column = x * task->stride + kx;
        for (size_t k = 0; k < taps; k++) {
            inside[k] = column + k >= task->padding && column + k - task->padding < task->width;
        }
        add_position(filters, taps, in,
                     ((ptrdiff_t)column - (ptrdiff_t)task->padding) * KERNEL_LANES, inside,
                     d_out + x * KERNEL_LANES, d_plane, sums);
    }
}

INLINE void add_rows(const struct gradient_task *job, size_t filters, size_t taps) {
    const struct correlation *task = job->task;
    size_t stride = task->stride;
    size_t d_plane = job->d_plane;
    size_t left = job->kx >= task->padding ? 0 : (task->padding - job->kx + stride - 1) / stride;
    left = left < task->out_width ? left : task->out_width;
    size_t room = task->width + task->padding;
    size_t reach = job->kx + taps; // columns x s + reach <= room are inside
    size_t right = reach > room ? 0 : (room - reach) / stride + 1;
    right = right < task->out_width ? right : task->out_width;
    right = right > left ? right : left;
    for (size_t lane = 0; lane < VIRTUAL_LANES; lane += VEC) {
        vec sums[SUMS_MAX];
        UNROLL
        for (size_t i = 0; i < filters * taps; i++) {
            sums[i] = v_load(job->sums + i * VIRTUAL_LANES + lane);
        }
        for (size_t y = job->row_begin; y < job->row_end; y++) {
            size_t row = y * stride + job->ky;
            if (row < task->padding || row - task->padding >= task->height) {
                continue;
            }
            const float *in = job->in + (row - task->padding) * task->width * KERNEL_LANES + lane;
            const float *d_out =
                job->d_out + (y - job->row_begin) * task->out_width * KERNEL_LANES + lane;
            add_border(task, filters, taps, job->kx, 0, left, in, d_out, d_plane, sums);
            ptrdiff_t corner =
                ((ptrdiff_t)(left * stride + job->kx) - (ptrdiff_t)task->padding) * KERNEL_LANES;
            for (size_t x = left; x < right; x++) {
                add_position(filters, taps, in, corner, NULL, d_out + x * KERNEL_LANES, d_plane,
                             sums);
                corner += (ptrdiff_t)(stride * KERNEL_LANES);
            }
            add_border(task, filters, taps, job->kx, right, task->out_width, in, d_out, d_plane,
                       sums);
        }
        UNROLL
        for (size_t i = 0; i < filters * taps; i++) {
            v_store(job->sums + i * VIRTUAL_LANES + lane, sums[i]);
        }
    }
}

// How many output channels fit beside so many taps.
INLINE size_t filters_max(size_t taps) {
    size_t fitting = SUMS_MAX / taps;
    return fitting < FILTERS_MAX ? fitting : FILTERS_MAX;
}

#define ADD_ROWS_CASE(filters)                                                                     \
    case (filters):                                                                                \
        return (filters)*taps <= SUMS_MAX ? add_rows(job, filters, taps) : (void)0;

INLINE void add_rows_of_taps(const struct gradient_task *job, size_t filters, size_t taps) {
    switch (filters) {
        ADD_ROWS_CASE(1)
        ADD_ROWS_CASE(2)
        ADD_ROWS_CASE(3)
        ADD_ROWS_CASE(4)
        ADD_ROWS_CASE(5)
        ADD_ROWS_CASE(6)
        ADD_ROWS_CASE(7)
        ADD_ROWS_CASE(8)
    default:
        __builtin_unreachable();
    }
}

static void add_rows_of_window(const struct gradient_task *job, size_t filters, size_t taps) {
    switch (taps) {
    case 1:
        return add_rows_of_taps(job, filters, 1);
    case 2:
        return add_rows_of_taps(job, filters, 2);
    case 3:
        return add_rows_of_taps(job, filters, 3);
    case 4:
        return add_rows_of_taps(job, filters, 4);
    case 5:
        return add_rows_of_taps(job, filters, 5);
    default:
        __builtin_unreachable();
    }
}

// The output channels that are summed at once: as fit into the registers beside the widest cut of
// the window's columns, and, but for the last four, as many as have "rows" of d_out in the fastest
// cache.
static inline size_t gradient_filters_max(const struct correlation *task, size_t rows) {
    REQUIRE(rows >= 1 && task->out_width >= 1);
    size_t fitting = filters_max(block_size(task->kernel, TAPS_MAX, 0));
    size_t cached = CACHED_FLOATS / (rows * task->out_width * KERNEL_LANES);
    cached = cached < 4 ? 4 : cached;
    return fitting < cached ? fitting : cached;
}

// Adds rows of a block of output channels to its sums.
static inline void add_block_rows(const struct gradient_task *first, size_t filters) {
    REQUIRE(filters >= 1 && filters <= FILTERS_MAX);
    REQUIRE(first->row_begin < first->row_end && first->row_end <= first->task->out_height);
    const struct correlation *task = first->task;
    struct gradient_task job = *first;
    for (size_t c = 0; c < task->channels; c++) {
        for (job.ky = 0; job.ky < task->kernel; job.ky++) {
            job.kx = 0;
            for (size_t i = 0; i < block_count(task->kernel, TAPS_MAX); i++) {
                size_t taps = block_size(task->kernel, TAPS_MAX, i);
                add_rows_of_window(&job, filters, taps);
                job.sums += filters * taps * VIRTUAL_LANES;
                job.kx += taps;
            }
        }
        job.in += task->in_plane;
    }
}

INLINE void write_number(float *to, float value, bool add) {
    *to = add ? *to + value : value;
}

// results: as the sums. Each (channel, row of the window, cut of its columns) holds (filters,
// taps).
static inline void write_block(const struct correlation *task, size_t filters, const float *results,
                               bool add, float *d_weights) {
    size_t taps_each = task->channels * task->kernel * task->kernel;
    for (size_t row = 0; row < task->channels * task->kernel; row++) {
        size_t kx = 0;
        for (size_t i = 0; i < block_count(task->kernel, TAPS_MAX); i++) {
            size_t taps = block_size(task->kernel, TAPS_MAX, i);
            for (size_t f = 0; f < filters; f++) {
                for (size_t k = 0; k < taps; k++) {
                    write_number(d_weights + f * taps_each + row * task->kernel + kx + k,
                                 *results++, add);
                }
            }
            kx += taps;
        }
    }
}

// ---- biases: weights whose input is one ----

INLINE void add_bias_rows_of(size_t filters, const float *d_out, size_t d_plane, size_t count,
                             float *sums) {
    for (size_t lane = 0; lane < VIRTUAL_LANES; lane += VEC) {
        vec all[4];
        UNROLL
        for (size_t f = 0; f < filters; f++) {
            all[f] = v_load(sums + f * VIRTUAL_LANES + lane);
        }
        for (size_t i = lane; i < count; i += VIRTUAL_LANES) {
            UNROLL
            for (size_t f = 0; f < filters; f++) {
                all[f] += v_load(d_out + f * d_plane + i);
            }
        }
        UNROLL
        for (size_t f = 0; f < filters; f++) {
            v_store(sums + f * VIRTUAL_LANES + lane, all[f]);
        }
    }
}

// Adds "count" numbers of each of the channels to its 16 sums; several channels at once, since one
// would wait for its own additions.
static void add_bias_rows(size_t filters, const float *d_out, size_t d_plane, size_t count,
                          float *sums) {
    size_t f = 0;
    for (; f + 4 <= filters; f += 4) {
        add_bias_rows_of(4, d_out + f * d_plane, d_plane, count, sums + f * VIRTUAL_LANES);
    }
    for (; f < filters; f++) {
        add_bias_rows_of(1, d_out + f * d_plane, d_plane, count, sums + f * VIRTUAL_LANES);
    }
}

// From 16 sums each to the numbers: "scratch" holds the sums of "count" numbers, and then room for
// these, both in multiples of 16. Returns the numbers.
static inline const float *finish_sums(float *scratch, size_t count) {
    REQUIRE(kernel_aligned(scratch));
    size_t rounded = (count + 15) / 16 * 16;
    float *numbers = scratch + rounded * VIRTUAL_LANES;
    for (size_t i = 0; i < rounded; i += 16) {
        tree_sums(scratch + i * VIRTUAL_LANES, numbers + i);
    }
    return numbers;
}

static inline size_t sums_floats(size_t count) {
    return (count + 15) / 16 * 16 * (VIRTUAL_LANES + 1);
}

static inline void clear_sums(float *scratch, size_t count) {
    memset(scratch, 0, (count + 15) / 16 * 16 * VIRTUAL_LANES * sizeof(float));
}

static inline void write_biases(float *scratch, size_t count, bool add, float *d_biases) {
    const float *numbers = finish_sums(scratch, count);
    for (size_t f = 0; f < count; f++) {
        write_number(d_biases + f, numbers[f], add);
    }
}
