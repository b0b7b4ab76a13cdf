// SPDX-License-Identifier: GPL-3.0-or-later
// The most that one core is known to do: a large product of matrices by OpenBLAS, with whichever of
// its kernels is fastest here. Runs pin another kernel for the sake of their bits (blas_pin.h), and
// OpenBLAS chooses once, when it is loaded: so each kernel is tried in a process of its own.
#pragma once

#include "models/real.h"
#include "sim/base/status.h"

struct kernels;

// The option of "desgd bench" that makes a process print bench_peak_here's answer:
// --peak-here=CORE.
#define BENCH_PEAK_OPTION "peak-here"

enum { BENCH_CORE_NAME_SIZE = 32 };
struct bench_peak {
    double gflop_per_second;
    char core[BENCH_CORE_NAME_SIZE]; // OpenBLAS's name of the kernels
};

// The large product: matrices (SIDE, SIDE) without gaps, 2.1 GFLOP, three times 4 MB.
enum { BENCH_PEAK_SIDE = 1024 };
void bench_peak_multiply(const real *a, const real *b, real *result);

// GFLOP/s of a large single-precision product in this process, the best of several, with the
// kernels wanted ("": OpenBLAS's own choice), and their name. Errors: those of linear_algebra_load.
enum status bench_peak_here(const char *wanted, struct bench_peak *peak, struct error *error);

// The best over OpenBLAS's kernels that need no wider vectors than ours (NULL: over all that this
// CPU runs), each in a new process of this program. Errors: STATUS_IO, if no process gives an
// answer.
enum status bench_peak(const struct kernels *ours, struct bench_peak *peak, struct error *error);
