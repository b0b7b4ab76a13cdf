// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix products, and what is known about the library that computes them. The only door to
// OpenBLAS. The bits of a product depend on its shape, its inputs, the core type and the number of
// BLAS threads (one, see blas_pin.h), and on nothing else.
//
// OpenBLAS is loaded when something here first needs it: only "arithmetic: openblas" does, and
// loading it takes as long as a small run. That is not thread-safe: it is loaded before there are
// threads (model_create does it).
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "models/real.h"
#include "sim/base/status.h"

// A row-major matrix; "stride" elements lie between the starts of its rows as stored. A transposed
// one is stored as (columns, rows).
struct matrix_view {
    const real *values;
    size_t stride;
    bool transposed;
};

// result = a * b, or result += a * b if "add". a is (rows, inner), b is (inner, columns), result is
// (rows, columns). Borrows everything; result must not overlap a or b.
struct matrix_product {
    size_t rows;
    size_t columns;
    size_t inner;
    struct matrix_view a;
    struct matrix_view b;
    real *result;
    size_t result_stride;
    bool add;
};
void linear_algebra_multiply(const struct matrix_product *product);

enum blas_build { BLAS_SERIAL = 0, BLAS_PTHREAD = 1, BLAS_OPENMP = 2 };
enum blas_build linear_algebra_build(void);

// Loads OpenBLAS, pinned to one thread and to this core (blas_pin.h), unless it is loaded. Errors:
// STATUS_USAGE (there is none, or another library has its name).
enum status linear_algebra_load(const char *core, struct error *error);

// The same with blas_pin_core(), or the program ends with that sentence.
void linear_algebra_require(void);
bool linear_algebra_is_loaded(void);

// For provenance: "Haswell", and OpenBLAS's own description of its build. Owned by the library.
const char *linear_algebra_core_name(void);
const char *linear_algebra_description(void);
