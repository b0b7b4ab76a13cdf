// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

size_t rows_at(size_t count, const char *what, const char *file, int line) {
    if (count == 0) {
        print_error("%s: no row to look at\n", what);
        _fail(file, line);
    }
    return count;
}
