// SPDX-License-Identifier: GPL-3.0-or-later
// Values that JSON has no form for.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/report/json_value.h"

static void expect_text(const char *text, const char *expected) {
    json_t *made = json_text(text);
    assert_string_equal(json_string_value(made), expected);
    json_decref(made);
}

// A file may be called anything; a report of it must not fail for that.
static void text__that_is_no_utf8__is_readable(void **state) {
    (void)state;
    expect_text("run \xC3\xA9.h5", "run \xC3\xA9.h5");
    expect_text("run \xE9.h5", "run ?.h5");
    expect_text("", "");
}

// If it failed, readers would refuse the whole text for a "nan" in it.
static void number__that_is_not_finite__is_null(void **state) {
    (void)state;
    const double numbers[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_true(json_is_null(json_number(numbers[i])));
    }
    json_t *half = json_number(0.5);
    assert_true(json_is_real(half));
    json_decref(half);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text__that_is_no_utf8__is_readable),
        cmocka_unit_test(number__that_is_not_finite__is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
