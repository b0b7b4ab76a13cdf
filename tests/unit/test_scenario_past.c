// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_past: scenarios that were otherwise before, and forks.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_fork.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_past.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_schema.h"
#include "tests/support/key_values.h"
#include "tests/support/small_cluster.h"

#define MS INT64_C(1000000)

static const char *const hybrid =
    "model: none\n"
    "end: 100 s\n"
    "policy: {name: hybrid, threshold: {schedule: step, every: 300}}\n"
    "cluster: {workers: 5, start_up: 2 s}\n";

static void expect_past(const char *past, const char *canonical) {
    struct scenario scenario;
    small_cluster_parse(&scenario, "%spast: %s\n", hybrid, past);
    assert_string_equal(scenario.past, canonical);
}

// Two scenarios that make the same run must have one text, for runs are named by it.
static void past__without_effect__is_none(void **state) {
    (void)state;
    expect_past("none", "");
    expect_past("[]", "");
    expect_past("[{until: 40 s}]", "");
    expect_past("[{until: 40 s, policy.threshold.every: 300}]", "");
    expect_past("[{until: 40 s, policy.combine: mean}]", ""); // applies to no timing-only run
    expect_past("[{until: 2 s, policy.name: async}]", "");    // nothing happens before start_up
    expect_past("[{until: 30 s, policy.name: async}, {until: 40 s, policy: {name: async}}]",
                "[{until: 40 s, policy.name: async}]");
    expect_past("[{until: 2 s, policy.name: async}, {until: 3 s, policy.threshold.every: 30}]",
                "[{until: 3 s, policy.threshold.every: 30}]");
}

// The draws follow the policy, which stays: what else changes does not change them.
static void past__seeds_of_the_policy__allow_all_but_another_policy(void **state) {
    (void)state;
    struct scenario scenario;
    small_cluster_parse(&scenario,
                        "%sseeds: {times: policy}\npast: [{until: 40 s, cluster.compute: 1 s}]\n",
                        hybrid);
    assert_string_equal(scenario.past, "[{until: 40 s, cluster.compute: 1 s}]");
}

// A run has one end and one title; those of a fork may be new.
static void past__what_a_run_has_once__changes_at_a_fork_alone(void **state) {
    (void)state;
    char sentence[256];
    struct scenario scenario;
    small_cluster_parse(&scenario, "%s", hybrid);
    char *text = scenario_print(&scenario);
    scenario.end.time_ns += MS;
    char *other = scenario_print(&scenario);
    scenario_past_check_rules(text, other, false, sentence, sizeof sentence);
    assert_string_equal(sentence, "'end' cannot change midway: a run ends once");
    scenario_past_check_rules(text, other, true, sentence, sizeof sentence);
    assert_string_equal(sentence, "");
    memory_free(text);
    memory_free(other);
}

// What differs is written out in full and canonically, whichever way it was written.
static void past__as_written__comes_out_canonical(void **state) {
    (void)state;
    expect_past("[{until: 40000 ms, policy: {threshold: {every: 100}}}]",
                "[{until: 40 s, policy.threshold.every: 100}]");
    expect_past("[{until: 40 s, policy.threshold: 3}]",
                "[{until: 40 s, policy.threshold.schedule: constant, policy.threshold.start: 3}]");
    expect_past("[{until: 40 s, cluster.compute: {law: exponential, mean: 200000 us}}]",
                "[{until: 40 s, cluster.compute: {law: exponential, mean: 200 ms}}]");
    expect_past("[{until: 40 s, policy.name: async}, {until: 41 s, cluster.delay: 5 s}]",
                "[{until: 40 s, policy.name: async}, {until: 41 s, cluster.delay: {law: constant, "
                "value: 5 s, workers: 50 %, who: fixed}}]");
}

