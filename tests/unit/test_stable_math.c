// SPDX-License-Identifier: GPL-3.0-or-later
// stable_math: against the C library in long double, and a few bits that must never change.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/stable_math.h"
#include "sim/base/status.h"
#include "tests/support/child.h"

enum { POINTS = 20000 };

// In units of the last place of the exact value.
static double error_of(double value, long double exact) {
    double near = (double)exact;
    double unit = nextafter(fabs(near), (double)INFINITY) - fabs(near);
    return (double)fabsl((long double)value - exact) / unit;
}

static void expect_error(double worst, double most, const char *what) {
    if (!(worst <= most)) {
        fail_msg("%s is off by %g units in the last place", what, worst);
    }
}

// A wrong digit would move a threshold by one somewhere along its way.
static void stable_math__many_points__agree_with_long_double(void **state) {
    (void)state;
    double worst[3] = {0};
    for (int i = 0; i <= POINTS; i++) {
        double u = (double)i / POINTS;
        double x = 1400 * (u - 0.5);
        double positive = exp2(2000 * (u - 0.5)) * (1 + u);
        worst[0] = fmax(worst[0], error_of(stable_exp(x), expl((long double)x)));
        worst[1] = fmax(worst[1], error_of(stable_log(positive), logl((long double)positive)));
        // pi u is not exact: near its root the cosine is compared with what it is there
        long double cosine = sinl((long double)M_PIl * (0.5L - (long double)u));
        worst[2] = fmax(worst[2], error_of(stable_cos_pi(u), cosine));
    }
    for (int i = 1; i <= POINTS; i++) {
        double near_one = 0.5 + (double)i / POINTS;
        worst[1] = fmax(worst[1], error_of(stable_log(near_one), logl((long double)near_one)));
    }
    expect_error(worst[0], 2, "exp");
    expect_error(worst[1], 2, "log");
    expect_error(worst[2], 3, "cos");
}

// Where there is no number to be near to, the answer must be the one of the C library.
static void stable_math__special_values__are_exact(void **state) {
    (void)state;
    assert_true(stable_exp(0) == 1 && stable_log(1) == 0);
    assert_true(isinf(stable_exp(1e9)) && stable_exp(-1e9) == 0);
    assert_true(isinf(stable_log(0)) && isnan(stable_log(-1)) && isinf(stable_log(INFINITY)));
    assert_true(isnan(stable_exp(NAN)) && isnan(stable_log(NAN)));
    assert_true(stable_cos_pi(0) == 1 && stable_cos_pi(1) == -1 && stable_cos_pi(0.5) == 0);
    assert_true(stable_pow(2, 10) == 1024 && stable_pow(2, -2) == 0.25 && stable_pow(7, 0) == 1);
    assert_true(stable_pow(-3, 3) == -27 && isnan(stable_pow(-3, 0.5)));
    assert_true(stable_pow(0, 0.5) == 0 && isinf(stable_pow(0, -0.5)));
    assert_true(fabs(stable_pow(2, 0.5) - sqrt(2)) < 1e-15);
    assert_true(fabsl(stable_pow(3, 100.5) / powl(3, 100.5L) - 1) < 1e-13L);
}

// Bits of values near those that the test above checks, written down so that every compiler, flag
// and processor that runs this test is held against the same.
static void stable_math__a_few_bits__stay_what_they_are(void **state) {
    (void)state;
    double values[] = {stable_exp(1),   stable_exp(-20.3),    stable_log(10),
                       stable_log(0.7), stable_pow(1.7, 3.3), stable_cos_pi(0.3)};
    static const uint64_t bits[] = {0x4005bf0a8b14576a, 0x3e1a3b8dc86d1c8e, 0x40026bb1bbb55516,
                                    0xbfd6d3c324e13f50, 0x40170b0a6f6eccfa, 0x3fe2cf2304755a5e};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        uint64_t got = 0;
        memcpy(&got, &values[i], sizeof got);
        if (got != bits[i]) {
            fail_msg("value %zu is 0x%016" PRIx64, i, got);
        }
    }
}

static void ask_beyond(void *context) {
    (void)context;
    stable_cos_pi(1.5);
}

// Beyond its range the series would be no cosine any more.
static void stable_cos_pi__outside_its_range__is_a_broken_contract(void **state) {
    (void)state;
    char text[256];
    assert_int_equal(child_exit_status(ask_beyond, NULL, text, sizeof text), STATUS_INTERNAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stable_math__many_points__agree_with_long_double),
        cmocka_unit_test(stable_math__special_values__are_exact),
        cmocka_unit_test(stable_math__a_few_bits__stay_what_they_are),
        cmocka_unit_test(stable_cos_pi__outside_its_range__is_a_broken_contract),
    };
    return cmocka_run_group_tests_name("stable_math", tests, NULL, NULL);
}
