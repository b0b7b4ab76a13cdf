// SPDX-License-Identifier: GPL-3.0-or-later
// expression: values of formulas, and the place of every mistake.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/base/expression.h"
#include "sim/base/rng_stream.h"

static const char *const variables[] = {"n", "time", "P"};
static const double values[] = {1000, 2.5, 25};

enum { VARIABLES = 3 };

static double value_of(const char *text) {
    struct expression expression;
    struct expression_mistake mistake;
    if (!expression_parse(text, variables, VARIABLES, &expression, &mistake)) {
        fail_msg("%s: at %zu: %s", text, mistake.offset, mistake.message);
    }
    assert_string_equal(expression.text, text);
    return expression_value(&expression, values);
}

// What is on the right was worked out by hand.
static void expression__formulas__have_their_values(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"7", 7},
        {"1.5e2", 150},
        {".5 * 3. - .25e1", -1},
        {"n", 1000},
        {"1 + floor(n / 300)", 4},
        {"min(P, 1 + floor(n/30))", 25},
        {"max(1, P - n/100, 3)", 15},
        {"2 + 3 * 4", 14},
        {"(2 + 3) * 4", 20},
        {"10 - 4 - 3", 3},
        {"100 / 5 / 2", 10},
        {"2 ^ 3 ^ 2", 512},
        {"-2 ^ 2", -4},
        {"2 ^ -1", 0.5},
        {"--3", 3},
        {"17 % 5", 2},
        {"-1 % 5", 4},
        {"ceil(2.1) + round(2.5) + abs(-3)", 9},
        {"sqrt(49)", 7},
        {"if(time < 2.5, 1, P)", 25},
        {"if(time <= 2.5, 1, P)", 1},
        {"(n >= 1000) + (n > 1000) + (n == 1000) + (n != 1000)", 2},
        {"log(exp(3))", 3},
        {"min(8, 9) ^ 2", 64},
        {"\t1 +\t 1 ", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = value_of(cases[i].text);
        if (value != cases[i].value) {
            fail_msg("%s is %.17g, should be %.17g", cases[i].text, value, cases[i].value);
        }
    }
}

// What has no value must say so, and not be some number: NaN reaches the user of the value.
static void expression__no_value__is_nan_or_infinity(void **state) {
    (void)state;
    static const char *const nans[] = {"0 / 0",       "sqrt(-1)",   "log(-1)", "min(1, 0/0)",
                                       "max(0/0, 1)", "(-8) ^ 0.5", "5 % 0"};
    for (size_t i = 0; i < sizeof nans / sizeof nans[0]; i++) {
        assert_true(isnan(value_of(nans[i])));
    }
    assert_true(isinf(value_of("1 / 0")));
    const struct expression empty = {0};
    assert_true(isnan(expression_value(&empty, values)));
}

// A message that points elsewhere costs its reader the evening that the message should save.
static void expression__mistakes__are_told_with_their_place(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
        const char *message;
    } cases[] = {
        {"", 0, "a number, a variable or '(' is missing at the end"},
        {"1 +", 3, "a number, a variable or '(' is missing at the end"},
        {"1 + * 2", 4, "a number, a variable or '(' should stand here, not '*'"},
        {"(1 + 2", 6, "')' is missing"},
        {"1 + 2)", 5, "this ')' closes nothing"},
        {"1 2", 2, "an operator is missing here"},
        {"2n", 1, "a number ends here: an operator is missing, or it is mistyped"},
        {"1..", 2, "a number ends here: an operator is missing, or it is mistyped"},
        {".", 0, "a number, a variable or '(' should stand here, not '.'"},
        {"1e", 1, "the exponent has no digits"},
        {"0x10", 1, "a number ends here: an operator is missing, or it is mistyped"},
        {"1 + tine", 4, "unknown 'tine'; did you mean 'time'?"},
        {"1 + gradients_received", 4, "unknown 'gradients_received'; the variables are n, time, P"},
        {"flor(n)", 0, "unknown 'flor'; did you mean 'floor'?"},
        {"floor n", 6, "'floor' is a function: its arguments stand in parentheses"},
        {"floor(n, 2)", 0, "'floor' takes 1 argument, not 2"},
        {"1 + min(n)", 4, "'min' takes 2 or more arguments, not 1"},
        {"if(n, 2)", 0, "'if' takes 3 arguments, not 2"},
        {"floor(n", 7, "')' is missing after the arguments of 'floor'"},
        {"1 < 2 < 3", 6, "an operator is missing here"},
        {"1e999", 0, "the number is too large"},
        {"n; 1", 1, "an operator is missing here"},
        {"\x01", 0, "a number, a variable or '(' should stand here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct expression expression;
        struct expression_mistake mistake;
        assert_false(expression_parse(cases[i].text, variables, VARIABLES, &expression, &mistake));
        if (mistake.offset != cases[i].offset || strcmp(mistake.message, cases[i].message) != 0) {
            fail_msg("%s: at %zu: %s", cases[i].text, mistake.offset, mistake.message);
        }
        assert_int_equal(expression.count, 0);
    }
}

