// SPDX-License-Identifier: GPL-3.0-or-later
// The dense layer. Part of each instruction set's kernels. Forward and backward to the input the
// vectors run over samples; backward to the weights the block is turned around, so that they run
// over features and a weight's sum takes the samples in order.
#pragma once

#include "models/kernels/kernels.h"
#include "models/kernels/pooling.h"
#include "models/kernels/vectors.h"
#include "models/kernels/window_gradient.h"

// sums[f] += factor[f, t] * in[t] over t < count in order; in[t] is PAIR numbers, in_step apart,
// and factor[f, t] is at factors[f * factor_step + t * term_step].
struct terms {
    const float *in;
    size_t in_step;
    size_t count;
    const float *factors;
    size_t factor_step;
    size_t term_step;
};

INLINE void sum_terms(const struct terms *terms, size_t block, vec *sums) {
    const float *in = terms->in;
    const float *factors = terms->factors;
    for (size_t t = 0; t < terms->count; t++) {
        vec low = v_load(in);
        vec high = v_load(in + VEC);
        UNROLL
        for (size_t f = 0; f < block; f++) {
            vec factor = v_all(factors[f * terms->factor_step]);
            sums[2 * f] = v_fma(factor, low, sums[2 * f]);
            sums[2 * f + 1] = v_fma(factor, high, sums[2 * f + 1]);
        }
        in += terms->in_step;
        factors += terms->term_step;
    }
}

// ---- one block of results, of a number known when compiled ----

enum product { PRODUCT_FORWARD, PRODUCT_TO_INPUT, PRODUCT_TO_WEIGHTS };

struct block_task {
    struct terms terms;
    const float *biases; // forward
    float *out;          // (block, out_step)
    size_t out_step;
    size_t columns; // to the weights: how many of the PAIR are there
    bool relu;      // forward
    bool add;       // to the weights
};

INLINE void write_lanes(const struct block_task *task, size_t block, const vec *sums) {
    UNROLL
    for (size_t f = 0; f < block; f++) {
        for (size_t v = 0; v < 2; v++) {
            vec sum = sums[2 * f + v];
            v_store(task->out + f * task->out_step + v * VEC, task->relu ? v_relu(sum) : sum);
        }
    }
}

INLINE void write_vector(float *to, vec value, bool add) {
    if (add) {
        value += v_load_unaligned(to);
    }
    v_store_unaligned(to, value);
}

INLINE void write_weights(const struct block_task *task, size_t block, const vec *sums) {
    float rest[PAIR];
    UNROLL
    for (size_t f = 0; f < block; f++) {
        float *out = task->out + f * task->out_step;
        vec low = sums[2 * f];
        vec high = sums[2 * f + 1];
        if (task->columns < PAIR) {
            v_store_unaligned(rest, low);
            v_store_unaligned(rest + VEC, high);
            for (size_t i = 0; i < task->columns; i++) {
                write_number(out + i, rest[i], task->add);
            }
        } else {
            write_vector(out, low, task->add);
            write_vector(out + VEC, high, task->add);
        }
    }
}

INLINE void multiply_block(const struct block_task *task, enum product product, size_t block) {
    vec sums[2 * BLOCK_MAX];
    struct terms terms = task->terms;
    if (product == PRODUCT_TO_INPUT) {
        terms.factor_step = 1;
        terms.term_step = block;
    } else {
        terms.term_step = 1;
    }
    UNROLL
    for (size_t f = 0; f < block; f++) {
        vec first = product == PRODUCT_FORWARD ? v_all(task->biases[f]) : v_all(0);
        sums[2 * f] = first;
        sums[2 * f + 1] = first;
    }
    sum_terms(&terms, block, sums);
    if (product == PRODUCT_TO_WEIGHTS) {
        write_weights(task, block, sums);
    } else {
        write_lanes(task, block, sums);
    }
}

#define MULTIPLY_CASE(block)                                                                       \
    case (block):                                                                                  \
        return multiply_block(task, product, block);

INLINE void multiply_block_of(const struct block_task *task, enum product product, size_t block) {
    switch (block) {
        FOR_EACH_BLOCK(MULTIPLY_CASE)
    default:
        __builtin_unreachable();
    }
}

static void multiply_forward(const struct block_task *task, size_t block) {
    multiply_block_of(task, PRODUCT_FORWARD, block);
}

static void multiply_to_input(const struct block_task *task, size_t block) {
    multiply_block_of(task, PRODUCT_TO_INPUT, block);
}

static void multiply_to_weights(const struct block_task *task, size_t block) {
    multiply_block_of(task, PRODUCT_TO_WEIGHTS, block);
}

