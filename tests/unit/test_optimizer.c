// SPDX-License-Identifier: GPL-3.0-or-later
// optimizer: the bits of an update.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/base/rng_stream.h"
#include "sim/training/optimizer.h"
#include "tests/support/expect.h"

enum { COUNT = 1003 }; // no multiple of a vector's length

// Floats of all exponents near those of parameters, and a few extreme ones.
static void fill_random(float *values, size_t count, uint32_t seed) {
    struct rng_stream stream;
    rng_stream_init(&stream, seed, RNG_TEST, 0, 0, 0);
    for (size_t i = 0; i < count; i++) {
        int exponent = (int)(rng_stream_u32(&stream) % 40) - 30;
        values[i] = (float)ldexp(rng_stream_uniform(&stream) - 0.5, exponent);
    }
    values[0] = 0.0f;
    values[1] = -0.0f;
    values[2] = 0x1p-149f; // the least subnormal
    values[3] = 0x1.fffffep127f;
}

static uint32_t bits_of(float value) {
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

// The update must be one fused multiply-add in float on every CPU: against the library's fmaf, and
// for random numbers that tell it from a product that is rounded first.
static void optimizer_step__random_vectors__is_fmaf_bit_for_bit(void **state) {
    (void)state;
    static float current[COUNT];
    static float sum[COUNT];
    static float next[COUNT];
    size_t unlike_two_roundings = 0;
    static const float rates[] = {0.01f, 0.01f / 25, 1.0f, 0.3f, 1e-30f};
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        fill_random(current, COUNT, 1);
        fill_random(sum, COUNT, 2);
        optimizer_step(current, sum, rates[r], next, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            assert_true(bits_of(next[i]) == bits_of(fmaf(-rates[r], sum[i], current[i])));
            volatile float product = rates[r] * sum[i];
            unlike_two_roundings += bits_of(next[i]) != bits_of(current[i] - product);
        }
    }
    assert_true(unlike_two_roundings > COUNT / 10);
}

// (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: rounded to float the last term is lost, fused it is what
// remains.
static void optimizer_step__a_product_that_needs_48_bits__keeps_them(void **state) {
    (void)state;
    const float a = 1 + 0x1p-12f;
    const float rounded_square = 1 + 0x1p-11f;
    float next = 0;
    optimizer_step(&rounded_square, &a, a, &next, 1);
    assert_true(next == -0x1p-24f);
}

// Any length, also those shorter than a vector: the elements behind it stay as they are.
static void optimizer_step__any_length__writes_that_many(void **state) {
    (void)state;
    float current[40];
    float sum[40];
    float next[41];
    fill_random(current, 40, 3);
    fill_random(sum, 40, 4);
    for (size_t count = 0; count <= 40; count++) {
        for (size_t i = 0; i < 41; i++) {
            next[i] = 77;
        }
        optimizer_step(current, sum, 0.1f, next, count);
        for (size_t i = 0; i < count; i++) {
            assert_true(bits_of(next[i]) == bits_of(fmaf(-0.1f, sum[i], current[i])));
        }
        assert_true(next[count] == 77);
    }
}

// s += g in float, in the order of the calls.
static void optimizer_accumulate__several_gradients__sum_in_order(void **state) {
    (void)state;
    static float sum[COUNT];
    static float gradients[3][COUNT];
    for (uint32_t i = 0; i < 3; i++) {
        fill_random(gradients[i], COUNT, 10 + i);
        gradients[i][3] = 1;
    }
    memset(sum, 0, sizeof sum);
    for (size_t i = 0; i < 3; i++) {
        optimizer_accumulate(sum, gradients[i], COUNT);
    }
    for (size_t i = 0; i < COUNT; i++) {
        float expected = 0.0f + gradients[0][i];
        expected = expected + gradients[1][i];
        expected = expected + gradients[2][i];
        assert_true(bits_of(sum[i]) == bits_of(expected));
    }
}

// A weighted gradient joins the sum by one fused multiply-add; a weight of 1 changes no bit.
static void optimizer_accumulate_weighted__random_vectors__is_fmaf_bit_for_bit(void **state) {
    (void)state;
    static float before[COUNT];
    static float sum[COUNT];
    static float plain[COUNT];
    static float gradient[COUNT];
    static const float weights[] = {1.0f, 0.5f, 1.0f / 3, 0.0f};
    fill_random(before, COUNT, 20);
    fill_random(gradient, COUNT, 21);
    for (size_t w = 0; w < 4; w++) {
        memcpy(sum, before, sizeof sum);
        optimizer_accumulate_weighted(sum, gradient, weights[w], COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            assert_true(bits_of(sum[i]) == bits_of(fmaf(weights[w], gradient[i], before[i])));
        }
    }
    memcpy(sum, before, sizeof sum);
    memcpy(plain, before, sizeof plain);
    optimizer_accumulate_weighted(sum, gradient, 1, COUNT);
    optimizer_accumulate(plain, gradient, COUNT);
    assert_memory_equal(sum, plain, sizeof sum);
}