// What a phase was is what comes back: its own scenario, which has no past.
static void past__phases__are_the_scenarios_that_held(void **state) {
    (void)state;
    struct scenario scenario;
    struct scenario_phase *phases = NULL;
    small_cluster_parse(&scenario, "%s", hybrid);
    assert_int_equal(scenario_past_phases(&scenario, &phases), 0);
    assert_null(phases);
    small_cluster_parse(&scenario,
                        "%spast: [{until: 10 s, policy.name: async}, {until: 20 s, "
                        "policy.threshold.every: 100, cluster.server.receive: 7 ms}]\n",
                        hybrid);
    assert_int_equal(scenario_past_phases(&scenario, &phases), 2);
    assert_true(phases[0].until_ns == 10000 * MS && phases[1].until_ns == 20000 * MS);
    assert_int_equal(phases[0].scenario.training.policy.policy, POLICY_ASYNC);
    assert_int_equal(phases[1].scenario.training.policy.policy, POLICY_HYBRID);
    assert_true(phases[1].scenario.training.policy.threshold.every == 100);
    assert_true(phases[0].scenario.past[0] == 0 && phases[1].scenario.past[0] == 0);
    memory_free(phases);
}

// Every key of the schema has a rule, and one that cannot change says why.
static void past__every_key__has_a_rule(void **state) {
    (void)state;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const char *why = NULL;
        enum past_rule rule = scenario_past_rule(schema_table[key].key, &why);
        assert_true(rule == PAST_MAY_DIFFER || strlen(why) > 10);
    }
    const char *why = NULL;
    assert_int_equal(scenario_past_rule("policy.threshold.every", &why), PAST_MAY_DIFFER);
    assert_int_equal(scenario_past_rule("training.learning_rate", &why), PAST_MAY_DIFFER);
    assert_int_equal(scenario_past_rule("training.batch", &why), PAST_FIXED);
    assert_int_equal(scenario_past_rule("end", &why), PAST_FOLLOWS);
    assert_int_equal(scenario_past_rule("endless", &why), PAST_FIXED);
}

static enum status make_fork(const char *text, const char *at, const char *key, const char *value,
                             struct scenario *forked, struct error *error) {
    struct scenario scenario;
    small_cluster_parse(&scenario, "%s", text);
    char *canonical = scenario_print(&scenario);
    const struct scenario_setting setting = {key, value};
    struct scenario_fork options = {
        .name = "a.h5", .text = canonical, .settings = &setting, .setting_count = key != NULL};
    assert_null(sim_time_parse(at, &options.at_ns));
    enum status status = scenario_fork(&options, forked, error);
    memory_free(canonical);
    return status;
}

