// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_number_slip and scenario_value_refuse: a number in another notation, of every unit, is
// refused with what to write, and that is then read.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario/scenario_key.h"
#include "sim/scenario/scenario_number_slip.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_value_refuse.h"

static const char base[] = "policy: hybrid\n"
                           "cluster: {workers: 2000, delay: {law: constant, value: 1 s}}\n"
                           "data: {shards: whole}\n";

static enum status set(const char *key, const char *value, struct error *error) {
    struct scenario scenario;
    const struct scenario_setting setting = {key, value};
    return scenario_parse("t", base, strlen(base), &setting, 1, &scenario, error);
}

// Each quantity by a key that takes it, with its units ("": a whole number without one).
static const struct {
    const char *key;
    const char *units[10];
} quantities[] = {
    {"cluster.start_up", {"ns", "us", "ms", "s", "min", "h"}},
    {"cluster.compute", {"ns", "us", "ms", "s", "min", "h"}},
    {"cluster.delay.value", {"ns", "us", "ms", "s", "min", "h"}},
    {"cluster.network.bandwidth", {"Tbit/s", "Gbit/s", "Mbit/s", "kbit/s", "GB/s", "MB/s", "kB/s"}},
    {"cluster.network.message", {"GB", "MB", "kB", "B", "MiB", "KiB"}},
    {"end", {"updates", "gradients", "epochs", "update", "gradient", "epoch", "s", "min"}},
    {"cluster.delay.workers", {""}},
    {"training.batch", {""}},
    {"seed", {""}},
    {"policy.threshold.every", {""}},
    {"policy.threshold.start", {""}},
    {"training.learning_rate", {""}},
};

// A thousand in other notations. All but the last are a mistake of any number.
static const struct {
    const char *text;
    const char *reason;
} notations[] = {
    {"1_000", "digits stand without '_' between them"},
    {"1'000", "digits stand without ' between them"},
    {"0x3e8", "numbers are decimal"},
    {"0X3E8", "numbers are decimal"},
    {"0o1750", "numbers are decimal"},
    {"0b1111101000", "numbers are decimal"},
    {"01000", "a number has no leading zeros, and decimals are written with a point"},
    {"0001_000", "digits stand without '_' between them"},
    {"1 000", "digits stand without blanks between them"},
};

enum {
    QUANTITY_COUNT = sizeof quantities / sizeof quantities[0],
    NOTATION_COUNT = sizeof notations / sizeof notations[0],
};

// What the message says is to be written: behind "write", or behind the reason.
static void find_advice(const struct error *error, char advice[NUMBER_SLIP_SIZE]) {
    const char *at = strstr(error->message, "\nwrite ");
    const char *last = strrchr(error->message, '\n');
    const char *colon = last == NULL ? NULL : strstr(last, ": ");
    at = at != NULL ? at + strlen("\nwrite ") : colon != NULL ? colon + 2 : "";
    snprintf(advice, NUMBER_SLIP_SIZE, "%.*s", (int)strcspn(at, ";\n"), at);
}

// Refused for the reason, with this advice, which is accepted in its place.
static void expect_advice(const char *key, const char *written, const char *reason,
                          const char *expected) {
    struct error error = {.message = ""};
    char advice[NUMBER_SLIP_SIZE];
    assert_int_equal(set(key, written, &error), STATUS_BAD_DATA);
    find_advice(&error, advice);
    if (strstr(error.message, reason) == NULL || strcmp(advice, expected) != 0 ||
        set(key, advice, &error) != STATUS_OK) {
        fail_msg("%s=%s: expected '%s', '%s', got '%s' in\n%s", key, written, reason, expected,
                 advice, error.message);
    }
}

// Whoever writes a number as other languages do is told how it is written here: in every unit.
static void number_slip__any_notation_with_any_unit__is_told_with_what_to_write(void **state) {
    (void)state;
    for (size_t q = 0; q < QUANTITY_COUNT; q++) {
        for (size_t u = 0; u < 10 && quantities[q].units[u] != NULL; u++) {
            for (size_t n = 0; n < NOTATION_COUNT; n++) {
                char written[64];
                char expected[64];
                const char *unit = quantities[q].units[u];
                const char *blank = unit[0] == 0 ? "" : " ";
                snprintf(written, sizeof written, "%s%s%s", notations[n].text, blank, unit);
                snprintf(expected, sizeof expected, "1000%s%s", blank, unit);
                expect_advice(quantities[q].key, written, notations[n].reason, expected);
            }
        }
    }
}

static void write_case(const char *unit, int kind, char text[16]) {
    snprintf(text, 16, "%s", unit);
    for (size_t i = 0; text[i] != 0; i++) {
        bool large = kind == 1 || (kind == 0 && i == 0);
        text[i] = (char)(large ? toupper((unsigned char)text[i]) : tolower((unsigned char)text[i]));
    }
}