// The distance column: 2 count eps in double of the value in long double.
static void optimizer_distance__random_vectors__is_the_euclidean_norm(void **state) {
    (void)state;
    static float a[COUNT];
    static float b[COUNT];
    for (size_t count = 0; count <= COUNT; count += count < 20 ? 1 : 97) {
        fill_random(a, COUNT, 5);
        fill_random(b, COUNT, 6);
        a[3] = b[3] = 1;
        long double sum = 0;
        for (size_t i = 0; i < count; i++) {
            long double difference = (long double)a[i] - (long double)b[i];
            sum += difference * difference;
        }
        expect_relative(optimizer_distance(a, b, count), (double)sqrtl(sum), 3e-16 * COUNT);
    }
    expect_within(optimizer_distance(a, a, COUNT), 0, 0);
}

// Values whose squares neither floats nor a naive sum could hold.
static void optimizer_distance__extreme_values__are_squared_in_double(void **state) {
    (void)state;
    const float far[2] = {3e38f, -3e38f};
    const float near[2] = {-3e38f, 3e38f};
    const float zero[2] = {0, 0};
    const float tiny[2] = {3e-39f, 4e-39f};
    expect_relative(optimizer_distance(far, near, 2), 6e38 * sqrt(2), 1e-6);
    expect_relative(optimizer_distance(tiny, zero, 2), 5e-39, 1e-6);
}

// One non-finite parameter, wherever it is, must end a run as diverged.
static void optimizer_all_finite__one_that_is_not__is_found_anywhere(void **state) {
    (void)state;
    static float values[COUNT];
    static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    fill_random(values, COUNT, 7);
    assert_true(optimizer_all_finite(values, COUNT)); // the largest float and subnormals are finite
    assert_true(optimizer_all_finite(values, 0));
    for (size_t i = 0; i < COUNT; i += 17) {
        for (size_t j = 0; j < sizeof bad / sizeof bad[0]; j++) {
            float kept = values[i];
            values[i] = bad[j];
            assert_false(optimizer_all_finite(values, COUNT));
            assert_true(optimizer_all_finite(values, i));
            values[i] = kept;
        }
    }
}

// Payloads and signs of NaN depend on the CPU; infinities and numbers must stay.
static void optimizer_canonical_nan__any_nan__becomes_the_quiet_one(void **state) {
    (void)state;
    static const uint32_t before[] = {0x7fc00000, 0xffc00000, 0x7f800001, 0x7fc12345, 0xffffffff,
                                      0x7f800000, 0xff800000, 0x00000000, 0x80000000, 0x3f800000};
    static const uint32_t after[] = {0x7fc00000, 0x7fc00000, 0x7fc00000, 0x7fc00000, 0x7fc00000,
                                     0x7f800000, 0xff800000, 0x00000000, 0x80000000, 0x3f800000};
    float values[10];
    memcpy(values, before, sizeof values);
    optimizer_canonical_nan(values, 10);
    assert_memory_equal(values, after, sizeof values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimizer_step__random_vectors__is_fmaf_bit_for_bit),
        cmocka_unit_test(optimizer_step__a_product_that_needs_48_bits__keeps_them),
        cmocka_unit_test(optimizer_step__any_length__writes_that_many),
        cmocka_unit_test(optimizer_accumulate__several_gradients__sum_in_order),
        cmocka_unit_test(optimizer_accumulate_weighted__random_vectors__is_fmaf_bit_for_bit),
        cmocka_unit_test(optimizer_distance__random_vectors__is_the_euclidean_norm),
        cmocka_unit_test(optimizer_distance__extreme_values__are_squared_in_double),
        cmocka_unit_test(optimizer_all_finite__one_that_is_not__is_found_anywhere),
        cmocka_unit_test(optimizer_canonical_nan__any_nan__becomes_the_quiet_one),
    };
    return cmocka_run_group_tests_name("optimizer", tests, NULL, NULL);
}
