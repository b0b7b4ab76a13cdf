// SPDX-License-Identifier: GPL-3.0-or-later
// stale_correction: the formulas of DC-ASGD and gap-aware, element by element, against double.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/base/rng_stream.h"
#include "sim/training/stale_correction.h"
#include "tests/support/expect.h"

enum { COUNT = 37 }; // no multiple of any vector's width

struct vectors {
    float g[COUNT], w[COUNT], w_read[COUNT], square[COUNT], out[COUNT];
};

static void draw(struct vectors *vectors) {
    struct rng_stream stream;
    rng_stream_init(&stream, 3, RNG_TEST, 0, 0, 0);
    for (size_t i = 0; i < COUNT; i++) {
        vectors->g[i] = (float)(rng_stream_uniform(&stream) - 0.5);
        vectors->w[i] = (float)(rng_stream_uniform(&stream) - 0.5);
        vectors->w_read[i] = (float)(rng_stream_uniform(&stream) - 0.5);
        vectors->square[i] = (float)rng_stream_uniform(&stream);
    }
}

// g + lambda g g (w - w_read); errors of a few roundings of numbers below 1.
static void stale_compensate__any_gradient__follows_the_formula(void **state) {
    (void)state;
    struct vectors v;
    draw(&v);
    stale_compensate(v.g, v.w, v.w_read, 0.7f, v.out, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        double g = (double)v.g[i];
        double gap = (double)v.w[i] - (double)v.w_read[i];
        expect_within((double)v.out[i], g + (double)0.7f * g * g * gap, 2e-7);
    }
}

// The mean square moves first; lambda is lambda_0 / sqrt(mean square + 1e-7).
static void stale_compensate_adaptively__any_gradient__follows_the_formula(void **state) {
    (void)state;
    struct vectors v;
    float before[COUNT];
    draw(&v);
    memcpy(before, v.square, sizeof before);
    stale_compensate_adaptively(v.g, v.w, v.w_read, 2.0f, 0.95f, v.square, v.out, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        double g = (double)v.g[i];
        double square = (double)0.95f * (double)before[i] + (1 - (double)0.95f) * g * g;
        double lambda = 2 / sqrt(square + 1e-7);
        double gap = (double)v.w[i] - (double)v.w_read[i];
        expect_within((double)v.square[i], square, 1e-7);
        expect_within((double)v.out[i], g + lambda * g * g * gap, 1e-5);
    }
    memcpy(before, v.square, sizeof before);
    memcpy(v.out, v.g, sizeof v.out);
    stale_compensate_adaptively(v.g, v.w, NULL, 2.0f, 0.95f, v.square, v.out, COUNT);
    assert_memory_equal(v.out, v.g, sizeof v.out);            // nothing to correct,
    assert_memory_not_equal(v.square, before, sizeof before); // but the mean square moves
}

// g / (1 + |w - w_read| / C), C = rate (sqrt(square / bias) + 1e-8).
static void stale_scale_by_gap__any_gradient__follows_the_formula(void **state) {
    (void)state;
    struct vectors v;
    draw(&v);
    stale_scale_by_gap(v.g, v.w, v.w_read, v.square, 0.25f, 0.1f, v.out, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        double usual = (double)0.1f * (sqrt((double)v.square[i] / 0.25) + 1e-8);
        double gap = fabs((double)v.w[i] - (double)v.w_read[i]);
        expect_within((double)v.out[i], (double)v.g[i] / (1 + gap / usual), 1e-6);
        assert_true(fabsf(v.out[i]) <= fabsf(v.g[i])); // it never makes a gradient larger
    }
}

// A moving average that began at zero, divided by its bias, of a constant is the constant.
static void stale_average_square__of_a_constant__is_its_square(void **state) {
    (void)state;
    float square = 0;
    float step = -3;
    for (int64_t steps = 1; steps <= 50; steps++) {
        stale_average_square(&square, &step, 0.999f, 1);
        expect_relative((double)(square / stale_average_bias(0.999f, steps)), 9, 2e-5);
    }
    expect_relative((double)stale_average_bias(0.5f, 3), 0.875, 0);
}

// What keeps a division by zero away is 1e-7 below DC-ASGD's root and 1e-8 behind Gap-Aware's: with
// mean squares of nothing they are all there is, and a coordinate that never moved stays a number.
static void corrections__mean_squares_of_zero__leave_the_epsilons(void **state) {
    (void)state;
    const float g[2] = {1e-5f, 0};
    const float w[2] = {0.75f, 0.75f};
    const float w_read[2] = {0.25f, 0.25f};
    float square[2] = {0, 0};
    float out[2];
    stale_compensate_adaptively(g, w, w_read, 2, 0.95f, square, out, 2);
    expect_relative((double)out[0], 1e-5 + 2 / sqrt(5e-12 + 1e-7) * 1e-10 * 0.5, 1e-5);
    assert_true(out[1] == 0);
    const float near[2] = {1e-9f, 0};
    const float zero[2] = {0, 0};
    stale_scale_by_gap(g, near, zero, zero, 0.5f, 0.1f, out, 2);
    expect_relative((double)out[0], 0.5e-5, 1e-5); // the gap is the usual one: .1 * 1e-8
    assert_true(out[1] == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stale_compensate__any_gradient__follows_the_formula),
        cmocka_unit_test(stale_compensate_adaptively__any_gradient__follows_the_formula),
        cmocka_unit_test(stale_scale_by_gap__any_gradient__follows_the_formula),
        cmocka_unit_test(stale_average_square__of_a_constant__is_its_square),
        cmocka_unit_test(corrections__mean_squares_of_zero__leave_the_epsilons),
    };
    return cmocka_run_group_tests_name("stale_correction", tests, NULL, NULL);
}
