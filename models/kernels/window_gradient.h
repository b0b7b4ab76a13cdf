// SPDX-License-Identifier: GPL-3.0-or-later
// A convolution's gradient by its weights and biases. Part of each instruction set's kernels.
//
// Each number has 16 sums, one for each two lanes of a block of 32: sum l takes the products of the
// positions in order, at each those of lane l and then of lane l + 16. At the end one tree adds the
// sixteen. In a block of 16 each sum has one lane, in a block of 8 the last eight sums stay zero.
#pragma once

#include "models/kernels/correlation.h"
#include "models/kernels/kernels.h"
#include "models/kernels/vectors.h"

enum { TAPS_MAX = 5, FILTERS_MAX = 8, CACHED_FLOATS = 8192 };

// Positions of a row whose inputs are laid out alike: "pieces" stretches of d_out, one behind the
// other, and as many of the input.
struct stretch {
    ptrdiff_t in; // of the first tap, from the first input of the row; may lie outside
    size_t d_out;
    size_t pieces;
    size_t floats;   // of a piece
    uint32_t inside; // bit k: tap k is; where one is not, there is one piece of one position
};

// Neighbouring columns of the window, whose inputs lie tap_step apart.
struct cut {
    size_t taps;
    size_t tap_step;
    size_t in_step; // from one piece's inputs to the next one's
    size_t count;
    struct stretch stretches[RUN_MAX];
};

// The lanes of a block that are added at once, to one sum each.
INLINE size_t step_lanes(size_t lanes) {
    return lanes < VIRTUAL_LANES ? lanes : VIRTUAL_LANES;
}

static inline uint32_t taps_inside(const struct correlation *task, size_t column, size_t taps) {
    uint32_t inside = 0;
    for (size_t k = 0; k < taps; k++) {
        bool is = column + k >= task->padding && column + k - task->padding < task->width;
        inside |= (uint32_t)is << k;
    }
    return inside;
}

static inline void cut_columns(const struct correlation *task, size_t kx, size_t taps,
                               struct cut *cut) {
    REQUIRE(kx + taps <= task->kernel && taps <= TAPS_MAX);
    size_t lanes = task->lanes;
    *cut = (struct cut){.taps = taps, .tap_step = lanes, .in_step = task->stride * lanes};
    uint32_t all = (1u << taps) - 1;
    struct stretch *last = NULL;
    for (size_t x = 0; x < task->out_width; x++) {
        size_t column = x * task->stride + kx;
        uint32_t inside = taps_inside(task, column, taps);
        if (last != NULL && last->inside == all && inside == all) {
            last->floats += task->stride == 1 ? lanes : 0;
            last->pieces += task->stride != 1;
            continue;
        }
        INVARIANT(cut->count < RUN_MAX);
        last = &cut->stretches[cut->count++];
        *last = (struct stretch){.in = ((ptrdiff_t)column - (ptrdiff_t)task->padding) *
                                       (ptrdiff_t)lanes,
                                 .d_out = x * lanes,
                                 .pieces = 1,
                                 .floats = lanes,
                                 .inside = inside};
    }
}

// A window of one number: neighbouring channels take the place of columns.
static inline void cut_channels(const struct correlation *task, struct cut *cut) {
    REQUIRE(task->kernel == 1 && task->padding == 0);
    cut_columns(task, 0, 1, cut);
    cut->tap_step = task->in_plane;
    cut->stretches[0].inside = (1u << TAPS_MAX) - 1;
}

// The sums of "filters" output channels by the taps of a cut, over some rows of d_out.
struct gradient_task {
    const struct correlation *task;
    const struct cut *cut;
    const float *in;    // one channel
    const float *d_out; // of row_begin: (filters, d_plane)
    size_t d_plane;
    size_t ky;
    size_t row_begin;
    size_t row_end;
    float *sums; // (filters, taps, 16)
};

