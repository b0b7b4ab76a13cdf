// SPDX-License-Identifier: GPL-3.0-or-later
// The dense layer. Part of each instruction set's kernels. Forward and backward to the input the
// vectors run over samples; backward to the weights the block is turned around, so that they run
// over features and a weight's sum takes the samples in order.
#pragma once

#include "models/kernels/kernels.h"
#include "models/kernels/pooling.h"
#include "models/kernels/vectors.h"
#include "models/kernels/window_gradient.h"

// sums[f] += factor[f, t] * in[t] over t < count in order; in[t] is a vector or two, in_step apart,
// and factor[f, t] is at factors[f * factor_step + t * term_step].
struct terms {
    const float *in;
    size_t in_step;
    size_t count;
    const float *factors;
    size_t factor_step;
    size_t term_step;
};

INLINE void sum_terms(const struct terms *terms, size_t block, size_t vectors, vec *sums) {
    const float *in = terms->in;
    const float *factors = terms->factors;
    for (size_t t = 0; t < terms->count; t++) {
        vec inputs[2];
        UNROLL
        for (size_t v = 0; v < vectors; v++) {
            inputs[v] = v_keep(v_load(in + v * VEC));
        }
        UNROLL
        for (size_t f = 0; f < block; f++) {
            vec factor = v_keep(v_all(factors[f * terms->factor_step]));
            UNROLL
            for (size_t v = 0; v < vectors; v++) {
                sums[f * vectors + v] = v_add_product(sums[f * vectors + v], factor, inputs[v]);
            }
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

INLINE void write_lanes(const struct block_task *task, size_t block, size_t vectors,
                        const vec *sums) {
    UNROLL
    for (size_t f = 0; f < block; f++) {
        for (size_t v = 0; v < vectors; v++) {
            vec sum = sums[f * vectors + v];
            v_store(task->out + f * task->out_step + v * VEC, task->relu ? v_relu(sum) : sum);
        }
    }
}

// See write_number.
INLINE void write_vector(float *to, vec value, bool add) {
    v_store_unaligned(to, (add ? v_load_unaligned(to) : v_all(0)) + value);
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

INLINE void multiply_block(const struct block_task *task, enum product product, size_t block,
                           size_t vectors) {
    vec sums[2 * NARROW_MAX];
    struct terms terms = task->terms;
    if (product == PRODUCT_TO_INPUT) {
        terms.factor_step = 1;
    } else {
        terms.term_step = 1;
    }
    UNROLL
    for (size_t i = 0; i < vectors * block; i++) {
        sums[i] = v_all(product == PRODUCT_FORWARD ? task->biases[i / vectors] : 0);
    }
    sum_terms(&terms, block, vectors, sums);
    if (product == PRODUCT_TO_WEIGHTS) {
        write_weights(task, block, sums);
    } else {
        write_lanes(task, block, vectors, sums);
    }
}

#define MULTIPLY_CASE(block)                                                                       \
    case (block):                                                                                  \
        return multiply_block(task, product, block, 2);

#define MULTIPLY_NARROW_CASE(block)                                                                \
    case (block):                                                                                  \
        return multiply_block(task, product, block, 1);

INLINE void multiply_block_of(const struct block_task *task, enum product product, size_t block) {
    switch (block) {
        FOR_EACH_BLOCK(MULTIPLY_CASE)
    default:
        __builtin_unreachable();
    }
}

INLINE void multiply_narrow_of(const struct block_task *task, enum product product, size_t block) {
    switch (block) {
        FOR_EACH_NARROW(MULTIPLY_NARROW_CASE)
    default:
        __builtin_unreachable();
    }
}

// Whether a block of samples is one vector wide.
INLINE bool is_narrow(size_t lanes) {
    return lanes < PAIR;
}

INLINE size_t results_max(size_t lanes) {
    return is_narrow(lanes) ? NARROW_MAX : BLOCK_MAX;
}

static void multiply_forward(const struct block_task *task, size_t lanes, size_t block) {
    if (is_narrow(lanes)) {
        multiply_narrow_of(task, PRODUCT_FORWARD, block);
    } else {
        multiply_block_of(task, PRODUCT_FORWARD, block);
    }
}

static void multiply_to_input(const struct block_task *task, size_t lanes, size_t block) {
    if (is_narrow(lanes)) {
        multiply_narrow_of(task, PRODUCT_TO_INPUT, block);
    } else {
        multiply_block_of(task, PRODUCT_TO_INPUT, block);
    }
}

static void multiply_to_weights(const struct block_task *task, size_t block) {
    multiply_block_of(task, PRODUCT_TO_WEIGHTS, block);
}

// ---- forward ----

static void dense_forward(const struct kernel_dense *dense, const struct kernel_pass *pass) {
    kernel_pass_require(pass);
    REQUIRE(pass->in != pass->out && pass->lanes % VEC == 0);
    size_t lanes = pass->lanes;
    size_t most = results_max(lanes);
    struct block_task task = {.terms = {.in_step = lanes,
                                        .count = dense->inputs,
                                        .factors = pass->weights,
                                        .factor_step = dense->inputs},
                              .biases = pass->biases,
                              .out_step = lanes,
                              .relu = dense->relu};
    float *out = pass->out;
    for (size_t b = 0; b < block_count(dense->outputs, most); b++) {
        size_t block = block_size(dense->outputs, most, b);
        for (size_t lane = 0; lane < lanes; lane += PAIR) {
            task.terms.in = pass->in + lane;
            task.out = out + lane;
            multiply_forward(&task, lanes, block);
        }
        task.terms.factors += block * dense->inputs;
        task.biases += block;
        out += block * lanes;
    }
}

// ---- backward to the input ----

// Neighbouring inputs whose weights are laid out anew, (outputs, panel): the rows of the weights
// often lie a power of two apart and so drive each other out of the caches.
enum { PANEL_INPUTS = 48 };

static inline void pack_columns(const float *weights, size_t inputs, size_t outputs, size_t width,
                                float *packed) {
    REQUIRE(width >= 1 && width <= PANEL_INPUTS);
    for (size_t o = 0; o < outputs; o++) {
        const float *row = weights + o * inputs;
        for (size_t i = 0; i < PANEL_INPUTS; i += 16) {
            __builtin_prefetch(row + PANEL_INPUTS + i); // of the next panel
        }
        if (width == PANEL_INPUTS) {
            memcpy(packed, row, PANEL_INPUTS * sizeof(float));
        } else {
            memcpy(packed, row, width * sizeof(float));
        }
        packed += width;
    }
}

static void dense_to_input(const struct kernel_dense *dense, const struct kernel_pass *pass,
                           const float *d_out, float *packed) {
    size_t lanes = pass->lanes;
    size_t most = results_max(lanes);
    struct block_task task = {.terms = {.in_step = lanes, .count = dense->outputs},
                              .out_step = lanes};
    for (size_t i = 0; i < dense->inputs; i += PANEL_INPUTS) {
        size_t width = dense->inputs - i < PANEL_INPUTS ? dense->inputs - i : PANEL_INPUTS;
        pack_columns(pass->weights + i, dense->inputs, dense->outputs, width, packed);
        task.terms.term_step = width;
        for (size_t lane = 0; lane < lanes; lane += PAIR) {
            task.terms.in = d_out + lane;
            task.terms.factors = packed;
            task.out = pass->d_in + i * lanes + lane;
            for (size_t b = 0; b < block_count(width, most); b++) {
                size_t block = block_size(width, most, b);
                multiply_to_input(&task, lanes, block);
                task.terms.factors += block;
                task.out += block * lanes;
            }
        }
    }
}

// ---- backward to the weights ----

// (4, lanes) to (4 lanes, PAIR).
INLINE void turn_quad(const float *from, size_t lanes, float *to) {
    quad four[4];
    UNROLL
    for (size_t i = 0; i < 4; i++) {
        four[i] = *(const quad *)(const void *)(from + i * lanes);
    }
    turn_quads(four);
    UNROLL
    for (size_t i = 0; i < 4; i++) {
        *(quad *)(void *)(to + i * PAIR) = four[i];
    }
}

// turned: (lanes, PAIR); columns beyond "features" keep what they have.
static inline void turn_around(const float *in, size_t lanes, size_t features, float *turned) {
    size_t i = 0;
    for (; i + 4 <= features; i += 4) {
        for (size_t lane = 0; lane < lanes; lane += 4) {
            turn_quad(in + i * lanes + lane, lanes, turned + lane * PAIR + i);
        }
    }
    for (; i < features; i++) {
        for (size_t lane = 0; lane < lanes; lane++) {
            turned[lane * PAIR + i] = in[i * lanes + lane];
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
    size_t lanes = rule->terms.count;
    for (size_t i = first; i < end; i += PAIR) {
        size_t features = end - i < PAIR ? end - i : PAIR;
        turn_around(in + i * lanes, lanes, features, turned + (i - first) / PAIR * TURNED_PAIR);
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
        task.terms.factors += block * lanes;
        row += block * dense->inputs;
    }
}

static void dense_to_weights(const struct kernel_dense *dense, const float *d_out,
                             const struct kernel_pass *pass, float *turned) {
    memset(turned, 0, PANEL_PAIRS * TURNED_PAIR * sizeof(float));
    const struct block_task rule = {
        .terms = {.in_step = PAIR, .count = pass->lanes, .factor_step = pass->lanes},
        .out_step = dense->inputs,
        .add = pass->add};
    for (size_t i = 0; i < dense->inputs; i += PANEL_PAIRS * PAIR) {
        size_t end = i + PANEL_PAIRS * PAIR;
        end = end < dense->inputs ? end : dense->inputs;
        panel_to_weights(dense, &rule, pass->in, d_out, i, end, pass->d_weights, turned);
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
    used += (PANEL_INPUTS * dense->outputs + 15) / 16 * 16;
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
    REQUIRE(pass->lanes % VEC == 0);
    REQUIRE(!dense->relu || pass->out != NULL);
    struct dense_scratch scratch = dense_scratch_of(dense, pass->scratch);
    const float *d_out = pass->d_out;
    if (dense->relu) {
        relu_backward(dense->outputs * pass->lanes, pass->out, pass->d_out, scratch.masked);
        d_out = scratch.masked;
    }
    dense_to_weights(dense, d_out, pass, scratch.turned);
    clear_sums(scratch.sums, dense->outputs);
    add_bias_rows(dense->outputs, d_out, pass->lanes, pass->lanes, pass->lanes, scratch.sums);
    write_biases(scratch.sums, dense->outputs, pass->add, pass->d_biases);
    if (pass->d_in != NULL) {
        dense_to_input(dense, pass, d_out, scratch.packed);
    }
}
