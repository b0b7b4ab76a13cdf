// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/kernel_case.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"

static float *random_floats(uint64_t seed, uint32_t which, size_t count) {
    struct rng_stream stream;
    rng_stream_init(&stream, seed, RNG_TEST, which, 0, 0);
    float *values = memory_allocate_aligned(count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        values[i] = (float)(2 * rng_stream_uniform(&stream) - 1);
    }
    return values;
}

static float *random_lanes(uint64_t seed, uint32_t which, size_t count, size_t lanes) {
    float *values = random_floats(seed, which, count);
    for (size_t i = 0; i < count; i++) {
        values[i] = i % KERNEL_LANES < lanes ? values[i] : 0;
    }
    return values;
}

static void allocate_results(struct kernel_case *one) {
    one->out = memory_allocate_aligned(one->out_count, sizeof(float));
    one->d_in = memory_allocate_aligned(one->in_count, sizeof(float));
    one->d_weights = memory_allocate(one->weight_count, sizeof(float));
    one->d_biases = memory_allocate(one->bias_count, sizeof(float));
    one->winners = memory_allocate_aligned(one->out_count, 1);
}

static void fill(struct kernel_case *one, size_t lanes, uint64_t seed) {
    one->in = random_lanes(seed, 1, one->in_count, lanes);
    one->weights = random_floats(seed, 2, one->weight_count);
    one->biases = random_floats(seed, 3, one->bias_count);
    one->d_out = random_lanes(seed, 4, one->out_count, lanes);
    one->lanes = KERNEL_LANES;
    allocate_results(one);
}

struct kernel_case *kernel_case_create_conv(const struct kernel_conv *conv, size_t lanes,
                                            uint64_t seed) {
    struct kernel_case *one = memory_allocate(1, sizeof *one);
    one->kind = KERNEL_CASE_CONV;
    one->conv = *conv;
    one->in_count = conv->channels * conv->height * conv->width * KERNEL_LANES;
    one->out_count = conv->outputs * kernel_conv_pooled_side(conv, conv->height) *
                     kernel_conv_pooled_side(conv, conv->width) * KERNEL_LANES;
    one->weight_count = conv->outputs * conv->channels * conv->kernel * conv->kernel;
    one->bias_count = conv->outputs;
    fill(one, lanes, seed);
    return one;
}

struct kernel_case *kernel_case_create_dense(const struct kernel_dense *dense, size_t lanes,
                                             uint64_t seed) {
    struct kernel_case *one = memory_allocate(1, sizeof *one);
    one->kind = KERNEL_CASE_DENSE;
    one->dense = *dense;
    one->in_count = dense->inputs * KERNEL_LANES;
    one->out_count = dense->outputs * KERNEL_LANES;
    one->weight_count = dense->inputs * dense->outputs;
    one->bias_count = dense->outputs;
    fill(one, lanes, seed);
    return one;
}

// Mostly few, now and then many: 1 to "few", one time in eight to "many".
static size_t draw(struct rng_stream *stream, size_t few, size_t many) {
    size_t most = rng_stream_u32(stream) % 8 == 0 ? many : few;
    return 1 + rng_stream_u32(stream) % most;
}

struct kernel_case *kernel_case_create_random(enum kernel_case_kind kind, uint64_t seed) {
    struct rng_stream stream;
    rng_stream_init(&stream, seed, RNG_TEST, 0, 0, 0);
    if (kind == KERNEL_CASE_DENSE) {
        struct kernel_dense dense = {.inputs = draw(&stream, 70, 300)};
        dense.outputs = draw(&stream, 30, 80);
        dense.relu = rng_stream_u32(&stream) % 2;
        return kernel_case_create_dense(&dense, 1 + rng_stream_u32(&stream) % KERNEL_LANES, seed);
    }
    struct kernel_conv conv = {.channels = draw(&stream, 6, 20)};
    conv.outputs = draw(&stream, 10, 40);
    conv.kernel = draw(&stream, 5, 9);
    conv.stride = 1 + (rng_stream_u32(&stream) % 4 == 0);
    conv.relu = rng_stream_u32(&stream) % 2;
    conv.padding = rng_stream_u32(&stream) % conv.kernel;
    size_t least = conv.kernel > 2 * conv.padding ? conv.kernel - 2 * conv.padding : 1;
    conv.height = least - 1 + draw(&stream, 6, 12);
    conv.width = least - 1 + draw(&stream, 6, 12);
    size_t height = kernel_conv_side(&(struct kernel_conv){.kernel = conv.kernel,
                                                           .stride = conv.stride,
                                                           .padding = conv.padding},
                                     conv.height);
    size_t width = kernel_conv_side(&conv, conv.width);
    size_t pool_max = height < width ? height : width;
    conv.pool = 1 + rng_stream_u32(&stream) % (pool_max < 3 ? pool_max : 3);
    return kernel_case_create_conv(&conv, 1 + rng_stream_u32(&stream) % KERNEL_LANES, seed);
}