// Neighbouring numbers: sums[i * held_step + j * other_step] takes the products of held[i] and
// others[j]. One number of each of the first stays in registers, the others come one by one.
INLINE void add_products(const float *const *held, size_t held_count, size_t held_step,
                         const float *const *others, size_t other_count, size_t other_step,
                         size_t floats, size_t step, vec *sums) {
    for (size_t at = 0; at < floats; at += step) {
        vec factors[FILTERS_MAX];
        UNROLL
        for (size_t i = 0; i < held_count; i++) {
            factors[i] = v_keep(v_load(held[i] + at));
        }
        UNROLL
        for (size_t j = 0; j < other_count; j++) {
            vec other = v_keep(v_load(others[j] + at));
            UNROLL
            for (size_t i = 0; i < held_count; i++) {
                vec *sum = &sums[i * held_step + j * other_step];
                *sum = v_add_product(*sum, other, factors[i]);
            }
        }
    }
}

INLINE void add_row(const struct gradient_task *job, size_t filters, size_t taps, const float *in,
                    const float *d_out, vec *sums) {
    static const _Alignas(64) float zeros[KERNEL_LANES];
    const struct cut *cut = job->cut;
    size_t step = step_lanes(job->task->lanes);
    for (size_t i = 0; i < cut->count; i++) {
        const struct stretch *stretch = &cut->stretches[i];
        const float *first = in + stretch->in;
        const float *d = d_out + stretch->d_out;
        for (size_t p = 0; p < stretch->pieces; p++) {
            const float *inputs[TAPS_MAX];
            const float *ds[FILTERS_MAX];
            UNROLL
            for (size_t k = 0; k < taps; k++) {
                inputs[k] = stretch->inside >> k & 1 ? first + k * cut->tap_step : zeros;
            }
            UNROLL
            for (size_t f = 0; f < filters; f++) {
                ds[f] = d + f * job->d_plane;
            }
            if (taps <= filters) {
                add_products(inputs, taps, 1, ds, filters, taps, stretch->floats, step, sums);
            } else {
                add_products(ds, filters, taps, inputs, taps, 1, stretch->floats, step, sums);
            }
            first += cut->in_step;
            d += stretch->floats;
        }
    }
}

