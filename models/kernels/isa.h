// SPDX-License-Identifier: GPL-3.0-or-later
// The instruction sets that the kernels are written for, and which of them this CPU runs. What a
// set computes is the same source for all of them (convolution.h, matrix.h, pooling.h, softmax.h
// over the vectors of vectors.h), compiled once by each of isa_avx512.c, isa_avx2.c, isa_generic.c.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct kernels;

enum kernels_isa {
    KERNELS_GENERIC = 0, // plain C: any CPU, slow
    KERNELS_AVX2 = 1,    // AVX2 and FMA
    KERNELS_AVX512 = 2,  // AVX-512 F, VL, BW, DQ
    KERNELS_ISA_COUNT = 3
};

// "generic", "avx2", "avx512".
const char *kernels_isa_name(enum kernels_isa isa);

// False, *isa untouched, for any other name.
bool kernels_isa_by_name(const char *name, enum kernels_isa *isa);

// Whether this CPU (and this build) can run it.
bool kernels_isa_supported(enum kernels_isa isa);

// The fastest supported one.
enum kernels_isa kernels_best_isa(void);

// Requires: supported.
const struct kernels *kernels_of(enum kernels_isa isa);

// The table for blocks of so many lanes, 8, 16 or 32: "kernels" itself, but that of AVX2 where its
// vectors are wider than the block. The bits are the same.
const struct kernels *kernels_for_lanes(const struct kernels *kernels, size_t lanes);
