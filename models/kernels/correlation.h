// SPDX-License-Identifier: GPL-3.0-or-later
// Sums over windows: what a convolution does forward and, over flipped weights, backward to its
// input. Part of each instruction set's kernels.
//
// Zeros around the input are not stored: at the border a window has fewer taps. They keep the order
// (channel, row, column), and a position's sum is one chain of fused multiply-adds along it, so
// cutting the work into tiles changes no bit.
//
// With stride 1 a row of outputs is one flat array of floats, and each tap reads the same array of
// the input a little further on. So a tile is a few vectors of it, however many lanes a position
// has.
#pragma once

#include "models/kernels/kernels.h"
#include "models/kernels/vectors.h"

// out[f, y, x] = bias[f] + sum over c, ky, kx of w[f, c, ky, kx] * in[c, y s + ky - p, x s + kx -
// p].
struct correlation {
    size_t lanes; // floats of one position
    size_t channels;
    size_t height;
    size_t width;
    size_t in_plane; // floats from one channel of the input to the next
    size_t outputs;
    size_t kernel;
    size_t stride;
    size_t padding;
    size_t out_height;
    size_t out_width;
};

// Positions [begin, end) along a side whose windows are cut alike: taps [low, high) are inside.
struct run {
    size_t begin;
    size_t end;
    size_t low;
    size_t high;
};

enum { RUN_MAX = 2 * KERNEL_SIDE_MAX };

struct runs {
    size_t count;
    struct run items[RUN_MAX];
};

static inline struct run run_at(const struct correlation *task, size_t side, size_t i) {
    size_t corner = i * task->stride;
    size_t room = side + task->padding - corner;
    return (struct run){.begin = i,
                        .end = i + 1,
                        .low = corner < task->padding ? task->padding - corner : 0,
                        .high = room < task->kernel ? room : task->kernel};
}

static inline struct runs runs_of(const struct correlation *task, size_t side, size_t out_side) {
    struct runs runs = {0};
    for (size_t i = 0; i < out_side; i++) {
        struct run next = run_at(task, side, i);
        struct run *last = &runs.items[runs.count > 0 ? runs.count - 1 : 0];
        if (runs.count > 0 && last->low == next.low && last->high == next.high) {
            last->end = i + 1;
        } else {
            runs.items[runs.count++] = next;
        }
    }
    return runs;
}

// ---- the sums ----

// The taps of a window, from the first that is inside; what lies between them is in floats.
struct taps {
    const float *in;
    const float *weights; // (taps, block)
    size_t channels;
    size_t rows;
    size_t columns;
    size_t in_channel;
    size_t in_row;
    size_t in_column;
    size_t weights_channel;
    size_t weights_row;
};

// Adds one tap to the sums, (block, vectors): "together" vectors lie side by side, and these are
// "apart" floats apart. What is fewer is loaded first and stays in registers: with the sums of many
// vectors, all inputs would not fit.
INLINE void add_tap(const float *in, size_t together, size_t apart, const float *weights,
                    size_t block, size_t vectors, vec *sums) {
    vec held[BLOCK_MAX];
    if (block < vectors) {
        UNROLL
        for (size_t f = 0; f < block; f++) {
            held[f] = v_keep(v_all(weights[f]));
        }
        UNROLL
        for (size_t v = 0; v < vectors; v++) {
            vec input = v_keep(v_load(in + v / together * apart + v % together * VEC));
            UNROLL
            for (size_t f = 0; f < block; f++) {
                sums[f * vectors + v] = v_fma(held[f], input, sums[f * vectors + v]);
            }
        }
    } else {
        UNROLL
        for (size_t v = 0; v < vectors; v++) {
            held[v] = v_load(in + v / together * apart + v % together * VEC);
        }
        UNROLL
        for (size_t f = 0; f < block; f++) {
            vec weight = v_all(weights[f]);
            UNROLL
            for (size_t v = 0; v < vectors; v++) {
                sums[f * vectors + v] = v_fma(weight, held[v], sums[f * vectors + v]);
            }
        }
    }
}

