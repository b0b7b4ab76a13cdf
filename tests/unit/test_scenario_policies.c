// SPDX-License-Identifier: GPL-3.0-or-later
// Policies in scenarios: their defaults, and scenarios/policies, one scenario a policy to look at.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"

// Three lines of comment say what to watch for, and no more.
static void expect_three_comment_lines(const char *path) {
    char line[256];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int i = 0; i < 4; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(line[0] == '#', i < 3);
    }
    fclose(file);
}

// Whoever looks a policy up in the list finds a scenario of its name that runs it.
static void scenarios__of_policies_with_local_models__are_there(void **state) {
    (void)state;
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        char path[128];
        struct scenario scenario;
        struct error error = {0};
        if (policy_table[policy].averaging.family == AVERAGING_FAMILY_NONE) {
            continue;
        }
        snprintf(path, sizeof path, "scenarios/policies/%s.yaml", policy_table[policy].name);
        if (scenario_read_noting(path, NULL, 0, &scenario, NULL, &error) != STATUS_OK) {
            fail_msg("%s", error.message);
        }
        assert_int_equal(scenario.training.policy.policy, policy);
        expect_three_comment_lines(path);
    }
}

static void parse_policy(const char *policy, struct scenario *scenario) {
    char text[200];
    struct error error = {0};
    snprintf(text, sizeof text, "model: quadratic\npolicy: %s\n", policy);
    if (scenario_parse("policy", text, strlen(text), NULL, 0, scenario, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

// A policy's paper fixes what its update is, where nobody says otherwise.
static void policies__of_sync_async_and_hybrid_alone__sum(void **state) {
    (void)state;
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        char text[64];
        struct scenario scenario;
        bool sums = policy == POLICY_SYNC || policy == POLICY_ASYNC || policy == POLICY_HYBRID;
        if (policy_table[policy].averaging.family == AVERAGING_FAMILY_NONE) {
            snprintf(text, sizeof text, "{name: %s}", policy_table[policy].name);
            parse_policy(text, &scenario);
            assert_int_equal(scenario.training.policy.combine, sums ? COMBINE_SUM : COMBINE_MEAN);
        }
    }
}

// Cells of a sweep that differ only in what does nothing would be run twice.
static void policies__a_stale_weight__stays_only_where_it_weighs(void **state) {
    (void)state;
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        char text[64];
        struct scenario weighted;
        struct scenario plain;
        bool served = policy_table[policy].averaging.family == AVERAGING_FAMILY_NONE;
        snprintf(text, sizeof text, "{name: %s, stale_weight: inverse}", policy_table[policy].name);
        parse_policy(text, &weighted);
        snprintf(text, sizeof text, "{name: %s}", policy_table[policy].name);
        parse_policy(text, &plain);
        assert_int_equal(scenario_hash(&weighted) != scenario_hash(&plain), served);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies__of_sync_async_and_hybrid_alone__sum),
        cmocka_unit_test(policies__a_stale_weight__stays_only_where_it_weighs),
        cmocka_unit_test(scenarios__of_policies_with_local_models__are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
