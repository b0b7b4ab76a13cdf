// SPDX-License-Identifier: GPL-3.0-or-later
// A function that is compiled twice, with AVX2 and without; the loader takes the copy that the CPU
// can run. Both give the same bits: nothing is contracted, and vector types fix the order. What it
// calls must be inlined to be part of it. Where that cannot be done there is the plain copy alone:
// Clang 14 clashes over static functions, and ThreadSanitizer crashes when the loader chooses.
#pragma once

#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define CPU_CLONED __attribute__((target_clones("avx2", "default")))
#else
#define CPU_CLONED
#endif
