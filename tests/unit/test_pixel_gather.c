// SPDX-License-Identifier: GPL-3.0-or-later
// pixel_gather: bytes become the numbers of their law, whichever way they go.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/data/pixel_gather.h"

// MNIST's, CIFAR's blue, one whose bits floats miss for one of the bytes at least, and one of
// nothing but zeros.
static const double laws[][2] = {{1 / (255 * 0.3081), -0.1307 / 0.3081},
                                 {1 / (255 * 0.2616), -0.4465 / 0.2616},
                                 {1 / (393 * 7.3), -1.0 / 396},
                                 {0, 0}};
enum { LAWS = sizeof laws / sizeof laws[0] };

// Whole blocks of samples and pixels go through vectors, the rest one by one: which way a pixel
// goes must not change its bits. All bytes, 11 pixels (one block and three), 1 to 8 samples.
static void expect_gathered_by(const struct pixel_law *law) {
    enum { PIXELS = 11, STRIDE = 9 };
    for (int start = 0; start < 256; start++) {
        uint8_t bytes[8][PIXELS];
        const uint8_t *images[8];
        for (int n = 0; n < 8; n++) {
            images[n] = bytes[n];
            for (int p = 0; p < PIXELS; p++) {
                bytes[n][p] = (uint8_t)(start + 31 * n + 7 * p);
            }
        }
        for (size_t samples = 1; samples <= 8; samples++) {
            real inputs[PIXELS * STRIDE];
            memset(inputs, 0, sizeof inputs);
            pixel_gather(law, images, PIXELS, samples, inputs, STRIDE);
            for (size_t i = 0; i < PIXELS * STRIDE; i++) {
                size_t n = i % STRIDE;
                real expected = 0; // beyond the samples nothing is written
                if (n < samples) {
                    expected = (real)(bytes[n][i / STRIDE] * law->scale + law->offset);
                }
                assert_memory_equal(&inputs[i], &expected, sizeof expected);
            }
        }
    }
}

// A sample's inputs would depend on its place in a batch.
static void pixel_gather__blocks_and_rests__give_the_same_bits(void **state) {
    (void)state;
    for (size_t i = 0; i < LAWS; i++) {
        const struct pixel_law law = pixel_law_of(laws[i][0], laws[i][1]);
        expect_gathered_by(&law);
    }
}

// An evaluation would see other inputs than a gradient.
static void pixel_convert__any_count__gives_the_bits_of_the_law(void **state) {
    (void)state;
    uint8_t bytes[300];
    real inputs[301];
    for (size_t i = 0; i < 300; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (size_t i = 0; i < LAWS; i++) {
        const struct pixel_law law = pixel_law_of(laws[i][0], laws[i][1]);
        for (size_t count = 0; count <= 300; count += count < 40 ? 1 : 37) {
            inputs[count] = 77;
            pixel_convert(&law, bytes, count, inputs);
            for (size_t k = 0; k < count; k++) {
                real expected = (real)(bytes[k] * law.scale + law.offset);
                assert_memory_equal(&inputs[k], &expected, sizeof expected);
            }
            assert_true(inputs[count] == 77);
        }
    }
}

// The fast way would never be taken, or where it must not.
static void pixel_law__few_digits__are_done_in_floats(void **state) {
    (void)state;
    for (size_t i = 0; i < LAWS; i++) {
        const struct pixel_law law = pixel_law_of(laws[i][0], laws[i][1]);
        for (int byte = 0; byte < 256 && law.in_floats; byte++) {
            float high = fmaf((float)byte, law.scale_high, law.offset_high);
            float low = fmaf((float)byte, law.scale_low, law.offset_low);
            assert_true(high + low == (float)(byte * law.scale + law.offset));
        }
    }
    assert_true(pixel_law_of(laws[0][0], laws[0][1]).in_floats);
    assert_false(pixel_law_of(laws[2][0], laws[2][1]).in_floats);
}

// What an earlier block left in unused lanes would flow into sums over lanes.
static void pixel_clear_lanes__unused_lanes__become_zeros(void **state) {
    (void)state;
    enum { ROWS = 3, LANES = 8 };
    for (size_t used = 0; used <= LANES; used++) {
        real inputs[ROWS * LANES];
        for (size_t i = 0; i < ROWS * LANES; i++) {
            inputs[i] = (real)(i + 1);
        }
        pixel_clear_lanes(inputs, ROWS, used, LANES);
        for (size_t i = 0; i < ROWS * LANES; i++) {
            assert_true(inputs[i] == (i % LANES < used ? (real)(i + 1) : 0));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixel_gather__blocks_and_rests__give_the_same_bits),
        cmocka_unit_test(pixel_convert__any_count__gives_the_bits_of_the_law),
        cmocka_unit_test(pixel_law__few_digits__are_done_in_floats),
        cmocka_unit_test(pixel_clear_lanes__unused_lanes__become_zeros),
    };
    return cmocka_run_group_tests_name("pixel_gather", tests, NULL, NULL);
}
