// SPDX-License-Identifier: GPL-3.0-or-later
// The tarball of "make dist", as somebody uses it who has no git and no repository.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/scratch.h"

static const char script[] =
    "set -eu\n"
    "make() { env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory \"$@\"; }\n"
    "make dist\n"
    "tar -xzf build/desgd-*.tar.gz -C \"$FOLDER\"\n"
    "commit=$(git rev-parse --short=12 HEAD)\n"
    "cd \"$FOLDER\"/desgd-*\n"
    "export GIT_DIR=/nowhere\n"
    "make build install PREFIX=/usr DESTDIR=\"$FOLDER/root\"\n"
    "cmp COPYING \"$FOLDER/root/usr/share/doc/desgd/COPYING\"\n"
    "\"$FOLDER/root/usr/bin/desgd\" --version | grep \"(commit $commit)\"\n"
    "\"$FOLDER/root/usr/bin/desgd\" run scenarios/first_run.yaml --set model=none --set 'end=1 "
    "s'\n";

// Whoever has only the tarball could not build what it holds, or could not say what was built.
static void tarball__unpacked_without_git__builds_installs_and_says_its_commit(void **state) {
    setenv("FOLDER", *state, 1);
    assert_int_equal(system(script), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            tarball__unpacked_without_git__builds_installs_and_says_its_commit, scratch_setup,
            scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
