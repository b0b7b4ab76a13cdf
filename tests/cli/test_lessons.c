// SPDX-License-Identifier: GPL-3.0-or-later
// The lessons of scenarios/lessons are held against the program by tests/cli/check_lessons.py: all
// that their commands make in seconds here, the sweeps in tests/long/test_sweeps_of_lessons.c. What
// the check would find is shown on a lesson that is broken in one place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "tests/support/scratch.h"
#include "tests/support/skip.h"

enum { COMMAND_SIZE = 4096 };

// Runs the command from the top of the tree, with $TMP the folder of the test. Returns its status.
static int shell(void *const *state, const char *command) {
    setenv("TMP", *state, 1);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void need_h5py(void *const *state) {
    if (shell(state, "/usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null") != 0) {
        skip_because("python3-h5py is not installed, and no requirement of desgd");
    }
}

// A page that lacks a part, a link that leads nowhere, or a number that nobody checks would be
// found by the class.
static void lessons__pages__are_whole_and_every_number_has_a_check(void **state) {
    need_h5py(state);
    assert_int_equal(
        shell(state, "/usr/bin/python3 -B tests/cli/check_lessons.py pages scenarios/lessons/*_*/"),
        0);
}

// A command that fails, or a number of an earlier program, would make a class doubt the rest.
static void lessons__commands__work_and_give_the_numbers_of_the_pages(void **state) {
    need_h5py(state);
    assert_int_equal(
        shell(state, "ls -d scenarios/lessons/*_*/ | xargs -n 1 -P $(nproc) "
                     "/usr/bin/python3 -B tests/cli/check_lessons.py quick >\"$TMP/says\" 2>&1 || "
                     "{ grep -v ', 0 mistakes$' \"$TMP/says\"; exit 1; }"),
        0);
}

// A teacher would begin with commands that fail.
static void lessons__pages_around_them__lead_somewhere_and_their_commands_work(void **state) {
    need_h5py(state);
    assert_int_equal(shell(state, "/usr/bin/python3 -B tests/cli/check_lessons.py document "
                                  "scenarios/lessons/*.md"),
                     0);
}

// "sed" breaks a file of a copy of the lessons: the check must fail, and say so in these words.
static void expect_found(void *const *state, const char *mode, const char *file, const char *sed,
                         const char *words) {
    char command[COMMAND_SIZE];
    snprintf(command, sizeof command,
             "rm -rf \"$TMP/lessons\" && cp -r scenarios/lessons \"$TMP/lessons\" && "
             "sed -i '%s' \"$TMP/lessons/%s\" && "
             "! /usr/bin/python3 -B tests/cli/check_lessons.py %s \"$TMP/lessons/$(dirname %s)\" "
             ">\"$TMP/says\" 2>&1 && { grep -q '%s' \"$TMP/says\" || "
             "{ cat \"$TMP/says\"; exit 1; }; }",
             sed, file, mode, file, words);
    if (shell(state, command) != 0) {
        fail_msg("%s of %s is not found", sed, file);
    }
}

// A check that finds nothing would be worse than none.
static void lessons__mistakes_of_a_page__are_found(void **state) {
    need_h5py(state);
    expect_found(state, "pages", "02_straggler/lesson.md", "s/^## Why/## Reason/",
                 "needs the parts");
    expect_found(state, "pages", "02_straggler/lesson.md", "s/^- \\*\\*C\\*\\* Right/- **C** Good/",
                 "Right");
    expect_found(state, "pages", "02_straggler/lesson.md", "s/^### Solution 2/### Solution 3/",
                 "Solution 1");
    expect_found(state, "pages", "02_straggler/lesson.md", "s/#straggler/#stragler/",
                 "leads nowhere");
    expect_found(state, "pages", "02_straggler/lesson.md", "s/Both sentences/All 77 sentences/",
                 "number 77");
    expect_found(state, "pages", "02_straggler/numbers.tsv", "s/makes 78/makes 79/",
                 "does not say: makes 79");
}

// The same of commands and of what they give.
static void lessons__mistakes_about_runs__are_found(void **state) {
    need_h5py(state);
    expect_found(state, "quick", "03_staleness/scenario.yaml", "s/end: 5000/end: 4000/",
                 "says: | constant, 200 ms | 23.925 | 24 | 24 to 24 | 24 |");
    expect_found(state, "quick", "03_staleness/lesson.md", "s/tell constant.h5/tell variable.h5/",
                 "a command fails");
    expect_found(state, "quick", "03_staleness/numbers.tsv", "s/mean(staleness)$/mean(stale)/",
                 "NameError");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lessons__pages__are_whole_and_every_number_has_a_check,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(lessons__commands__work_and_give_the_numbers_of_the_pages,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            lessons__pages_around_them__lead_somewhere_and_their_commands_work, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(lessons__mistakes_of_a_page__are_found, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(lessons__mistakes_about_runs__are_found, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("lessons", tests, NULL, NULL);
}
