// SPDX-License-Identifier: GPL-3.0-or-later
// data_folder: which folder the data sets are read from, in which order of preference.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/run/data_folder.h"
#include "tests/support/scratch.h"

// What the user says on the command line comes first, then the environment.
static void data_folder__chosen_or_in_the_environment__is_taken(void **state) {
    (void)state;
    assert_int_equal(setenv("DESGD_DATA", "/from/the/environment", 1), 0);
    assert_string_equal(data_folder("/chosen"), "/chosen");
    assert_string_equal(data_folder(NULL), "/from/the/environment");
    unsetenv("DESGD_DATA");
}

// An empty variable, as scripts leave them, means none: "" would be the root folder.
static void data_folder__empty_environment__is_as_none(void **state) {
    (void)state;
    assert_int_equal(setenv("DESGD_DATA", "", 1), 0);
    assert_int_not_equal(strlen(data_folder(NULL)), 0);
    unsetenv("DESGD_DATA");
}

// Without either: the folder beside one, and elsewhere the one that the build filled, which is
// absolute so that the program works from anywhere.
static void data_folder__nothing_said__is_here_or_where_it_was_built(void **state) {
    char before[4096];
    char path[SCRATCH_PATH_SIZE];
    unsetenv("DESGD_DATA");
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(*state), 0);
    const char *elsewhere = data_folder(NULL);
    assert_int_equal(mkdir(scratch_path(state, "data", path), 0777), 0);
    const char *beside = data_folder(NULL);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(elsewhere[0], '/');
    assert_string_equal(beside, "data");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_folder__chosen_or_in_the_environment__is_taken),
        cmocka_unit_test(data_folder__empty_environment__is_as_none),
        cmocka_unit_test_setup_teardown(data_folder__nothing_said__is_here_or_where_it_was_built,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("data_folder", tests, NULL, NULL);
}