// "10 ms" is no "10 MS", and the other way round; which of a bit and a byte is meant, only the
// author knows.
static void number_slip__a_unit_in_another_case__is_told_with_its_own(void **state) {
    (void)state;
    size_t told = 0;
    for (size_t q = 0; q < QUANTITY_COUNT; q++) {
        for (size_t u = 0; u < 10 && quantities[q].units[u] != NULL; u++) {
            for (int kind = 0; kind < 3 && quantities[q].units[u][0] != 0; kind++) {
                char other[16];
                char written[64];
                char expected[64];
                struct error error = {.message = ""};
                const char *unit = quantities[q].units[u];
                write_case(unit, kind, other);
                snprintf(written, sizeof written, "3 %s", other);
                snprintf(expected, sizeof expected, "3 %s", unit);
                if (set(quantities[q].key, written, &error) == STATUS_OK) {
                    continue; // another unit
                }
                if (strchr(unit, 'B') != NULL && strchr(other, 'b') != NULL) {
                    assert_non_null(strstr(error.message, "'B' is a byte, 'bit' a bit"));
                } else {
                    expect_advice(quantities[q].key, written, "capital and small letters differ",
                                  expected);
                }
                told++;
            }
        }
    }
    assert_true(told > 75);
}

// What is counted is written out; what is measured may have its exponent.
static void number_slip__a_count_with_an_exponent__is_told_written_out(void **state) {
    (void)state;
    struct error error;
    static const char whole[] = "a whole number is written out";
    expect_advice("end", "1e3 updates", whole, "1000 updates");
    expect_advice("end", "1e3 Updates", "capital and small letters differ", "1000 updates");
    expect_advice("end", "1.5E+3 gradients", whole, "1500 gradients");
    expect_advice("end", "20.0 updates", whole, "20 updates");
    expect_advice("training.batch", "1e1", whole, "10");
    expect_advice("policy.threshold.every", "1e3", whole, "1000");
    char advice[NUMBER_SLIP_SIZE];
    assert_int_equal(set("policy.threshold.table", "[[0, 1], [1e3, 2]]", &error), STATUS_BAD_DATA);
    find_advice(&error, advice);
    assert_string_equal(advice, "1000");
    assert_int_equal(set("model", "{name: mlp, hidden: [5_0, 20]}", &error), STATUS_BAD_DATA);
    find_advice(&error, advice);
    assert_string_equal(advice, "50");
    assert_int_equal(set("end", "1e3 s", &error), STATUS_OK);
    assert_int_equal(set("end", "2e0 epochs", &error), STATUS_OK);
}

// A comma is a point in half of the world and nothing in the other half.
static void number_slip__a_comma__is_told_by_what_it_can_mean(void **state) {
    (void)state;
    struct error error;
    char advice[NUMBER_SLIP_SIZE];
    expect_advice("training.learning_rate", "0,01", "decimals are written with a point", "0.01");
    expect_advice("training.learning_rate", "0,005", "decimals are written with a point", "0.005");
    expect_advice("cluster.start_up", "1,5 s", "decimals are written with a point", "1.5 s");
    expect_advice("seed", "1,234,567", "digits stand without ',' between them", "1234567");
    assert_int_equal(set("seed", "1,000", &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "with a point, and thousands without a comma"));
    find_advice(&error, advice);
    assert_string_equal(advice, "");
}

// A share or a number that would be held as nothing is no share of nothing.
static void number_slip__too_small_to_be_held__is_told(void **state) {
    (void)state;
    struct error error;
    static const char *const settings[][2] = {{"cluster.delay.workers", "1e-400 %"},
                                              {"cluster.delay.workers", "5e-324 %"},
                                              {"training.learning_rate", "1e-400"},
                                              {"end", "1e-400 epochs"}};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        assert_int_equal(set(settings[i][0], settings[i][1], &error), STATUS_BAD_DATA);
        assert_non_null(strstr(error.message, "too small to be held"));
    }
    assert_int_equal(set("cluster.delay.workers", "0e-400 %", &error), STATUS_OK);
}

// A text that is no number in any notation gets no advice: it would be a guess.
static void number_slip__anything_else__is_left_alone(void **state) {
    (void)state;
    static const char *const others[] = {"fast", "-1", "0.5", "1e400", "", "ms", "0x", "nan", "1e"};
    char meant[NUMBER_SLIP_SIZE];
    const char *reason = NULL;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct error error;
        char advice[NUMBER_SLIP_SIZE];
        assert_true(number_slip(others[i], 0, meant, &reason));
        assert_null(reason);
        assert_int_equal(set("training.batch", others[i], &error), STATUS_BAD_DATA);
        find_advice(&error, advice);
        assert_true(others[i][0] == 0 || strcmp(advice, "") == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_slip__any_notation_with_any_unit__is_told_with_what_to_write),
        cmocka_unit_test(number_slip__a_unit_in_another_case__is_told_with_its_own),
        cmocka_unit_test(number_slip__a_count_with_an_exponent__is_told_written_out),
        cmocka_unit_test(number_slip__a_comma__is_told_by_what_it_can_mean),
        cmocka_unit_test(number_slip__too_small_to_be_held__is_told),
        cmocka_unit_test(number_slip__anything_else__is_left_alone),
    };
    return cmocka_run_group_tests_name("scenario_number_slip", tests, NULL, NULL);
}
