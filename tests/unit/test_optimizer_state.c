// SPDX-License-Identifier: GPL-3.0-or-later
// optimizer_state: one step at a time, with numbers that are exact in float. (Whole runs against
// double: tests/property/test_property_optimizer.c.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>

#include "sim/training/optimizer_state.h"
#include "tests/support/expect.h"

static const float w_read[2] = {1, -2};
static const float w[2] = {1.5f, -2};

static const float *take(struct optimizer_state *state, const struct training_options *options,
                         int32_t worker, const float *g, bool stale) {
    const struct optimizer_gradient gradient = {
        .worker = worker, .values = g, .w = stale ? w : w_read, .w_read = w_read};
    return optimizer_state_take(state, options, &gradient);
}

static void expect_floats(const float *actual, float first, float second) {
    expect_within((double)actual[0], (double)first, 0);
    expect_within((double)actual[1], (double)second, 0);
}

// Without momentum, decay or correction there is nothing between the gradient and the sum.
static void optimizer_state__plain__passes_everything_through(void **state) {
    (void)state;
    struct training_options options = {.learning_rate = 0.5,
                                       .policy = {.policy = POLICY_SYNC, .combine = COMBINE_MEAN}};
    struct optimizer_state optimizer;
    const float g[2] = {3, 4};
    double rate = 0.5;
    optimizer_state_init(&optimizer, 2, 2);
    optimizer_state_fit(&optimizer, &options);
    assert_ptr_equal(take(&optimizer, &options, 0, g, true), g);
    assert_ptr_equal(optimizer_state_direction(&optimizer, &options, g, 4, &rate), g);
    expect_within(rate, 0.125, 0); // the mean is taken in the step
    assert_null(optimizer.velocity);
    assert_null(optimizer.scratch[0]);
    optimizer_state_reset(&optimizer);
}

// v = v / 2 + s / K, and with Nesterov s / K + v / 2 steps; the rate stays whole.
static void optimizer_state__momentum_at_the_server__takes_the_mean_first(void **state) {
    (void)state;
    struct training_options options = {.optimizer = {.momentum = 0.5},
                                       .policy = {.policy = POLICY_SYNC, .combine = COMBINE_MEAN}};
    struct optimizer_state optimizer;
    const float sum[2] = {8, -4};
    double rate = 0.5;
    optimizer_state_init(&optimizer, 2, 2);
    optimizer_state_fit(&optimizer, &options);
    expect_floats(optimizer_state_direction(&optimizer, &options, sum, 4, &rate), 2, -1);
    expect_floats(optimizer_state_direction(&optimizer, &options, sum, 4, &rate), 3, -1.5f);
    options.optimizer.nesterov = true; // v = 3.5, -1.75
    expect_floats(optimizer_state_direction(&optimizer, &options, sum, 4, &rate), 3.75f, -1.875f);
    expect_within(rate, 0.5, 0);
    optimizer_state_reset(&optimizer);
}

// Decay is of the parameters that the gradient was read at, and comes before the worker's momentum;
// one worker's velocity is none of another's.
static void optimizer_state__at_the_worker__decays_then_moves_its_own_velocity(void **state) {
    (void)state;
    struct training_options options = {
        .optimizer = {.momentum = 0.5, .momentum_place = MOMENTUM_AT_WORKER, .weight_decay = 2}};
    struct optimizer_state optimizer;
    const float g[2] = {1, 1};
    optimizer_state_init(&optimizer, 2, 2);
    optimizer_state_fit(&optimizer, &options);
    expect_floats(take(&optimizer, &options, 1, g, true), 3, -3);
    expect_floats(take(&optimizer, &options, 1, g, true), 4.5f, -4.5f);
    expect_floats(take(&optimizer, &options, 0, g, true), 3, -3);
    optimizer_state_forget_worker(&optimizer, 1);
    expect_floats(take(&optimizer, &options, 1, g, true), 3, -3);
    expect_floats(take(&optimizer, &options, 0, g, true), 4.5f, -4.5f);
    optimizer_state_reset(&optimizer);
}

// Of what is not stale nothing is corrected, not even by a rounding; the mean square moves all the
// same.
static void optimizer_state__a_fresh_gradient__is_not_corrected(void **state) {
    (void)state;
    struct training_options options = {
        .learning_rate = 1, .policy = {.policy = POLICY_DC_ASGD, .correction = {.lambda = 2}}};
    struct optimizer_state optimizer;
    const float g[2] = {2, -4};
    optimizer_state_init(&optimizer, 2, 1);
    optimizer_state_fit(&optimizer, &options);
    assert_ptr_equal(take(&optimizer, &options, 0, g, false), g);
    expect_floats(take(&optimizer, &options, 0, g, true), 6, -4); // 2 + 2 * 4 * 0.5
    options.policy.correction =
        (struct correction_options){.lambda = 2, .adaptive = true, .decay = 0.5};
    optimizer_state_fit(&optimizer, &options);
    assert_ptr_equal(take(&optimizer, &options, 0, g, false), g);
    expect_floats(optimizer.mean_square, 2, 8);
    optimizer_state_reset(&optimizer);
}

