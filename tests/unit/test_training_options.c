// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/training/aggregation.h"
#include "sim/training/optimizer_options.h"
#include "sim/training/threshold_schedule.h"
#include "sim/training/training_options.h"

// A policy without its row could be neither named in a scenario nor listed.
static void policy_table__every_policy__has_name_summary_paper_and_rules(void **state) {
    (void)state;
    for (int i = 0; i < POLICY_COUNT; i++) {
        assert_non_null(policy_table[i].name);
        assert_true(strlen(policy_table[i].summary) > 10);
        const char *paper = policy_table[i].paper;
        assert_true(strstr(paper, "arXiv") != NULL || strstr(paper, "NIPS") != NULL);
        bool served = policy_table[i].averaging.family == AVERAGING_FAMILY_NONE;
        assert_int_equal(aggregation_of((enum policy)i) != NULL, served);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(policy_table[i].name, policy_table[j].name);
        }
    }
}

// A schedule that does not read "every" would keep the key in the canonical form, or the reverse.
static void schedule_table__step_alone__takes_every_and_increment(void **state) {
    (void)state;
    assert_string_equal(schedule_table[SCHEDULE_CONSTANT].name, "constant");
    assert_false(schedule_table[SCHEDULE_CONSTANT].has_every);
    assert_string_equal(schedule_table[SCHEDULE_STEP].name, "step");
    assert_true(schedule_table[SCHEDULE_STEP].has_every);
}

// A word that changed would make every scenario that says it a mistake.
static void names__silent_choices__have_the_words_of_the_scenario(void **state) {
    (void)state;
    assert_string_equal(combine_names[COMBINE_SUM], "sum");
    assert_string_equal(combine_names[COMBINE_MEAN], "mean");
    assert_string_equal(pushed_worker_names[PUSHED_WAITS], "waits");
    assert_string_equal(pushed_worker_names[PUSHED_CONTINUES], "continues");
    assert_string_equal(threshold_counts_names[COUNTS_GRADIENTS], "gradients");
    assert_string_equal(threshold_counts_names[COUNTS_UPDATES], "updates");
    assert_string_equal(rate_schedule_names[RATE_COSINE], "cosine");
    assert_string_equal(rate_counts_names[RATE_COUNTS_GRADIENTS], "gradients");
    assert_string_equal(rate_scaling_names[RATE_SCALING_ROOT], "root");
    assert_string_equal(momentum_place_names[MOMENTUM_AT_WORKER], "worker");
}

// 1/tau for tau > 0 (arXiv 1511.05950), 1/sqrt(1 + tau); under any policy.
static void stale_weight__by_staleness__is_its_formula(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_N_SOFTSYNC,
                                     .stale_weight = STALE_WEIGHT_INVERSE};
    assert_true(stale_weight_of(&options, 0) == 1 && stale_weight_of(&options, 1) == 1);
    assert_true(stale_weight_of(&options, 4) == 0.25f && stale_weight_of(&options, 3) == 1.0f / 3);
    options.stale_weight = STALE_WEIGHT_INVERSE_ROOT;
    assert_true(stale_weight_of(&options, 0) == 1 && stale_weight_of(&options, 3) == 0.5f);
    options.stale_weight = STALE_WEIGHT_ONE;
    assert_true(stale_weight_of(&options, 9) == 1);
    options.stale_weight = STALE_WEIGHT_INVERSE;
    options.policy = POLICY_ASYNC;
    assert_true(stale_weight_of(&options, 4) == 0.25f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_table__every_policy__has_name_summary_paper_and_rules),
        cmocka_unit_test(schedule_table__step_alone__takes_every_and_increment),
        cmocka_unit_test(stale_weight__by_staleness__is_its_formula),
        cmocka_unit_test(names__silent_choices__have_the_words_of_the_scenario),
    };
    return cmocka_run_group_tests_name("training_options", tests, NULL, NULL);
}
