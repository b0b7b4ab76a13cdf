// SPDX-License-Identifier: GPL-3.0-or-later
// The other half is expression_parse.c.
#include "sim/base/expression.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/expression_operation.h"
#include "sim/base/stable_math.h"

static double remainder_of(double a, double b) {
    return a - b * floor(a / b);
}

static double round_half_up(double a) {
    return floor(a + 0.5);
}

static double value_of_two(enum expression_operation operation, double a, double b) {
    switch (operation) {
    case EXPRESSION_ADD:
        return a + b;
    case EXPRESSION_SUBTRACT:
        return a - b;
    case EXPRESSION_MULTIPLY:
        return a * b;
    case EXPRESSION_DIVIDE:
        return a / b;
    case EXPRESSION_REMAINDER:
        return remainder_of(a, b);
    case EXPRESSION_POWER:
        return stable_pow(a, b);
    case EXPRESSION_LESS:
        return a < b;
    case EXPRESSION_LESS_OR_EQUAL:
        return a <= b;
    case EXPRESSION_GREATER:
        return a > b;
    case EXPRESSION_GREATER_OR_EQUAL:
        return a >= b;
    case EXPRESSION_EQUAL:
        return a == b;
    default:
        INVARIANT(operation == EXPRESSION_NOT_EQUAL);
        return a != b;
    }
}

static double value_of_one(enum expression_operation operation, double a) {
    switch (operation) {
    case EXPRESSION_NEGATE:
        return -a;
    case EXPRESSION_FLOOR:
        return floor(a);
    case EXPRESSION_CEIL:
        return ceil(a);
    case EXPRESSION_ROUND:
        return round_half_up(a);
    case EXPRESSION_ABS:
        return fabs(a);
    case EXPRESSION_SQRT:
        return a < 0 ? (double)NAN : sqrt(a);
    case EXPRESSION_EXP:
        return stable_exp(a);
    default:
        INVARIANT(operation == EXPRESSION_LOG);
        return stable_log(a);
    }
}

// NaN, if one of them is NaN.
static double extreme_of(enum expression_operation operation, const double *values, size_t count) {
    REQUIRE(count >= 1);
    double extreme = values[0];
    for (size_t i = 1; i < count; i++) {
        bool better = operation == EXPRESSION_MIN ? values[i] < extreme : values[i] > extreme;
        extreme = better || isnan(values[i]) ? values[i] : extreme;
    }
    return extreme;
}

static size_t take_step(const struct expression_step *step, const double *variables, double *stack,
                        size_t top) {
    INVARIANT(top <= EXPRESSION_STACK_MAX);
    enum expression_operation operation = (enum expression_operation)step->operation;
    if (operation == EXPRESSION_PUSH_NUMBER || operation == EXPRESSION_PUSH_VARIABLE) {
        stack[top] = operation == EXPRESSION_PUSH_NUMBER ? step->number : variables[step->argument];
        return top + 1;
    }
    if (operation == EXPRESSION_MIN || operation == EXPRESSION_MAX) {
        INVARIANT(step->argument >= 1 && top >= step->argument);
        top -= step->argument;
        stack[top] = extreme_of(operation, &stack[top], step->argument);
    } else if (operation == EXPRESSION_IF) {
        INVARIANT(top >= 3);
        top -= 3;
        stack[top] = stack[top] != 0 ? stack[top + 1] : stack[top + 2];
    } else if (operation == EXPRESSION_NEGATE ||
               (operation >= EXPRESSION_FLOOR && operation <= EXPRESSION_LOG)) {
        INVARIANT(top >= 1);
        top -= 1;
        stack[top] = value_of_one(operation, stack[top]);
    } else {
        INVARIANT(top >= 2);
        top -= 2;
        stack[top] = value_of_two(operation, stack[top], stack[top + 1]);
    }
    return top + 1;
}

double expression_value(const struct expression *expression, const double *values) {
    REQUIRE(expression->count <= EXPRESSION_STEPS_MAX);
    double stack[EXPRESSION_STACK_MAX + 1] = {0};
    size_t top = 0;
    for (uint32_t i = 0; i < expression->count; i++) {
        top = take_step(&expression->steps[i], values, stack, top);
    }
    ENSURE(top <= 1);
    return top == 0 ? (double)NAN : stack[0];
}

bool expression_uses(const struct expression *expression, size_t variable) {
    REQUIRE(expression->count <= EXPRESSION_STEPS_MAX);
    for (uint32_t i = 0; i < expression->count; i++) {
        if (expression->steps[i].operation == EXPRESSION_PUSH_VARIABLE &&
            expression->steps[i].argument == variable) {
            return true;
        }
    }
    return false;
}
