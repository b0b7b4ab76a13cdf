// SPDX-License-Identifier: GPL-3.0-or-later
// Formulas of named variables, such as "1 + floor(n / 300)", as a user writes them: read into a
// short program for a stack, with nothing of the host in it. Bounded in length, depth and steps;
// the same bits on every CPU: + - * / and sqrt are rounded correctly everywhere, floor, ceil, round
// and comparisons are exact, and exp, log and ^ are our own (stable_math.h), since the C library's
// differ from CPU to CPU.
//
//   formula: sum [ < <= > >= == != sum ]        1 or 0
//   sum:     product { + - product }
//   product: sign { * / % sign }                            %: the remainder, of the divisor's sign
//   sign:    [-] power
//   power:   atom [ ^ sign ]
//   atom:    NUMBER, VARIABLE, (formula), FUNCTION(formula, ...)
//
// Functions of one: floor ceil round abs sqrt exp log; of two or more: min max.
// if(condition, then, else): "then" where the condition is not 0.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EXPRESSION_TEXT_SIZE = 256, // its text, with the terminating zero
    EXPRESSION_STEPS_MAX = 128,
    EXPRESSION_DEPTH_MAX = 24, // of nesting
    EXPRESSION_STACK_MAX = 64,
    EXPRESSION_MISTAKE_SIZE = 160,
};

struct expression_step {
    uint16_t operation;
    uint16_t argument; // index of the variable, or how many values a function takes
    double number;
};

// Plain data: may be copied. All zero: empty, it has no value (NaN).
struct expression {
    char text[EXPRESSION_TEXT_SIZE];
    uint32_t count;
    struct expression_step steps[EXPRESSION_STEPS_MAX];
};

struct expression_mistake {
    size_t offset; // in the text, in bytes: where it is
    char message[EXPRESSION_MISTAKE_SIZE];
};

// Reads the text. variables: the names that may stand in it. False: *mistake says what is wrong and
// where; *expression is then empty.
bool expression_parse(const char *text, const char *const *variables, size_t variable_count,
                      struct expression *expression, struct expression_mistake *mistake);

// values: one for each variable. May be infinite or NaN, as in 1 / 0 and 0 / 0.
double expression_value(const struct expression *expression, const double *values);

// True if the variable stands in it.
bool expression_uses(const struct expression *expression, size_t variable);
