// SPDX-License-Identifier: GPL-3.0-or-later
// complete_table: rows are where their names say, and a table that lacks one does not compile.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/complete_table.h"
#include "tests/support/scratch.h"

enum colour { RED, GREEN, BLUE, COLOUR_COUNT };

static const char *const colour_names[COLOUR_COUNT] = {ROW(BLUE) = "blue", ROW(RED) = "red",
                                                       ROW(GREEN) = "green"};
static const int shapes[2] = {ROW(0) = 4, ROW(1) = 5};
ROWS_COMPLETE(COLOUR_COUNT + 2);

// A row must not move because another stands before it.
static void rows__in_any_order__stand_at_their_index(void **state) {
    (void)state;
    assert_string_equal(colour_names[RED], "red");
    assert_string_equal(colour_names[GREEN], "green");
    assert_string_equal(colour_names[BLUE], "blue");
    assert_true(shapes[0] == 4 && shapes[1] == 5);
}

// True if the rows compile, of a table for the values A, B and C.
static bool compiles(void *const *state, const char *rows) {
    char path[SCRATCH_PATH_SIZE];
    char command[SCRATCH_PATH_SIZE + 100];
    char text[400];
    snprintf(text, sizeof text,
             "#include \"sim/base/complete_table.h\"\n"
             "enum letter { A, B, C, COUNT };\n"
             "const char *const names[COUNT] = {%s};\nROWS_COMPLETE(COUNT);\n",
             rows);
    scratch_write(state, "table.c", text);
    snprintf(command, sizeof command, "gcc -std=c17 -Wextra -Werror -I. -fsyntax-only %s 2>&1",
             scratch_path(state, "table.c", path));
    return system(command) == 0;
}

// A value without its row would be a NULL that somebody finds by running into it.
static void rows__that_lack_one_or_have_one_twice__do_not_compile(void **state) {
    assert_true(compiles(state, "ROW(A) = \"a\", ROW(B) = \"b\", ROW(C) = \"c\""));
    assert_false(compiles(state, "ROW(A) = \"a\", ROW(B) = \"b\""));
    assert_false(compiles(state, "ROW(A) = \"a\", ROW(C) = \"c\""));
    assert_false(compiles(state, "ROW(B) = \"b\", ROW(C) = \"c\""));
    assert_false(compiles(state, "ROW(A) = \"a\", ROW(C) = \"c\", ROW(C) = \"d\""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows__in_any_order__stand_at_their_index),
        cmocka_unit_test_setup_teardown(rows__that_lack_one_or_have_one_twice__do_not_compile,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("complete_table", tests, NULL, NULL);
}
