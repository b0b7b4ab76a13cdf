// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_parse: from YAML and settings to a struct scenario; with scenario_resolve,
// scenario_settings and scenario_check behind it. (Mistakes that fit in a small file are in
// tests/rejected.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_check.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_resolve.h"
#include "sim/scenario/scenario_settings.h"
#include "sim/scenario/scenario_tree.h"
#include "sim/scenario/scenario_unknown_key.h"
#include "tests/support/expect.h"

static enum status parse_with(const char *text, const struct scenario_setting *settings,
                              size_t count, struct scenario *scenario, struct error *error) {
    return scenario_parse("t", text, strlen(text), settings, count, scenario, error);
}

static struct scenario parse(const char *text) {
    struct scenario scenario;
    struct error error = {0};
    if (parse_with(text, NULL, 0, &scenario, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return scenario;
}

static struct scenario parse_set(const char *text, const char *key, const char *value) {
    struct scenario scenario;
    struct error error = {0};
    const struct scenario_setting setting = {key, value};
    if (parse_with(text, &setting, 1, &scenario, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return scenario;
}

static void expect_setting_refused(const char *key, const char *value, const char *message) {
    struct scenario scenario;
    struct error error = {0};
    const struct scenario_setting setting = {key, value};
    assert_int_equal(parse_with("seed: 1", &setting, 1, &scenario, &error), STATUS_BAD_DATA);
    if (strncmp(error.message, message, strlen(message)) != 0) {
        fail_msg("expected %s\ngot %s", message, error.message);
    }
}

static void expect_law(const struct distribution *law, enum law kind, double first, double second) {
    assert_int_equal(law->law, kind);
    expect_within(law->parameters[0], first, 0);
    expect_within(law->parameters[1], second, 0);
}

static void expect_refused(const char *text, const char *message) {
    struct scenario scenario;
    struct error error = {0};
    assert_int_equal(parse_with(text, NULL, 0, &scenario, &error), STATUS_BAD_DATA);
    if (strncmp(error.message, message, strlen(message)) != 0) {
        fail_msg("expected %s\ngot %s", message, error.message);
    }
}

static const char full[] =
    "title: Everything\nseed: 18446744073709551615\nend: 90 min\nmodel: mnist_lenet\n"
    "data: {name: mnist, shards: whole}\ntraining: {batch: 64, learning_rate: 0.5}\n"
    "policy:\n  name: hybrid\n  threshold:\n    schedule: step\n    every: 500\n    start: 2\n"
    "    increment: 3\n    counts: updates\n  combine: mean\n  pushed_worker: continues\n"
    "cluster:\n  workers: 7\n  compute: {law: gamma, mean: 1 s, cv: 0.5}\n"
    "  delay: {law: normal, mean: 5 ms, std: 2 s, negative: clip, workers: 3, who: random}\n"
    "  network: {latency: {law: pareto, scale: 1 ms, shape: 2.5}, bandwidth: 100 MB/s,\n"
    "            message: 8 kB}\n"
    "  server: {receive: 10 ms, update: {law: uniform, min: 1 us, max: 2 us}, reply: 3 ns}\n"
    "  start_up: 22.5 s\n"
    "evaluation: {every: 0 s, test_samples: 0, train_samples: 60000}\n"
    "log: {events: false, samples: true, gradients: true}\nties: random\nsemantics: 1\narithmetic: "
    "openblas\n";

// A key that lands in another field would give a run that nobody asked for.
static void parse__training_keys__land_in_their_fields(void **state) {
    (void)state;
    struct scenario s = parse(full);
    assert_string_equal(s.title, "Everything");
    assert_true(s.seed == UINT64_MAX);
    assert_int_equal(s.end.kind, END_TIME);
    assert_true(s.end.time_ns == 5400 * NS_PER_S);
    assert_string_equal(s.model, "mnist_lenet");
    assert_string_equal(s.data.name, "mnist");
    assert_int_equal(s.data.shards, SHARDS_WHOLE);
    assert_int_equal(s.training.batch, 64);
    expect_within(s.training.learning_rate, 0.5, 0);
    assert_int_equal(s.training.policy.policy, POLICY_HYBRID);
    assert_int_equal(s.training.policy.threshold.schedule, SCHEDULE_STEP);
    assert_int_equal(s.training.policy.threshold.every, 500);
    assert_int_equal(s.training.policy.threshold.start, 2);
    assert_int_equal(s.training.policy.threshold.increment, 3);
    assert_int_equal(s.training.policy.threshold.counts, COUNTS_UPDATES);
    assert_int_equal(s.training.policy.combine, COMBINE_MEAN);
    assert_int_equal(s.training.policy.pushed_worker, PUSHED_CONTINUES);
}

// The same for everything that takes time.
static void parse__cluster_keys__land_in_their_fields(void **state) {
    (void)state;
    struct scenario s = parse(full);
    assert_int_equal(s.cluster.workers, 7);
    expect_law(&s.cluster.compute, LAW_GAMMA, 1e9, 0.5);
    assert_true(s.cluster.delay.present);
    expect_law(&s.cluster.delay.law, LAW_NORMAL, 5e6, 2e9);
    assert_int_equal(s.cluster.delay.law.negative, NEGATIVE_CLIP);
    assert_true(s.cluster.delay.workers_is_count);
    assert_int_equal(s.cluster.delay.workers_count, 3);
    assert_int_equal(s.cluster.delay.who, DELAY_RANDOM);
    expect_law(&s.cluster.network.latency, LAW_PARETO, 1e6, 2.5);
    assert_true(s.cluster.network.bandwidth_bits_per_s == 800000000);
    assert_true(s.cluster.network.message_bytes == 8000);
    expect_law(&s.cluster.server.receive, LAW_CONSTANT, 1e7, 0);
    expect_law(&s.cluster.server.update, LAW_UNIFORM, 1e3, 2e3);
    expect_law(&s.cluster.server.reply, LAW_CONSTANT, 3, 0);
    assert_true(s.cluster.start_up_ns == 22500000000);
    assert_true(s.evaluation.every_ns == 0);
    assert_int_equal(s.evaluation.test_samples, 0);
    assert_int_equal(s.evaluation.train_samples, 60000);
    assert_false(s.log.events);
    assert_true(s.log.samples);
    assert_true(s.log.gradients);
    assert_int_equal(s.ties, TIES_RANDOM);
}

// The shortest scenario that the documentation promises; its defaults are part of the promise.
static void parse__model_and_policy_alone__are_a_whole_scenario(void **state) {
    (void)state;
    struct scenario s = parse("{model: mnist_ray, policy: {name: async}}");
    assert_true(s.seed == 1);
    assert_true(s.end.time_ns == 100 * NS_PER_S);
    assert_int_equal(s.training.batch, 32);
    expect_within(s.training.learning_rate, 0.01, 0);
    assert_int_equal(s.training.policy.combine, COMBINE_SUM);
    assert_int_equal(s.cluster.workers, 25);
    expect_law(&s.cluster.compute, LAW_UNIFORM, 180e6, 220e6);
    assert_false(s.cluster.delay.present);
    expect_law(&s.cluster.network.latency, LAW_CONSTANT, 0, 0);
    assert_true(s.cluster.network.bandwidth_bits_per_s == 0);
    assert_true(s.cluster.network.message_bytes == -1);
    expect_law(&s.cluster.server.update, LAW_CONSTANT, 0, 0);
    assert_true(s.evaluation.every_ns == NS_PER_S);
    assert_int_equal(s.evaluation.test_samples, 10000);
    assert_int_equal(s.evaluation.train_samples, 1000);
    assert_true(s.log.events);
    assert_false(s.log.samples);
    assert_false(s.log.gradients);
    assert_int_equal(s.ties, TIES_FIFO);
    assert_int_equal(s.semantics, 1); // the least that has its rules
}

// An end that is not a time ends another run.
static void parse__end__is_a_time_or_a_count(void **state) {
    (void)state;
    struct scenario s = parse("end: 200 updates");
    assert_int_equal(s.end.kind, END_UPDATES);
    assert_true(s.end.count == 200);
    s = parse("end: 5000 gradients");
    assert_int_equal(s.end.kind, END_GRADIENTS);
    assert_true(s.end.count == 5000);
    s = parse("end: 2.5 epochs");
    assert_int_equal(s.end.kind, END_EPOCHS);
    expect_within(s.end.epochs, 2.5, 0);
    s = parse("end: 1 epoch");
    expect_within(s.end.epochs, 1, 0);
    expect_refused("end: 0 epochs", "t:1:6: error: 'end' is '0 epochs'");
    expect_refused("end: 1e3 updates", "t:1:6: error: 'end' is '1e3 updates'");
    expect_refused("end: updates", "t:1:6: error: 'end' is 'updates'");
}

// "threshold: 5" is how people say it; it must be the constant, and open to further settings.
static void parse__bare_threshold__is_a_constant(void **state) {
    (void)state;
    struct scenario s = parse("policy: {name: hybrid, threshold: 5}");
    assert_int_equal(s.training.policy.threshold.schedule, SCHEDULE_CONSTANT);
    assert_int_equal(s.training.policy.threshold.start, 5);
    s = parse_set("policy: {name: hybrid}", "policy.threshold", "7");
    assert_int_equal(s.training.policy.threshold.schedule, SCHEDULE_CONSTANT);
    assert_int_equal(s.training.policy.threshold.start, 7);
    s = parse_set("policy: {name: hybrid, threshold: 5}", "policy.threshold.schedule", "step");
    assert_int_equal(s.training.policy.threshold.schedule, SCHEDULE_STEP);
    assert_int_equal(s.training.policy.threshold.start, 5);
}

// The limit of a threshold depends on what pushed workers do.
static void parse__threshold_above_workers__needs_continues(void **state) {
    (void)state;
    expect_refused("policy: {name: hybrid, threshold: 26}", "t:1:35: error: 'policy.threshold");
    struct scenario s = parse("policy: {name: hybrid, threshold: 26, pushed_worker: continues}");
    assert_int_equal(s.training.policy.threshold.start, 26);
    s = parse("policy: {name: hybrid, threshold: {start: 26}, pushed_worker: continues}");
    assert_int_equal(s.training.policy.threshold.start, 26);
    s = parse("policy: {name: hybrid, threshold: 25}");
    assert_int_equal(s.training.policy.threshold.start, 25);
}

// One file serves all policies: what does not apply is checked, and then it is as if unwritten.
static void parse__keys_that_do_not_apply__are_dropped(void **state) {
    (void)state;
    struct scenario bare = parse("policy: {name: sync}");
    struct scenario dressed =
        parse("policy: {name: sync, threshold: 26, pushed_worker: continues}");
    assert_true(scenario_hash(&bare) == scenario_hash(&dressed));
    assert_int_equal(dressed.training.policy.threshold.start, 1);
    assert_int_equal(dressed.training.policy.pushed_worker, PUSHED_WAITS);
    bare = parse("model: none");
    dressed = parse("{model: none, training: {batch: 9999}, evaluation: {every: 7 s}, "
                    "log: {samples: true}, data: {shards: whole}, policy: {combine: mean}}");
    assert_true(scenario_hash(&bare) == scenario_hash(&dressed));
    assert_int_equal(dressed.training.batch, 32);
    expect_refused("policy: {name: sync, threshold: -1}", "t:1:33: error: 'policy.threshold.start");
}

// A setting must win over the file, a later one over an earlier one.
static void settings__in_order__override_the_file(void **state) {
    (void)state;
    const struct scenario_setting settings[] = {
        {"cluster.workers", "3"}, {"cluster.workers", "4"}, {"seed", "9"}, {"title", "a: b"}};
    struct scenario s;
    struct error error = {0};
    assert_int_equal(parse_with("seed: 2\ncluster: {workers: 2}", settings, 3, &s, &error),
                     STATUS_OK);
    assert_int_equal(s.cluster.workers, 4);
    assert_true(s.seed == 9);
    // As everywhere in YAML, a title with a colon needs quotes.
    assert_int_equal(parse_with("seed: 2", settings, 4, &s, &error), STATUS_BAD_DATA);
}

// Half of an old law with half of a new one would be a law that nobody wrote.
static void settings__of_a_law__replace_all_of_it(void **state) {
    (void)state;
    const char *text = "cluster: {compute: {law: normal, mean: 1 s, std: 1 s, negative: clip}}";
    struct scenario s =
        parse_set(text, "cluster.compute", "{law: uniform, min: 180 ms, max: 220 ms}");
    expect_law(&s.cluster.compute, LAW_UNIFORM, 180e6, 220e6);
    s = parse_set(text, "cluster.compute", "5 ms");
    expect_law(&s.cluster.compute, LAW_CONSTANT, 5e6, 0);
    s = parse_set("cluster: {delay: {law: exponential, mean: 1 s, workers: 3}}", "cluster.delay",
                  "{law: exponential, mean: 2 s}");
    assert_false(s.cluster.delay.workers_is_count); // the default again
    s = parse_set("cluster: {delay: {law: exponential, mean: 1 s}}", "cluster.delay", "none");
    assert_false(s.cluster.delay.present);
}

// Sweeps vary one number of a law, or the number of its workers, and must leave the rest.
static void settings__inside_a_law__change_one_member(void **state) {
    (void)state;
    const char *text = "cluster: {delay: {law: normal, std: 250 ms, negative: clip, workers: 3}}";
    struct scenario s = parse_set(text, "cluster.delay.std", "500 ms");
    expect_law(&s.cluster.delay.law, LAW_NORMAL, 0, 500e6);
    assert_int_equal(s.cluster.delay.law.negative, NEGATIVE_CLIP);
    assert_int_equal(s.cluster.delay.workers_count, 3);
    s = parse_set(text, "cluster.delay.workers", "4");
    assert_int_equal(s.cluster.delay.workers_count, 4);
    expect_law(&s.cluster.delay.law, LAW_NORMAL, 0, 250e6);
}

// A map over a group sets what it names; the rest of the file's group stays.
static void settings__of_a_group__set_each_key_of_it(void **state) {
    (void)state;
    const char *text = "cluster: {workers: 3, start_up: 5 s}\npolicy: {name: hybrid}";
    struct scenario s = parse_set(text, "cluster", "{workers: 4, network: {latency: 1 ms}}");
    assert_int_equal(s.cluster.workers, 4);
    assert_true(s.cluster.start_up_ns == 5 * NS_PER_S);
    expect_law(&s.cluster.network.latency, LAW_CONSTANT, 1e6, 0);
    s = parse_set(text, "policy", "{threshold: {every: 7}}");
    assert_int_equal(s.training.policy.policy, POLICY_HYBRID);
    assert_int_equal(s.training.policy.threshold.every, 7);
}

// The command line has no lines: the message must name the setting.
static void settings__mistakes__name_the_setting(void **state) {
    (void)state;
    expect_setting_refused("cluster.workers", "0",
                           "--set cluster.workers=0:1:1: error: 'cluster.workers' must be a whole "
                           "number, 1 to 1000000, got '0'\n0\n^");
    expect_setting_refused("cluster.wrokers", "3",
                           "--set cluster.wrokers=3:1:1: error: unknown key 'wrokers' under "
                           "'cluster'\ndid you mean 'workers'?");
    expect_setting_refused("workers", "3",
                           "--set workers=3:1:1: error: unknown key 'workers'\n'workers' stands "
                           "under 'cluster'");
    expect_setting_refused("cluster.compute", "{law: uniform, min: 2 s, max: 1 s}",
                           "--set cluster.compute={law: uniform, min: 2 s, max: 1 s}:1:21: error");
    expect_setting_refused("cluster", "{wrokers: 3}",
                           "--set cluster={wrokers: 3}:1:2: error: unknown key 'wrokers'");
    expect_setting_refused("cluster", "{workers: 3, workers: 4}",
                           "--set cluster={workers: 3, workers: 4}:1:14: error: 'cluster.workers' "
                           "is written twice");
    expect_setting_refused("seed", "[1", "--set seed=[1:2:1: error: not YAML");
    expect_setting_refused("seed", "", "--set seed=:1:1: error: 'seed' has no value");
    expect_setting_refused("", "1", "--set =1:1:1: error: unknown key ''");
    expect_setting_refused("seed.more", "1", "--set seed.more=1:1:1: error: unknown key 'more'");
    expect_setting_refused("cluster..workers", "1", "--set cluster..workers=1:1:1: error: unknown");
    expect_setting_refused("cluster.compute.mim", "1 s",
                           "--set cluster.compute.mim=1 s:1:1: error: 'cluster.compute' needs");
    expect_setting_refused("cluster", "async",
                           "--set cluster=async:1:1: error: 'cluster' takes a map");
}

// A combination of two values must be told at the one that somebody wrote.
static void check__default_against_written__points_at_the_written(void **state) {
    (void)state;
    expect_refused("seed: 1\ncluster:\n  workers: 2000\n",
                   "t:3:12: error: 'training.batch' is 32, but the smallest shard has 30 samples");
    expect_refused("data: {shards: disjoint}\ntraining: {batch: 2401}\n",
                   "t:2:19: error: 'training.batch' is 2401");
    struct scenario s = parse("data: {shards: whole}\ntraining: {batch: 60000}\n");
    assert_int_equal(s.training.batch, 60000);
}

// A model's keys must arrive, by a word or a map, from a file and from settings; the settings of a
// sweep may turn a word into a map and back.
static void parse__model__is_a_word_or_a_map(void **state) {
    (void)state;
    struct scenario s = parse("model: {name: mlp, hidden: [50, 20, 7]}");
    assert_string_equal(s.model, "mlp");
    assert_int_equal(s.mlp.hidden_count, 3);
    assert_int_equal(s.mlp.hidden[0], 50);
    assert_int_equal(s.mlp.hidden[2], 7);
    s = parse("model: {name: quadratic, dimension: 3, curvature: 0.25, noise: 2}");
    assert_string_equal(s.model, "quadratic");
    assert_int_equal(s.quadratic.dimension, 3);
    expect_within(s.quadratic.curvature, 0.25, 0);
    expect_within(s.quadratic.noise, 2, 0);
    const struct scenario_setting deeper[] = {{"model.hidden", "[9, 8]"}};
    struct error error = {0};
    assert_int_equal(parse_with("model: mlp", deeper, 1, &s, &error), STATUS_OK);
    assert_string_equal(s.model, "mlp");
    assert_int_equal(s.mlp.hidden_count, 2);
    const struct scenario_setting other[] = {{"model", "softmax"}};
    assert_int_equal(parse_with("model: {name: mlp, hidden: [3]}", other, 1, &s, &error),
                     STATUS_OK);
    assert_string_equal(s.model, "softmax");
    assert_int_equal(s.mlp.hidden[0], 50); // what does not apply is the default
}

// A policy without further keys is a word, as a model is, in a file and in a setting.
static void parse__policy__is_a_word_or_a_map(void **state) {
    (void)state;
    assert_int_equal(parse("policy: async").training.policy.policy, POLICY_ASYNC);
    struct scenario s = parse_set("policy: hybrid", "policy.threshold.every", "7");
    assert_int_equal(s.training.policy.policy, POLICY_HYBRID);
    assert_int_equal(s.training.policy.threshold.every, 7);
    s = parse_set("policy: {name: hybrid, threshold: {every: 7}}", "policy", "sync");
    assert_int_equal(s.training.policy.policy, POLICY_SYNC);
}

// What YAML calls a number or a truth is one, with units, too; whoever writes µs means it.
static void parse__numbers_of_yaml__are_read_as_such(void **state) {
    (void)state;
    struct scenario s =
        parse("end: 1e2 s\ntraining: {learning_rate: .5, momentum: +0.25, nesterov: True}\n"
              "cluster: {compute: .1 s, delay: 1e-05 s, start_up: 3 \u00b5s,\n"
              "  network: {bandwidth: 1e9 bit/s}}\nlog: {events: FALSE}");
    assert_true(s.end.time_ns == INT64_C(100000000000));
    expect_within(s.training.learning_rate, 0.5, 0);
    assert_false(s.log.events);
    expect_law(&s.cluster.compute, LAW_CONSTANT, 1e8, 0);
    expect_law(&s.cluster.delay.law, LAW_CONSTANT, 1e4, 0);
    assert_true(s.cluster.start_up_ns == 3000);
    assert_true(s.cluster.network.bandwidth_bits_per_s == 1000000000);
}

// A cap of the steps is a key of later versions: only where it caps may it be in the canonical
// form, whose hash names a sweep's run.
static void print__end_of_steps__is_said_where_it_caps(void **state) {
    (void)state;
    struct scenario plain = parse("policy: {name: hybrid, threshold: {start: 3}}");
    struct scenario behind = parse("policy: {name: hybrid, threshold: {start: 3, end: 2}}");
    struct scenario capped = parse("policy: {name: hybrid, threshold: {start: 3, end: 9}}");
    assert_true(scenario_hash(&behind) == scenario_hash(&plain));
    assert_true(scenario_hash(&capped) != scenario_hash(&plain));
}

// Nobody must train with the second opinion by accident.
static void parse__arithmetic__is_portable_unless_written(void **state) {
    (void)state;
    assert_int_equal(parse("seed: 1").arithmetic, ARITHMETIC_PORTABLE);
    assert_int_equal(parse("arithmetic: openblas").arithmetic, ARITHMETIC_OPENBLAS);
}

// A long value would push what is wrong with it out of the message.
static void settings__long_value__leaves_room_for_the_message(void **state) {
    (void)state;
    char value[9000];
    struct scenario scenario;
    struct error error = {0};
    memset(value, 'x', sizeof value);
    value[sizeof value - 1] = 0;
    const struct scenario_setting settings[] = {{"model", value}, {value, "1"}};
    assert_int_equal(parse_with("seed: 1", settings, 1, &scenario, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "error: 'model.name' cannot be 'xxx"));
    assert_non_null(strstr(error.message, "mnist_ray"));
    assert_int_equal(parse_with("seed: 1", settings + 1, 1, &scenario, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "error: unknown key 'xxx"));
    assert_true(strlen(error.message) < 1000);
}

// Who ignores the status must still have the scenario of before.
static void parse__on_failure__leaves_the_scenario_alone(void **state) {
    (void)state;
    struct scenario scenario;
    struct scenario before;
    memset(&scenario, 0x5A, sizeof scenario);
    memcpy(&before, &scenario, sizeof before);
    struct error error = {0};
    assert_int_equal(parse_with("seed: x", NULL, 0, &scenario, &error), STATUS_BAD_DATA);
    assert_memory_equal(&scenario, &before, sizeof before);
    assert_int_equal(scenario_read_noting("no/such.yaml", NULL, 0, &scenario, NULL, &error),
                     STATUS_NO_INPUT);
    assert_memory_equal(&scenario, &before, sizeof before);
    assert_int_equal(parse_with("seed: x", NULL, 0, &scenario, NULL), STATUS_BAD_DATA);
}

// The scenarios that come with the program are the first that anybody runs.
static void read__shipped_scenarios__are_right(void **state) {
    (void)state;
    static const struct {
        const char *path;
        enum policy policy;
    } rows[] = {{"scenarios/mnist_sync.yaml", POLICY_SYNC},
                {"scenarios/mnist_async.yaml", POLICY_ASYNC},
                {"scenarios/mnist_hybrid.yaml", POLICY_HYBRID},
                {"scenarios/first_run.yaml", POLICY_HYBRID}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scenario scenario;
        struct error error = {0};
        if (scenario_read_noting(rows[i].path, NULL, 0, &scenario, NULL, &error) != STATUS_OK) {
            fail_msg("%s", error.message);
        }
        assert_int_equal(scenario.training.policy.policy, rows[i].policy);
    }
}

// The three policies of the demo are compared: they must differ in the policy alone.
static void read__demo_scenarios__differ_in_the_policy_alone(void **state) {
    (void)state;
    static const char *const names[] = {"sync", "async", "hybrid"};
    struct scenario hybrid;
    struct error error = {0};
    for (size_t i = 0; i < 3; i++) {
        char path[64];
        struct scenario scenario;
        const struct scenario_setting setting = {"policy.name", names[i]};
        snprintf(path, sizeof path, "scenarios/mnist_%s.yaml", names[i]);
        assert_int_equal(scenario_read_noting(path, NULL, 0, &scenario, NULL, &error), STATUS_OK);
        assert_int_equal(
            scenario_read_noting("scenarios/mnist_hybrid.yaml", &setting, 1, &hybrid, NULL, &error),
            STATUS_OK);
        assert_true(scenario_hash(&scenario) == scenario_hash(&hybrid));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__training_keys__land_in_their_fields),
        cmocka_unit_test(parse__cluster_keys__land_in_their_fields),
        cmocka_unit_test(parse__model_and_policy_alone__are_a_whole_scenario),
        cmocka_unit_test(parse__end__is_a_time_or_a_count),
        cmocka_unit_test(parse__bare_threshold__is_a_constant),
        cmocka_unit_test(parse__threshold_above_workers__needs_continues),
        cmocka_unit_test(parse__keys_that_do_not_apply__are_dropped),
        cmocka_unit_test(settings__in_order__override_the_file),
        cmocka_unit_test(settings__of_a_law__replace_all_of_it),
        cmocka_unit_test(settings__inside_a_law__change_one_member),
        cmocka_unit_test(settings__of_a_group__set_each_key_of_it),
        cmocka_unit_test(settings__mistakes__name_the_setting),
        cmocka_unit_test(parse__model__is_a_word_or_a_map),
        cmocka_unit_test(parse__policy__is_a_word_or_a_map),
        cmocka_unit_test(parse__numbers_of_yaml__are_read_as_such),
        cmocka_unit_test(print__end_of_steps__is_said_where_it_caps),
        cmocka_unit_test(parse__arithmetic__is_portable_unless_written),
        cmocka_unit_test(settings__long_value__leaves_room_for_the_message),
        cmocka_unit_test(check__default_against_written__points_at_the_written),
        cmocka_unit_test(parse__on_failure__leaves_the_scenario_alone),
        cmocka_unit_test(read__shipped_scenarios__are_right),
        cmocka_unit_test(read__demo_scenarios__differ_in_the_policy_alone),
    };
    return cmocka_run_group_tests_name("scenario_parse", tests, NULL, NULL);
}
