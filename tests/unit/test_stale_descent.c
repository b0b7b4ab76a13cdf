// SPDX-License-Identifier: GPL-3.0-or-later
// Descent with stale gradients against autoregressions whose moments stand in textbooks.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sim/validate/stale_descent.h"
#include "tests/support/expect.h"

// Delay 0 is an autoregression of order 1, delay 1 one of order 2 with the coefficients 1 and -a,
// whose variance is (1 + a) b^2 / ((1 - a) ((1 + a)^2 - 1)) (Box and Jenkins, 3.2.4).
static void stale_descent__short_delays__have_the_variance_of_autoregressions(void **state) {
    (void)state;
    static const double steps[] = {.05, .3, .9};
    for (size_t i = 0; i < 3; i++) {
        double a = steps[i];
        expect_relative(stale_descent_variance_constant(a, .7, 0), .49 / (a * (2 - a)), 1e-9);
        expect_relative(stale_descent_variance_constant(a, .7, 1),
                        .49 * (1 + a) / ((1 - a) * ((1 + a) * (1 + a) - 1)), 1e-9);
    }
}

// d = 24: .0641; the variance grows without bound towards the edge.
static void stale_descent__edge__is_that_of_the_roots(void **state) {
    (void)state;
    expect_within(stale_descent_edge(24), .0641, 5e-5);
    expect_relative(stale_descent_edge(0), 2, 1e-15);
    expect_relative(stale_descent_edge(1), 1, 1e-15);
    double near = stale_descent_variance_constant(.99 * stale_descent_edge(24), 1, 24);
    double nearer = stale_descent_variance_constant(.999 * stale_descent_edge(24), 1, 24);
    assert_true(nearer > 8 * near);
}

// Asynchrony begets momentum 1 - 1/P (Mitliagkas et al., 2016): w' = w + (1 - 1/P) (w - w_before) -
// a/P w. One worker is sequential.
static void stale_descent__random_order__moves_with_implicit_momentum(void **state) {
    (void)state;
    double before = 1;
    double w = 1 - .04; // the first gradients are read at 1
    for (int n = 1; n <= 60; n++) {
        expect_relative(stale_descent_mean_random(.04, 25, n), w, 1e-9);
        double next = w + (1 - 1.0 / 25) * (w - before) - .04 / 25 * w;
        before = w;
        w = next;
    }
    expect_relative(stale_descent_mean_random(.04, 1, 60), pow(.96, 60), 1e-12);
}

// A small step does not notice who reads what: b^2 / (2 a); noise enters squared.
static void stale_descent__random_order__has_the_moments_of_small_steps(void **state) {
    (void)state;
    expect_relative(stale_descent_read_square_random(1e-4, 1e-2, 4), 1e-4 / 2e-4, 1e-3);
    expect_relative(stale_descent_read_square_random(.1, .3, 5),
                    9 * stale_descent_read_square_random(.1, .1, 5), 1e-9);
    assert_true(stale_descent_read_square_random(.1, .1, 10) >
                stale_descent_read_square_random(.1, .1, 5));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stale_descent__short_delays__have_the_variance_of_autoregressions),
        cmocka_unit_test(stale_descent__edge__is_that_of_the_roots),
        cmocka_unit_test(stale_descent__random_order__moves_with_implicit_momentum),
        cmocka_unit_test(stale_descent__random_order__has_the_moments_of_small_steps),
    };
    return cmocka_run_group_tests_name("stale_descent", tests, NULL, NULL);
}
