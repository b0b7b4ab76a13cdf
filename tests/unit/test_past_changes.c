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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(past_changes__of_a_canonical_text__are_all_there),
        cmocka_unit_test(past_changes__of_any_other_text__are_none),
    };
    return cmocka_run_group_tests_name("past_changes", tests, NULL, NULL);
}
