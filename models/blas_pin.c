// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/blas_pin.h"

#include <stddef.h>
#include <stdlib.h>

#include "sim/base/check.h"

struct setting {
    const char *name;
    const char *value; // NULL: unset
};

const char *blas_pin_core(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return "Haswell";
    }
    return __builtin_cpu_supports("sse4.2") ? "Nehalem" : "Prescott";
}

static void establish(const struct setting *setting) {
    REQUIRE(setting->name != NULL);
    if (setting->value == NULL) {
        unsetenv(setting->name);
    } else {
        setenv(setting->name, setting->value, 1);
    }
}

void blas_pin(const char *core) {
    const struct setting settings[] = {
        {"OPENBLAS_CORETYPE", core},     {"OPENBLAS_NUM_THREADS", "1"}, {"OMP_NUM_THREADS", "1"},
        {"OPENBLAS_BLOCK_FACTOR", NULL}, {"OPENBLAS_L2_SIZE", NULL},    {"GOTO_NUM_THREADS", NULL},
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        establish(&settings[i]);
    }
}
