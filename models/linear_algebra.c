// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/linear_algebra.h"

#include <cblas.h>
#include <dlfcn.h>
#include <limits.h>

#include "sim/base/check.h"

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
#ifdef DESGD_REAL_DOUBLE
    cblas_dgemm(
#else
    cblas_sgemm(
#endif
        CblasRowMajor, blas_transpose(a), blas_transpose(b), blas_size(product->rows),
        blas_size(product->columns), blas_size(product->inner), 1, a->values, blas_size(a->stride),
        b->values, blas_size(b->stride), keep, product->result, blas_size(product->result_stride));
}

enum blas_build linear_algebra_build(void) {
    return (enum blas_build)openblas_get_parallel();
}

bool linear_algebra_is_openblas(void) {
    Dl_info product;
    Dl_info library;
    return dladdr((void *)cblas_sgemm, &product) != 0 &&
           dladdr((void *)openblas_get_parallel, &library) != 0 &&
           product.dli_fbase == library.dli_fbase;
}

const char *linear_algebra_core_name(void) {
    return openblas_get_corename();
}

const char *linear_algebra_description(void) {
    return openblas_get_config();
}
