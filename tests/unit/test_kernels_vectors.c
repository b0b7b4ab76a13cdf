// SPDX-License-Identifier: GPL-3.0-or-later
// The vectors of plain C, whose fused multiply-add is put together, and the exponential and
// logarithm that all instruction sets share.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#define KERNELS_FOR_GENERIC
#include "models/kernels/exponential.h"
#include "models/kernels/vectors.h"
#include "sim/base/rng_stream.h"
#include "tests/support/expect.h"

enum { DRAWS = 500000 };

static float float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void expect_fused(float a, float b, float c) {
    float expected = fmaf(a, b, c);
    float actual = v_fma(v_all(a), v_all(b), v_all(c))[0];
    if (bits_of_float(actual) != bits_of_float(expected) && !(isnan(actual) && isnan(expected))) {
        fail_msg("fma(%a, %a, %a) is %a, should be %a", (double)a, (double)b, (double)c,
                 (double)actual, (double)expected);
    }
}

// Any three floats, of any size and sign, subnormal, infinite or NaN: a CPU without the instruction
// would compute other gradients.
static void v_fma__any_bits__is_rounded_once(void **state) {
    (void)state;
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, 0, 0, 0);
    for (size_t i = 0; i < DRAWS; i++) {
        float a = float_of_bits(rng_stream_u32(&stream));
        float b = float_of_bits(rng_stream_u32(&stream));
        expect_fused(a, b, float_of_bits(rng_stream_u32(&stream)));
        expect_fused(a, b, -a * b); // cancels to the product's own rounding error
    }
}

// Few bits each, so that sums are often halfway between two floats, where two roundings would go
// wrong.
static void v_fma__halfway_cases__are_rounded_once(void **state) {
    (void)state;
    struct rng_stream stream;
    rng_stream_init(&stream, 2, RNG_TEST, 0, 0, 0);
    for (size_t i = 0; i < DRAWS; i++) {
        uint32_t word = rng_stream_u32(&stream);
        float a = 1 + (float)(word & 1) * 0x1p-23f + (float)(word >> 1 & 3) * 0x1p-12f;
        float b = 1 + (float)(word >> 3 & 1) * 0x1p-23f + (float)(word >> 4 & 3) * 0x1p-12f;
        int scale = (int)(word >> 6 & 63) - 16;
        float c = ldexpf(1 + (float)(word >> 12 & 3) * 0x1p-23f, scale);
        int small = word >> 20 & 1 ? -140 : 0; // results among the subnormals
        a = word >> 14 & 1 ? -a : a;
        expect_fused(ldexpf(a, small), b, ldexpf(c, small));
        expect_fused(ldexpf(a, -scale), b, c * 0x1p-24f);
    }
}

// In units of the last place of the exact result, for subnormals of theirs.
static double error_in_ulp(float actual, double expected) {
    int exponent;
    frexp(expected, &exponent);
    exponent = exponent < -125 ? -125 : exponent;
    return fabs((double)actual - expected) / ldexp(1, exponent - 24);
}

// The documented error, on every 397th float from -104 to 0.
static void v_exp__zero_down_to_underflow__is_within_an_ulp(void **state) {
    (void)state;
    double worst = 0;
    for (uint32_t bits = 0x80000000u; bits <= bits_of_float(-104.0f); bits += 397) {
        float x = float_of_bits(bits);
        worst = fmax(worst, error_in_ulp(v_exp(v_all(x))[0], exp((double)x)));
    }
    expect_within(worst, 0.5, 0.5);
    assert_true(v_exp(v_all(0))[0] == 1);
    assert_true(v_exp(v_all(-200))[0] == 0 && v_exp(v_all(-INFINITY))[0] == 0);
    assert_true(isnan(v_exp(v_all(NAN))[0]));
}

// The documented error, on every 397th normal float above zero.
static void v_log__normal_numbers__are_within_an_ulp(void **state) {
    (void)state;
    double worst = 0;
    for (uint32_t bits = bits_of_float(0x1p-126f); bits < bits_of_float(INFINITY); bits += 397) {
        float x = float_of_bits(bits);
        worst = fmax(worst, error_in_ulp(v_log(v_all(x))[0], log((double)x)));
    }
    expect_within(worst, 0.5, 0.5);
    assert_true(v_log(v_all(1))[0] == 0);
    assert_true(isnan(v_log(v_all(NAN))[0]));
}

// A block would have a rest of one channel, computed as slowly as a whole block.
static void block_size__any_count__is_cut_evenly(void **state) {
    (void)state;
    for (size_t count = 1; count < 100; count++) {
        for (size_t most = 1; most < 14; most++) {
            size_t sum = 0;
            for (size_t i = 0; i < block_count(count, most); i++) {
                size_t size = block_size(count, most, i);
                assert_true(size >= 1 && size <= most);
                assert_true(size + 1 >= block_size(count, most, 0));
                sum += size;
            }
            assert_int_equal(sum, count);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v_fma__any_bits__is_rounded_once),
        cmocka_unit_test(v_fma__halfway_cases__are_rounded_once),
        cmocka_unit_test(v_exp__zero_down_to_underflow__is_within_an_ulp),
        cmocka_unit_test(v_log__normal_numbers__are_within_an_ulp),
        cmocka_unit_test(block_size__any_count__is_cut_evenly),
    };
    return cmocka_run_group_tests_name("kernels_vectors", tests, NULL, NULL);
}