// The sums of one tile, (block, vectors). offset: of its first input, from that of the taps.
INLINE void sum_tile(const struct taps *taps, const float *biases, size_t offset, size_t together,
                     size_t apart, size_t block, size_t vectors, vec *sums) {
    UNROLL
    for (size_t f = 0; f < block; f++) {
        vec bias = biases == NULL ? v_all(0) : v_all(biases[f]);
        UNROLL
        for (size_t v = 0; v < vectors; v++) {
            sums[f * vectors + v] = bias;
        }
    }
    const float *channel = taps->in + offset;
    const float *weights_of_channel = taps->weights;
    for (size_t c = taps->channels; c > 0; c--) {
        const float *row = channel;
        const float *weights_of_row = weights_of_channel;
        for (size_t y = taps->rows; y > 0; y--) {
            const float *in = row;
            const float *weights = weights_of_row;
            for (size_t x = taps->columns; x > 0; x--) {
                add_tap(in, together, apart, weights, block, vectors, sums);
                in += taps->in_column;
                weights += block;
            }
            row += taps->in_row;
            weights_of_row += taps->weights_row;
        }
        channel += taps->in_channel;
        weights_of_channel += taps->weights_channel;
    }
}

// ---- rows ----

// Some columns of one row of outputs, of one block of channels.
struct row_task {
    const struct correlation *task;
    const float *in;  // the whole input
    ptrdiff_t corner; // of the row's first window, from "in"; may lie outside
    size_t low;       // rows of its windows that are inside
    size_t high;
    const struct runs *columns;
    const float *weights; // of the block: (taps, block)
    const float *biases;  // of the block; NULL: zeros
    size_t begin;         // the columns
    size_t end;
    float *out; // of the first of these columns: (block, out_plane)
    size_t out_plane;
    bool relu;
};

// The window of column x, which is cut as the run is.
static inline struct taps taps_of(const struct row_task *row, const struct run *run, size_t x,
                                  size_t block) {
    REQUIRE(row->low < row->high && run->low < run->high);
    const struct correlation *task = row->task;
    size_t side = task->kernel;
    ptrdiff_t first =
        row->corner +
        (ptrdiff_t)((row->low * task->width + x * task->stride + run->low) * task->lanes);
    struct taps taps = {.in = row->in + first,
                        .weights = row->weights + (row->low * side + run->low) * block,
                        .channels = task->channels,
                        .rows = row->high - row->low,
                        .columns = run->high - run->low,
                        .in_channel = task->in_plane,
                        .in_row = task->width * task->lanes,
                        .in_column = task->lanes,
                        .weights_channel = side * side * block,
                        .weights_row = side * block};
    if (side == 1) { // one long loop instead of many short ones
        taps.columns = taps.channels;
        taps.in_column = taps.in_channel;
        taps.channels = 1;
    }
    return taps;
}

// "count" floats of a row, at least one tile; the last tile ends where they end, and so may sum
// again what the one before it summed.
INLINE void sum_floats(const struct row_task *row, const struct taps *original, size_t block,
                       size_t vectors, size_t count, float *out) {
    struct taps taps = *original;      // copies: the stores below could change the originals, for
    size_t out_plane = row->out_plane; // all that the compiler knows
    const float *biases = row->biases;
    bool relu = row->relu;
    size_t lanes = row->task->lanes;
    size_t stride = row->task->stride;
    size_t last = count - vectors * VEC;
    for (size_t i = 0;; i += vectors * VEC) {
        i = i < last ? i : last;
        vec sums[2 * BLOCK_MAX + 2];
        size_t offset = stride == 1 ? i : i / lanes * stride * lanes + i % lanes;
        sum_tile(&taps, biases, offset, vectors, 0, block, vectors, sums);
        UNROLL
        for (size_t f = 0; f < block; f++) {
            UNROLL
            for (size_t v = 0; v < vectors; v++) {
                vec sum = sums[f * vectors + v];
                v_store(out + f * out_plane + i + v * VEC, relu ? v_relu(sum) : sum);
            }
        }
        if (i == last) {
            return;
        }
    }
}