// ---- forward ----

static void dense_forward(const struct kernel_dense *dense, const struct kernel_pass *pass) {
    kernel_pass_require(pass);
    REQUIRE(pass->lanes == KERNEL_LANES);
    REQUIRE(pass->in != pass->out);
    struct block_task task = {.terms = {.in_step = KERNEL_LANES,
                                        .count = dense->inputs,
                                        .factors = pass->weights,
                                        .factor_step = dense->inputs},
                              .biases = pass->biases,
                              .out_step = KERNEL_LANES,
                              .relu = dense->relu};
    float *out = pass->out;
    for (size_t b = 0; b < block_count(dense->outputs, BLOCK_MAX); b++) {
        size_t block = block_size(dense->outputs, BLOCK_MAX, b);
        for (size_t lane = 0; lane < KERNEL_LANES; lane += PAIR) {
            task.terms.in = pass->in + lane;
            task.out = out + lane;
            multiply_forward(&task, block);
        }
        task.terms.factors += block * dense->inputs;
        task.biases += block;
        out += block * KERNEL_LANES;
    }
}

// ---- backward to the input ----

// Weights of some neighbouring inputs, as "blocks" blocks of (outputs, block). Row by row of the
// weights: their rows often lie a power of two apart and so drive each other out of the caches.
INLINE void pack_columns(const float *weights, size_t inputs, size_t outputs, size_t blocks,
                         size_t block, float *packed) {
    for (size_t o = 0; o < outputs; o++) {
        for (size_t b = 0; b < blocks; b++) {
            memcpy(packed + (b * outputs + o) * block, weights + o * inputs + b * block,
                   block * sizeof(float));
        }
    }
}

enum { PANEL_BLOCKS = 8 };

static void dense_to_input(const struct kernel_dense *dense, const float *weights,
                           const float *d_out, float *d_in, float *packed) {
    REQUIRE(d_in != d_out);
    struct block_task task = {.terms = {.in_step = KERNEL_LANES, .count = dense->outputs},
                              .out_step = KERNEL_LANES};
    size_t count = block_count(dense->inputs, BLOCK_MAX);
    size_t i = 0;
    for (size_t b = 0; b < count;) {
        size_t block = block_size(dense->inputs, BLOCK_MAX, b);
        size_t blocks = 1;
        while (blocks < PANEL_BLOCKS && b + blocks < count &&
               block_size(dense->inputs, BLOCK_MAX, b + blocks) == block) {
            blocks++;
        }
        if (block == BLOCK_MAX) {
            pack_columns(weights + i, dense->inputs, dense->outputs, blocks, BLOCK_MAX, packed);
        } else if (block == BLOCK_MAX - 1) {
            pack_columns(weights + i, dense->inputs, dense->outputs, blocks, BLOCK_MAX - 1, packed);
        } else {
            pack_columns(weights + i, dense->inputs, dense->outputs, blocks, block, packed);
        }
        for (size_t k = 0; k < blocks; k++) {
            task.terms.factors = packed + k * dense->outputs * block;
            for (size_t lane = 0; lane < KERNEL_LANES; lane += PAIR) {
                task.terms.in = d_out + lane;
                task.out = d_in + i * KERNEL_LANES + lane;
                multiply_to_input(&task, block);
            }
            i += block;
        }
        b += blocks;
    }
}

// ---- backward to the weights ----

typedef float quad __attribute__((vector_size(16), may_alias));

