// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/expect.h"

#include <math.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

void expect_within_at(double actual, double expected, double tolerance, const char *what,
                      const char *file, int line) {
    if (!(fabs(actual - expected) <= tolerance)) {
        print_error("%s is %.17g, not %.17g +- %.3g\n", what, actual, expected, tolerance);
        _fail(file, line);
    }
}

void expect_relative_at(double actual, double expected, double relative, const char *what,
                        const char *file, int line) {
    expect_within_at(actual, expected, relative * fabs(expected), what, file, line);
}