// With one mean square of each worker another's gradients do not scale mine: of 2 and then 4 by two
// workers, decay 1/2, the second stands at 8, not at (2 + 16) / 2 = 9, and with lambda 2 the
// correction of 4 is 2/sqrt(8) 16 times the way of 1/2.
static void optimizer_state__mean_square_per_worker__is_of_its_own_gradients(void **state) {
    (void)state;
    struct training_options options = {.policy = {.policy = POLICY_DC_ASGD,
                                                  .correction = {.lambda = 2,
                                                                 .adaptive = true,
                                                                 .decay = 0.5,
                                                                 .per = MEAN_SQUARE_PER_WORKER}}};
    struct optimizer_state optimizer;
    const float first[2] = {2, 0};
    const float second[2] = {4, 0};
    optimizer_state_init(&optimizer, 2, 2);
    optimizer_state_fit(&optimizer, &options);
    assert_null(optimizer.mean_square);
    take(&optimizer, &options, 0, first, true);
    const float *taken = take(&optimizer, &options, 1, second, true);
    expect_floats(optimizer.worker_mean_squares, 2, 0);
    expect_floats(optimizer.worker_mean_squares + 2, 8, 0);
    expect_within((double)taken[0], 4 + 2 / sqrt(8) * 16 * 0.5, 1e-5);
    options.policy.correction.per = MEAN_SQUARE_PER_SERVER; // and in one for all
    optimizer_state_fit(&optimizer, &options);
    assert_null(optimizer.worker_mean_squares);
    take(&optimizer, &options, 0, first, true);
    take(&optimizer, &options, 1, second, true);
    expect_floats(optimizer.mean_square, 9, 0);
    optimizer_state_reset(&optimizer);
}

// When the options change midway, what is still needed is kept, and what is new begins at rest.
static void optimizer_state__other_options__keep_what_they_share(void **state) {
    (void)state;
    struct training_options options = {.optimizer = {.momentum = 0.5}};
    struct optimizer_state optimizer;
    const float sum[2] = {8, -4};
    double rate = 1;
    optimizer_state_init(&optimizer, 2, 2);
    optimizer_state_fit(&optimizer, &options);
    optimizer_state_direction(&optimizer, &options, sum, 1, &rate);
    options.policy.policy = POLICY_GAP_AWARE;
    optimizer_state_fit(&optimizer, &options);
    expect_floats(optimizer.velocity, 8, -4);
    expect_floats(optimizer.step_square, 0, 0);
    options.optimizer.momentum = 0;
    optimizer_state_fit(&optimizer, &options);
    assert_null(optimizer.velocity);
    options.optimizer.momentum = 0.5;
    optimizer_state_fit(&optimizer, &options);
    expect_floats(optimizer.velocity, 0, 0);
    optimizer_state_reset(&optimizer);
}

// What a policy remembers ends with it: when gap_aware comes back, its mean square begins at zero,
// and so must the count of steps that divides it, or the first gaps would be taken for huge.
static void optimizer_state__gap_aware_again__begins_anew(void **state) {
    (void)state;
    struct training_options options = {
        .learning_rate = 1,
        .policy = {.policy = POLICY_GAP_AWARE, .correction = {.step_decay = 0.5}}};
    struct optimizer_state optimizer;
    const float g[2] = {2, 4};
    double rate = 1;
    optimizer_state_init(&optimizer, 2, 1);
    optimizer_state_fit(&optimizer, &options);
    for (int i = 0; i < 3; i++) {
        optimizer_state_direction(&optimizer, &options, g, 1, &rate);
    }
    assert_ptr_not_equal(take(&optimizer, &options, 0, g, true), g);
    options.policy.policy = POLICY_ASYNC;
    optimizer_state_fit(&optimizer, &options);
    assert_ptr_equal(take(&optimizer, &options, 0, g, true), g);
    options.policy.policy = POLICY_GAP_AWARE;
    optimizer_state_fit(&optimizer, &options);
    expect_floats(optimizer.step_square, 0, 0);
    assert_true(optimizer.steps == 0);
    assert_ptr_equal(take(&optimizer, &options, 0, g, true), g); // no usual step yet
    optimizer_state_direction(&optimizer, &options, g, 1, &rate);
    const float *taken = take(&optimizer, &options, 0, g, true); // one step of 2: C = 2, gap 1/2
    expect_within((double)taken[0], 2 / 1.25, 1e-6);
    optimizer_state_reset(&optimizer);
}

// Two are enough for a mean, with momentum and without.
static void optimizer_state__mean_of_two__is_half_of_the_sum(void **state) {
    (void)state;
    struct training_options options = {.optimizer = {.momentum = 0.5},
                                       .policy = {.policy = POLICY_SYNC, .combine = COMBINE_MEAN}};
    struct optimizer_state optimizer;
    const float sum[2] = {8, -4};
    double rate = 0.5;
    optimizer_state_init(&optimizer, 2, 2);
    optimizer_state_fit(&optimizer, &options);
    expect_floats(optimizer_state_direction(&optimizer, &options, sum, 2, &rate), 4, -2);
    expect_within(rate, 0.5, 0);
    options.optimizer.momentum = 0;
    optimizer_state_fit(&optimizer, &options);
    assert_ptr_equal(optimizer_state_direction(&optimizer, &options, sum, 2, &rate), sum);
    expect_within(rate, 0.25, 0);
    optimizer_state_reset(&optimizer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimizer_state__plain__passes_everything_through),
        cmocka_unit_test(optimizer_state__momentum_at_the_server__takes_the_mean_first),
        cmocka_unit_test(optimizer_state__at_the_worker__decays_then_moves_its_own_velocity),
        cmocka_unit_test(optimizer_state__a_fresh_gradient__is_not_corrected),
        cmocka_unit_test(optimizer_state__mean_square_per_worker__is_of_its_own_gradients),
        cmocka_unit_test(optimizer_state__other_options__keep_what_they_share),
        cmocka_unit_test(optimizer_state__gap_aware_again__begins_anew),
        cmocka_unit_test(optimizer_state__mean_of_two__is_half_of_the_sum),
    };
    return cmocka_run_group_tests_name("optimizer_state", tests, NULL, NULL);
}
