// SPDX-License-Identifier: GPL-3.0-or-later
// loss_estimate: the mean over the last losses.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sim/training/loss_estimate.h"

// By hand: a window of three over 3, 6, 9, 0, 1, ...; a loss that has left it must not count.
static void loss_estimate__a_window__is_the_mean_of_its_last_losses(void **state) {
    (void)state;
    static const double losses[] = {3, 6, 9, 0, 1, 2, 300};
    static const double means[] = {NAN, NAN, 6, 5, 10.0 / 3, 1, 101};
    struct loss_estimate estimate;
    loss_estimate_init(&estimate, 3);
    assert_true(isnan(loss_estimate_mean(&estimate)) && isnan(estimate.first));
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        loss_estimate_add(&estimate, losses[i]);
        double mean = loss_estimate_mean(&estimate);
        assert_true(i < 2 ? isnan(mean) : mean == means[i]);
        assert_true(i < 2 ? isnan(estimate.first) : estimate.first == 6);
    }
    loss_estimate_reset(&estimate);
}

// The sum runs from the oldest loss on, wherever that lies in the ring: 1e16 + 1 - 1e16 is 0 in
// doubles, and 1 in another order; 1e16 - 1e16 + 1 is 1, but 0 from the ring's beginning.
static void loss_estimate__the_order__is_that_of_the_losses(void **state) {
    (void)state;
    static const double losses[] = {7, 7, 1e16, 1, -1e16};
    struct loss_estimate estimate;
    loss_estimate_init(&estimate, 3);
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        loss_estimate_add(&estimate, losses[i]);
    }
    assert_true(loss_estimate_mean(&estimate) == 0);
    loss_estimate_reset(&estimate);
    static const double others[] = {7, 1e16, -1e16, 1};
    loss_estimate_init(&estimate, 3);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        loss_estimate_add(&estimate, others[i]);
    }
    assert_true(loss_estimate_mean(&estimate) == 1.0 / 3);
    loss_estimate_reset(&estimate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_estimate__a_window__is_the_mean_of_its_last_losses),
        cmocka_unit_test(loss_estimate__the_order__is_that_of_the_losses),
    };
    return cmocka_run_group_tests_name("loss_estimate", tests, NULL, NULL);
}
