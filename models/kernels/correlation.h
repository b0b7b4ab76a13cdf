// SPDX-License-Identifier: GPL-3.0-or-later
// Sums over windows: what a convolution does forward and, over flipped weights, backward to its
// input. Part of each instruction set's kernels.
//
// Zeros around the input are not stored: at the border the list of a window's taps is shorter. The
// list keeps the order (channel, row, column), and a position's sum is one chain of fused
// multiply-adds along it, so cutting the work into blocks changes no bit.
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

// One term of a window's sum: where its input is, from the window's corner, and which weight.
struct tap {
    int32_t in;
    int32_t weight;
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

static inline struct runs runs_of(const struct correlation *task, size_t side, size_t out_side) {
    struct runs runs = {0};
    for (size_t i = 0; i < out_side; i++) {
        size_t corner = i * task->stride;
        size_t low = corner < task->padding ? task->padding - corner : 0;
        size_t room = side + task->padding - corner;
        size_t high = room < task->kernel ? room : task->kernel;
        struct run *last = &runs.items[runs.count > 0 ? runs.count - 1 : 0];
        if (runs.count > 0 && last->low == low && last->high == high) {
            last->end = i + 1;
        } else {
            runs.items[runs.count++] = (struct run){i, i + 1, low, high};
        }
    }
    return runs;
}

static inline size_t runs_taps(const struct runs *runs) {
    size_t taps = 0;
    for (size_t i = 0; i < runs->count; i++) {
        taps += runs->items[i].high - runs->items[i].low;
    }
    return taps;
}

static inline size_t correlation_tap_count(const struct correlation *task) {
    REQUIRE(task->channels * task->in_plane <= INT32_MAX); // struct tap counts in these
    struct runs rows = runs_of(task, task->height, task->out_height);
    struct runs columns = runs_of(task, task->width, task->out_width);
    return task->channels * runs_taps(&rows) * runs_taps(&columns);
}

static inline struct tap *list_taps(const struct correlation *task, const struct run *row,
                                    const struct run *column, struct tap *tap) {
    REQUIRE(row->high <= task->kernel && column->high <= task->kernel);
    size_t side = task->kernel;
    for (size_t c = 0; c < task->channels; c++) {
        for (size_t ky = row->low; ky < row->high; ky++) {
            size_t in = c * task->in_plane + ky * task->width * task->lanes;
            size_t weight = (c * side + ky) * side;
            for (size_t kx = column->low; kx < column->high; kx++) {
                *tap++ = (struct tap){(int32_t)(in + kx * task->lanes), (int32_t)(weight + kx)};
            }
        }
    }
    return tap;
}

// ---- the sums ----

// Some columns of one row of outputs, of one block of channels.
struct row_task {
    const float *in;  // the whole input
    ptrdiff_t corner; // of the row's first window, from "in"; may lie outside
    const struct runs *columns;
    const struct tap *taps; // of each run of columns in turn
    const size_t *tap_counts;
    const float *weights; // of the block: (taps, block)
    const float *biases;  // of the block; NULL: zeros
    size_t begin;         // the columns
    size_t end;
    float *out; // of the first of these columns: (block, out_plane)
    size_t out_plane;
    size_t step; // from one window to the next
    bool relu;
};

// Adds one tap to the sums, (block, places, 2). All inputs are loaded, then weight after weight.
INLINE void add_tap_by_weights(const float *source, size_t step, const float *weights, size_t block,
                               size_t places, vec *sums) {
    vec inputs[8];
    UNROLL
    for (size_t v = 0; v < 2 * places; v++) {
        inputs[v] = v_load(source + v / 2 * step + v % 2 * VEC);
    }
    UNROLL
    for (size_t f = 0; f < block; f++) {
        vec weight = v_all(weights[f]);
        UNROLL
        for (size_t v = 0; v < 2 * places; v++) {
            sums[f * 2 * places + v] = v_fma(weight, inputs[v], sums[f * 2 * places + v]);
        }
    }
}

// The same the other way round: all weights are loaded, then input after input.
INLINE void add_tap_by_inputs(const float *source, size_t step, const float *weights, size_t block,
                              size_t places, vec *sums) {
    vec held[BLOCK_MAX];
    UNROLL
    for (size_t f = 0; f < block; f++) {
        held[f] = v_keep(v_all(weights[f]));
    }
    UNROLL
    for (size_t v = 0; v < 2 * places; v++) {
        vec input = v_keep(v_load(source + v / 2 * step + v % 2 * VEC));
        UNROLL
        for (size_t f = 0; f < block; f++) {
            sums[f * 2 * places + v] = v_fma(held[f], input, sums[f * 2 * places + v]);
        }
    }
}

// What is fewer stays in registers: with the sums of several places, all inputs would not fit.
#define HOLDS_WEIGHTS(block, places) ((block) < 2 * (places))

// The sums of "places" neighbouring positions, of PAIR lanes of "block" channels: (block, places,
// 2). corner: of the first position's window, from the input; may lie outside.
INLINE void sum_places(const struct row_task *row, size_t block, size_t places, ptrdiff_t corner,
                       const struct tap *taps, size_t tap_count, vec *sums) {
    UNROLL
    for (size_t f = 0; f < block; f++) {
        vec bias = row->biases == NULL ? v_all(0) : v_all(row->biases[f]);
        UNROLL
        for (size_t v = 0; v < 2 * places; v++) {
            sums[f * 2 * places + v] = bias;
        }
    }
    const float *in = row->in;
    const float *all_weights = row->weights;
    size_t step = row->step;
    for (size_t t = 0; t < tap_count; t++) {
        const float *source = in + (corner + taps[t].in);
        const float *weights = all_weights + (size_t)taps[t].weight * block;
        if (HOLDS_WEIGHTS(block, places)) {
            add_tap_by_inputs(source, step, weights, block, places, sums);
        } else {
            add_tap_by_weights(source, step, weights, block, places, sums);
        }
    }
}

// "places" neighbouring positions, "block" channels, PAIR lanes.
INLINE void sum_tile(const struct row_task *row, size_t block, size_t places, size_t x, size_t lane,
                     const struct tap *taps, size_t tap_count) {
    vec sums[2 * BLOCK_MAX + 2];
    sum_places(row, block, places, row->corner + (ptrdiff_t)(x * row->step + lane), taps, tap_count,
               sums);
    float *out = row->out + (x - row->begin) * KERNEL_LANES + lane;
    size_t out_plane = row->out_plane; // a copy: the stores below could change *row, for all that
    bool relu = row->relu;             // the compiler knows
    UNROLL
    for (size_t f = 0; f < block; f++) {
        UNROLL
        for (size_t v = 0; v < 2 * places; v++) {
            vec sum = sums[f * 2 * places + v];
            v_store(out + f * out_plane + (v / 2) * KERNEL_LANES + v % 2 * VEC,
                    relu ? v_relu(sum) : sum);
        }
    }
}

INLINE void sum_row(const struct row_task *row, size_t block, size_t places) {
    const struct tap *taps = row->taps;
    for (size_t i = 0; i < row->columns->count; i++) {
        const struct run *run = &row->columns->items[i];
        size_t x = run->begin > row->begin ? run->begin : row->begin;
        size_t end = run->end < row->end ? run->end : row->end;
        for (; x + places <= end; x += places) {
            for (size_t lane = 0; lane < KERNEL_LANES; lane += PAIR) {
                sum_tile(row, block, places, x, lane, taps, row->tap_counts[i]);
            }
        }
        for (; places > 1 && x < end; x++) {
            for (size_t lane = 0; lane < KERNEL_LANES; lane += PAIR) {
                sum_tile(row, block, 1, x, lane, taps, row->tap_counts[i]);
            }
        }
        taps += row->tap_counts[i];
    }
}

// How many positions are summed at once: few channels leave registers for several.
#define PLACES(block) ((block)*4 <= BLOCK_MAX ? 4 : (block)*2 <= BLOCK_MAX ? 2 : 1)

#define SUM_ROW_CASE(block)                                                                        \
    case (block):                                                                                  \
        return sum_row(row, block, PLACES(block));

static void sum_row_of_block(const struct row_task *row, size_t block) {
    switch (block) {
        FOR_EACH_BLOCK(SUM_ROW_CASE)
    default:
        __builtin_unreachable();
    }
}

// ---- rows of rows ----

// A correlation made ready: its runs, the taps of each pair of runs, its packed weights.
struct correlation_plan {
    const struct correlation *task;
    struct runs rows;
    struct runs columns;
    const struct tap *taps[RUN_MAX]; // of each run of rows
    size_t tap_counts[RUN_MAX][RUN_MAX];
    const float *weights; // (taps, block) for each block
};

static inline void plan_taps(struct correlation_plan *plan, struct tap *taps) {
    for (size_t i = 0; i < plan->rows.count; i++) {
        plan->taps[i] = taps;
        for (size_t j = 0; j < plan->columns.count; j++) {
            struct tap *end =
                list_taps(plan->task, &plan->rows.items[i], &plan->columns.items[j], taps);
            plan->tap_counts[i][j] = (size_t)(end - taps);
            taps = end;
        }
    }
}

static inline struct correlation_plan correlation_plan_of(const struct correlation *task,
                                                          struct tap *taps, const float *weights) {
    REQUIRE(taps != NULL && weights != NULL);
    struct correlation_plan plan = {.task = task,
                                    .rows = runs_of(task, task->height, task->out_height),
                                    .columns = runs_of(task, task->width, task->out_width),
                                    .weights = weights};
    plan_taps(&plan, taps);
    return plan;
}

// Row y, with the weights of the first block of outputs; biases, out and relu are the caller's.
static inline struct row_task plan_row(const struct correlation_plan *plan, const float *in,
                                       size_t y) {
    REQUIRE(y < plan->task->out_height);
    const struct correlation *task = plan->task;
    size_t i = 0;
    while (y >= plan->rows.items[i].end) {
        i++;
    }
    ptrdiff_t top = (ptrdiff_t)(y * task->stride) - (ptrdiff_t)task->padding;
    return (struct row_task){.in = in,
                             .corner = (top * (ptrdiff_t)task->width - (ptrdiff_t)task->padding) *
                                       (ptrdiff_t)task->lanes,
                             .columns = &plan->columns,
                             .taps = plan->taps[i],
                             .tap_counts = plan->tap_counts[i],
                             .weights = plan->weights,
                             .end = task->out_width,
                             .step = task->stride * task->lanes};
}

// Moves a row's weights and biases to the next block of outputs.
static inline void next_block(const struct correlation_plan *plan, struct row_task *row,
                              size_t block) {
    const struct correlation *task = plan->task;
    row->weights += block * task->channels * task->kernel * task->kernel;
    row->biases = row->biases == NULL ? NULL : row->biases + block;
}

// All rows of all outputs: out (outputs, out_height, out_width, 32). Row by row, so that the inputs
// of a row are still cached for all blocks of outputs.
static inline void correlate(const struct correlation_plan *plan, const float *in,
                             const float *biases, bool relu, float *out) {
    const struct correlation *task = plan->task;
    size_t out_row = task->out_width * task->lanes;
    for (size_t y = 0; y < task->out_height; y++) {
        struct row_task row = plan_row(plan, in, y);
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
