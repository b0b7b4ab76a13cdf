// SPDX-License-Identifier: GPL-3.0-or-later
// The page inside the program.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "sim/report/page_shell.h"

static bool has(const char *text, size_t size, const char *words) {
    return memmem(text, size, words, strlen(words)) != NULL;
}

// A place that nobody filled would be a page without a script, or without a policy.
static void shell__every_place__is_filled(void **state) {
    (void)state;
    static const char *const places[] = {"@POLICY@", "@STYLE@", "@LIBRARY@", "@SCRIPT@", "@DATA@"};
    struct page_shell shell = page_shell();
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_false(has(shell.head, shell.head_size, places[i]));
        assert_false(has(shell.tail, shell.tail_size, places[i]));
    }
    assert_memory_equal(shell.tail + shell.tail_size - 8, "</html>\n", 8);
}

// If it failed, a page could fetch something, or run what a log says.
static void shell__its_policy__lets_nothing_be_fetched(void **state) {
    (void)state;
    struct page_shell shell = page_shell();
    assert_true(has(shell.head, shell.head_size,
                    "Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-"));
    assert_false(has(shell.head, shell.head_size, "unsafe"));
    assert_false(has(shell.head, shell.head_size, "connect-src"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shell__every_place__is_filled),
        cmocka_unit_test(shell__its_policy__lets_nothing_be_fetched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