INLINE void sum_row(const struct row_task *row, size_t block, size_t vectors) {
    size_t lanes = row->task->lanes;
    for (size_t i = 0; i < row->columns->count; i++) {
        const struct run *run = &row->columns->items[i];
        size_t x = run->begin > row->begin ? run->begin : row->begin;
        size_t end = run->end < row->end ? run->end : row->end;
        if (x >= end) {
            continue;
        }
        struct taps taps = taps_of(row, run, x, block);
        size_t count = (end - x) * lanes;
        float *out = row->out + (x - row->begin) * lanes;
        if (row->task->stride > 1) {
            sum_floats(row, &taps, block, 1, count, out);
        } else if (count >= vectors * VEC) {
            sum_floats(row, &taps, block, vectors, count, out);
        } else if (vectors > 2 && count >= 2 * VEC) {
            sum_floats(row, &taps, block, 2, count, out);
        } else {
            sum_floats(row, &taps, block, 1, count, out);
        }
    }
}

// How many vectors are summed at once: few channels leave registers for many.
#define TILE_VECTORS(block) ((block)*4 <= BLOCK_MAX ? 8 : (block)*2 <= BLOCK_MAX ? 4 : 2)

#define SUM_ROW_CASE(block)                                                                        \
    case (block):                                                                                  \
        return sum_row(row, block, TILE_VECTORS(block));

static void sum_row_of_block(const struct row_task *row, size_t block) {
    switch (block) {
        FOR_EACH_BLOCK(SUM_ROW_CASE)
    default:
        __builtin_unreachable();
    }
}

// ---- rows of rows ----

// A correlation made ready.
struct correlation_plan {
    const struct correlation *task;
    struct runs columns;
    const float *weights; // packed: (taps, block) for each block
};

static inline struct correlation_plan correlation_plan_of(const struct correlation *task,
                                                          const float *weights) {
    REQUIRE(weights != NULL);
    return (struct correlation_plan){
        .task = task, .columns = runs_of(task, task->width, task->out_width), .weights = weights};
}

// Row y, with the weights of the first block of outputs; biases, out and relu are the caller's.
// in: the input from row in_first on.
static inline struct row_task plan_row(const struct correlation_plan *plan, const float *in,
                                       size_t in_first, size_t y) {
    REQUIRE(y < plan->task->out_height);
    const struct correlation *task = plan->task;
    struct run rows = run_at(task, task->height, y);
    ptrdiff_t top = (ptrdiff_t)(y * task->stride) - (ptrdiff_t)(task->padding + in_first);
    ptrdiff_t corner = top * (ptrdiff_t)task->width - (ptrdiff_t)task->padding;
    return (struct row_task){.task = task,
                             .in = in,
                             .corner = corner * (ptrdiff_t)task->lanes,
                             .low = rows.low,
                             .high = rows.high,
                             .columns = &plan->columns,
                             .weights = plan->weights,
                             .end = task->out_width};
}

// Moves a row's weights and biases to the next block of outputs.
static inline void next_block(const struct correlation_plan *plan, struct row_task *row,
                              size_t block) {
    const struct correlation *task = plan->task;
    row->weights += block * task->channels * task->kernel * task->kernel;
    row->biases = row->biases == NULL ? NULL : row->biases + block;
}

// Rows [begin, end) of all outputs: out (outputs, out_height, out_width, lanes). Row by row, so
// that the inputs of a row are still cached for all blocks of outputs. in: see plan_row.
static inline void correlate(const struct correlation_plan *plan, const float *in, size_t in_first,
                             size_t begin, size_t end, const float *biases, bool relu, float *out) {
    const struct correlation *task = plan->task;
    size_t out_row = task->out_width * task->lanes;
    for (size_t y = begin; y < end; y++) {
        struct row_task row = plan_row(plan, in, in_first, y);
        row.biases = biases;
        row.relu = relu;
        row.out = out + y * out_row;
        row.out_plane = task->out_height * out_row;
        for (size_t b = 0; b < block_count(task->outputs, BLOCK_MAX); b++) {
            size_t block = block_size(task->outputs, BLOCK_MAX, b);
            sum_row_of_block(&row, block);
            next_block(plan, &row, block);
            row.out += block * row.out_plane;
        }
    }
}
