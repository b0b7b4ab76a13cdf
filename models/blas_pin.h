// SPDX-License-Identifier: GPL-3.0-or-later
// Makes OpenBLAS give the same bits on every machine: one kernel, one thread. OpenBLAS reads its
// environment once, when it is loaded; so this comes before.
#pragma once

// Sets OPENBLAS_CORETYPE=core (NULL: unset, which is OpenBLAS's own choice), OPENBLAS_NUM_THREADS=1
// and OMP_NUM_THREADS=1, and unsets OPENBLAS_BLOCK_FACTOR, OPENBLAS_L2_SIZE and GOTO_NUM_THREADS,
// in this process and in those that it starts. Not thread-safe, as setenv is not.
void blas_pin(const char *core);

// The kernel for this CPU: "Haswell" where there are AVX2 and FMA, else "Nehalem" or "Prescott".
const char *blas_pin_core(void);
