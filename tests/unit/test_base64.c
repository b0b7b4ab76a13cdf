// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as text.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/base64.h"

static void expect(const char *bytes, size_t size, const char *expected) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    base64_write(bytes, size, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

// If it failed, a browser would read other columns than the log's. The vectors of RFC 4648,
// section 10.
static void base64__vectors_of_the_rfc__are_met(void **state) {
    (void)state;
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        expect(vectors[i][0], strlen(vectors[i][0]), vectors[i][1]);
    }
}

// The last two digits, and bytes that a signed char would take for negative.
static void base64__high_bytes__are_digits_too(void **state) {
    (void)state;
    expect("\xFB\xEF\xBE\xFF", 4, "++++/w==");
    expect("\xFF\xFF\xFF", 3, "////");
    expect("\0\0", 2, "AAA=");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64__vectors_of_the_rfc__are_met),
        cmocka_unit_test(base64__high_bytes__are_digits_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
