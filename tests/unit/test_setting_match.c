// SPDX-License-Identifier: GPL-3.0-or-later
// The one notion of having a setting, for sweeps and for comparisons.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/setting_match.h"
#include "tests/support/small_cluster.h"

static enum setting_match match(const char *policy, const char *key, const char *value) {
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "model: quadratic\nend: 2 s\npolicy: %s\n"
                        "cluster: {workers: 3, compute: {law: uniform, min: 100 ms, max: 1 s}}\n"
                        "training: {learning_rate: 0.01}\n",
                        policy);
    char *text = scenario_print(&scenario);
    const struct scenario_setting setting = {key, value};
    enum setting_match found = setting_match_of("test", text, &setting);
    memory_free(text);
    return found;
}

// If it failed, a baseline would have to be written as the canonical form writes it.
static void setting_match__value__is_what_it_means(void **state) {
    (void)state;
    assert_int_equal(match("{name: async}", "end", "2000 ms"), SETTING_IS_HAD);
    assert_int_equal(match("{name: async}", "training.learning_rate", "1.0e-2"), SETTING_IS_HAD);
    assert_int_equal(match("{name: async}", "training.learning_rate", "0.02"), SETTING_IS_ANOTHER);
    assert_int_equal(
        match("{name: async}", "cluster.compute", "{max: 1000 ms, law: uniform, min: 0.1 s}"),
        SETTING_IS_HAD);
    assert_int_equal(match("{name: async}", "training.learning_rate", "fast"), SETTING_IS_ANOTHER);
    assert_int_equal(match("{name: async}", "training.lerning_rate", "1"), SETTING_IS_ANOTHER);
    assert_int_equal(match("{name: async}", "model", "quadratic"), SETTING_IS_HAD);
}

// If it failed, a constant threshold written in short would be no setting that a run can have.
static void setting_match__group_in_short__is_had(void **state) {
    (void)state;
    assert_int_equal(match("{name: hybrid, threshold: 1}", "policy.threshold", "1"),
                     SETTING_IS_HAD);
    assert_int_equal(match("{name: hybrid, threshold: 2}", "policy.threshold", "1"),
                     SETTING_IS_ANOTHER);
    assert_int_equal(
        match("{name: hybrid, threshold: {schedule: step, every: 5}}", "policy.threshold", "1"),
        SETTING_IS_ANOTHER);
    assert_int_equal(match("{name: async}", "policy", "{name: async}"), SETTING_IS_HAD);
    assert_int_equal(match("{name: hybrid}", "policy", "{name: async}"), SETTING_IS_ANOTHER);
}

// The laws of a scenario that are written as a map, as a bare time and in a group of their own.
static enum setting_match match_law(const char *key, const char *value) {
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: quadratic\nend: 2 s\ncluster:\n  workers: 3\n"
                                   "  compute: {law: constant, value: 100 ms}\n"
                                   "  delay: {law: normal, std: 250 ms, workers: 2}\n"
                                   "  server: {receive: {law: gamma, mean: 5 ms, cv: 0.5}}\n");
    char *text = scenario_print(&scenario);
    const struct scenario_setting setting = {key, value};
    enum setting_match found = setting_match_of("test", text, &setting);
    memory_free(text);
    return found;
}

