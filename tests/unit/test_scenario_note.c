// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_note: what was written and has no effect is told once, and nothing else is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/scenario/scenario_note.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "sim/training/training_options.h"
#include "tests/support/key_values.h"

static char told[4096];

static void tell(const char *sentence) {
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s\n", sentence);
}

static void add(struct scenario_notes *notes, const char *name, const char *text) {
    struct scenario scenario;
    struct error error;
    if (scenario_parse_noting(name, text, strlen(text), NULL, 0, &scenario, notes, &error) !=
        STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

static const char *tell_all(struct scenario_notes *notes) {
    told[0] = 0;
    scenario_notes_tell(notes, tell);
    scenario_notes_reset(notes);
    return told;
}

static const char *notes_of(const char *text) {
    struct scenario_notes notes = {0};
    add(&notes, "t", text);
    return tell_all(&notes);
}

// A key dropped without a word lets its author believe that it did something.
static void
scenario_notes__key_without_effect__is_told_with_its_place_and_what_decides(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *notes;
    } rows[] = {
        {"policy: {name: async, threshold: 3}",
         "note: t:1:23: policy.threshold has no effect: policy is async\n"},
        {"policy: {name: easgd, threshold: {every: 3, start: 2}}",
         "note: t:1:23: policy.threshold has no effect: policy is easgd\n"},
        {"policy:\n  name: async\n  threshold: {every: 3, start: 2}",
         "note: t:3:3: policy.threshold has no effect: policy is async\n"},
        {"policy: {name: hybrid, threshold: {schedule: constant, end: 4}}",
         "note: t:1:56: policy.threshold.end has no effect: policy.threshold.schedule is "
         "constant\n"},
        {"policy: {name: hybrid, threshold: {schedule: step, start: 3, end: 2}}",
         "note: t:1:62: policy.threshold.end has no effect: K does not step past it\n"},
        {"policy: {name: hybrid, threshold: {schedule: step, end: workers}}",
         "note: t:1:52: policy.threshold.end has no effect: K does not step past it\n"},
        {"policy: {name: hybrid, threshold: {schedule: step, end: present}}",
         "note: t:1:52: policy.threshold.end has no effect: K steps up to those who are present in "
         "any case\n"},
        {"cluster: {network: {cluster_size: 5}}\npolicy: async",
         "note: t:1:21: cluster.network.cluster_size has no effect: policy is async\n"},
        {"model: none\ndata: mnist", "note: t:2:1: data has no effect: model is none\n"},
        {"policy: {name: hybrid, per: worker}",
         "note: t:1:24: policy.per has no effect: policy is hybrid\n"},
        {"model: none\ntraining: {momentum_at: worker}",
         "note: t:2:12: training.momentum_at has no effect: model is none\n"},
        {"policy:\n  name: easgd\n  missing: goes_on",
         "note: t:3:3: policy.missing has no effect: policy is easgd\n"},
        {"policy: {name: dc_asgd, per: worker}",
         "note: t:1:25: policy.per has no effect: policy.adaptive is false\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(notes_of(rows[i].text), rows[i].notes);
    }
}

// A default that is written out does what it says: a note would send its author looking for a
// mistake.
static void scenario_notes__default_where_it_applies__is_not_told(void **state) {
    (void)state;
    assert_string_equal(notes_of("title: ''\n"
                                 "training: {momentum: 0, weight_decay: 0, "
                                 "rate: {scaling: none, warm_up: 0}}\n"
                                 "policy: {name: async, stale_weight: one}"),
                        "");
    assert_string_equal(notes_of("policy: {name: dc_asgd, adaptive: true, per: server}"), "");
    assert_string_equal(notes_of("policy: {name: easgd, evaluate: mean}"), "");
    assert_string_equal(notes_of("policy: {name: k_avg, weights: equal}"), "");
    assert_string_equal(notes_of("policy: {name: k_avg, missing: waits}"), "");
}

// Whether a policy has the key with this value. *hash: of the scenario; its notes are in "told".
static bool try_pair(enum policy policy, enum scenario_key key, const char *value, uint64_t *hash) {
    static const char delayed[] = "cluster: {delay: {law: constant, value: 1 s}}";
    const struct scenario_setting settings[] = {{"policy.name", policy_table[policy].name},
                                                {schema_table[key].key, value}};
    struct scenario scenario;
    struct scenario_notes notes = {0};
    bool whole = scenario_parse_noting("t", delayed, strlen(delayed), settings, 2, &scenario,
                                       &notes, NULL) == STATUS_OK;
    *hash = whole ? scenario_hash(&scenario) : 0;
    tell_all(&notes);
    return whole;
}

// What a policy has no rule for, and so refuses instead of dropping it; and a loss without its
// time-out.
static bool is_refused(enum policy policy, enum scenario_key key) {
    enum averaging_family family = policy_table[policy].averaging.family;
    bool counterfactual = key == KEY_COUNTERFACTUAL_TIMELINE || key == KEY_COUNTERFACTUAL_READS ||
                          key == KEY_COUNTERFACTUAL_STEPS;
    return key == KEY_LOSS || (counterfactual && family != AVERAGING_FAMILY_NONE) ||
           (key == KEY_MODEL && policy_table[policy].averaging.has_adapt_every) ||
           (key == KEY_MOMENTUM && family != AVERAGING_FAMILY_NONE &&
            family != AVERAGING_FAMILY_PERIODIC);
}

static void expect_one_rule(enum policy policy, enum scenario_key key) {
    uint64_t hashes[2] = {0};
    const char *name = schema_table[key].key;
    for (int i = 1; i >= 0; i--) {
        bool whole = try_pair(policy, key, key_value(key, i), &hashes[i]);
        if (whole == (i == 1 && is_refused(policy, key))) {
            fail_msg("%s with %s=%s", policy_table[policy].name, name, key_value(key, i));
        }
    }
    bool drops = hashes[0] == hashes[1];
    const char *place = strstr(told, name);
    if (drops != (place != NULL) || (drops && strstr(strchr(told, '\n') + 1, "note: ") != NULL)) {
        fail_msg("%s %s %s, told: '%s'", policy_table[policy].name, drops ? "drops" : "has", name,
                 told);
    }
}

// One rule for all: what a policy does not have is dropped, with one note, and all else has an
// effect, without one.
static void scenario_notes__every_policy_with_every_key__is_had_or_told_once(void **state) {
    (void)state;
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
            bool of_no_effect_by_design = key == KEY_TITLE || key == KEY_SEMANTICS;
            bool needs_another = key == KEY_POLICY || key == KEY_PAST;
            if (!of_no_effect_by_design && !needs_another) {
                expect_one_rule(policy, key);
            }
        }
    }
}

