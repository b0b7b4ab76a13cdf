// SPDX-License-Identifier: GPL-3.0-or-later
// past_changes: when a scenario changed, out of the text that a log carries.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/report/past_changes.h"

#define MS INT64_C(1000000)

// A change that was read wrongly would be told at another time, or not at all.
static void past_changes__of_a_canonical_text__are_all_there(void **state) {
    (void)state;
    struct past_changes changes;
    past_changes_read("ties: fifo\n"
                      "past: [{until: 40 s}, {until: 2500 ms, policy.name: async, cluster.compute: "
                      "{law: uniform, min: 1 s, max: 2 s}}, {until: 3 h, training.learning_rate: "
                      "0.1}]\n",
                      &changes);
    assert_int_equal(changes.count, 3);
    assert_true(changes.changes[0].time_ns == 40000 * MS);
    assert_string_equal(changes.changes[0].before, "");
    assert_true(changes.changes[1].time_ns == 2500 * MS);
    assert_string_equal(changes.changes[1].before,
                        "policy.name: async, cluster.compute: {law: uniform, min: 1 s, max: 2 s}");
    assert_true(changes.changes[2].time_ns == INT64_C(10800000) * MS);
    assert_string_equal(changes.changes[2].before, "training.learning_rate: 0.1");
}

// Logs of runs that never changed, and files of strangers.
static void past_changes__of_any_other_text__are_none(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "seed: 1\n",
                                        "past: none\n",
                                        "past: [{until: 40 s\n",
                                        "past: [{until: soon}]\n",
                                        "past: {until: }\n",
                                        "past: [{until: \n"};
    struct past_changes changes;
    past_changes_read(NULL, &changes);
    assert_int_equal(changes.count, 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        past_changes_read(texts[i], &changes);
        assert_int_equal(changes.count, 0);
    }
}

static void expect_described(size_t index, const char *expected) {
    static const char scenario[] =
        "policy:\n  name: hybrid\n  threshold:\n    every: 100\n"
        "cluster:\n  compute: {law: uniform, min: 1 s, max: 2 s}\n"
        "past: [{until: 1 s, policy.name: async, title: \"a, b\"}, {until: 2 s, policy.name: "
        "async, "
        "cluster.compute: {law: uniform, min: 1 s, max: 3 s}}, {until: 3 s, "
        "policy.threshold.every: 300, policy.slack: 4}, {until: 4 s}]\n";
    struct past_changes changes;
    char text[256];
    past_changes_read(scenario, &changes);
    assert_int_equal(changes.count, 4);
    past_changes_describe(&changes, scenario, index, text, sizeof text);
    assert_string_equal(text, expected);
}

// A log that somebody has edited is told as far as it goes, and ends no program.
static void past_changes_describe__item_without_a_key__is_passed_over(void **state) {
    (void)state;
    static const char scenario[] = "policy:\n  name: hybrid\npast: [{until: 1 s, : 5}, {until: 2 "
                                   "s, policy.name: async, : 5}]\n";
    struct past_changes changes;
    char text[256];
    past_changes_read(scenario, &changes);
    assert_int_equal(changes.count, 2);
    past_changes_describe(&changes, scenario, 0, text, sizeof text);
    assert_string_equal(text, "policy.name from hybrid to async");
}

// Each entry says what differs from the end; a reader wants to know what changed at that moment.
static void past_changes_describe__of_each__says_what_was_and_what_is(void **state) {
    (void)state;
    expect_described(0,
                     "title from \"a, b\" to none, cluster.compute from {law: uniform, min: 1 s, "
                     "max: 2 s} to {law: uniform, min: 1 s, max: 3 s}");
    expect_described(1,
                     "policy.name from async to hybrid, cluster.compute from {law: uniform, min: "
                     "1 s, max: 3 s} to {law: uniform, min: 1 s, max: 2 s}, "
                     "policy.threshold.every from 100 to 300, policy.slack from none to 4");
    expect_described(2, "policy.threshold.every from 300 to 100, policy.slack from 4 to none");
    expect_described(3, "");
}

// A text that is too long for its place is cut, not written beyond it.
static void past_changes_describe__without_room__is_cut(void **state) {
    (void)state;
    static const char scenario[] = "a: 1\npast: [{until: 1 s, a: 2}]\n";
    struct past_changes changes;
    char text[8];
    past_changes_read(scenario, &changes);
    past_changes_describe(&changes, scenario, 0, text, sizeof text);
    assert_string_equal(text, "a from ");
}

// A key between two changes is what the entry of the later one says.
static void past_changes_value__at_a_time__is_that_of_its_phase(void **state) {
    (void)state;
    static const char scenario[] = "a: 1\npast: [{until: 1 s, a: 2}, {until: 2 s, b: 3}]\n";
    static const struct {
        int64_t time_ns;
        const char *key;
        const char *value;
    } cases[] = {{0, "a", "2"},
                 {999999999, "a", "2"},
                 {1000000000, "a", "1"},
                 {1000000000, "b", "3"},
                 {2000000000, "b", "none"}};
    struct past_changes changes;
    char value[8];
    past_changes_read(scenario, &changes);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        past_changes_value(&changes, scenario, cases[i].time_ns, cases[i].key, value, sizeof value);
        assert_string_equal(value, cases[i].value);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(past_changes__of_a_canonical_text__are_all_there),
        cmocka_unit_test(past_changes__of_any_other_text__are_none),
        cmocka_unit_test(past_changes_describe__item_without_a_key__is_passed_over),
        cmocka_unit_test(past_changes_describe__of_each__says_what_was_and_what_is),
        cmocka_unit_test(past_changes_describe__without_room__is_cut),
        cmocka_unit_test(past_changes_value__at_a_time__is_that_of_its_phase),
    };
    return cmocka_run_group_tests_name("past_changes", tests, NULL, NULL);
}
