// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/bench_peak.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/blas_pin.h"
#include "models/kernels/isa.h"
#include "models/linear_algebra.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/wall_clock.h"

enum { SIDE = BENCH_PEAK_SIDE, ANSWER_SIZE = 128 };

// Of one process.
#define SECONDS 0.25

static real *random_matrix(void) {
    real *values = memory_allocate_aligned((size_t)SIDE * SIDE, sizeof *values);
    for (size_t i = 0; i < (size_t)SIDE * SIDE; i++) {
        values[i] = (real)(i * 2654435761u % 1000) / 1000 - (real)0.5;
    }
    return values;
}

void bench_peak_multiply(const real *a, const real *b, real *result) {
    REQUIRE(a != NULL && b != NULL && result != NULL);
    linear_algebra_multiply(&(struct matrix_product){.rows = SIDE,
                                                     .columns = SIDE,
                                                     .inner = SIDE,
                                                     .a = {.values = a, .stride = SIDE},
                                                     .b = {.values = b, .stride = SIDE},
                                                     .result = result,
                                                     .result_stride = SIDE});
}

static double measure(void) {
    real *a = random_matrix();
    real *b = random_matrix();
    real *result = random_matrix();
    bench_peak_multiply(a, b, result); // the first call sets the library up
    double least = 1e9;
    double now = wall_clock_seconds();
    for (double end = now + SECONDS; now < end;) {
        double start = now;
        bench_peak_multiply(a, b, result);
        now = wall_clock_seconds();
        least = now - start < least ? now - start : least;
    }
    memory_free(a);
    memory_free(b);
    memory_free(result);
    return 2.0 * SIDE * SIDE * SIDE / least * 1e-9;
}

enum status bench_peak_here(const char *wanted, struct bench_peak *peak, struct error *error) {
    enum status status = linear_algebra_load(wanted[0] == 0 ? NULL : wanted, error);
    if (status == STATUS_OK) {
        peak->gflop_per_second = measure();
        snprintf(peak->core, sizeof peak->core, "%s", linear_algebra_core_name());
    }
    return status;
}

static _Noreturn void become_peak_process(const char *core, int answer) {
    char option[64];
    snprintf(option, sizeof option, "--%s=%s", BENCH_PEAK_OPTION, core);
    char *argv[] = {(char *)"desgd", (char *)"bench", option, NULL};
    if (dup2(answer, STDOUT_FILENO) >= 0) {
        execv("/proc/self/exe", argv);
    }
    _exit(1);
}

// False if the process gives no answer.
static bool ask_process(const char *core, struct bench_peak *peak) {
    int ends[2];
    char answer[ANSWER_SIZE] = "";
    if (pipe(ends) != 0) {
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        become_peak_process(core, ends[1]);
    }
    close(ends[1]);
    ssize_t length = child < 0 ? 0 : read(ends[0], answer, sizeof answer - 1);
    close(ends[0]);
    if (child > 0) {
        waitpid(child, NULL, 0);
    }
    if (length <= 0) {
        return false;
    }
    char *behind = NULL;
    peak->gflop_per_second = strtod(answer, &behind);
    snprintf(peak->core, sizeof peak->core, "%s", behind + strspn(behind, " "));
    peak->core[strcspn(peak->core, "\n")] = 0;
    return behind != answer;
}

enum status bench_peak(const struct kernels *ours, struct bench_peak *peak, struct error *error) {
    bool narrow = ours != NULL && ours != kernels_of(kernels_best_isa());
    const char *cores[3] = {blas_pin_core(), ""}; // the pinned one, OpenBLAS's own choice
    size_t count = narrow ? 1 : 2;
    if (!narrow && kernels_isa_supported(KERNELS_AVX512)) {
        cores[count++] = "SkylakeX"; // not chosen by OpenBLAS on every CPU that can run it
    }
    struct bench_peak best = {0};
    for (size_t i = 0; i < count; i++) {
        struct bench_peak found = {0};
        if (ask_process(cores[i], &found) && found.gflop_per_second > best.gflop_per_second) {
            best = found;
        }
    }
    if (best.gflop_per_second <= 0) {
        return error_set(error, STATUS_IO, "bench: no process measured the peak");
    }
    *peak = best;
    return STATUS_OK;
}
