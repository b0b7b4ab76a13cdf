// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_number: numbers and quantities as text.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <string.h>

#include "sim/scenario/scenario_number.h"

static void expect_decimal(const char *text, double expected) {
    double value = -1;
    assert_true(number_read_decimal(text, &value));
    assert_memory_equal(&value, &expected, sizeof value);
}

// Plain decimals are what people write; each must come out as the nearest double.
static void number__plain_decimals__are_read(void **state) {
    (void)state;
    expect_decimal("0.01", 0.01);
    expect_decimal("-3", -3.0);
    expect_decimal("1e-3", 1e-3);
    expect_decimal("2.5E+2", 250.0);
    expect_decimal("-0", 0.0); // one zero only, or equal scenarios would differ in a sign
    expect_decimal("0e-400", 0.0);
    expect_decimal(".5", 0.5);
    expect_decimal("-.5", -0.5);
    expect_decimal("5.", 5.0);
    expect_decimal("+0.5", 0.5);
    expect_decimal("+.5e+1", 5.0);
    expect_decimal("5.e-1", 0.5);
}

// What YAML or C would guess a number from must not become one here.
static void number__other_notations__are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "",       "0x10",    "1e400", "inf", "nan", ".nan", "010",   "1_000", "+-1",  ".",
        "+",      "1,5",     "1e",    "e1",  "-+1", ".e1",  "0o7",   "++1",   ".inf", "+.",
        "1e-400", "-1e-400", "00.5",  "--1", "1 ",  " 1",   "1.5.2", "-",     "0b1",  "١"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        double decimal = 0;
        int64_t integer = 0;
        uint64_t large = 0;
        if (number_read_decimal(wrong[i], &decimal) || number_read_integer(wrong[i], &integer) ||
            number_read_unsigned(wrong[i], &large)) {
            fail_msg("accepted '%s'", wrong[i]);
        }
    }
}

// The ends of the range are seeds like any other; one more must not wrap around.
static void number__ends_of_the_range__are_exact(void **state) {
    (void)state;
    uint64_t large = 0;
    int64_t integer = 0;
    assert_true(number_read_unsigned("18446744073709551615", &large));
    assert_true(large == UINT64_MAX);
    assert_false(number_read_unsigned("18446744073709551616", &large));
    assert_false(number_read_unsigned("-1", &large));
    assert_true(number_read_integer("9223372036854775807", &integer));
    assert_true(integer == INT64_MAX);
    assert_true(number_read_integer("-9223372036854775807", &integer));
    assert_false(number_read_integer("9223372036854775808", &integer));
    assert_false(number_read_integer("2.0", &integer));
    assert_true(number_read_integer("+7", &integer));
    assert_true(integer == 7);
    assert_false(number_read_integer("7.", &integer));
}

// The canonical form must be short to read, and read back as the very same number.
static void number__written__is_the_shortest_that_reads_back(void **state) {
    (void)state;
    char text[NUMBER_TEXT_SIZE];
    assert_string_equal(number_write(0.01, text), "0.01");
    assert_string_equal(number_write(0.1 + 0.2, text), "0.30000000000000004");
    assert_string_equal(number_write(1e30, text), "1e+30");
    assert_string_equal(number_write(1.0 / 3, text), "0.3333333333333333");
    assert_string_equal(number_write_percent(0.5, text), "50 %");
    assert_string_equal(number_write_percent(0.07, text), "7 %"); // .07 * 100 is not 7
    assert_string_equal(number_write_percent(0, text), "0 %");
    assert_string_equal(number_write_percent(1, text), "100 %");
}

// A share must survive being written and read, whatever it is, or a replay would delay others.
static void number__shares__read_back_as_themselves(void **state) {
    (void)state;
    for (int tenth = 0; tenth <= 1000; tenth++) {
        char text[NUMBER_TEXT_SIZE];
        double share = tenth / 10.0 / 100;
        double back = -1;
        assert_true(number_read_percent(number_write_percent(share, text), &back));
        assert_memory_equal(&back, &share, sizeof back);
    }
}

// A country that writes 0,01 must get the same scenario.
static void number__another_locale__changes_nothing(void **state) {
    (void)state;
    char text[NUMBER_TEXT_SIZE];
    char before[64];
    strncpy(before, setlocale(LC_ALL, NULL), sizeof before - 1);
    before[sizeof before - 1] = 0;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        setlocale(LC_ALL, names[i]); // what is not installed leaves the one before
        expect_decimal("0.01", 0.01);
        assert_string_equal(number_write(0.25, text), "0.25");
    }
    setlocale(LC_ALL, before);
}

