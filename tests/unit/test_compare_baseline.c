// SPDX-License-Identifier: GPL-3.0-or-later
// What a baseline may be, and what is said of one that it may not. (compare_baseline)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/report/compare.h"
#include "tests/support/compare_runs.h"

static void expect_refused(const struct compare_runs *fixture,
                           const struct compare_options *options, const char *expected) {
    struct comparison *comparison = NULL;
    struct error error;
    assert_int_equal(compare_create(fixture->runs, fixture->count, options, &comparison, &error),
                     STATUS_BAD_DATA);
    assert_null(comparison);
    assert_string_equal(error.message, expected);
}

static void expect_error(const struct compare_runs *fixture, struct compare_setting setting,
                         const char *expected) {
    const struct compare_options options = compare_runs_options(&setting);
    expect_refused(fixture, &options, expected);
}

// If it failed, a mistyped baseline would not be told what there is.
static void compare_baseline__one_that_is_not_there__lists_what_is(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    const struct compare_setting both[] = {{"policy.name", "async"}, {"training.batch", "64"}};
    compare_runs_add(&fixture, "async", 32, 1, 0.20, 0.50);
    compare_runs_add(&fixture, "hybrid", 32, 1, 0.30, 0.50);
    compare_runs_add(&fixture, "hybrid", 64, 1, 0.30, 0.50);
    expect_error(&fixture, (struct compare_setting){"policy.name", "asynk"},
                 "baseline: no run has policy.name=asynk; in these runs policy.name is: async; "
                 "hybrid");
    expect_error(&fixture, (struct compare_setting){"policy.nam", "async"},
                 "baseline: no run has a key policy.nam; did you mean policy.name?");
    expect_error(&fixture, (struct compare_setting){"seed", "1"},
                 "baseline: no run has a key seed");
    expect_error(&fixture, (struct compare_setting){"training", "3"},
                 "baseline: no run has that; training is a group of keys: name one of them, as in "
                 "training.batch");
    struct compare_options options = compare_runs_options(both);
    options.baseline_count = 2;
    expect_refused(&fixture, &options, "baseline: no run has all of these settings together");
    const char *const tuned[] = {"training.bach"};
    options.baseline_count = 0;
    options.tuned = tuned;
    options.tuned_count = 1;
    expect_refused(&fixture, &options,
                   "tuned: no run has a key training.bach; did you mean training.batch?");
    fixture.count = 0;
    expect_error(&fixture, compare_runs_async, "there are no runs to compare");
}

// If it failed, a table of nothing but baselines would pass for a comparison.
static void compare_baseline__one_that_every_cell_has__is_refused(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    compare_runs_add(&fixture, "async", 32, 1, 0.20, 0.50);
    expect_error(&fixture, compare_runs_async,
                 "baseline: these are the runs of one cell, and it has these settings: nothing is "
                 "left to compare with it");
    compare_runs_add(&fixture, "hybrid", 32, 1, 0.30, 0.50);
    compare_runs_add(&fixture, "sync", 32, 1, 0.30, 0.50);
    expect_error(&fixture, (struct compare_setting){"training.batch", "32"},
                 "baseline: all 3 cells have these settings: nothing is left to compare with them; "
                 "name a value that some cells have and others have not, of: policy.name");
}

// A default that a scenario leaves out: pushed_worker, which only hybrid's has here.
static char *default_of(const struct compare_run *run, const char *key, const char *another) {
    assert_string_equal(another, "waits");
    return strcmp(key, "policy.pushed_worker") == 0 && strstr(run->scenario, "name: sync") == NULL
               ? memory_copy_text("continues")
               : NULL;
}

// If it failed, who has two keys to name would be told one at a time, or be told "-" for a value,
// which cannot be named. Of the two that agree with ssp as well as each other, batch and policy
// differ, and what hybrid's scenario alone says.
static void compare_baseline__several_that_agree_equally__are_told_with_all_keys(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    struct compare_options options = compare_runs_options(NULL);
    const enum compare_holding holding[] = {0, COMPARE_HAS, COMPARE_HAS, COMPARE_HAS};
    compare_runs_add(&fixture, "ssp", 8, 1, 0.20, 0.50);
    compare_runs_add(&fixture, "easgd", 32, 1, 0.20, 0.50);
    compare_runs_add(&fixture, "hybrid", 64, 1, 0.20, 0.50);
    compare_runs_add(&fixture, "easgd", 64, 1, 0.20, 0.50);
    options.baseline = &(struct compare_setting){"cluster.delay", "{law: constant, value: 1 s}"};
    options.baseline_count = 1;
    options.holding = holding;
    expect_refused(&fixture, &options,
                   "baseline: 3 cells have these settings and agree with another cell equally "
                   "well; they differ in policy.name (easgd; hybrid), training.batch (32; 64): "
                   "name one of them, as in --baseline 'cluster.delay={law: constant, value: 1 s}' "
                   "--baseline policy.name=easgd --baseline training.batch=32");
}

// If it failed, a cell would be compared with a baseline that has another value of a key, since the
// scenario leaves that value out, or "-" would stand for it in the table.
static void compare_baseline__default_that_is_left_out__is_a_value(void **state) {
    (void)state;
    struct compare_runs fixture = {0};
    struct compare_options options = compare_runs_options(&compare_runs_async);
    compare_runs_add(&fixture, "hybrid", 32, 1, 0.20, 0.50);
    compare_runs_add(&fixture, "async", 32, 1, 0.20, 0.50);
    compare_runs_add(&fixture, "async", 32, 1, 0.20, 0.50);
    snprintf(fixture.scenarios[2], sizeof fixture.scenarios[2],
             "seed: 1\npolicy:\n  name: async\n  pushed_worker: waits\ntraining:\n  batch: 32\n");
    compare_runs_add(&fixture, "sync", 32, 1, 0.20, 0.50);
    options.default_of = default_of;
    expect_refused(&fixture, &options,
                   "baseline: 2 cells have these settings and agree with another cell equally "
                   "well; they differ in policy.pushed_worker (continues; waits): name one of "
                   "them, as in --baseline policy.name=async --baseline "
                   "policy.pushed_worker=continues");
    fixture.count = 3; // without sync, to which the key does not apply
    struct comparison *comparison = compare_runs_compare_with(&fixture, &options);
    assert_int_equal(comparison->key_count, 2);
    assert_string_equal(comparison->cells[1].values[1], "continues");
    assert_int_equal(comparison->cells[0].baseline, 2); // both workers wait
    assert_int_equal(comparison->cells[0].mismatches, 0);
    compare_destroy(&comparison);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compare_baseline__one_that_is_not_there__lists_what_is),
        cmocka_unit_test(compare_baseline__one_that_every_cell_has__is_refused),
        cmocka_unit_test(compare_baseline__several_that_agree_equally__are_told_with_all_keys),
        cmocka_unit_test(compare_baseline__default_that_is_left_out__is_a_value),
    };
    return cmocka_run_group_tests_name("compare_baseline", tests, NULL, NULL);
}