static void fill(char *text, const char *part, int times, const char *middle, const char *end) {
    text[0] = 0;
    for (int i = 0; i < times; i++) {
        strcat(text, part);
    }
    strcat(text, middle);
    for (int i = 0; i < times; i++) {
        strcat(text, end);
    }
}

static void expect_refused(const char *text, const char *message) {
    struct expression expression;
    struct expression_mistake mistake;
    assert_false(expression_parse(text, variables, VARIABLES, &expression, &mistake));
    assert_string_equal(mistake.message, message);
}

// Without bounds a stranger's file could exhaust the stack or the memory.
static void expression__too_much__is_refused(void **state) {
    (void)state;
    char text[4000];
    fill(text, "(", 24, "1", ")");
    assert_true(value_of(text) == 1);
    fill(text, "(", 25, "1", ")");
    expect_refused(text, "nested more than 24 levels deep");
    fill(text, "-", 200, "1", "");
    expect_refused(text, "nested more than 24 levels deep");
    fill(text, "2^", 100, "1", "");
    expect_refused(text, "nested more than 24 levels deep");
    fill(text, "1+", 64, "1", "");
    expect_refused(text, "the formula has more than 128 steps");
    fill(text, "1+", 63, "1", "");
    assert_true(value_of(text) == 64);
    fill(text, "1 + ", 63, "1", "");
    fill(text, " ", 300, "1", "");
    expect_refused(text, "the formula is longer than 255 characters");
    text[0] = 0;
    for (int i = 0; i < 8; i++) {
        strcat(text, "max(1,1,1,1,1,1,1,1,");
    }
    strcat(text, "1,1))))))))");
    expect_refused(text, "the formula keeps more than 64 values at once");
    expect_refused("max(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)",
                   "'max' takes 2 or more arguments, not 17");
}

// A formula of the loss must be told from one that needs no training.
static void expression_uses__a_variable__says_whether_it_stands_there(void **state) {
    (void)state;
    struct expression expression;
    struct expression_mistake mistake;
    assert_true(expression_parse("1 + P * P", variables, VARIABLES, &expression, &mistake));
    assert_true(expression_uses(&expression, 2));
    assert_false(expression_uses(&expression, 0));
}

// Random text of the formula's own alphabet: read or refused, never out of bounds (the sanitizers
// watch), and what is read has a value.
static void expression__random_text__is_read_or_refused(void **state) {
    (void)state;
    static const char *const pieces[] = {"n", "P",  "1", "2.5", "+", "-",    "*",   "/",
                                         "^", "%",  "(", ")",   ",", "min(", "if(", "floor(",
                                         "<", ">=", " ", "e",   ".", "x",    "==",  "\xc3\xa9"};
    struct rng_stream stream;
    int read = 0;
    rng_stream_init(&stream, 17, RNG_TEST, 0, 0, 0);
    for (int i = 0; i < 20000; i++) {
        char text[EXPRESSION_TEXT_SIZE + 40] = "";
        struct expression expression;
        struct expression_mistake mistake;
        for (uint32_t left = 1 + rng_stream_u32(&stream) % 12; left > 0; left--) {
            strcat(text, pieces[rng_stream_u32(&stream) % (sizeof pieces / sizeof pieces[0])]);
        }
        if (expression_parse(text, variables, VARIABLES, &expression, &mistake)) {
            expression_value(&expression, values);
            read++;
        } else {
            assert_true(mistake.offset <= strlen(text) && mistake.message[0] != 0);
        }
    }
    assert_true(read > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expression__formulas__have_their_values),
        cmocka_unit_test(expression__no_value__is_nan_or_infinity),
        cmocka_unit_test(expression__mistakes__are_told_with_their_place),
        cmocka_unit_test(expression__too_much__is_refused),
        cmocka_unit_test(expression_uses__a_variable__says_whether_it_stands_there),
        cmocka_unit_test(expression__random_text__is_read_or_refused),
    };
    return cmocka_run_group_tests_name("expression", tests, NULL, NULL);
}