static void expect_bandwidth(const char *text, int64_t expected, const char *written) {
    int64_t value = 0;
    char back[NUMBER_TEXT_SIZE];
    assert_null(number_read_bandwidth(text, &value));
    assert_true(value == expected);
    assert_string_equal(number_write_bandwidth(value, back), written);
}

static void expect_bytes(const char *text, int64_t expected, const char *written) {
    int64_t value = 0;
    char back[NUMBER_TEXT_SIZE];
    assert_null(number_read_bytes(text, &value));
    assert_true(value == expected);
    assert_string_equal(number_write_bytes(value, back), written);
}

// A byte has eight bits, a kB 1000 bytes and a KiB 1024: mixing them up is off by 8 or by 5 %.
static void number__quantities__are_whole_bits_and_bytes(void **state) {
    (void)state;
    expect_bandwidth("10 Gbit/s", 10000000000, "10 Gbit/s");
    expect_bandwidth("100 MB/s", 800000000, "800 Mbit/s");
    expect_bandwidth("1.5 kbit/s", 1500, "1500 bit/s");
    expect_bandwidth("2.5Gbit/s", 2500000000, "2500 Mbit/s");
    expect_bytes("8 MB", 8000000, "8 MB");
    expect_bytes("64 KiB", 65536, "65536 B");
    expect_bytes("0.5 GiB", 536870912, "536870912 B");
    expect_bytes("0 B", 0, "0 B");
    expect_bytes("1 TB", 1000000000000, "1 TB");
    expect_bytes("1e3 B", 1000, "1 kB");
    expect_bytes("+.5 kB", 500, "500 B");
    expect_bytes("1.5e-3 MB", 1500, "1500 B");
    expect_bandwidth("1e9 bit/s", 1000000000, "1 Gbit/s");
    expect_bandwidth("5.Mbit/s", 5000000, "5 Mbit/s");
}

// What is beyond the range is held at its end, where a rule of its key refuses it; it would pass as
// another number otherwise, in which no digit is left.
static void number__quantities_beyond_the_range__are_held_at_its_end(void **state) {
    (void)state;
    static const char *const texts[] = {"922337203685477581e1 bit/s", "9e9 Tbit/s", "1e999 bit/s",
                                        "1e39 bit/s"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t value = 7;
        assert_null(number_read_bandwidth(texts[i], &value));
        assert_true(value == INT64_MAX);
    }
}

// Each of these has a plausible other meaning, so none may pass in silence.
static void number__wrong_quantities__say_what_is_wrong(void **state) {
    (void)state;
    int64_t value = 7;
    assert_string_equal(number_read_bytes("8", &value), "the unit is missing");
    assert_non_null(number_read_bytes("8 Mb", &value));
    assert_non_null(number_read_bytes("0.5 B", &value));
    assert_non_null(number_read_bytes("-8 MB", &value));
    assert_non_null(number_read_bytes("1e-1 B", &value));
    assert_non_null(number_read_bytes("1e B", &value));
    assert_non_null(number_read_bytes("0x1 B", &value));
    assert_non_null(number_read_bytes("", &value));
    assert_non_null(number_read_bytes("99999999999999999999999 B", &value));
    assert_non_null(number_read_bandwidth("10 GBit/s", &value));
    assert_non_null(number_read_time("010 ms", &value));
    assert_non_null(number_read_time("+-5 s", &value));
    assert_non_null(number_read_time(". s", &value));
    assert_true(value == 7); // changed only on success
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number__plain_decimals__are_read),
        cmocka_unit_test(number__other_notations__are_refused),
        cmocka_unit_test(number__ends_of_the_range__are_exact),
        cmocka_unit_test(number__written__is_the_shortest_that_reads_back),
        cmocka_unit_test(number__shares__read_back_as_themselves),
        cmocka_unit_test(number__another_locale__changes_nothing),
        cmocka_unit_test(number__quantities__are_whole_bits_and_bytes),
        cmocka_unit_test(number__quantities_beyond_the_range__are_held_at_its_end),
        cmocka_unit_test(number__wrong_quantities__say_what_is_wrong),
    };
    return cmocka_run_group_tests_name("scenario_number", tests, NULL, NULL);
}
