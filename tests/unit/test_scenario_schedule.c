// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_schedule: what stands under policy.threshold, read and written back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/base/memory.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_schedule.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_value_plain.h"

static struct threshold_options read(const char *threshold) {
    struct scenario scenario;
    struct error error = {0};
    const struct scenario_setting settings[] = {{"policy.name", "k_batch_async"},
                                                {"policy.threshold", threshold}};
    if (scenario_parse("t", "{}", 2, settings, 2, &scenario, &error) != STATUS_OK) {
        fail_msg("%s: %s", threshold, error.message);
    }
    return scenario.training.policy.threshold;
}

static void expect_canonical(const char *threshold, const char *expected) {
    struct scenario scenario;
    struct error error = {0};
    const struct scenario_setting settings[] = {{"policy.name", "k_batch_async"},
                                                {"policy.threshold", threshold}};
    assert_int_equal(scenario_parse("t", "{}", 2, settings, 2, &scenario, &error), STATUS_OK);
    char *text = scenario_print(&scenario);
    char *begin = strstr(text, "  threshold:\n");
    assert_non_null(begin);
    *strstr(begin, "  combine:") = 0;
    assert_string_equal(begin + strlen("  threshold:\n"), expected);
    memory_free(text);
}

// An extent is a whole number of what is counted, exactly: a rounded one would move every step.
static void extents__in_each_count__are_whole_numbers(void **state) {
    (void)state;
    assert_true(read("{schedule: step, every: 300}").every == 300);
    assert_true(read("{schedule: step, every: 2.5 s, counts: time}").every == 2500000000);
    assert_true(read("{schedule: step, every: 0.27 epochs, counts: epochs}").every == 270000000);
    assert_true(read("{schedule: step, every: 1 epoch, counts: epochs}").every == THRESHOLD_EPOCH);
    assert_true(read("{schedule: step, every: 3, counts: epochs}").every ==
                3 * (int64_t)THRESHOLD_EPOCH);
}

// What nobody writes depends on what is counted, and on the policy and the schedule.
static void defaults__by_count_and_schedule__fit(void **state) {
    (void)state;
    assert_true(read("{schedule: step}").every == 300);
    assert_true(read("{schedule: step, counts: time}").every == 10000000000);
    assert_true(read("{schedule: linear, counts: epochs}").over == 10 * (int64_t)THRESHOLD_EPOCH);
    struct threshold_options adasync = read("{schedule: adasync, start: 5}");
    assert_int_equal(adasync.counts, COUNTS_TIME);
    assert_true(adasync.every == 10000000000 && adasync.window == THRESHOLD_WORKERS);
    assert_int_equal(read("{start: 7}").schedule, SCHEDULE_CONSTANT);
    assert_true(read("workers").start == THRESHOLD_WORKERS);
}

// The canonical form keeps the keys of the schedule, and no others.
static void canonical_form__of_each_schedule__has_its_keys(void **state) {
    (void)state;
    expect_canonical("5", "    schedule: constant\n    start: 5\n");
    expect_canonical("{schedule: linear, end: 3, over: 20 s, counts: time, steepness: 4}",
                     "    schedule: linear\n    start: 1\n    counts: time\n    end: 3\n"
                     "    over: 20 s\n");
    expect_canonical("{schedule: linear, end: present}",
                     "    schedule: linear\n    start: 1\n    counts: gradients\n    end: present\n"
                     "    over: 3000\n");
    expect_canonical("{schedule: step, end: present}", // which those present bound anyway
                     "    schedule: step\n    every: 300\n    start: 1\n    increment: 1\n    "
                     "counts: gradients\n");
    expect_canonical("{schedule: sigmoid, over: 0.5 epochs, counts: epochs}",
                     "    schedule: sigmoid\n    start: 1\n    counts: epochs\n    end: workers\n"
                     "    over: 0.5 epochs\n    steepness: 10\n");
    expect_canonical("{schedule: table, table: [[0 s, workers], [10 s, 1]], counts: time}",
                     "    schedule: table\n    start: 1\n    counts: time\n"
                     "    table: [[0 s, workers], [10 s, 1]]\n");
    expect_canonical("{schedule: expression, formula: \"min(P, 1 + n/300)\"}",
                     "    schedule: expression\n    start: 1\n    formula: \"min(P, 1 + n/300)\"\n"
                     "    window: workers\n");
}

// Only these types may be sent here.
static void schedule_value_is__types__are_told_apart(void **state) {
    (void)state;
    int count = 0;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        count += schedule_value_is(schema_table[key].type);
    }
    assert_int_equal(count, 7); // every, start, end, over, table, formula, window
    assert_false(schedule_value_is(&value_int64));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extents__in_each_count__are_whole_numbers),
        cmocka_unit_test(defaults__by_count_and_schedule__fit),
        cmocka_unit_test(canonical_form__of_each_schedule__has_its_keys),
        cmocka_unit_test(schedule_value_is__types__are_told_apart),
    };
    return cmocka_run_group_tests_name("scenario_schedule", tests, NULL, NULL);
}
