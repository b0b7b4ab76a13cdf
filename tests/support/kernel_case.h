// SPDX-License-Identifier: GPL-3.0-or-later
// A layer of random shape with random numbers, to run it under any instruction set.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "models/kernels/isa.h"
#include "models/kernels/kernels.h"

enum kernel_case_kind { KERNEL_CASE_CONV, KERNEL_CASE_DENSE };

struct kernel_case {
    enum kernel_case_kind kind;
    struct kernel_conv conv;   // either this
    struct kernel_dense dense; // or this
    size_t lanes;              // of the block: 32, if it is not made narrow
    size_t in_count;           // floats, the lanes included
    size_t out_count;
    size_t weight_count;
    size_t bias_count;
    float *in;
    float *weights;
    float *biases;
    float *d_out;
    float *out; // what kernel_case_run makes
    float *d_in;
    float *d_weights;
    float *d_biases;
    uint8_t *winners;
};

// All numbers uniform on [-1, 1), drawn from the seed. Lanes from "lanes" on are zeros in in and
// d_out. What is run makes starts as zeros.
struct kernel_case *kernel_case_create_conv(const struct kernel_conv *conv, size_t lanes,
                                            uint64_t seed);
struct kernel_case *kernel_case_create_dense(const struct kernel_dense *dense, size_t lanes,
                                             uint64_t seed);
// A shape drawn from the seed, too.
struct kernel_case *kernel_case_create_random(enum kernel_case_kind kind, uint64_t seed);
// The same with the first lanes alone, in a block of so many.
struct kernel_case *kernel_case_create_narrow(const struct kernel_case *wide, size_t lanes);
void kernel_case_destroy(struct kernel_case *one);

// Forward and backward; "add": on top of the gradients of parameters that are there.
void kernel_case_run(struct kernel_case *one, enum kernels_isa isa, bool add);

// Of everything that was made.
uint64_t kernel_case_fingerprint(const struct kernel_case *one);

// "conv 3x8x9 -> 10 k3 s1 p1 pool 2 relu", for messages.
const char *kernel_case_describe(const struct kernel_case *one, char text[128]);
