// SPDX-License-Identifier: GPL-3.0-or-later
// crash_guard: what happens in the child becomes a status and a sentence.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "sim/runlog/crash_guard.h"

static enum status count_up(void *context, struct error *error) {
    (void)error;
    ++*(int *)context;
    return STATUS_OK;
}

static enum status refuse(void *context, struct error *error) {
    return error_set(error, STATUS_BAD_DATA, "a.h5: no good, says %s", (const char *)context);
}

static enum status crash(void *context, struct error *error) {
    (void)context;
    (void)error;
    raise(SIGSEGV);
    return STATUS_OK;
}

static enum status leave(void *context, struct error *error) {
    (void)error;
    _exit(*(const int *)context);
}

static enum status spin(void *context, struct error *error) {
    (void)error;
    for (volatile int *turns = context; *turns >= 0;) {
        *turns = 1;
    }
    return STATUS_OK;
}

// The child's memory is not ours: a success leaves no trace here.
static void crash_guard__success__changes_nothing(void **state) {
    (void)state;
    int count = 0;
    assert_int_equal(crash_guard_try(count_up, &count, "a.h5", 10, NULL), STATUS_OK);
    assert_int_equal(count, 0);
}

// The sentence that the child found must reach the user as it is.
static void crash_guard__refusal__passes_its_sentence_on(void **state) {
    (void)state;
    char who[] = "the child";
    struct error error;
    assert_int_equal(crash_guard_try(refuse, who, "a.h5", 10, &error), STATUS_BAD_DATA);
    assert_int_equal(error.status, STATUS_BAD_DATA);
    assert_string_equal(error.message, "a.h5: no good, says the child");
}

// A crash of the library is a wrong file, not the end of the program.
static void crash_guard__crash__is_bad_data(void **state) {
    (void)state;
    struct error error;
    assert_int_equal(crash_guard_try(crash, NULL, "a.h5", 10, &error), STATUS_BAD_DATA);
    assert_string_equal(error.message, "a.h5: truncated or damaged HDF5 file: the HDF5 library "
                                       "crashes on it (Segmentation fault)");
    int code = 3; // as a sanitizer would end it
    assert_int_equal(crash_guard_try(leave, &code, "a.h5", 10, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "(no answer)"));
}

// No memory and broken invariants are not the file's fault.
static void crash_guard__own_failures__keep_their_status(void **state) {
    (void)state;
    struct error error;
    int code = STATUS_NO_MEMORY;
    assert_int_equal(crash_guard_try(leave, &code, "a.h5", 10, &error), STATUS_NO_MEMORY);
    code = STATUS_INTERNAL;
    assert_int_equal(crash_guard_try(leave, &code, "a.h5", 10, &error), STATUS_INTERNAL);
}

// Some damaged files send the library round in circles.
static void crash_guard__endless_loop__is_cut_short(void **state) {
    (void)state;
    struct error error;
    int turns = 0;
    assert_int_equal(crash_guard_try(spin, &turns, "a.h5", 1, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "reading it does not end"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crash_guard__success__changes_nothing),
        cmocka_unit_test(crash_guard__refusal__passes_its_sentence_on),
        cmocka_unit_test(crash_guard__crash__is_bad_data),
        cmocka_unit_test(crash_guard__own_failures__keep_their_status),
        cmocka_unit_test(crash_guard__endless_loop__is_cut_short),
    };
    return cmocka_run_group_tests_name("crash_guard", tests, NULL, NULL);
}
