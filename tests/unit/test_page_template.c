// SPDX-License-Identifier: GPL-3.0-or-later
// The page inside the program.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "sim/report/page_template.h"

static bool has(const char *text, size_t size, const char *words) {
    return memmem(text, size, words, strlen(words)) != NULL;
}

// A place that nobody filled would be a page without a script, or without a policy.
static void template__every_place__is_filled(void **state) {
    (void)state;
    static const char *const places[] = {"@POLICY@", "@STYLE@", "@LIBRARY@", "@SCRIPT@", "@DATA@"};
    struct page_template template = page_template();
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_false(has(template.head, template.head_size, places[i]));
        assert_false(has(template.tail, template.tail_size, places[i]));
    }
    assert_memory_equal(template.tail + template.tail_size - 8, "</html>\n", 8);
}

// If it failed, a page could fetch something, or run what a log says.
static void template__its_policy__lets_nothing_be_fetched(void **state) {
    (void)state;
    struct page_template template = page_template();
    assert_true(has(template.head, template.head_size,
                    "Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-"));
    assert_false(has(template.head, template.head_size, "unsafe"));
    assert_false(has(template.head, template.head_size, "connect-src"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(template__every_place__is_filled),
        cmocka_unit_test(template__its_policy__lets_nothing_be_fetched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
