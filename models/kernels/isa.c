// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/kernels/isa.h"

#include <stddef.h>
#include <string.h>

#include "models/kernels/isa_tables.h"
#include "sim/base/check.h"

static const char *const names[KERNELS_ISA_COUNT] = {
    [KERNELS_GENERIC] = "generic", [KERNELS_AVX2] = "avx2", [KERNELS_AVX512] = "avx512"};

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
    case KERNELS_GENERIC:
        return true;
    case KERNELS_ISA_COUNT:
        break;
    }
    return false;
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
    case KERNELS_GENERIC:
        return kernels_generic();
    case KERNELS_ISA_COUNT:
        break;
    }
    return NULL;
}

const struct kernels *kernels_for_lanes(const struct kernels *kernels, size_t lanes) {
    REQUIRE(kernel_lanes_known(lanes));
    bool wider = kernels == kernels_avx512() && lanes == KERNEL_LANES_MIN;
    return wider ? kernels_avx2() : kernels;
}
