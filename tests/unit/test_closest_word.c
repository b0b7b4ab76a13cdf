// SPDX-License-Identifier: GPL-3.0-or-later
// closest_word: the suggestions behind "did you mean ...?".
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/closest_word.h"

static const char *const policies[] = {"sync", "async", "hybrid", "k_sync", "k_batch_async"};

static const char *suggest(const char *typed) {
    return closest_word(typed, policies, sizeof policies / sizeof policies[0]);
}

// Each of the four edits must count as one step, or plain typing errors would get no suggestion.
static void closest_word__one_edit__finds_the_word(void **state) {
    (void)state;
    assert_string_equal(suggest("hybridd"), "hybrid"); // one too many
    assert_string_equal(suggest("hybrd"), "hybrid");   // one missing
    assert_string_equal(suggest("hibrid"), "hybrid");  // another
    assert_string_equal(suggest("hybrdi"), "hybrid");  // neighbours swapped
}

// A suggestion that has nothing to do with what was typed would mislead.
static void closest_word__far_from_all__is_null(void **state) {
    (void)state;
    assert_null(suggest("gradient_descent"));
    assert_null(suggest("xyz"));
    assert_null(suggest(""));
    const char *const words[] = {""}; // of a column of a CSV file
    assert_null(closest_word("t", words, 1));
}

// The documented limit: 1 + a third of the word's length, so that short words are not all alike.
static void closest_word__distance_at_the_limit__is_found_and_beyond_is_not(void **state) {
    (void)state;
    const char *const words[] = {"abcdef"}; // limit 1 + 6/3 = 3
    assert_ptr_equal(closest_word("abcxyz", words, 1), words[0]);
    assert_null(closest_word("abwxyz", words, 1));
}

// Long words could allow many edits by the third rule; four is the most.
static void closest_word__five_edits_of_a_long_word__is_null(void **state) {
    (void)state;
    const char *const words[] = {"abcdefghijklmnopqrstuvwxyz"};
    assert_ptr_equal(closest_word("abcdefghijklmnopqrstuv1234", words, 1), words[0]);
    assert_null(closest_word("abcdefghijklmnopqrstu12345", words, 1));
}

// "Async" is as far from "sync" as from "async" where capital letters differ from small ones.
static void closest_word__other_case__is_no_difference(void **state) {
    (void)state;
    const char *const words[] = {"sync", "async", "k_batch_async"};
    assert_ptr_equal(closest_word("Async", words, 3), words[1]);
    assert_ptr_equal(closest_word("SYNC", words, 3), words[0]);
    assert_ptr_equal(closest_word("K_BATHC_ASYNC", words, 3), words[2]);
}

// Suggestions must not depend on anything but the order of the table.
static void closest_word__two_at_equal_distance__gives_the_first(void **state) {
    (void)state;
    const char *const words[] = {"cats", "cars", "caps"};
    assert_ptr_equal(closest_word("cabs", words, 3), words[0]);
    assert_ptr_equal(closest_word("cars", words, 3), words[1]);
}

// A word typed by an attacker, or a pasted line, must neither overflow the table nor match.
static void closest_word__words_longer_than_the_table__are_skipped(void **state) {
    (void)state;
    char fits[64];
    char too_long[4096];
    memset(fits, 'a', sizeof fits - 1);
    fits[sizeof fits - 1] = 0;
    memset(too_long, 'a', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = 0;
    const char *const words[] = {too_long, fits};
    assert_ptr_equal(closest_word(fits, words, 2), words[1]);
    assert_null(closest_word(too_long, words, 2));
}

// An empty table, as of a family without members, must not be read.
static void closest_word__no_words__is_null(void **state) {
    (void)state;
    assert_null(closest_word("sync", policies, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closest_word__one_edit__finds_the_word),
        cmocka_unit_test(closest_word__far_from_all__is_null),
        cmocka_unit_test(closest_word__distance_at_the_limit__is_found_and_beyond_is_not),
        cmocka_unit_test(closest_word__five_edits_of_a_long_word__is_null),
        cmocka_unit_test(closest_word__other_case__is_no_difference),
        cmocka_unit_test(closest_word__two_at_equal_distance__gives_the_first),
        cmocka_unit_test(closest_word__words_longer_than_the_table__are_skipped),
        cmocka_unit_test(closest_word__no_words__is_null),
    };
    return cmocka_run_group_tests_name("closest_word", tests, NULL, NULL);
}