void kernel_case_destroy(struct kernel_case *one) {
    memory_free(one->in);
    memory_free(one->weights);
    memory_free(one->biases);
    memory_free(one->d_out);
    memory_free(one->out);
    memory_free(one->d_in);
    memory_free(one->d_weights);
    memory_free(one->d_biases);
    memory_free(one->winners);
    memory_free(one);
}

// The first lanes of each position, side by side.
static float *narrow_floats(const float *values, size_t count, size_t lanes) {
    float *narrow = memory_allocate_aligned(count / KERNEL_LANES * lanes, sizeof *narrow);
    for (size_t i = 0; i < count / KERNEL_LANES * lanes; i++) {
        narrow[i] = values[i / lanes * KERNEL_LANES + i % lanes];
    }
    return narrow;
}

struct kernel_case *kernel_case_create_narrow(const struct kernel_case *wide, size_t lanes) {
    struct kernel_case *one = memory_allocate(1, sizeof *one);
    *one = *wide;
    one->lanes = lanes;
    one->in_count = wide->in_count / KERNEL_LANES * lanes;
    one->out_count = wide->out_count / KERNEL_LANES * lanes;
    one->in = narrow_floats(wide->in, wide->in_count, lanes);
    one->d_out = narrow_floats(wide->d_out, wide->out_count, lanes);
    one->weights = memory_allocate(one->weight_count, sizeof(float));
    one->biases = memory_allocate(one->bias_count, sizeof(float));
    memcpy(one->weights, wide->weights, one->weight_count * sizeof(float));
    memcpy(one->biases, wide->biases, one->bias_count * sizeof(float));
    allocate_results(one);
    return one;
}

void kernel_case_run(struct kernel_case *one, enum kernels_isa isa, bool add) {
    const struct kernels *kernels = kernels_for_lanes(kernels_of(isa), one->lanes);
    bool conv = one->kind == KERNEL_CASE_CONV;
    size_t size =
        conv ? kernels->conv_scratch_bytes(&one->conv) : kernels->dense_scratch_bytes(&one->dense);
    struct kernel_pass pass = {.lanes = one->lanes,
                               .weights = one->weights,
                               .biases = one->biases,
                               .in = one->in,
                               .out = one->out,
                               .winners = one->winners,
                               .d_out = one->d_out,
                               .d_in = one->d_in,
                               .d_weights = one->d_weights,
                               .d_biases = one->d_biases,
                               .add = add,
                               .scratch = memory_allocate_aligned(size, 1)};
    if (conv) {
        kernels->conv_forward(&one->conv, &pass);
        kernels->conv_backward(&one->conv, &pass);
    } else {
        kernels->dense_forward(&one->dense, &pass);
        kernels->dense_backward(&one->dense, &pass);
    }
    memory_free(pass.scratch);
}

uint64_t kernel_case_fingerprint(const struct kernel_case *one) {
    uint64_t all = fingerprint_bytes(one->out, one->out_count * sizeof(float));
    all = fingerprint_bytes_seeded(one->d_in, one->in_count * sizeof(float), all);
    all = fingerprint_bytes_seeded(one->d_weights, one->weight_count * sizeof(float), all);
    all = fingerprint_bytes_seeded(one->d_biases, one->bias_count * sizeof(float), all);
    return fingerprint_bytes_seeded(one->winners, one->out_count, all);
}

const char *kernel_case_describe(const struct kernel_case *one, char text[128]) {
    if (one->kind == KERNEL_CASE_DENSE) {
        snprintf(text, 128, "dense %zu -> %zu%s", one->dense.inputs, one->dense.outputs,
                 one->dense.relu ? " relu" : "");
    } else {
        const struct kernel_conv *conv = &one->conv;
        snprintf(text, 128, "conv %zux%zux%zu -> %zu k%zu s%zu p%zu pool %zu%s", conv->channels,
                 conv->height, conv->width, conv->outputs, conv->kernel, conv->stride,
                 conv->padding, conv->pool, conv->relu ? " relu" : "");
    }
    return text;
}
