// SPDX-License-Identifier: GPL-3.0-or-later
// What the lessons say of their sweeps, which take a minute each.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

// The means and intervals of a page would be those of an earlier program.
static void lessons__sweeps__give_the_numbers_of_the_pages(void **state) {
    (void)state;
    assert_int_equal(
        system("/usr/bin/python3 -B tests/cli/check_lessons.py long scenarios/lessons/*_*/"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lessons__sweeps__give_the_numbers_of_the_pages),
    };
    return cmocka_run_group_tests_name("sweeps of lessons", tests, NULL, NULL);
}
