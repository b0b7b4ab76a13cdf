// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/kernels/kernels.h"

#include <string.h>

#include "models/kernels/kernels_tables.h"
#include "sim/base/check.h"

size_t kernel_conv_side(const struct kernel_conv *conv, size_t side) {
    return (side + 2 * conv->padding - conv->kernel) / conv->stride + 1;
}

size_t kernel_conv_pooled_side(const struct kernel_conv *conv, size_t side) {
    return kernel_conv_side(conv, side) / conv->pool;
}

void kernel_conv_require(const struct kernel_conv *conv) {
    REQUIRE(conv->channels >= 1 && conv->outputs >= 1 && conv->stride >= 1);
    REQUIRE(conv->kernel >= 1 && conv->kernel <= KERNEL_SIDE_MAX);
    REQUIRE(conv->padding < conv->kernel);
    REQUIRE(conv->height + 2 * conv->padding >= conv->kernel);
    REQUIRE(conv->width + 2 * conv->padding >= conv->kernel);
    REQUIRE(conv->pool >= 1 && conv->pool * conv->pool < KERNEL_NO_WINNER);
    REQUIRE(kernel_conv_pooled_side(conv, conv->height) >= 1);
    REQUIRE(kernel_conv_pooled_side(conv, conv->width) >= 1);
}

static const char *const names[KERNELS_ISA_COUNT] = {"generic", "avx2", "avx512"};

const char *kernels_isa_name(enum kernels_isa isa) {
    REQUIRE(isa < KERNELS_ISA_COUNT);
    return names[isa];
}

bool kernels_isa_by_name(const char *name, enum kernels_isa *isa) {
    for (size_t i = 0; i < KERNELS_ISA_COUNT; i++) {
        if (strcmp(name, names[i]) == 0) {
            *isa = (enum kernels_isa)i;
            return true;
        }
    }
    return false;
}

bool kernels_isa_supported(enum kernels_isa isa) {
#if defined(__x86_64__)
    switch (isa) {
    case KERNELS_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case KERNELS_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    default:
        return isa == KERNELS_GENERIC;
    }
#else
    return isa == KERNELS_GENERIC;
#endif
}

enum kernels_isa kernels_best_isa(void) {
    if (kernels_isa_supported(KERNELS_AVX512)) {
        return KERNELS_AVX512;
    }
    return kernels_isa_supported(KERNELS_AVX2) ? KERNELS_AVX2 : KERNELS_GENERIC;
}

const struct kernels *kernels_of(enum kernels_isa isa) {
    REQUIRE(kernels_isa_supported(isa));
    switch (isa) {
    case KERNELS_AVX512:
        return kernels_avx512();
    case KERNELS_AVX2:
        return kernels_avx2();
    default:
        return kernels_generic();
    }
}
