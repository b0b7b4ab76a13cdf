// SPDX-License-Identifier: GPL-3.0-or-later
// sweep_quantity: values of a scenario as numbers and back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/sweep/sweep_quantity.h"

static void expect_between(const char *from, const char *to, bool logarithmic, double u,
                           const char *expected) {
    struct quantity a;
    struct quantity b;
    struct text_buffer buffer = {0};
    assert_true(quantity_read(from, &a));
    assert_true(quantity_read(to, &b));
    quantity_write(quantity_between(a, b, logarithmic, u), &buffer);
    assert_string_equal(text_buffer_text(&buffer), expected);
    text_buffer_clear(&buffer);
}

// A value in the wrong unit is another experiment.
static void quantity__between_two__is_written_in_their_unit(void **state) {
    (void)state;
    expect_between("0.001", "0.1", true, .5, "0.01");
    expect_between("0.1", "0.2", false, .25, "0.125");
    expect_between("100 ms", "2 s", false, 0, "100 ms");
    expect_between("100 ms", "2 s", false, .5, "1050 ms");
    expect_between("10 %", "90 %", false, .5, "50 %");
    expect_between("1 MB", "100 MB", true, .5, "10 MB");
    expect_between("1 Gbit/s", "10 Gbit/s", false, .5, "5500 Mbit/s");
}

// Of the whole numbers 5 to 8 each has a quarter: the last would otherwise never come.
static void quantity__whole_numbers__have_equal_parts(void **state) {
    (void)state;
    expect_between("5", "8", false, 0, "5");
    expect_between("5", "8", false, .249, "5");
    expect_between("5", "8", false, .25, "6");
    expect_between("5", "8", false, .75, "8");
    expect_between("5", "8", false, .999, "8");
    expect_between("1", "1023", true, .5, "32"); // the square root of 1024
    expect_between("1", "1023", true, .999999, "1023");
}

// A word taken for a number would be ordered.
static void quantity__words_and_maps__are_none(void **state) {
    (void)state;
    struct quantity quantity;
    static const char *const words[] = {"",       "none",       "hybrid", "{law: uniform}",
                                        "[1, 2]", "100 apples", "0x10",   "1e400"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_false(quantity_read(words[i], &quantity));
    }
    assert_true(quantity_read("-3", &quantity));
    assert_int_equal(quantity.kind, QUANTITY_INTEGER);
    assert_true(quantity_read("3.0", &quantity));
    assert_int_equal(quantity.kind, QUANTITY_DECIMAL);
}

// Half a worker cannot be had; a rate from 0 to 1 is not 0 or 1.
static void quantity__keys__say_whether_they_are_whole(void **state) {
    (void)state;
    assert_true(quantity_key_is_integer("cluster.workers"));
    assert_true(quantity_key_is_integer("policy.threshold.every"));
    assert_false(quantity_key_is_integer("training.learning_rate"));
    assert_false(quantity_key_is_integer("cluster.compute.shape"));
    assert_false(quantity_key_is_integer("no.such.key"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantity__between_two__is_written_in_their_unit),
        cmocka_unit_test(quantity__whole_numbers__have_equal_parts),
        cmocka_unit_test(quantity__words_and_maps__are_none),
        cmocka_unit_test(quantity__keys__say_whether_they_are_whole),
    };
    return cmocka_run_group_tests_name("sweep_quantity", tests, NULL, NULL);
}