// What a cell of a sweep needs is no mistake in the others.
static void scenario_notes__key_that_applies_in_one_of_several__is_not_told(void **state) {
    (void)state;
    struct scenario_notes notes = {0};
    add(&notes, "a", "policy: {name: async, threshold: 3, slack: 1}");
    add(&notes, "b", "policy: {name: hybrid, threshold: 3, slack: 2}");
    assert_string_equal(tell_all(&notes), "note: a:1:37: policy.slack has no effect: policy is "
                                          "async\n");
}

// Each entry of a past is a scenario of its own: what has no effect in it is told, whatever the key
// does at the end of the run or in another entry. What a
// log or a canonical text says of its past is nobody's writing.
static void scenario_notes__key_in_an_entry_of_the_past__is_told_as_at_the_top(void **state) {
    (void)state;
    static const char text[] =
        "policy: {name: hybrid, threshold: {every: 100}}\n"
        "past:\n"
        "- {until: 4 s, policy.name: async, policy.threshold.every: 300}\n"
        "- {until: 6 s, policy.threshold.every: 200}\n"
        "- {until: 8 s, policy: {name: async, threshold: {every: 3, start: 2}}}\n";
    assert_string_equal(notes_of(text),
                        "note: t:3:36: policy.threshold.every has no effect: policy is async\n"
                        "note: t:5:50: policy.threshold.every has no effect: policy is async\n"
                        "note: t:5:60: policy.threshold.start has no effect: policy is async\n");
    struct scenario scenario;
    struct scenario_notes notes = {0};
    add(&notes, "a", text);
    add(&notes, "b", "past: [{until: 4 s, policy.name: hybrid, policy.threshold.every: 300}]");
    assert_string_equal(tell_all(&notes),
                        "note: a:5:50: policy.threshold.every has no effect: policy is async\n"
                        "note: a:5:60: policy.threshold.start has no effect: policy is async\n");
    assert_int_equal(scenario_parse("t", text, strlen(text), NULL, 0, &scenario, NULL), STATUS_OK);
    char *canonical = scenario_print(&scenario);
    assert_non_null(strstr(canonical, "past: [{until: 4 s"));
    assert_string_equal(notes_of(canonical), "");
    struct scenario_notes of_log = {.settings_only = true};
    add(&of_log, "t", text);
    assert_string_equal(tell_all(&of_log), "");
    memory_free(canonical);
}

// The canonical form holds what applies and no more: a note on it would be wrong for every user.
static void scenario_notes__canonical_form_of_every_policy__are_none(void **state) {
    (void)state;
    for (int i = 0; i < POLICY_COUNT; i++) {
        char text[100];
        struct scenario scenario;
        struct error error;
        snprintf(text, sizeof text, "policy: {name: %s}\nmodel: mnist_ray", policy_table[i].name);
        if (scenario_parse("t", text, strlen(text), NULL, 0, &scenario, &error) != STATUS_OK) {
            fail_msg("%s", error.message);
        }
        char *canonical = scenario_print(&scenario);
        assert_string_equal(notes_of(canonical), "");
        memory_free(canonical);
    }
}

// The scenarios that users start from say nothing in vain.
static void scenario_notes__of_own_scenarios__are_none(void **state) {
    (void)state;
    glob_t found;
    assert_int_equal(glob("scenarios/*.yaml", 0, NULL, &found), 0);
    struct scenario_notes notes;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct scenario scenario;
        memset(&notes, 0, sizeof notes);
        if (scenario_read_noting(found.gl_pathv[i], NULL, 0, &scenario, &notes, NULL) ==
            STATUS_OK) { // a sweep is none
            assert_string_equal(tell_all(&notes), "");
        }
        scenario_notes_reset(&notes);
    }
    globfree(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            scenario_notes__key_without_effect__is_told_with_its_place_and_what_decides),
        cmocka_unit_test(scenario_notes__default_where_it_applies__is_not_told),
        cmocka_unit_test(scenario_notes__every_policy_with_every_key__is_had_or_told_once),
        cmocka_unit_test(scenario_notes__key_that_applies_in_one_of_several__is_not_told),
        cmocka_unit_test(scenario_notes__key_in_an_entry_of_the_past__is_told_as_at_the_top),
        cmocka_unit_test(scenario_notes__canonical_form_of_every_policy__are_none),
        cmocka_unit_test(scenario_notes__of_own_scenarios__are_none),
    };
    return cmocka_run_group_tests_name("scenario_note", tests, NULL, NULL);
}
