// SPDX-License-Identifier: GPL-3.0-or-later
// check: broken contracts end the process with status 70 and say which one, in every build.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/base/check.h"
#include "sim/base/status.h"
#include "tests/support/child.h"

static void break_require(void *context) {
    int workers = *(int *)context;
    REQUIRE(workers > 0);
}

static void break_ensure(void *context) {
    int workers = *(int *)context;
    ENSURE(workers > 0);
}

static void break_invariant(void *context) {
    int workers = *(int *)context;
    INVARIANT(workers > 0);
}

static void expect_broken(void (*action)(void *), const char *kind) {
    char text[1024];
    int workers = 0;
    assert_int_equal(child_exit_status(action, &workers, text, sizeof text), STATUS_INTERNAL);
    assert_non_null(strstr(text, kind));
    assert_non_null(strstr(text, "workers > 0"));
    assert_non_null(strstr(text, "test_check.c:"));
}

// A broken contract that went on would compute a wrong result; one that said nothing could not be
// found.
static void check__broken_contract__exits_70_and_names_it(void **state) {
    (void)state;
    expect_broken(break_require, "requires");
    expect_broken(break_ensure, "ensures");
    expect_broken(break_invariant, "invariant");
}

// A check that stopped a sound program would be worse than none.
static void check__kept_contract__goes_on(void **state) {
    (void)state;
    char text[64];
    int workers = 1;
    assert_int_equal(child_exit_status(break_require, &workers, text, sizeof text), 0);
    assert_int_equal(child_exit_status(break_ensure, &workers, text, sizeof text), 0);
    assert_int_equal(child_exit_status(break_invariant, &workers, text, sizeof text), 0);
    assert_string_equal(text, "");
}

// A condition evaluated twice would do its side effects twice; one compiled away, not at all.
static void check__condition__is_evaluated_once(void **state) {
    (void)state;
    int evaluated = 0;
    REQUIRE(++evaluated == 1);
    ENSURE(++evaluated == 2);
    INVARIANT(++evaluated == 3);
    assert_int_equal(evaluated, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check__broken_contract__exits_70_and_names_it),
        cmocka_unit_test(check__kept_contract__goes_on),
        cmocka_unit_test(check__condition__is_evaluated_once),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
