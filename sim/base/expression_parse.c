// SPDX-License-Identifier: GPL-3.0-or-later
// A recursive-descent parser that writes its program as it goes: operands first, then the
// operation.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/base/expression.h"
#include "sim/base/expression_operation.h"

static const struct function {
    const char *name;
    enum expression_operation operation;
    uint16_t least, most; // arguments
} functions[] = {{"floor", EXPRESSION_FLOOR, 1, 1}, {"ceil", EXPRESSION_CEIL, 1, 1},
                 {"round", EXPRESSION_ROUND, 1, 1}, {"abs", EXPRESSION_ABS, 1, 1},
                 {"sqrt", EXPRESSION_SQRT, 1, 1},   {"exp", EXPRESSION_EXP, 1, 1},
                 {"log", EXPRESSION_LOG, 1, 1},     {"min", EXPRESSION_MIN, 2, 16},
                 {"max", EXPRESSION_MAX, 2, 16},    {"if", EXPRESSION_IF, 3, 3}};

enum { FUNCTION_COUNT = sizeof functions / sizeof functions[0], WORD_SIZE = 32, NAMES_MAX = 32 };

struct parser {
    const char *text;
    const char *at;
    const char *const *variables;
    size_t variable_count;
    struct expression *expression;
    struct expression_mistake *mistake;
    int depth;
    int stacked; // values on the stack after what has been written
    bool failed;
};

// ---- reading ----

__attribute__((format(printf, 3, 4))) static void fail(struct parser *parser, const char *at,
                                                       const char *format, ...) {
    REQUIRE(at >= parser->text);
    if (parser->failed) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(parser->mistake->message, sizeof parser->mistake->message, format, arguments);
    va_end(arguments);
    parser->mistake->offset = (size_t)(at - parser->text);
    parser->failed = true;
}

static void skip_space(struct parser *parser) {
    while (*parser->at == ' ' || *parser->at == '\t') {
        parser->at++;
    }
}

// Takes the symbol if it comes next.
static bool take(struct parser *parser, const char *symbol) {
    REQUIRE(symbol[0] != 0);
    skip_space(parser);
    size_t length = strlen(symbol);
    if (parser->failed || strncmp(parser->at, symbol, length) != 0) {
        return false;
    }
    parser->at += length;
    return true;
}

// popped: how many values the operation takes; it leaves one.
static void write_step(struct parser *parser, enum expression_operation operation,
                       uint16_t argument, double number, int popped) {
    struct expression *expression = parser->expression;
    if (parser->failed) {
        return;
    }
    if (expression->count == EXPRESSION_STEPS_MAX) {
        fail(parser, parser->at, "the formula has more than %d steps", EXPRESSION_STEPS_MAX);
        return;
    }
    INVARIANT(popped >= 0 && popped <= parser->stacked);
    parser->stacked += 1 - popped;
    if (parser->stacked > EXPRESSION_STACK_MAX) {
        fail(parser, parser->at, "the formula keeps more than %d values at once",
             EXPRESSION_STACK_MAX);
        return;
    }
    expression->steps[expression->count++] = (struct expression_step){
        .operation = (uint16_t)operation, .argument = argument, .number = number};
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static const char *skip_digits(const char *at) {
    while (is_digit(*at)) {
        at++;
    }
    return at;
}

// Digits with a point before, among or behind them, perhaps an exponent, as in a scenario's values;
// nothing of what else strtod would take.
static void read_number(struct parser *parser) {
    REQUIRE(is_digit(*parser->at) || *parser->at == '.');
    const char *start = parser->at;
    const char *end = skip_digits(start);
    if (*end == '.') {
        end = skip_digits(end + 1);
    }
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
        if (!is_digit(*exponent)) {
            fail(parser, end, "the exponent has no digits");
            return;
        }
        end = skip_digits(exponent);
    }
    if (is_letter(*end) || *end == '.') {
        fail(parser, end, "a number ends here: an operator is missing, or it is mistyped");
        return;
    }
    double number = strtod(start, NULL);
    if (isinf(number)) {
        fail(parser, start, "the number is too large");
    } else if (number == 0 && strcspn(start, "123456789") < strspn(start, "0123456789.")) {
        fail(parser, start, "the number is too small to be held");
    }
    parser->at = end;
    write_step(parser, EXPRESSION_PUSH_NUMBER, 0, number, 0);
}

