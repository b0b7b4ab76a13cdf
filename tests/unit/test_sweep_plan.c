// SPDX-License-Identifier: GPL-3.0-or-later
// sweep_plan: a sweep file as a list of runs; with sweep_file behind it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_print.h"
#include "sim/sweep/sweep_baseline.h"
#include "sim/sweep/sweep_cells.h"
#include "sim/sweep/sweep_file.h"
#include "sim/sweep/sweep_plan.h"
#include "sim/sweep/sweep_reference.h"
#include "sim/sweep/sweep_vary.h"
#include "tests/support/scratch.h"

static struct sweep_plan *plan_with(void *const *state, const char *sweep,
                                    const struct scenario_setting *settings, size_t count) {
    char path[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = NULL;
    struct error error = {0};
    scratch_write(state, "base.yaml", "seed: 10\npolicy: {name: hybrid}\nend: 5 s\n");
    scratch_write(state, "sweep.yaml", sweep);
    if (sweep_plan_read(scratch_path(state, "sweep.yaml", path), settings, count, &plan, &error) !=
        STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return plan;
}

static struct sweep_plan *plan_of(void *const *state, const char *sweep) {
    return plan_with(state, sweep, NULL, 0);
}

static const char grid[] = "scenario: base.yaml\n"
                           "set: {end: 3 s}\n"
                           "vary:\n"
                           "  policy.threshold.every: [100, 300]\n"
                           "  policy.name: [hybrid, async, sync]\n"
                           "rounds: 2\n"
                           "baseline: {policy.name: async}\n";

// The grid must hold every combination once, in the order of the file.
static void sweep__grid__is_the_product_in_file_order(void **state) {
    struct sweep_plan *plan = plan_of(state, grid);
    assert_int_equal(sweep_plan_cell_count(plan), 6);
    assert_int_equal(sweep_plan_round_count(plan), 2);
    assert_int_equal(sweep_plan_key_count(plan), 2);
    assert_string_equal(sweep_plan_key(plan, 0), "policy.threshold.every");
    assert_string_equal(sweep_plan_key(plan, 1), "policy.name");
    static const char *const expected[][2] = {{"100", "hybrid"}, {"100", "async"}, {"100", "sync"},
                                              {"300", "hybrid"}, {"300", "async"}, {"300", "sync"}};
    for (size_t cell = 0; cell < 6; cell++) {
        assert_string_equal(sweep_plan_value(plan, cell, 0), expected[cell][0]);
        assert_string_equal(sweep_plan_value(plan, cell, 1), expected[cell][1]);
    }
    sweep_plan_destroy(plan);
}

static void expect_run_value(const struct sweep_plan *plan, size_t run, size_t key,
                             const char *expected) {
    char *value = sweep_plan_run_value(plan, run, key);
    assert_string_equal(value, expected);
    memory_free(value);
}

// A table that says which threshold a synchronous run had would make people compare nothing.
static void sweep__value_of_a_run__is_what_its_canonical_form_has(void **state) {
    struct sweep_plan *plan =
        plan_of(state, "scenario: base.yaml\n"
                       "set: {cluster.compute: {law: uniform, min: 1 ms, max: 2 ms}}\n"
                       "vary:\n"
                       "  policy.threshold.every: [100]\n"
                       "  policy.name: [hybrid, sync]\n"
                       "  cluster.delay:\n"
                       "    - {law: exponential, mean: 1 s}\n"
                       "    - {law: normal, mean: 20 ms, std: 1 s}\n"
                       "  cluster.compute.max: [300 ms]\n"
                       "  cluster.network: [{latency: 1 ms}]\n");
    const size_t last = sweep_plan_run_count(plan) - 1;
    expect_run_value(plan, 0, 0, "100");
    expect_run_value(plan, last, 0, "");
    expect_run_value(plan, last, 1, "sync");
    expect_run_value(plan, last, 2,
                     "{law: normal, mean: 20 ms, std: 1 s, negative: absolute, workers: 50 %, "
                     "who: fixed}");
    expect_run_value(plan, last, 3, "300 ms");
    expect_run_value(plan, last, 4, "{latency: 1 ms}");
    sweep_plan_destroy(plan);
}

// What was asked for must be in the scenario of the run, and the canonical text must be its own.
static void sweep__every_run__is_its_cell_resolved(void **state) {
    struct sweep_plan *plan = plan_of(state, grid);
    for (size_t i = 0; i < sweep_plan_run_count(plan); i++) {
        const struct sweep_run *run = sweep_plan_run(plan, i);
        const char *name = sweep_plan_value(plan, run->cell, 1);
        assert_string_equal(policy_table[run->scenario->training.policy.policy].name, name);
        assert_true(run->scenario->end.time_ns == 3 * NS_PER_S);
        assert_true(run->seed == 10 + run->round);
        struct scenario scenario = *run->scenario;
        scenario.seed = run->seed;
        assert_true(run->hash == scenario_hash(&scenario));
        assert_non_null(strstr(run->text, run->round == 0 ? "seed: 10\n" : "seed: 11\n"));
    }
    const struct sweep_run *second = sweep_plan_run(plan, 4 + 3); // cell 3 of round 1
    assert_int_equal(second->cell, 3);
    assert_int_equal(second->scenario->training.policy.threshold.every, 300);
    assert_int_equal(second->round, 1);
    sweep_plan_destroy(plan);
}

// Values may be lists and maps: the sizes of a net, and nets with and without sizes beside each
// other.
static void sweep__models_and_their_sizes__land_in_their_runs(void **state) {
    struct sweep_plan *plan = plan_of(state, "scenario: base.yaml\nset: {model: mlp}\n"
                                             "vary:\n  model.hidden: [[10], [20, 7]]\n");
    assert_int_equal(sweep_plan_run_count(plan), 2);
    assert_string_equal(sweep_plan_value(plan, 1, 0), "[20, 7]");
    const struct scenario *second = sweep_plan_run(plan, 1)->scenario;
    assert_string_equal(second->model, "mlp");
    assert_int_equal(second->mlp.hidden_count, 2);
    assert_int_equal(second->mlp.hidden[1], 7);
    sweep_plan_destroy(plan);
    plan = plan_of(state, "scenario: base.yaml\nvary:\n"
                          "  model: [softmax, {name: mlp, hidden: [9]}, mnist_ray]\n");
    assert_int_equal(sweep_plan_run_count(plan), 3);
    assert_string_equal(sweep_plan_run(plan, 0)->scenario->model, "softmax");
    assert_string_equal(sweep_plan_run(plan, 1)->scenario->model, "mlp");
    assert_int_equal(sweep_plan_run(plan, 1)->scenario->mlp.hidden[0], 9);
    assert_string_equal(sweep_plan_run(plan, 2)->scenario->model, "mnist_ray");
    sweep_plan_destroy(plan);
}

// Under async and sync the threshold is nothing: running them again would waste hours.
static void sweep__equal_cells__are_one_run(void **state) {
    struct sweep_plan *plan = plan_of(state, grid);
    assert_int_equal(sweep_plan_run_count(plan), 2 * 4);
    for (size_t i = 0; i < 8; i++) { // cells 4 and 5 are served by the runs of 1 and 2
        assert_int_equal(sweep_plan_run(plan, i)->cell, i % 4);
        assert_int_equal(sweep_plan_run(plan, i)->round, i / 4);
        for (size_t j = 0; j < i; j++) {
            assert_true(sweep_plan_run(plan, i)->hash != sweep_plan_run(plan, j)->hash);
        }
    }
    sweep_plan_destroy(plan);
}

// A comparison would look for a baseline that nobody named.
static void sweep__without_a_baseline__has_none(void **state) {
    struct sweep_plan *plan = plan_of(state, grid);
    assert_int_equal(sweep_plan_baseline_count(plan), 1);
    sweep_plan_destroy(plan);
    plan = plan_of(state, "scenario: base.yaml\n");
    assert_int_equal(sweep_plan_baseline_count(plan), 0);
    assert_int_equal(sweep_plan_cell_count(plan), 1);
    assert_int_equal(sweep_plan_run_count(plan), 1);
    sweep_plan_destroy(plan);
}

// Laws and whole groups vary like numbers do.
static void sweep__values_that_are_maps__are_set_as_such(void **state) {
    struct sweep_plan *plan =
        plan_of(state, "scenario: base.yaml\n"
                       "vary:\n"
                       "  cluster.delay: [none, {law: exponential, mean: 1 s}]\n"
                       "  cluster.compute.max: [200 ms, 300 ms]\n"
                       "set:\n"
                       "  cluster: {compute: {law: uniform, min: 100 ms, max: 150 ms}}\n");
    assert_int_equal(sweep_plan_run_count(plan), 4);
    assert_string_equal(sweep_plan_value(plan, 3, 0), "{law: exponential, mean: 1 s}");
    const struct scenario *first = sweep_plan_run(plan, 0)->scenario;
    const struct scenario *last = sweep_plan_run(plan, 3)->scenario;
    assert_false(first->cluster.delay.present);
    assert_true(last->cluster.delay.present);
    assert_true(last->cluster.compute.parameters[0] == 100e6);
    assert_true(last->cluster.compute.parameters[1] == 300e6);
    sweep_plan_destroy(plan);
}

// What varies must win over the command line, and that over the file.
static void sweep__settings__come_between_set_and_vary(void **state) {
    const struct scenario_setting settings[] = {{"end", "2 s"},
                                                {"policy", "{name: sync, combine: mean}"}};
    struct sweep_plan *plan = plan_with(state, grid, settings, 2);
    const struct sweep_run *run = sweep_plan_run(plan, 0);
    assert_true(run->scenario->end.time_ns == 2 * NS_PER_S);
    assert_int_equal(run->scenario->training.policy.policy, POLICY_HYBRID);
    assert_int_equal(run->scenario->training.policy.combine, COMBINE_MEAN);
    sweep_plan_destroy(plan);
}

// Cells that are written out leave alone what they do not name.
static void sweep__list__has_its_cells_and_no_others(void **state) {
    struct sweep_plan *plan =
        plan_of(state, "scenario: base.yaml\n"
                       "list:\n"
                       "  - {policy.name: sync}\n"
                       "  - {policy.name: hybrid, policy.threshold.every: 7}\n"
                       "  - {cluster.workers: 3}\n"
                       "vary: {training.batch: [16, 32]}\n"
                       "baseline: {policy.name: hybrid}\n");
    assert_int_equal(sweep_plan_cell_count(plan), 6);
    assert_int_equal(sweep_plan_key_count(plan), 4);
    assert_string_equal(sweep_plan_key(plan, 2), "cluster.workers");
    assert_string_equal(sweep_plan_value(plan, 1, 0), "sync");
    assert_string_equal(sweep_plan_value(plan, 1, 1), "");
    assert_string_equal(sweep_plan_value(plan, 1, 3), "32");
    const struct scenario *second = sweep_plan_run(plan, 2)->scenario;
    assert_int_equal(second->training.policy.threshold.every, 7);
    const struct scenario *third = sweep_plan_run(plan, 5)->scenario;
    assert_int_equal(third->cluster.workers, 3);
    assert_int_equal(third->training.batch, 32);
    expect_run_value(plan, 4, 0, "hybrid"); // not named: as the scenario has it
    sweep_plan_destroy(plan);
}

// A comparison would look for other settings than the sweep's file says: of a group, its keys.
static void sweep__baseline__is_told_as_settings(void **state) {
    struct sweep_plan *plan = plan_of(
        state, "scenario: base.yaml\n"
               "vary:\n"
               "  policy: [{name: hybrid, threshold: {every: 7}}, {name: sync}]\n"
               "  training.batch: [16, 32]\n"
               "baseline: {training.batch: 32, policy: {name: hybrid, threshold: {every: 7}}}\n");
    assert_int_equal(sweep_plan_baseline_count(plan), 3);
    assert_string_equal(sweep_plan_baseline(plan, 0), "training.batch=32");
    assert_string_equal(sweep_plan_baseline(plan, 1), "policy.name=hybrid");
    assert_string_equal(sweep_plan_baseline(plan, 2), "policy.threshold.every=7");
    sweep_plan_destroy(plan);
}

// Points outside of their range, or off the whole numbers, are not what was asked for.
static void sweep__designs__stay_in_their_ranges(void **state) {
    static const char *const designs[] = {"random", "latin_hypercube", "sobol"};
    for (size_t i = 0; i < 3; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 "scenario: base.yaml\n"
                 "%s:\n"
                 "  points: 20\n"
                 "  over:\n"
                 "    training.learning_rate: {from: 0.001, to: 0.1, scale: log}\n"
                 "    cluster.workers: {from: 5, to: 50}\n"
                 "    cluster.delay.std: {from: 100 ms, to: 2 s}\n"
                 "    policy.combine: [sum, mean]\n"
                 "set: {cluster.delay: {law: normal}}\n"
                 "vary: {policy.name: [hybrid, sync]}\n",
                 designs[i]);
        struct sweep_plan *plan = plan_of(state, text);
        size_t means = 0;
        assert_int_equal(sweep_plan_cell_count(plan), 40);
        assert_int_equal(sweep_plan_run_count(plan), 40);
        for (size_t run = 0; run < 40; run++) {
            const struct scenario *scenario = sweep_plan_run(plan, run)->scenario;
            assert_true(scenario->training.learning_rate >= 0.001 &&
                        scenario->training.learning_rate <= 0.1);
            assert_true(scenario->cluster.workers >= 5 && scenario->cluster.workers <= 50);
            means += strcmp(sweep_plan_value(plan, run, 3), "mean") == 0;
        }
        for (size_t run = 0; run < 40; run += 2) { // both policies meet the same points
            assert_string_equal(sweep_plan_value(plan, run, 0), sweep_plan_value(plan, run + 1, 0));
        }
        assert_true(means >= 10 && means <= 30);
        sweep_plan_destroy(plan);
    }
}

// A cell that was ruled out would cost its hours; one that was not would be missing.
static void sweep__where__keeps_what_satisfies_all(void **state) {
    struct sweep_plan *plan =
        plan_of(state, "scenario: base.yaml\n"
                       "vary:\n"
                       "  policy.threshold.every: [16, 64]\n"
                       "  training.batch: [32, 128]\n"
                       "  policy.name: [hybrid, sync]\n"
                       "where:\n"
                       "  - {key: policy.threshold.every, above: training.batch}\n"
                       "  - {at_most: 100, key: training.batch}\n"
                       "baseline: {policy.name: sync, policy.threshold.every: 64}\n");
    // hybrid 64/32; sync has no threshold: 16/32 and 64/32
    assert_int_equal(sweep_plan_cell_count(plan), 3);
    assert_int_equal(sweep_plan_run_count(plan), 2);
    assert_string_equal(sweep_plan_value(plan, 1, 0), "64");
    assert_string_equal(sweep_plan_value(plan, 1, 2), "hybrid");
    sweep_plan_destroy(plan);
    plan = plan_of(state, "scenario: base.yaml\n"
                          "set: {cluster.delay: {law: normal, std: 1 s}}\n"
                          "vary: {cluster.delay.std: [100 ms, 500 ms, 1 s]}\n"
                          "where:\n"
                          "  - {key: cluster.delay.std, below: 1000 ms}\n"
                          "  - {key: cluster.delay.std, not: 0.1 s}\n"
                          "  - {key: policy.name, equals: hybrid}\n"
                          "baseline: {cluster.delay.std: 1 s}\n");
    assert_int_equal(sweep_plan_cell_count(plan), 1);
    assert_string_equal(sweep_plan_value(plan, 0, 0), "500 ms");
    sweep_plan_destroy(plan);
}

// The stagger 0 of an event and the momentum 0 are in no canonical form, but they are there: a
// condition that they do not satisfy would hold. So it would of the share of a part, deep in a map.
static void sweep__where__knows_defaults_and_parts(void **state) {
    struct sweep_plan *plan = plan_of(
        state, "scenario: base.yaml\n"
               "set: {cluster.events: {nap: {event: pause, workers: 2, at: 1 s, for: 1 s}}, "
               "cluster.compute: {law: mixture, parts: {a: "
               "{law: exponential, mean: 1 s}, b: {share: 1 %, law: constant, value: 2 s}}}}\n"
               "vary:\n"
               "  cluster.events.nap.stagger: [0 s, 2 s, 4 s]\n"
               "  training.momentum: [0, 0.5, 0.9]\n"
               "  cluster.compute.parts.b.share: [1 %, 10 %, 20 %]\n"
               "where:\n"
               "  - {key: cluster.events.nap.stagger, at_least: 2 s}\n"
               "  - {key: training.momentum, above: 0.1}\n"
               "  - {key: cluster.compute.parts.b.share, at_most: 10 %}\n");
    assert_int_equal(sweep_plan_cell_count(plan), 2 * 2 * 2);
    sweep_plan_destroy(plan);
}

// A missing scenario is missing input, and it counts from the sweep's own folder.
static void sweep__missing_scenario__is_missing_input(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = NULL;
    struct error error = {0};
    scratch_write(state, "sweep.yaml", "scenario: none.yaml\n");
    scratch_path(state, "sweep.yaml", path);
    assert_int_equal(sweep_plan_read(path, NULL, 0, &plan, &error), STATUS_NO_INPUT);
    assert_int_equal(strncmp(error.message, *state, strlen(*state)), 0);
    assert_non_null(strstr(error.message, "/none.yaml: error: cannot be opened"));
    struct sweep_file *file = NULL;
    assert_int_equal(sweep_file_open("no/such.yaml", &file, &error), STATUS_NO_INPUT);
    assert_null(file);
}

// The sweep that ships must be the demo: three policies, five rounds, async as the baseline.
static void sweep__demo__is_three_policies_five_times(void **state) {
    (void)state;
    struct sweep_plan *plan = NULL;
    struct error error = {0};
    if (sweep_plan_read("scenarios/demo_sweep.yaml", NULL, 0, &plan, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(sweep_plan_run_count(plan), 15);
    assert_int_equal(sweep_plan_round_count(plan), 5);
    assert_string_equal(sweep_plan_baseline(plan, 0), "policy.name=async");
    sweep_plan_destroy(plan);
}

// Bounds that are written as whole numbers are those of a whole number only where the key is one: a
// rate between 1 and 3 is not 1, 2 or 3, and of workers between 1 and 3 each must come.
static void sweep__designs_with_whole_bounds__are_whole_where_the_key_is(void **state) {
    struct sweep_plan *plan = plan_of(state, "scenario: base.yaml\n"
                                             "latin_hypercube:\n"
                                             "  points: 12\n"
                                             "  over:\n"
                                             "    training.learning_rate: {from: 1, to: 3}\n"
                                             "    cluster.workers: {from: 1, to: 3}\n");
    size_t seen[4] = {0};
    size_t fractions = 0;
    for (size_t run = 0; run < 12; run++) {
        const struct scenario *scenario = sweep_plan_run(plan, run)->scenario;
        double rate = scenario->training.learning_rate;
        assert_true(rate >= 1 && rate <= 3);
        fractions += rate > (double)(int)rate;
        assert_true(scenario->cluster.workers >= 1 && scenario->cluster.workers <= 3);
        seen[scenario->cluster.workers]++;
    }
    assert_true(fractions >= 11);
    for (size_t workers = 1; workers <= 3; workers++) {
        assert_int_equal(seen[workers], 4); // a third of the parts of a Latin hypercube
    }
    sweep_plan_destroy(plan);
}

// Whether a bound belongs to it is the difference between two of the words.
static void sweep__where_at_the_bound__is_as_the_word_says(void **state) {
    static const struct {
        const char *word;
        size_t cells; // of 16, 32 and 64 against 32
    } words[] = {{"equals", 1},  {"not", 2},   {"at_least", 2},
                 {"at_most", 2}, {"above", 1}, {"below", 1}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "scenario: base.yaml\nvary: {training.batch: [16, 32, 64]}\n"
                 "where: [{key: training.batch, %s: 32}]\n",
                 words[i].word);
        struct sweep_plan *plan = plan_of(state, text);
        assert_int_equal(sweep_plan_cell_count(plan), words[i].cells);
        sweep_plan_destroy(plan);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sweep__grid__is_the_product_in_file_order, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__baseline__is_told_as_settings, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__value_of_a_run__is_what_its_canonical_form_has,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__every_run__is_its_cell_resolved, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__models_and_their_sizes__land_in_their_runs,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__equal_cells__are_one_run, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__without_a_baseline__has_none, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__values_that_are_maps__are_set_as_such, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__settings__come_between_set_and_vary, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__list__has_its_cells_and_no_others, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__designs__stay_in_their_ranges, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__where__keeps_what_satisfies_all, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__where__knows_defaults_and_parts, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__missing_scenario__is_missing_input, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__demo__is_three_policies_five_times, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(
            sweep__designs_with_whole_bounds__are_whole_where_the_key_is, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__where_at_the_bound__is_as_the_word_says,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("sweep_plan", tests, NULL, NULL);
}