static void expect_fork(const char *text, const char *at, const char *key, const char *value,
                        const char *past) {
    struct scenario forked;
    struct error error = {.message = ""};
    if (make_fork(text, at, key, value, &forked, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_string_equal(forked.past, past);
}

// The log of a fork must tell both scenarios, or it could not be run again.
static void fork__a_setting__moves_the_old_value_into_the_past(void **state) {
    (void)state;
    expect_fork(hybrid, "40 s", NULL, NULL, "");
    expect_fork(hybrid, "40 s", "policy.threshold.every", "100",
                "[{until: 40 s, policy.threshold.every: 300}]");
    expect_fork(hybrid, "40 s", "policy.name", "sync",
                "[{until: 40 s, policy.name: hybrid, policy.threshold.schedule: step, "
                "policy.threshold.every: 300, policy.threshold.start: 1, "
                "policy.threshold.increment: 1, policy.threshold.counts: gradients, "
                "policy.pushed_worker: waits}]");
    expect_fork(hybrid, "2 s", "policy.name", "sync", ""); // nothing has happened yet
    expect_fork(hybrid, "40 s", "end", "500 s", "");       // has one value for the whole run
    expect_fork(hybrid, "40 s", "log.events", "false", "");
    expect_fork(hybrid, "40 s", "title", "What if", "");
}

// A fork of a fork: each phase of the past says what differed from what holds now, not from what
// held then; what was to come after the second fork is gone.
static void fork__of_a_fork__keeps_the_whole_past(void **state) {
    (void)state;
    char text[1024];
    snprintf(text, sizeof text, "%spast: [{until: 40 s, policy.threshold.every: 100}]\n", hybrid);
    expect_fork(text, "60 s", "policy.threshold.every", "50",
                "[{until: 40 s, policy.threshold.every: 100}, "
                "{until: 60 s, policy.threshold.every: 300}]");
    // Back to what held first: that phase differs in nothing from now, but the one between does.
    expect_fork(text, "60 s", "policy.threshold.every", "100",
                "[{until: 40 s}, {until: 60 s, policy.threshold.every: 300}]");
    expect_fork(text, "30 s", "policy.threshold.every", "50",
                "[{until: 30 s, policy.threshold.every: 100}]");
    expect_fork(text, "40 s", "policy.threshold.every", "100", "");
    expect_fork(text, "60 s", NULL, NULL, "[{until: 40 s, policy.threshold.every: 100}]");
}

// A fork that changed these would be another run from the start, and no fork.
static void fork__what_cannot_change__is_refused_with_the_reason(void **state) {
    (void)state;
    static const struct {
        const char *key;
        const char *value;
        const char *message;
    } cases[] = {
        {"seed", "2",
         "a.h5: 'seed' cannot change at a fork: all draws, past and future, depend on it"},
        {"model", "mnist_ray",
         "a.h5: 'model.name' cannot change at a fork: the parameters of one model do not fit "
         "another"},
        {"cluster.workers", "6",
         "a.h5: 'cluster.workers' cannot change at a fork: no worker joins or leaves midway, and "
         "each has its shard"},
        {"cluster.start_up", "1 s",
         "a.h5: 'cluster.start_up' cannot change at a fork: the run has "
         "started"},
        {"ties", "random",
         "a.h5: 'ties' cannot change at a fork: the events in progress were ordered by it when "
         "they were scheduled"},
        {"past", "[{until: 3 s, policy.name: sync}]",
         "a.h5: 'past' cannot change at a fork: it is what has happened"},
        {"end", "39 s", "a.h5: the end, 39 s, is before the fork at 40 s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario forked;
        struct error error = {.message = ""};
        assert_int_equal(make_fork(hybrid, "40 s", cases[i].key, cases[i].value, &forked, &error),
                         STATUS_BAD_DATA);
        assert_string_equal(error.message, cases[i].message);
    }
}

// A value that is the old one is no change, whatever the key.
static void fork__a_setting_to_the_same_value__is_no_change(void **state) {
    (void)state;
    expect_fork(hybrid, "40 s", "seed", "1", "");
    expect_fork(hybrid, "40 s", "cluster.workers", "5", "");
    expect_fork(hybrid, "40 s", "past", "none", "");
}

// Forks the scenario by one setting, if it can be: what held until then must come back.
static bool past_comes_back(const struct scenario *scenario, const struct scenario_setting *then) {
    struct scenario forked;
    struct scenario again;
    struct error error = {.message = ""};
    struct scenario_phase *phases = NULL;
    char *text = scenario_print(scenario);
    const struct scenario_fork fork = {"a.h5", text, 40000 * MS, then, 1, NULL};
    bool forks = scenario_fork(&fork, &forked, &error) == STATUS_OK;
    if (forks && scenario_past_phases(&forked, &phases) == 1) {
        char *held = scenario_print(&phases[0].scenario);
        if (strcmp(held, text) != 0) {
            fail_msg("after %s=%s, past: %s\nis not of\n%s\nbut of\n%s", then->key, then->value,
                     forked.past, text, held);
        }
        memory_free(held);
        char *canonical = scenario_print(&forked);
        assert_int_equal(
            scenario_parse("again", canonical, strlen(canonical), NULL, 0, &again, &error),
            STATUS_OK);
        assert_string_equal(again.past, forked.past);
        memory_free(canonical);
    }
    memory_free(phases);
    memory_free(text);
    return forks;
}

// The small cluster under a policy, with one more setting. False if that is no scenario.
static bool parse_with(enum policy policy, const struct scenario_setting *setting,
                       struct scenario *scenario) {
    const struct scenario_setting settings[] = {
        {"model", "quadratic"}, {"policy.name", policy_table[policy].name}, *setting};
    struct error error;
    return scenario_parse("base", hybrid, strlen(hybrid), settings, 3, scenario, &error) ==
           STATUS_OK;
}

// From the one value to the other and back, and with the second to another policy.
static size_t count_forks(enum policy policy, enum scenario_key changed) {
    const char *key = schema_table[changed].key;
    const struct scenario_setting values[2] = {{key, key_value(changed, 0)},
                                               {key, key_value(changed, 1)}};
    const struct scenario_setting name = {"policy.name",
                                          policy == POLICY_ASYNC ? "n_softsync" : "async"};
    struct scenario scenarios[2];
    if (!parse_with(policy, &values[0], &scenarios[0]) ||
        !parse_with(policy, &values[1], &scenarios[1]) ||
        scenario_hash(&scenarios[0]) == scenario_hash(&scenarios[1])) {
        return 0;
    }
    return (size_t)past_comes_back(&scenarios[0], &values[1]) +
           past_comes_back(&scenarios[1], &values[0]) + past_comes_back(&scenarios[1], &name);
}

// A past that took over what was switched on later would be another past, and could not be rebuilt.
static void fork__any_key_that_may_change__leaves_the_past_as_it_was(void **state) {
    (void)state;
    size_t forks = 0;
    const char *why = NULL;
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
            bool tried = policy_table[policy].may_change_midway &&
                         scenario_past_rule(schema_table[key].key, &why) == PAST_MAY_DIFFER;
            forks += tried ? count_forks(policy, key) : 0;
        }
    }
    assert_true(forks > 400);
}

// A policy that counts another thing than the one before has values that mean nothing there, as 1 s
// among gradients: whoever forks into it must find the past readable, and so must the next fork.
static void fork__to_what_counts_otherwise__leaves_a_past_that_can_be_read(void **state) {
    static const char *const thresholds[] = {
        "{schedule: constant, start: 2}",
        "{schedule: step, counts: gradients, every: 7}",
        "{schedule: linear, counts: gradients, over: 7}",
        "{schedule: table, counts: updates, table: [[3, 2]]}",
        "{schedule: step, counts: time, every: 1 s}",
        "{schedule: linear, counts: time, over: 1 s}",
        "{schedule: table, counts: time, table: [[1 s, 2]]}",
        "{schedule: adasync, counts: time, every: 1 s}",
        "{schedule: cosine, counts: epochs, over: 1.5}",
    };
    enum { COUNT = sizeof thresholds / sizeof thresholds[0] };
    (void)state;
    for (size_t i = 0; i < (COUNT + 1) * COUNT; i++) {
        char first[256];
        char next[256];
        struct scenario_phase *phases = NULL;
        struct scenario forked;
        struct scenario again;
        struct error error;
        bool sync = i / COUNT == COUNT; // whose scenario says nothing of a threshold
        snprintf(first, sizeof first,
                 "model: softmax\ndata: {name: random}\nend: 9 s\npolicy: {name: %s%s%s}\n",
                 sync ? "sync" : "k_async",
                 sync ? "" : ", threshold: ", sync ? "" : thresholds[i / COUNT]);
        snprintf(next, sizeof next, "{name: k_sync, threshold: %s}", thresholds[i % COUNT]);
        if (make_fork(first, "2 s", "policy.name", "sync", &forked, &error) == STATUS_OK) {
            char *text = scenario_print(&forked);
            if (make_fork(text, "3 s", "policy", next, &again, &error) == STATUS_OK) {
                assert_int_equal(scenario_past_phases(&again, &phases), sync ? 1 : 2);
                assert_int_equal(phases[sync ? 0 : 1].scenario.training.policy.policy, POLICY_SYNC);
                memory_free(phases);
                memory_free(text);
                continue;
            }
        }
        fail_msg("%s, then %s: %s", first, next, error.message);
    }
}

// What stands at none is written into a past where it is needed, and only there.
static void past__what_stands_at_none__is_said(void **state) {
    (void)state;
    static const char *const training = "model: quadratic\nend: 100 s\npolicy: {name: async}\n"
                                        "training: {momentum: 0.9, weight_decay: 0.1}\n";
    struct scenario scenario;
    small_cluster_parse(&scenario, "%spast: [{until: 9 s, training: {momentum: 0}}]\n", training);
    assert_string_equal(scenario.past, "[{until: 9 s, training.momentum: 0}]");
    expect_fork("model: quadratic\nend: 100 s\n", "9 s", "training.weight_decay", "0.1",
                "[{until: 9 s, training.weight_decay: 0}]");
    expect_fork("model: quadratic\nend: 100 s\n", "9 s", "policy",
                "{name: n_softsync, stale_weight: inverse}",
                "[{until: 9 s, policy.name: async, policy.stale_weight: one}]");
    expect_fork("model: quadratic\nend: 100 s\n", "9 s", "training.rate.schedule", "cosine",
                "[{until: 9 s, training.rate.schedule: constant}]");
    expect_fork("model: quadratic\nend: 100 s\n", "9 s", "policy",
                "{name: hybrid, threshold: {every: 10 s, counts: time}}",
                "[{until: 9 s, policy.name: async}]");
    expect_fork(training, "9 s", "training.momentum", "0",
                "[{until: 9 s, training.momentum: 0.9, training.nesterov: false, "
                "training.momentum_at: server}]");
}

// More than the scenario has room for would be cut, and read back as something else.
static void past__too_long__is_refused(void **state) {
    (void)state;
    struct scenario scenario;
    struct error error = {.message = ""};
    char text[4096];
    size_t length = (size_t)snprintf(text, sizeof text, "%spast: [", hybrid);
    for (int i = 0; i < 16; i++) {
        length += (size_t)snprintf(
            text + length, sizeof text - length,
            "%s{until: %d s, cluster.delay: {law: normal, mean: 1%d ms, std: 250 ms}, policy: "
            "{threshold: %d}}",
            i == 0 ? "" : ", ", 3 + i, i, 1 + i % 4);
    }
    snprintf(text + length, sizeof text - length, "]\n");
    assert_int_equal(scenario_parse("t", text, strlen(text), NULL, 0, &scenario, &error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "the past is too long"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(past__without_effect__is_none),
        cmocka_unit_test(past__seeds_of_the_policy__allow_all_but_another_policy),
        cmocka_unit_test(past__what_a_run_has_once__changes_at_a_fork_alone),
        cmocka_unit_test(past__as_written__comes_out_canonical),
        cmocka_unit_test(past__phases__are_the_scenarios_that_held),
        cmocka_unit_test(past__every_key__has_a_rule),
        cmocka_unit_test(past__too_long__is_refused),
        cmocka_unit_test(fork__to_what_counts_otherwise__leaves_a_past_that_can_be_read),
        cmocka_unit_test(past__what_stands_at_none__is_said),
        cmocka_unit_test(fork__any_key_that_may_change__leaves_the_past_as_it_was),
        cmocka_unit_test(fork__a_setting__moves_the_old_value_into_the_past),
        cmocka_unit_test(fork__of_a_fork__keeps_the_whole_past),
        cmocka_unit_test(fork__what_cannot_change__is_refused_with_the_reason),
        cmocka_unit_test(fork__a_setting_to_the_same_value__is_no_change),
    };
    return cmocka_run_group_tests_name("scenario_past", tests, NULL, NULL);
}