static void read_comparison(struct parser *parser);

// What nests goes through here, and so has a limit.
static void read_nested(struct parser *parser, void (*read)(struct parser *)) {
    if (parser->depth == EXPRESSION_DEPTH_MAX) {
        fail(parser, parser->at, "nested more than %d levels deep", EXPRESSION_DEPTH_MAX);
        return;
    }
    int depth = parser->depth++;
    read(parser);
    parser->depth--;
    ENSURE(parser->depth == depth);
}

static void read_arguments(struct parser *parser, const struct function *function,
                           const char *start) {
    REQUIRE(function->least >= 1 && function->least <= function->most);
    uint16_t count = 0;
    do {
        read_nested(parser, read_comparison);
        count++;
    } while (take(parser, ",") && count <= function->most);
    if (!parser->failed && (count < function->least || count > function->most)) {
        fail(parser, start, "'%s' takes %d%s argument%s, not %d", function->name, function->least,
             function->most > function->least ? " or more" : "", function->least == 1 ? "" : "s",
             count);
    }
    if (!take(parser, ")")) {
        fail(parser, parser->at, "')' is missing after the arguments of '%s'", function->name);
    }
    write_step(parser, function->operation, count, 0, count);
}

static void fail_unknown(struct parser *parser, const char *start, const char *word) {
    REQUIRE(parser->variable_count <= NAMES_MAX);
    const char *names[NAMES_MAX + FUNCTION_COUNT];
    char known[EXPRESSION_MISTAKE_SIZE] = "";
    size_t count = 0;
    for (size_t i = 0; i < parser->variable_count; i++) {
        size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, "%s%s", i == 0 ? "" : ", ",
                 parser->variables[i]);
        names[count++] = parser->variables[i];
    }
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        names[count++] = functions[i].name;
    }
    const char *meant = closest_word(word, names, count);
    if (meant != NULL) {
        fail(parser, start, "unknown '%s'; did you mean '%s'?", word, meant);
    } else {
        fail(parser, start, "unknown '%s'; the variables are %.80s", word, known);
    }
}

static void read_word(struct parser *parser) {
    REQUIRE(is_letter(*parser->at));
    const char *start = parser->at;
    const char *end = start;
    char word[WORD_SIZE];
    while (is_letter(*end) || is_digit(*end)) {
        end++;
    }
    snprintf(word, sizeof word, "%.*s", (int)(end - start < WORD_SIZE ? end - start : WORD_SIZE),
             start);
    parser->at = end;
    for (size_t i = 0; i < parser->variable_count; i++) {
        if (strcmp(parser->variables[i], word) == 0) {
            write_step(parser, EXPRESSION_PUSH_VARIABLE, (uint16_t)i, 0, 0);
            return;
        }
    }
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (strcmp(functions[i].name, word) != 0) {
            continue;
        }
        if (!take(parser, "(")) {
            fail(parser, parser->at, "'%s' is a function: its arguments stand in parentheses",
                 word);
            return;
        }
        read_arguments(parser, &functions[i], start);
        return;
    }
    fail_unknown(parser, start, word);
}