// (4, KERNEL_LANES) to (4 lanes, PAIR).
INLINE void turn_quad(const float *from, float *to) {
    quad a = *(const quad *)from;
    quad b = *(const quad *)(from + KERNEL_LANES);
    quad c = *(const quad *)(from + 2 * KERNEL_LANES);
    quad d = *(const quad *)(from + 3 * KERNEL_LANES);
    quad ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    quad ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    quad cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    quad cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(quad *)to = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    *(quad *)(to + PAIR) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    *(quad *)(to + 2 * PAIR) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    *(quad *)(to + 3 * PAIR) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

// turned: (KERNEL_LANES, PAIR); columns beyond "features" keep what they have.
static inline void turn_around(const float *in, size_t features, float *turned) {
    size_t i = 0;
    for (; i + 4 <= features; i += 4) {
        for (size_t lane = 0; lane < KERNEL_LANES; lane += 4) {
            turn_quad(in + i * KERNEL_LANES + lane, turned + lane * PAIR + i);
        }
    }
    for (; i < features; i++) {
        for (size_t lane = 0; lane < KERNEL_LANES; lane++) {
            turned[lane * PAIR + i] = in[i * KERNEL_LANES + lane];
        }
    }
}

// Neighbouring features that are turned together, so that a row of weights, which often lies a
// power of two from the next one, is written to in long stretches.
enum { PANEL_PAIRS = 4, TURNED_PAIR = KERNEL_LANES * PAIR };

// The weights of features [first, end), at most PANEL_PAIRS pairs of vectors of them.
static inline void panel_to_weights(const struct kernel_dense *dense, const struct block_task *rule,
                                    const float *in, const float *d_out, size_t first, size_t end,
                                    float *d_weights, float *turned) {
    REQUIRE(first < end && end - first <= PANEL_PAIRS * PAIR);
    for (size_t i = first; i < end; i += PAIR) {
        size_t features = end - i < PAIR ? end - i : PAIR;
        turn_around(in + i * KERNEL_LANES, features, turned + (i - first) / PAIR * TURNED_PAIR);
    }
    struct block_task task = *rule;
    task.terms.factors = d_out;
    float *row = d_weights;
    for (size_t b = 0; b < block_count(dense->outputs, BLOCK_MAX); b++) {
        size_t block = block_size(dense->outputs, BLOCK_MAX, b);
        for (size_t i = first; i < end; i += PAIR) {
            task.columns = end - i < PAIR ? end - i : PAIR;
            task.terms.in = turned + (i - first) / PAIR * TURNED_PAIR;
            task.out = row + i;
            multiply_to_weights(&task, block);
        }
        task.terms.factors += block * KERNEL_LANES;
        row += block * dense->inputs;
    }
}

static void dense_to_weights(const struct kernel_dense *dense, const float *in, const float *d_out,
                             bool add, float *d_weights, float *turned) {
    memset(turned, 0, PANEL_PAIRS * TURNED_PAIR * sizeof(float));
    const struct block_task rule = {
        .terms = {.in_step = PAIR, .count = KERNEL_LANES, .factor_step = KERNEL_LANES},
        .out_step = dense->inputs,
        .add = add};
    for (size_t i = 0; i < dense->inputs; i += PANEL_PAIRS * PAIR) {
        size_t end = i + PANEL_PAIRS * PAIR;
        end = end < dense->inputs ? end : dense->inputs;
        panel_to_weights(dense, &rule, in, d_out, i, end, d_weights, turned);
    }
}

// ---- all of it ----

struct dense_scratch {
    float *turned;
    float *packed;
    float *masked; // d_out where relu let it pass
    float *sums;
    size_t floats;
};

static inline struct dense_scratch dense_scratch_of(const struct kernel_dense *dense,
                                                    float *memory) {
    REQUIRE(dense->inputs >= 1 && dense->outputs >= 1);
    REQUIRE(kernel_aligned(memory));
    struct dense_scratch scratch = {.turned = memory};
    size_t used = PANEL_PAIRS * TURNED_PAIR;
    size_t packed = used;
    used += (PANEL_BLOCKS * BLOCK_MAX * dense->outputs + 15) / 16 * 16;
    size_t masked = used;
    used += dense->relu ? dense->outputs * KERNEL_LANES : 0;
    if (memory != NULL) {
        scratch.packed = memory + packed;
        scratch.masked = memory + masked;
        scratch.sums = memory + used;
    }
    scratch.floats = used + (sums_floats(dense->outputs) + 15) / 16 * 16;
    return scratch;
}

static size_t dense_scratch_bytes(const struct kernel_dense *dense) {
    return dense_scratch_of(dense, NULL).floats * sizeof(float);
}

static void dense_backward(const struct kernel_dense *dense, const struct kernel_pass *pass) {
    kernel_pass_require(pass);
    REQUIRE(pass->lanes == KERNEL_LANES);
    REQUIRE(!dense->relu || pass->out != NULL);
    struct dense_scratch scratch = dense_scratch_of(dense, pass->scratch);
    const float *d_out = pass->d_out;
    if (dense->relu) {
        relu_backward(dense->outputs * pass->lanes, pass->out, pass->d_out, scratch.masked);
        d_out = scratch.masked;
    }
    dense_to_weights(dense, pass->in, d_out, pass->add, pass->d_weights, scratch.turned);
    clear_sums(scratch.sums, dense->outputs);
    add_bias_rows(dense->outputs, d_out, KERNEL_LANES, KERNEL_LANES, scratch.sums);
    write_biases(scratch.sums, dense->outputs, pass->add, pass->d_biases);
    if (pass->d_in != NULL) {
        dense_to_input(dense, pass->weights, d_out, pass->d_in, scratch.packed);
    }
}
