// SPDX-License-Identifier: GPL-3.0-or-later
// kernels: blocks of 8 and 16 lanes against the same samples in a block of 32.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/kernels/isa.h"
#include "models/kernels/kernels.h"
#include "sim/base/rng_stream.h"
#include "tests/support/kernel_case.h"

// The same bits; or both NaN, whose payload is of no meaning.
static bool same_floats(const float *a, const float *b, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (memcmp(&a[i], &b[i], sizeof a[i]) != 0 && !(isnan(a[i]) && isnan(b[i]))) {
            return false;
        }
    }
    return true;
}

// An array of activations of a narrow block against the first lanes of the wide one.
static bool same_lanes(const float *narrow, const float *wide, size_t count, size_t lanes) {
    for (size_t i = 0; i < count; i += lanes) {
        if (!same_floats(narrow + i, wide + i / lanes * KERNEL_LANES, lanes)) {
            return false;
        }
    }
    return true;
}

static void expect_same_case(const struct kernel_case *narrow, const struct kernel_case *wide) {
    size_t lanes = narrow->lanes;
    assert_true(same_lanes(narrow->out, wide->out, narrow->out_count, lanes));
    assert_true(same_lanes(narrow->d_in, wide->d_in, narrow->in_count, lanes));
    assert_true(same_floats(narrow->d_weights, wide->d_weights, wide->weight_count));
    assert_true(same_floats(narrow->d_biases, wide->d_biases, wide->bias_count));
    bool pooled = narrow->kind == KERNEL_CASE_CONV && narrow->conv.pool > 1;
    for (size_t i = 0; pooled && i < narrow->out_count; i++) {
        assert_int_equal(narrow->winners[i], wide->winners[i / lanes * KERNEL_LANES + i % lanes]);
    }
}

// What must not be lost among a sample's numbers: zeros of either sign, products too small for a
// float, now and then infinity and NaN. Empty lanes stay empty.
static void strew_special_numbers(float *values, size_t count, uint64_t seed) {
    static const float special[] = {-0.0f, 1e-30f, -1e-30f, -1e-42f, INFINITY, -INFINITY, NAN};
    struct rng_stream stream;
    rng_stream_init(&stream, seed, RNG_TEST, 9, 0, 0);
    for (size_t i = 0; i < count; i++) {
        size_t kind = rng_stream_u32(&stream) % 8;
        bool kept = kind == 7 || (kind >= 4 && rng_stream_u32(&stream) % 64 > 0);
        values[i] = values[i] == 0 || kept ? values[i] : special[kind];
    }
}

static void empty_lanes(float *values, size_t count, size_t first) {
    for (size_t i = 0; i < count; i++) {
        values[i] = i % KERNEL_LANES < first ? values[i] : 0;
    }
}

// A small minibatch would have other bits in a block of its size than in a wide one: a sum in
// another order, a lost lane, a zero of another sign.
static void kernels__narrow_blocks__have_the_bits_of_a_wide_one(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 160; seed++) {
        size_t lanes = seed % 2 == 0 ? KERNEL_LANES_MIN : KERNEL_LANES / 2;
        enum kernel_case_kind kind = seed % 4 < 2 ? KERNEL_CASE_CONV : KERNEL_CASE_DENSE;
        struct kernel_case *wide = kernel_case_create_random(kind, seed);
        empty_lanes(wide->in, wide->in_count, lanes - seed % 3);
        empty_lanes(wide->d_out, wide->out_count, lanes - seed % 3);
        if (seed % 8 >= 4) {
            strew_special_numbers(wide->in, wide->in_count, seed);
            strew_special_numbers(wide->d_out, wide->out_count, seed + 1);
        }
        struct kernel_case *narrow = kernel_case_create_narrow(wide, lanes);
        for (enum kernels_isa isa = KERNELS_GENERIC; isa < KERNELS_ISA_COUNT; isa++) {
            if (kernels_isa_supported(isa)) {
                kernel_case_run(wide, isa, seed % 5 == 0);
                kernel_case_run(narrow, isa, seed % 5 == 0);
                expect_same_case(narrow, wide);
            }
        }
        kernel_case_destroy(wide);
        kernel_case_destroy(narrow);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels__narrow_blocks__have_the_bits_of_a_wide_one),
    };
    return cmocka_run_group_tests_name("kernels_lanes", tests, NULL, NULL);
}
