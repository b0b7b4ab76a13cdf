// SPDX-License-Identifier: GPL-3.0-or-later
// What the layers stand on: matrix products, the log-softmax, and the pinned OpenBLAS.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/blas_check.h"
#include "models/blas_pin.h"
#include "models/linear_algebra.h"
#include "models/softmax_loss.h"
#include "tests/support/child.h"
#include "tests/support/expect.h"

// 2 x 3 times 3 x 2 by hand: {{1,2,3},{4,5,6}} * {{7,8},{9,10},{11,12}} = {{58,64},{139,154}}.
static void expect_product(bool a_transposed, bool b_transposed, bool add) {
    const real a[] = {1, 2, 3, 4, 5, 6};
    const real a_t[] = {1, 4, 2, 5, 3, 6};
    const real b[] = {7, 8, 9, 10, 11, 12};
    const real b_t[] = {7, 9, 11, 8, 10, 12};
    real result[] = {1, 1, -5, 1, 1, -5}; // (2, 2) within rows of three
    struct matrix_product product = {
        .rows = 2,
        .columns = 2,
        .inner = 3,
        .a = {a_transposed ? a_t : a, a_transposed ? 2 : 3, a_transposed},
        .b = {b_transposed ? b_t : b, b_transposed ? 3 : 2, b_transposed},
        .result = result,
        .result_stride = 3,
        .add = add};
    linear_algebra_multiply(&product);
    const double expected[] = {58, 64, -5, 139, 154, -5};
    for (int i = 0; i < 6; i++) {
        bool outside = i % 3 == 2;
        expect_within((double)result[i], expected[i] + (add && !outside ? 1 : 0), 0);
    }
}

