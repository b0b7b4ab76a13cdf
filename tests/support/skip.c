// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/skip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "models/kernels/isa.h"

void skip_because(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("skipped: ", stdout);
    vprintf(format, arguments);
    puts("");
    fflush(stdout);
    va_end(arguments);
    skip();
    abort(); // skip() does not return
}

void skip_without_all_instruction_sets(void) {
    char names[64] = "";
    for (enum kernels_isa isa = 0; isa < KERNELS_ISA_COUNT; isa++) {
        if (!kernels_isa_supported(isa)) {
            size_t length = strlen(names);
            snprintf(names + length, sizeof names - length, "%s%s", length > 0 ? " and " : "",
                     kernels_isa_name(isa));
        }
    }
    if (names[0] != 0) {
        skip_because("this CPU has no %s: the tests before did not try it", names);
    }
}
