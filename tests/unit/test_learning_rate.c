// SPDX-License-Identifier: GPL-3.0-or-later
// learning_rate: schedules of the rate, by their formulas.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "sim/training/learning_rate.h"
#include "tests/support/expect.h"

static double rate_at(const struct rate_options *options, int64_t n, int64_t size) {
    const bool by_updates = options->counts == RATE_COUNTS_UPDATES;
    const struct rate_moment moment = {
        .updates = by_updates ? n : 77, .gradients = by_updates ? 77 : n, .size = size};
    return learning_rate_at(options, 0.5, &moment);
}

// The plain rate must be the scenario's to the bit, or every run without a schedule would change.
static void learning_rate__constant__is_the_scenarios_own(void **state) {
    (void)state;
    const struct rate_options options = {.schedule = RATE_CONSTANT};
    for (int64_t n = 0; n < 10; n++) {
        expect_within(rate_at(&options, n, 1 + n), 0.5, 0);
    }
}

// 0.5 * 0.5^floor(n / 3): powers of two are exact.
static void learning_rate__step__falls_by_the_factor(void **state) {
    (void)state;
    const struct rate_options options = {
        .schedule = RATE_STEP, .every = 3, .factor = 0.5, .counts = RATE_COUNTS_GRADIENTS};
    static const double expected[] = {.5, .5, .5, .25, .25, .25, .125, .125, .125, .0625};
    for (int64_t n = 0; n < 10; n++) {
        expect_within(rate_at(&options, n, 1), expected[n], 0);
    }
    expect_relative(rate_at(&options, 3 * 1000, 1), 0.5 * 0x1p-1000, 1e-12);
}

// Python: [0.5 * (0.1 + 0.9 * (1 + math.cos(math.pi * min(n, 8) / 8)) / 2) for n in range(10)]
static void learning_rate__cosine__ends_at_the_least(void **state) {
    (void)state;
    const struct rate_options options = {.schedule = RATE_COSINE, .over = 8, .least = 0.1};
    static const double expected[] = {0.5,
                                      0.48287289481503953,
                                      0.4340990257669732,
                                      0.3611037722821452,
                                      0.275,
                                      0.1888962277178548,
                                      0.11590097423302682,
                                      0.06712710518496048,
                                      0.05,
                                      0.05};
    for (int64_t n = 0; n < 10; n++) {
        expect_within(rate_at(&options, n, 1), expected[n], 1e-15);
    }
}

// (n + 1) / warm_up of it, up to the whole: the update before the last of the warm-up is not it
// yet.
static void learning_rate__warm_up__rises_linearly(void **state) {
    (void)state;
    const struct rate_options options = {.warm_up = 4};
    static const double expected[] = {.125, .25, .375, .5, .5, .5};
    for (int64_t n = 0; n < 6; n++) {
        expect_within(rate_at(&options, n, 1), expected[n], 0);
    }
}

// With the size of the update: the linear and the square root rule.
static void learning_rate__scaled__grows_with_the_update(void **state) {
    (void)state;
    struct rate_options options = {.scaling = RATE_SCALING_LINEAR};
    expect_within(rate_at(&options, 5, 1), 0.5, 0);
    expect_within(rate_at(&options, 5, 9), 4.5, 0);
    options.scaling = RATE_SCALING_ROOT;
    expect_within(rate_at(&options, 5, 9), 1.5, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learning_rate__constant__is_the_scenarios_own),
        cmocka_unit_test(learning_rate__step__falls_by_the_factor),
        cmocka_unit_test(learning_rate__cosine__ends_at_the_least),
        cmocka_unit_test(learning_rate__warm_up__rises_linearly),
        cmocka_unit_test(learning_rate__scaled__grows_with_the_update),
    };
    return cmocka_run_group_tests_name("learning_rate", tests, NULL, NULL);
}