static void read_atom(struct parser *parser) {
    skip_space(parser);
    char next = *parser->at;
    if (parser->failed) {
        return;
    }
    if (is_digit(next) || (next == '.' && is_digit(parser->at[1]))) {
        read_number(parser);
    } else if (is_letter(next)) {
        read_word(parser);
    } else if (take(parser, "(")) {
        read_nested(parser, read_comparison);
        if (!take(parser, ")")) {
            fail(parser, parser->at, "')' is missing");
        }
    } else if (next == 0) {
        fail(parser, parser->at, "a number, a variable or '(' is missing at the end");
    } else if (next > ' ' && next < 0x7f) {
        fail(parser, parser->at, "a number, a variable or '(' should stand here, not '%c'", next);
    } else {
        fail(parser, parser->at, "a number, a variable or '(' should stand here");
    }
}

static void read_sign(struct parser *parser) {
    if (take(parser, "-")) {
        read_nested(parser, read_sign);
        write_step(parser, EXPRESSION_NEGATE, 0, 0, 1);
        return;
    }
    read_atom(parser);
    if (take(parser, "^")) {
        read_nested(parser, read_sign);
        write_step(parser, EXPRESSION_POWER, 0, 0, 2);
    }
}

static void read_product(struct parser *parser) {
    read_sign(parser);
    while (!parser->failed) {
        enum expression_operation operation = take(parser, "*")   ? EXPRESSION_MULTIPLY
                                              : take(parser, "/") ? EXPRESSION_DIVIDE
                                              : take(parser, "%") ? EXPRESSION_REMAINDER
                                                                  : EXPRESSION_PUSH_NUMBER;
        if (operation == EXPRESSION_PUSH_NUMBER) {
            return;
        }
        read_sign(parser);
        write_step(parser, operation, 0, 0, 2);
    }
}

static void read_sum(struct parser *parser) {
    read_product(parser);
    while (!parser->failed) {
        enum expression_operation operation = take(parser, "+")   ? EXPRESSION_ADD
                                              : take(parser, "-") ? EXPRESSION_SUBTRACT
                                                                  : EXPRESSION_PUSH_NUMBER;
        if (operation == EXPRESSION_PUSH_NUMBER) {
            return;
        }
        read_product(parser);
        write_step(parser, operation, 0, 0, 2);
    }
}

static void read_comparison(struct parser *parser) {
    static const struct {
        const char *symbol;
        enum expression_operation operation;
    } comparisons[] = {{"<=", EXPRESSION_LESS_OR_EQUAL}, {">=", EXPRESSION_GREATER_OR_EQUAL},
                       {"==", EXPRESSION_EQUAL},         {"!=", EXPRESSION_NOT_EQUAL},
                       {"<", EXPRESSION_LESS},           {">", EXPRESSION_GREATER}};
    read_sum(parser);
    for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0] && !parser->failed; i++) {
        if (take(parser, comparisons[i].symbol)) {
            read_sum(parser);
            write_step(parser, comparisons[i].operation, 0, 0, 2);
            return;
        }
    }
}

bool expression_parse(const char *text, const char *const *variables, size_t variable_count,
                      struct expression *expression, struct expression_mistake *mistake) {
    REQUIRE(variable_count <= NAMES_MAX);
    *expression = (struct expression){0};
    *mistake = (struct expression_mistake){0};
    struct parser parser = {.text = text,
                            .at = text,
                            .variables = variables,
                            .variable_count = variable_count,
                            .expression = expression,
                            .mistake = mistake};
    if (strlen(text) >= EXPRESSION_TEXT_SIZE) {
        fail(&parser, text, "the formula is longer than %d characters", EXPRESSION_TEXT_SIZE - 1);
    } else {
        read_comparison(&parser);
        skip_space(&parser);
        if (*parser.at == ')') {
            fail(&parser, parser.at, "this ')' closes nothing");
        } else if (*parser.at != 0) {
            fail(&parser, parser.at, "an operator is missing here");
        }
    }
    if (parser.failed) {
        *expression = (struct expression){0};
        return false;
    }
    INVARIANT(parser.stacked == 1);
    memcpy(expression->text, text, strlen(text) + 1);
    return true;
}
