// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/blas_pin.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "models/linear_algebra.h"
#include "sim/base/check.h"

struct setting {
    const char *name;
    const char *value; // NULL: unset
};
enum { SETTING_COUNT = 6 };

const char *blas_pin_core(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return "Haswell";
    }
    return __builtin_cpu_supports("sse4.2") ? "Nehalem" : "Prescott";
}

static void list_settings(struct setting settings[SETTING_COUNT]) {
    const struct setting wanted[SETTING_COUNT] = {
        {"OPENBLAS_CORETYPE", blas_pin_core()},
        {"OPENBLAS_NUM_THREADS", "1"},
        {"OMP_NUM_THREADS", "1"},
        {"OPENBLAS_BLOCK_FACTOR", NULL},
        {"OPENBLAS_L2_SIZE", NULL},
        {"GOTO_NUM_THREADS", NULL},
    };
    memcpy(settings, wanted, sizeof wanted);
}

static bool holds(const struct setting *setting) {
    const char *value = getenv(setting->name);
    if (value == NULL || setting->value == NULL) {
        return value == setting->value;
    }
    return strcmp(value, setting->value) == 0;
}

static void establish(const struct setting *setting) {
    REQUIRE(setting->name != NULL);
    if (setting->value == NULL) {
        unsetenv(setting->name);
    } else {
        setenv(setting->name, setting->value, 1);
    }
}

// By its real path, so that process lists show the program's name; by the link where that path
// does not lead to the program any more, or may not be gone.
static void execute_again(char **argv) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length > 0) {
        path[length] = 0;
        execv(path, argv);
    }
    execv("/proc/self/exe", argv);
    const char *started_as = (const char *)getauxval(AT_EXECFN); // where there is no /proc
    if (started_as != NULL) {
        execv(started_as, argv);
    }
    fprintf(stderr, "desgd: cannot restart with the pinned OpenBLAS kernel: %s\n", strerror(errno));
}

void blas_pin(char **argv) {
    struct setting settings[SETTING_COUNT];
    list_settings(settings);
    bool pinned = true;
    for (int i = 0; i < SETTING_COUNT; i++) {
        pinned = pinned && holds(&settings[i]);
    }
    if (pinned || getenv(BLAS_PIN_MARKER) != NULL) {
        unsetenv(BLAS_PIN_MARKER); // it concerns this process alone, not its children
        return;
    }
    for (int i = 0; i < SETTING_COUNT; i++) {
        establish(&settings[i]);
    }
    setenv(BLAS_PIN_MARKER, "1", 1);
    execute_again(argv);
}

// OpenBLAS maps a buffer for each thread that multiplies, and asks for ever where it gets none.
static bool is_memory_there(int32_t threads) {
    REQUIRE(threads >= 1);
    static const size_t buffer_bytes = (size_t)128 << 20;
    static const size_t other_bytes = (size_t)64 << 20; // what comes before the first product
    size_t bytes = (size_t)threads * buffer_bytes + other_bytes;
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return room != MAP_FAILED && munmap(room, bytes) == 0;
}

enum status blas_check(int32_t threads, struct error *error) {
    REQUIRE(threads >= 1);
    if (!linear_algebra_is_openblas()) {
        return error_set(error, STATUS_INTERNAL,
                         "matrix products do not go to OpenBLAS: another library took its place");
    }
    if (!is_memory_there(threads)) {
        return error_set(error, STATUS_NO_MEMORY,
                         "there is no memory for OpenBLAS's buffers, of 128 MB for each of %d "
                         "threads: say --threads with fewer, raise ulimit -v, or take arithmetic: "
                         "portable, which needs none",
                         threads);
    }
    enum blas_build build = linear_algebra_build();
    if (threads == 1 || build == BLAS_PTHREAD) {
        return STATUS_OK;
    }
    return error_set(
        error, STATUS_USAGE,
        "this is OpenBLAS's %s build, which gives other results under threads: install "
        "libopenblas0-pthread (update-alternatives chooses), or say --threads 1",
        build == BLAS_SERIAL ? "serial" : "OpenMP");
}
