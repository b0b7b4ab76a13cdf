// SPDX-License-Identifier: GPL-3.0-or-later
// rerun: what is read of the rows that were recorded, and what not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sim/simulation/rerun.h"

// Values beside a row's own would make a resumed run another one.
static void rerun__a_recorded_row__gives_its_values(void **state) {
    (void)state;
    struct gradient_row gradients[] = {{.loss = 1, .distance = 2}, {.loss = 3, .distance = 4}};
    struct update_row updates[] = {{.update_norm = 5}, {.update_norm = 6}};
    struct reduction_row reductions[] = {{.spread = 7}, {.spread = 8}};
    const struct runlog recorded = {.gradients = gradients,
                                    .gradient_count = 2,
                                    .updates = updates,
                                    .update_count = 2,
                                    .reductions = reductions,
                                    .reduction_count = 2};
    struct gradient_row row = {.loss = -1, .distance = -1};
    rerun_gradient(&recorded, 1, &row);
    assert_true(row.loss == 3 && row.distance == 4);
    assert_ptr_equal(rerun_update(&recorded, 2), &updates[1]);
    assert_true(rerun_spread(&recorded, 0) == 7);
    rerun_gradient(&recorded, 2, &row);
    assert_true(row.loss == 3 && row.distance == 4);
    assert_null(rerun_update(&recorded, 3));
    assert_true(isnan(rerun_spread(&recorded, 2)));
}

// Outside of a rerun nothing is recorded.
static void rerun__nothing_recorded__gives_nothing(void **state) {
    (void)state;
    struct gradient_row row = {.loss = -1, .distance = -1};
    rerun_gradient(NULL, 0, &row);
    assert_true(row.loss == -1 && row.distance == -1);
    assert_null(rerun_update(NULL, 1));
    assert_true(isnan(rerun_spread(NULL, 0)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rerun__a_recorded_row__gives_its_values),
        cmocka_unit_test(rerun__nothing_recorded__gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
