// SPDX-License-Identifier: GPL-3.0-or-later
// status: exit statuses are an interface to scripts, and messages reach the user whole.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "sim/base/status.h"

// Scripts and batch systems act on these numbers (sysexits.h).
static void status__values__are_those_of_sysexits(void **state) {
    (void)state;
    assert_int_equal(STATUS_OK, EX_OK);
    assert_int_equal(STATUS_USAGE, EX_USAGE);
    assert_int_equal(STATUS_BAD_DATA, EX_DATAERR);
    assert_int_equal(STATUS_NO_INPUT, EX_NOINPUT);
    assert_int_equal(STATUS_INTERNAL, EX_SOFTWARE);
    assert_int_equal(STATUS_NO_MEMORY, EX_OSERR);
    assert_int_equal(STATUS_CANNOT_CREATE, EX_CANTCREAT);
    assert_int_equal(STATUS_IO, EX_IOERR);
    assert_int_equal(STATUS_INTERRUPTED, EX_TEMPFAIL);
    assert_int_equal(STATUS_DIFFERENT, 1);
    assert_int_equal(STATUS_DIVERGED, 2);
}

// "return error_set(...)" is how every module reports: it must give the status back and keep it.
static void error_set__status_and_message__are_kept(void **state) {
    (void)state;
    struct error error = {STATUS_OK, ""};
    assert_int_equal(error_set(&error, STATUS_BAD_DATA, "%s:%d: %d workers", "a.yaml", 12, 0),
                     STATUS_BAD_DATA);
    assert_int_equal(error.status, STATUS_BAD_DATA);
    assert_string_equal(error.message, "a.yaml:12: 0 workers");
}

// What keeps a file from being read decides what its user is told to do about it.
static void status_of_cause__errno__says_whose_trouble_it_is(void **state) {
    (void)state;
    assert_int_equal(status_of_cause(EMFILE), STATUS_NO_MEMORY);
    assert_int_equal(status_of_cause(ENOMEM), STATUS_NO_MEMORY);
    assert_int_equal(status_of_cause(EAGAIN), STATUS_NO_MEMORY);
    assert_int_equal(status_of_cause(EIO), STATUS_IO);
    assert_int_equal(status_of_cause(ENOSPC), STATUS_IO);
    assert_int_equal(status_of_cause(EACCES), STATUS_NO_INPUT);
    assert_int_equal(status_of_cause(ENOENT), STATUS_NO_INPUT);
}

// A caller that does not want the message passes NULL.
static void error_set__no_error_wanted__gives_the_status(void **state) {
    (void)state;
    assert_int_equal(error_set(NULL, STATUS_IO, "%s", "unheard"), STATUS_IO);
}

// A quoted line of a scenario may be of any length: the message must be cut, not overflow.
static void error_set__message_too_long__is_cut(void **state) {
    (void)state;
    struct error error;
    char line[2 * sizeof error.message];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = 0;
    error_set(&error, STATUS_BAD_DATA, "%s", line);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status__values__are_those_of_sysexits),
        cmocka_unit_test(error_set__status_and_message__are_kept),
        cmocka_unit_test(status_of_cause__errno__says_whose_trouble_it_is),
        cmocka_unit_test(error_set__no_error_wanted__gives_the_status),
        cmocka_unit_test(error_set__message_too_long__is_cut),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
