// SPDX-License-Identifier: GPL-3.0-or-later
// Makes OpenBLAS give the same bits on every machine: one kernel, one thread. OpenBLAS reads its
// environment when it is loaded, before main, so a program that finds the environment otherwise
// restarts itself once.
#pragma once

#include <stdint.h>

#include "sim/base/status.h"

// Set to anything in the environment, it keeps a process from restarting itself.
#define BLAS_PIN_MARKER "DESGD_BLAS_PINNED"

// Call in main before anything that OpenBLAS is used for. Returns if the environment is as it must
// be: OPENBLAS_CORETYPE is blas_pin_core(), OPENBLAS_NUM_THREADS=1, OMP_NUM_THREADS=1, and
// OPENBLAS_BLOCK_FACTOR, OPENBLAS_L2_SIZE and GOTO_NUM_THREADS are unset. Else it sets these and
// executes the program again with argv; that happens at most once (BLAS_PIN_MARKER marks it). Where
// the program cannot be executed again, it says so on stderr and goes on: the log names the kernel
// that was used.
void blas_pin(char **argv);

// The kernel for this CPU: "Haswell" where there are AVX2 and FMA, else "Nehalem" or "Prescott".
const char *blas_pin_core(void);

// Requires: threads >= 1. Errors: STATUS_USAGE when several threads are asked for and OpenBLAS is
// not its pthread build: the serial build gives wrong products under threads, and the OpenMP build
// does not keep to one thread; STATUS_NO_MEMORY when there is none for OpenBLAS's buffers (it would
// wait for ever); STATUS_INTERNAL when products do not go to OpenBLAS at all.
enum status blas_check(int32_t threads, struct error *error);
