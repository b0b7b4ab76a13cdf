// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/linear_algebra.h"

#include <cblas.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/blas_pin.h"
#include "sim/base/check.h"

#ifdef DESGD_REAL_DOUBLE
#define MULTIPLY cblas_dgemm
#else
#define MULTIPLY cblas_sgemm
#endif

// The program's rpath names the folder of the pthread build.
static const char LIBRARY[] = "libopenblas.so.0";

// A library that is loaded belongs to the process, not to a run: so do its functions.
struct loaded_library {
    __typeof__(MULTIPLY) *multiply;
    __typeof__(openblas_get_parallel) *parallel;
    __typeof__(openblas_get_corename) *core_name;
    __typeof__(openblas_get_config) *config;
};
static struct loaded_library blas; // all NULL until it is loaded

#define QUOTE(text) #text
#define NAME(symbol) QUOTE(symbol)

// False if it has not what OpenBLAS has. It is asked by its handle: GSL brings another sgemm.
static bool find_symbols(void *library) {
    *(void **)&blas.parallel = dlsym(library, "openblas_get_parallel");
    *(void **)&blas.core_name = dlsym(library, "openblas_get_corename");
    *(void **)&blas.config = dlsym(library, "openblas_get_config");
    void *multiply = dlsym(library, NAME(MULTIPLY));
    if (multiply == NULL || blas.parallel == NULL || blas.core_name == NULL ||
        blas.config == NULL) {
        return false;
    }
    *(void **)&blas.multiply = multiply;
    return true;
}

bool linear_algebra_is_loaded(void) {
    return blas.multiply != NULL;
}

enum status linear_algebra_load(const char *core, struct error *error) {
    if (linear_algebra_is_loaded()) {
        return STATUS_OK;
    }
    blas_pin(core);
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library != NULL && find_symbols(library)) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE,
                     "OpenBLAS cannot be loaded: %s; install libopenblas0-pthread, or take "
                     "arithmetic: portable, which does not need it",
                     library == NULL ? dlerror() : "another library has its name");
}

void linear_algebra_require(void) {
    struct error error;
    if (linear_algebra_load(blas_pin_core(), &error) != STATUS_OK) {
        fprintf(stderr, "desgd: %s\n", error.message);
        exit((int)error.status);
    }
}

static blasint blas_size(size_t size) {
    REQUIRE(size >= 1);
    REQUIRE(size <= INT_MAX);
    return (blasint)size;
}

static CBLAS_TRANSPOSE blas_transpose(const struct matrix_view *view) {
    return view->transposed ? CblasTrans : CblasNoTrans;
}

void linear_algebra_multiply(const struct matrix_product *product) {
    const struct matrix_view *a = &product->a;
    const struct matrix_view *b = &product->b;
    real keep = product->add ? 1 : 0;
    REQUIRE(a->stride >= (a->transposed ? product->rows : product->inner));
    REQUIRE(b->stride >= (b->transposed ? product->inner : product->columns));
    REQUIRE(product->result_stride >= product->columns);
    REQUIRE(product->result != a->values && product->result != b->values);
    linear_algebra_require();
    blas.multiply(CblasRowMajor, blas_transpose(a), blas_transpose(b), blas_size(product->rows),
                  blas_size(product->columns), blas_size(product->inner), 1, a->values,
                  blas_size(a->stride), b->values, blas_size(b->stride), keep, product->result,
                  blas_size(product->result_stride));
}

enum blas_build linear_algebra_build(void) {
    linear_algebra_require();
    return (enum blas_build)blas.parallel();
}

const char *linear_algebra_core_name(void) {
    linear_algebra_require();
    return blas.core_name();
}

const char *linear_algebra_description(void) {
    linear_algebra_require();
    return blas.config();
}