// If it failed, a sweep over a parameter of a law would have a baseline that no comparison finds.
static void setting_match__parameter_of_a_law__is_a_key_as_any_other(void **state) {
    (void)state;
    static const struct {
        const char *key, *value;
        enum setting_match expected;
    } cases[] = {
        {"cluster.delay.std", "250 ms", SETTING_IS_HAD},
        {"cluster.delay.std", "0.25 s", SETTING_IS_HAD},
        {"cluster.delay.std", "100 ms", SETTING_IS_ANOTHER},
        {"cluster.delay.cv", "1", SETTING_IS_ANOTHER}, // of another law
        {"cluster.delay.law", "normal", SETTING_IS_HAD},
        {"cluster.delay.law", "gamma", SETTING_IS_ANOTHER},
        {"cluster.delay.negative", "absolute", SETTING_IS_HAD}, // its default
        {"cluster.delay.workers", "2", SETTING_IS_HAD},
        {"cluster.delay.who", "fixed", SETTING_IS_HAD},
        {"cluster.delay", "{law: normal, std: 0.25 s, workers: 2}", SETTING_IS_HAD},
        {"cluster.delay", "{law: normal, std: 0.25 s, workers: 1}", SETTING_IS_ANOTHER},
        {"cluster.server.receive.cv", "0.50", SETTING_IS_HAD},
        {"cluster.server.receive.mean", "6 ms", SETTING_IS_ANOTHER},
        {"cluster.compute", "0.1 s", SETTING_IS_HAD},
        {"cluster.compute.value", "0.1 s", SETTING_IS_HAD}, // written "100 ms" there
        {"cluster.compute.value", "0.2 s", SETTING_IS_ANOTHER},
        {"cluster.compute.law", "constant", SETTING_IS_HAD},
        {"cluster.compute.law", "exponential", SETTING_IS_ANOTHER},
        {"cluster.compute.mean", "100 ms", SETTING_IS_ANOTHER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (match_law(cases[i].key, cases[i].value) != cases[i].expected) {
            fail_msg("%s=%s", cases[i].key, cases[i].value);
        }
    }
}

// If it failed, async would pass for a run with a threshold of 1, and of any other number.
static void setting_match__key_without_an_effect__does_not_apply(void **state) {
    (void)state;
    assert_int_equal(match("{name: async}", "policy.threshold.every", "64"),
                     SETTING_DOES_NOT_APPLY);
    assert_int_equal(match("{name: sync}", "policy.threshold.every", "64"), SETTING_DOES_NOT_APPLY);
}

// If it failed, a key that has its default, and so is not in the text, would pass for one without
// an effect.
static void setting_match_among__key_with_its_default__is_told(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: quadratic\nend: 2 s\npolicy: {name: async}\n");
    char *text = scenario_print(&scenario);
    static const struct {
        const char *key, *value, *of_another;
        enum setting_match expected;
    } cases[] = {
        {"training.momentum", "0", "training:\n  momentum: 0.5\n", SETTING_IS_HAD},
        {"training.momentum", "0.5", "training:\n  momentum: 0.5\n", SETTING_IS_ANOTHER},
        {"training.momentum", "0", "", SETTING_DOES_NOT_APPLY}, // no other has it
        {"policy.threshold.every", "5", "policy:\n  threshold:\n    every: 7\n",
         SETTING_DOES_NOT_APPLY},
        {"policy.threshold.every", "5", "policy:\n  threshold:\n    every: often\n",
         SETTING_DOES_NOT_APPLY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char other[64];
        snprintf(other, sizeof other, "%s", cases[i].of_another);
        char *const texts[] = {text, other};
        const struct scenario_setting setting = {cases[i].key, cases[i].value};
        assert_int_equal(setting_match_among(texts, 2, 0, &setting), cases[i].expected);
    }
    memory_free(text);
}

static void append(void *context, const char *key, const char *value) {
    char *list = context;
    size_t used = strlen(list);
    snprintf(list + used, 256 - used, "%s=%s;", key, value);
}

// If it failed, a map on the command line would be another baseline than the same map in a sweep.
static void setting_match__group__is_each_of_its_leaves(void **state) {
    (void)state;
    static const struct {
        struct scenario_setting setting;
        const char *leaves;
    } cases[] = {
        {{"policy", "{name: hybrid, threshold: {every: 7}}"},
         "policy.name=hybrid;policy.threshold.every=7;"},
        {{"policy.threshold", "1"}, "policy.threshold=1;"},
        {{"cluster.delay", "{law: constant, value: 1 s}"},
         "cluster.delay={law: constant, value: 1 s};"},
        {{"policy.name", "async"}, "policy.name=async;"},
        {{"policy", "async"}, "policy.name=async;"},
        {{"policy", "{name: "}, "policy={name: ;"}, // no YAML: told where it is used
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char list[256] = "";
        setting_match_each_leaf(&cases[i].setting, append, list);
        assert_string_equal(list, cases[i].leaves);
    }
}

// A baseline without a value would be silently none, and one that no run has would be said of it.
static void setting_match_check__no_value__is_refused_as_in_a_scenario(void **state) {
    (void)state;
    static const struct scenario_setting wrong[] = {
        {"policy", ""},         {"policy", "{}"},       {"policy.name", ""},
        {"training.batch", ""}, {"policy", "{name: }"}, {"policy", "{name: hybrid, threshold: {}}"},
    };
    static const struct scenario_setting right[] = {
        {"policy", "async"}, {"policy.name", "asink"}, {"title", ""}, {"policy", "{name: async}"}};
    struct error error = {.message = ""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(setting_match_check("--baseline", &wrong[i], &error), STATUS_BAD_DATA);
        assert_non_null(strstr(error.message, "has no value"));
        assert_int_equal(strncmp(error.message, "--baseline ", strlen("--baseline ")), 0);
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_int_equal(setting_match_check("--baseline", &right[i], &error), STATUS_OK);
    }
}

// If it failed, a default that the text leaves out would be "-" in a table, as what does not apply.
static void setting_match_default__key_left_out__has_its_value(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario, "model: quadratic\nend: 2 s\npolicy: {name: async}\n");
    char *text = scenario_print(&scenario);
    char *momentum = setting_match_default("test", text, "training.momentum", "0.5");
    assert_string_equal(momentum, "0");
    memory_free(momentum);
    assert_null(setting_match_default("test", text, "training.momentum", "none")); // no value of it
    assert_null(setting_match_default("test", text, "training.nesterov", "true")); // of no momentum
    assert_null(setting_match_default("test", text, "policy.threshold.every", "5"));
    assert_null(setting_match_default("test", text, "policy.name", "sync")); // it is in the text
    assert_null(setting_match_default("test", text, "policy", "sync"));
    memory_free(text);
}

// If it failed, the column of such a key would be blank in the runs that have its default, and a
// condition of a sweep on it would hold there. There is none of a name that is not there.
static void setting_match_default__key_under_a_name__has_its_value(void **state) {
    (void)state;
    static const char stagger[] = "cluster.events.nap.stagger";
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "model: none\ncluster: {workers: 5, groups: {odd: {workers: 2}}, events: "
                        "{nap: {event: pause, workers: 2, at: 1 s, for: 1 s}}}\n");
    char *text = scenario_print(&scenario);
    char *time = setting_match_default("test", text, stagger, "4 s");
    char *law = setting_match_default("test", text, "cluster.groups.odd.compute", "2 s");
    assert_string_equal(time, "0 s");
    assert_string_equal(law, "inherited");
    memory_free(time);
    memory_free(law);
    assert_null(setting_match_default("test", text, stagger, "none")); // no value of it
    assert_null(setting_match_default("test", text, "cluster.events.doze.stagger", "4 s"));
    assert_null(setting_match_default("test", text, "cluster.events.nap.at", "4 s")); // is written
    memory_free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_match__value__is_what_it_means),
        cmocka_unit_test(setting_match__group_in_short__is_had),
        cmocka_unit_test(setting_match__parameter_of_a_law__is_a_key_as_any_other),
        cmocka_unit_test(setting_match__key_without_an_effect__does_not_apply),
        cmocka_unit_test(setting_match_among__key_with_its_default__is_told),
        cmocka_unit_test(setting_match__group__is_each_of_its_leaves),
        cmocka_unit_test(setting_match_default__key_left_out__has_its_value),
        cmocka_unit_test(setting_match_default__key_under_a_name__has_its_value),
        cmocka_unit_test(setting_match_check__no_value__is_refused_as_in_a_scenario),
    };
    return cmocka_run_group_tests_name("setting_match", tests, NULL, NULL);
}
