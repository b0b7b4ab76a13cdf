// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/expression.h"
#include "sim/base/memory.h"
#include "tests/support/fuzz_target.h"

static const char *const variables[] = {"n", "t", "loss"};
enum { VARIABLES = sizeof variables / sizeof variables[0] };

static bool same(double a, double b) {
    return (isnan(a) && isnan(b)) || a == b;
}

void fuzz_expression(const uint8_t *bytes, size_t size) {
    static const double values[][VARIABLES] = {
        {0, 0, 0}, {300, 1.5, 2.3}, {-1, 1e308, (double)NAN}, {(double)INFINITY, -0.0, 1e-320}};
    struct expression expression;
    struct expression again;
    struct expression_mistake mistake = {0};
    char *text = memory_allocate(size + 1, 1);
    memcpy(text, bytes, size);
    if (!expression_parse(text, variables, VARIABLES, &expression, &mistake)) {
        INVARIANT(mistake.message[0] != 0 && mistake.offset <= strlen(text));
        memory_free(text);
        return;
    }
    INVARIANT(strcmp(expression.text, text) == 0 && expression.count <= EXPRESSION_STEPS_MAX);
    INVARIANT(expression_parse(expression.text, variables, VARIABLES, &again, &mistake));
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        INVARIANT(
            same(expression_value(&expression, values[i]), expression_value(&again, values[i])));
    }
    for (size_t i = 0; i < VARIABLES; i++) {
        (void)expression_uses(&expression, i);
    }
    memory_free(text);
}
