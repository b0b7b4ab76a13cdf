// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/blas_check.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#include "models/blas_pin.h"
#include "models/linear_algebra.h"
#include "sim/base/check.h"

// OpenBLAS maps a buffer for each thread that multiplies, one of them while it is loaded, and asks
// for ever where it gets none.
static bool is_memory_there(int32_t threads) {
    REQUIRE(threads >= 1);
    static const size_t buffer_bytes = (size_t)128 << 20;
    static const size_t other_bytes = (size_t)64 << 20; // what comes before the first product
    size_t bytes = (size_t)threads * buffer_bytes + other_bytes;
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return room != MAP_FAILED && munmap(room, bytes) == 0;
}

static enum status check_build(int32_t threads, struct error *error) {
    REQUIRE(linear_algebra_is_loaded());
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

enum status blas_check(int32_t threads, struct error *error) {
    REQUIRE(threads >= 1);
    if (!is_memory_there(threads)) {
        return error_set(error, STATUS_NO_MEMORY,
                         "there is no memory for OpenBLAS's buffers, of 128 MB for each of %d "
                         "threads: say --threads with fewer, raise ulimit -v, or take arithmetic: "
                         "portable, which needs none",
                         threads);
    }
    enum status status = linear_algebra_load(blas_pin_core(), error);
    return status == STATUS_OK ? check_build(threads, error) : status;
}