INLINE void add_rows(const struct gradient_task *job, size_t filters, size_t taps) {
    const struct correlation *task = job->task;
    size_t lanes = job->task->lanes;
    for (size_t lane = 0; lane < step_lanes(lanes); lane += VEC) {
        vec sums[SUMS_MAX];
        UNROLL
        for (size_t i = 0; i < filters * taps; i++) {
            sums[i] = v_load(job->sums + i * VIRTUAL_LANES + lane);
        }
        for (size_t y = job->row_begin; y < job->row_end; y++) {
            size_t row = y * task->stride + job->ky;
            if (row < task->padding || row - task->padding >= task->height) {
                continue;
            }
            add_row(job, filters, taps,
                    job->in + (row - task->padding) * task->width * lanes + lane,
                    job->d_out + (y - job->row_begin) * task->out_width * lanes + lane, sums);
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

static void add_rows_of_cut(const struct gradient_task *job, size_t filters) {
    switch (job->cut->taps) {
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

// A row of weights that is cut: the columns of one row of the window, or all channels of windows of
// one number. Cuts of three leave registers for four output channels.
struct weight_rows {
    size_t count;
    size_t length;
    size_t most; // taps of a cut
};

static inline struct weight_rows weight_rows_of(const struct correlation *task) {
    return task->kernel == 1
               ? (struct weight_rows){1, task->channels, 3}
               : (struct weight_rows){task->channels * task->kernel, task->kernel, TAPS_MAX};
}

// The output channels that are summed at once: as fit into the registers beside the widest cut,
// and, but for the last four, as many as have "rows" of d_out in the fastest cache.
static inline size_t gradient_filters_max(const struct correlation *task, size_t rows) {
    REQUIRE(rows >= 1 && task->out_width >= 1);
    struct weight_rows weights = weight_rows_of(task);
    size_t fitting = filters_max(block_size(weights.length, weights.most, 0));
    size_t cached = GRADIENT_FLOATS / (rows * task->out_width * task->lanes);
    cached = cached < 4 ? 4 : cached;
    return fitting < cached ? fitting : cached;
}

static inline void add_block_channels(struct gradient_task *job, size_t filters) {
    const struct correlation *task = job->task;
    struct weight_rows weights = weight_rows_of(task);
    struct cut cut;
    cut_channels(task, &cut);
    job->cut = &cut;
    for (size_t i = 0; i < block_count(weights.length, weights.most); i++) {
        cut.taps = block_size(weights.length, weights.most, i);
        add_rows_of_cut(job, filters);
        job->sums += filters * cut.taps * VIRTUAL_LANES;
        job->in += cut.taps * task->in_plane;
    }
}

// Adds rows of a block of output channels to its sums.
static inline void add_block_rows(const struct gradient_task *first, size_t filters) {
    REQUIRE(filters >= 1 && filters <= FILTERS_MAX);
    REQUIRE(first->row_begin < first->row_end && first->row_end <= first->task->out_height);
    const struct correlation *task = first->task;
    struct gradient_task job = *first;
    if (task->kernel == 1) {
        add_block_channels(&job, filters);
        return;
    }
    struct cut cuts[(KERNEL_SIDE_MAX + TAPS_MAX - 1) / TAPS_MAX];
    size_t count = block_count(task->kernel, TAPS_MAX);
    for (size_t i = 0, kx = 0; i < count; kx += cuts[i++].taps) {
        cut_columns(task, kx, block_size(task->kernel, TAPS_MAX, i), &cuts[i]);
    }
    for (size_t c = 0; c < task->channels; c++) {
        for (job.ky = 0; job.ky < task->kernel; job.ky++) {
            for (size_t i = 0; i < count; i++) {
                job.cut = &cuts[i];
                add_rows_of_cut(&job, filters);
                job.sums += filters * cuts[i].taps * VIRTUAL_LANES;
            }
        }
        job.in += task->in_plane;
    }
}

// A sum of products too small for a float can be -0; with a lane that holds no sample it would be
// +0, and so it always is.
INLINE void write_number(float *to, float value, bool add) {
    *to = (add ? *to : 0) + value;
}

// results: as the sums. Each cut of each row of weights holds (filters, taps).
static inline void write_block(const struct correlation *task, size_t filters, const float *results,
                               bool add, float *d_weights) {
    struct weight_rows weights = weight_rows_of(task);
    for (size_t row = 0; row < weights.count; row++) {
        float *to = d_weights + row * weights.length;
        for (size_t i = 0; i < block_count(weights.length, weights.most); i++) {
            size_t taps = block_size(weights.length, weights.most, i);
            for (size_t f = 0; f < filters; f++) {
                for (size_t k = 0; k < taps; k++) {
                    write_number(to + f * weights.count * weights.length + k, *results++, add);
                }
            }
            to += taps;
        }
    }
}

// ---- biases: weights whose input is one ----

INLINE void add_bias_rows_of(size_t filters, const float *d_out, size_t d_plane, size_t count,
                             size_t step, float *sums) {
    for (size_t lane = 0; lane < step; lane += VEC) {
        vec all[4];
        UNROLL
        for (size_t f = 0; f < filters; f++) {
            all[f] = v_load(sums + f * VIRTUAL_LANES + lane);
        }
        for (size_t i = lane; i < count; i += step) {
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

// Adds "count" numbers of each of the channels, the lanes included, to its 16 sums; several
// channels at once, since one would wait for its own additions.
static void add_bias_rows(size_t filters, const float *d_out, size_t d_plane, size_t count,
                          size_t lanes, float *sums) {
    REQUIRE(count % lanes == 0 && lanes % VEC == 0);
    size_t step = step_lanes(lanes);
    size_t f = 0;
    for (; f + 4 <= filters; f += 4) {
        add_bias_rows_of(4, d_out + f * d_plane, d_plane, count, step, sums + f * VIRTUAL_LANES);
    }
    for (; f < filters; f++) {
        add_bias_rows_of(1, d_out + f * d_plane, d_plane, count, step, sums + f * VIRTUAL_LANES);
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