// Swapped strides or a forgotten transpose give numbers that look like numbers.
static void linear_algebra_multiply__every_layout__is_the_product(void **state) {
    (void)state;
    for (int i = 0; i < 8; i++) {
        expect_product((i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
    }
}

// The environment that decides about the bits must not be the user's; and GSL's reference copy of
// sgemm, which has the same name and is ten times slower, must not be taken for OpenBLAS's.
static void load_in_other_environment(void *context) {
    (void)context;
    setenv("OPENBLAS_CORETYPE", "Prescott", 1);
    setenv("OPENBLAS_NUM_THREADS", "8", 1);
    setenv("OPENBLAS_BLOCK_FACTOR", "2", 1);
    setenv("GOTO_NUM_THREADS", "3", 1);
    linear_algebra_require();
    bool pinned = strcmp(linear_algebra_core_name(), blas_pin_core()) == 0 &&
                  strcmp(getenv("OPENBLAS_CORETYPE"), blas_pin_core()) == 0 &&
                  strcmp(getenv("OPENBLAS_NUM_THREADS"), "1") == 0 &&
                  strcmp(getenv("OMP_NUM_THREADS"), "1") == 0 &&
                  getenv("OPENBLAS_BLOCK_FACTOR") == NULL && getenv("OPENBLAS_L2_SIZE") == NULL &&
                  getenv("GOTO_NUM_THREADS") == NULL &&
                  strstr(linear_algebra_description(), "OpenBLAS") != NULL;
    _Exit(pinned ? 42 : 1);
}

// Requires: nothing has loaded the library in this process yet.
static void linear_algebra_require__other_environment__is_pinned(void **state) {
    (void)state;
    char text[256];
    assert_false(linear_algebra_is_loaded());
    assert_int_equal(child_exit_status(load_in_other_environment, NULL, text, sizeof text), 42);
}

static void load_with_a_core(void *context) {
    setenv("OPENBLAS_CORETYPE", blas_pin_core(), 1);
    bool loaded = linear_algebra_load(context, NULL) == STATUS_OK;
    bool is_it = strcmp(linear_algebra_core_name(), context) == 0;
    // It cannot be loaded once more.
    bool stays = linear_algebra_load(blas_pin_core(), NULL) == STATUS_OK &&
                 strcmp(linear_algebra_core_name(), context) == 0;
    _Exit(loaded && is_it && stays ? 42 : 1);
}

// The benchmark's peak is that of the kernels which it names.
static void linear_algebra_load__another_core__is_that(void **state) {
    (void)state;
    char core[] = "Nehalem";
    char text[256];
    assert_false(linear_algebra_is_loaded());
    assert_int_equal(child_exit_status(load_with_a_core, core, text, sizeof text), 42);
}

// Wrong products under threads come silently: the wrong build must be refused, the right one not.
static void blas_check__threads__need_the_pthread_build(void **state) {
    (void)state;
    struct error error;
    assert_int_equal(blas_check(1, &error), STATUS_OK);
    if (linear_algebra_build() == BLAS_PTHREAD) {
        assert_int_equal(blas_check(25, &error), STATUS_OK);
    } else {
        assert_int_equal(blas_check(25, &error), STATUS_USAGE);
        assert_non_null(strstr(error.message, "libopenblas0-pthread"));
    }
}

// Logits (0, ln 2, ln 5): probabilities 1/8, 2/8, 5/8, to the sample beside it ones of 1/3 each.
static void softmax_loss__known_probabilities__has_their_logarithms_and_gradient(void **state) {
    (void)state;
    const real outputs[] = {0, 4, (real)0.6931471805599453, 4, (real)1.6094379124341003, 4};
    const uint8_t labels[] = {1, 0};
    double losses[2];
    double again[2];
    real d_outputs[6];
    softmax_loss_forward(outputs, 3, 2, labels, losses);
    softmax_loss_gradient(outputs, 3, 2, labels, again, d_outputs);
    assert_memory_equal(losses, again, sizeof losses);
    expect_relative(losses[0], log(4), 1e-6);
    expect_relative(losses[1], log(3), 1e-6);
    const double expected[] = {0.0625, -1.0 / 3, -0.375, 1.0 / 6, 0.3125, 1.0 / 6};
    for (int i = 0; i < 6; i++) {
        expect_within((double)d_outputs[i], expected[i], 1e-7);
    }
}

// exp(1000) is not a float: without the shift by the maximum a confident net would lose its loss.
static void softmax_loss__large_outputs__do_not_overflow(void **state) {
    (void)state;
    const real outputs[] = {1000, -1000};
    const uint8_t right = 0;
    const uint8_t wrong = 1;
    double loss;
    softmax_loss_forward(outputs, 2, 1, &right, &loss);
    expect_within(loss, 0, 0);
    softmax_loss_forward(outputs, 2, 1, &wrong, &loss);
    expect_within(loss, 2000, 0);
}

// A sample must not count as correct because two outputs tie: the first of them is the answer.
static void softmax_loss_correct__ties__the_first_is_the_answer(void **state) {
    (void)state;
    const real outputs[] = {1, 0, 1, 2, 0, 2}; // (3, 2): samples (1, 1, 0) and (0, 2, 2)
    const uint8_t labels[] = {0, 2};
    uint8_t correct[2];
    softmax_loss_correct(outputs, 3, 2, labels, correct);
    assert_int_equal(correct[0], 1);
    assert_int_equal(correct[1], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_algebra_require__other_environment__is_pinned),
        cmocka_unit_test(linear_algebra_load__another_core__is_that),
        cmocka_unit_test(linear_algebra_multiply__every_layout__is_the_product),
        cmocka_unit_test(blas_check__threads__need_the_pthread_build),
        cmocka_unit_test(softmax_loss__known_probabilities__has_their_logarithms_and_gradient),
        cmocka_unit_test(softmax_loss__large_outputs__do_not_overflow),
        cmocka_unit_test(softmax_loss_correct__ties__the_first_is_the_answer),
    };
    return cmocka_run_group_tests_name("model_arithmetic", tests, NULL, NULL);
}
