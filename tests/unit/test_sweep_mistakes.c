// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong in a sweep's file is told at its place, before anything runs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/sweep/sweep_axes.h"
#include "sim/sweep/sweep_condition.h"
#include "sim/sweep/sweep_design.h"
#include "sim/sweep/sweep_plan.h"
#include "sim/sweep/sweep_tune.h"
#include "tests/support/scratch.h"

// The path of the sweep in front of a message is the scratch folder's: compared from behind it.
static void expect_refused(void *const *state, const char *sweep, const char *message) {
    char path[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = NULL;
    struct error error = {0};
    scratch_write(state, "base.yaml", "seed: 10\npolicy: {name: hybrid}\n");
    scratch_write(state, "sweep.yaml", sweep);
    scratch_path(state, "sweep.yaml", path);
    assert_int_equal(sweep_plan_read(path, NULL, 0, &plan, &error), STATUS_BAD_DATA);
    assert_null(plan);
    size_t folder = strlen(path) - strlen("sweep.yaml");
    if (strncmp(error.message + folder, message, strlen(message)) != 0) {
        fail_msg("expected %s\ngot %s", message, error.message + folder);
    }
}

// The same in the new parts of the file.
static void sweep__mistakes_in_lists_designs_and_conditions__are_told_at_their_place(void **state) {
    static const char *const cases[][2] = {
        {"list: {}", "2:7: error: 'list' is a list of cells"},
        {"list: [3]", "2:8: error: a cell of 'list' is a map"},
        {"list: [{polcy.name: sync}]", "2:9: error: unknown key 'polcy'"},
        {"list: [{policy.name: sync, policy.name: sync}]", "2:28: error: "},
        {"list: [{seed: 3}]", "2:9: error: 'seed' cannot vary"},
        {"list: [{training.batch: 1}]\nvary: {training.batch: [2]}",
         "3:8: error: 'training.batch' varies twice: the first time at "},
        {"sobol: 16", "2:8: error: a design is a map with points and over"},
        {"sobol: {points: 0}", "2:17: error: 'points' of a design is a whole number, 1 to 100000"},
        {"sobol: {over: {training.batch: [1]}}", "2:8: error: 'points' of a design"},
        {"sobol: {points: 3}", "2:8: error: 'over' of a design is a map of 1 to 40 keys"},
        {"sobol: {points: 3, seed: 1}", "2:20: error: 'seed' has no place in this design"},
        {"random: {points: 3, seed: x, over: {training.batch: [1]}}",
         "2:27: error: 'seed' of a design"},
        {"random: {points: 3, over: {training.batch: 3}}",
         "2:44: error: a key of a design has a range"},
        {"random: {points: 3, over: {training.batch: {from: 3}}}",
         "2:44: error: 'to' of 'training.batch' is a number or a quantity"},
        {"random: {points: 3, over: {training.batch: {from: 3, to: 3}}}",
         "2:44: error: 'from' is below 'to'"},
        {"random: {points: 3, over: {training.batch: {from: 3, to: 5 s}}}",
         "2:44: error: 'from' is below 'to', and of the same kind"},
        {"random: {points: 3, over: {training.batch: {from: 0, to: 5, scale: log}}}",
         "2:51: error: on a logarithmic scale 'from' is above zero"},
        {"random: {points: 3, over: {training.batch: {from: 1, to: 5, scale: sqrt}}}",
         "2:68: error: a scale is linear or log, got 'sqrt'"},
        {"random: {points: 3, over: {training.batch: {from: 1, to: 5, step: 2}}}",
         "2:61: error: 'step' has no place in a range"},
        {"random: {points: 30, over: {training.batch: {from: 0, to: 1}}}",
         "2:45: error: 'training.batch' must be"},
        {"random: {points: 99999, over: {training.batch: [1]}}\nvary: {cluster.workers: [1, 2]}",
         "3:7: error: a sweep has at most 100000 runs"},
        {"vary: {training.batch: [\"1\\0 2\"]}", "2:25: error: holds a control character: U+0000"},
        {"list: [{title: \"a\\u202Eb\"}]",
         "2:16: error: holds a mark that turns the direction of writing: U+202E"},
        {"tune: 3", "2:7: error: 'tune' is a map"},
        {"tune: {key: training.batch, values: [1]}",
         "2:7: error: 'tune' needs a key and at least two values"},
        {"tune: {values: [1, 2]}", "2:7: error: 'tune' needs a key"},
        {"tune: {key: trainin.batch, values: [1, 2]}", "2:13: error: unknown key 'trainin'"},
        {"tune: {key: training.batch, values: [1, 2], round: 3}",
         "2:45: error: 'round' has no place in 'tune'"},
        {"tune: {key: training.batch, values: [1, 2], rounds: 0}",
         "2:53: error: 'rounds' must be a whole number, 1 to 10000"},
        {"tune: {key: training.batch, values: [1, 2], metric: accuracy}",
         "2:53: error: 'metric' is test_accuracy, test_loss"},
        {"vary: {training.batch: [1]}\ntune: {key: training.batch, values: [1, 2]}",
         "3:13: error: 'training.batch' varies twice"},
        {"where: 3", "2:8: error: 'where' is a list"},
        {"where: [{key: training.batch}]", "2:9: error: a condition is a key, a relation"},
        {"where: [{key: training.batch, at_last: 3}]", "2:31: error: a condition is a key"},
        {"where: [{key: training.batch, at_least: 3, below: 5}]", "2:44: error: a condition is"},
        {"where: [{key: trainin.batch, at_least: 3}]", "2:15: error: unknown key 'trainin'"},
        {"where: [{key: policy.name, at_least: 3}]",
         "2:38: error: 'hybrid' and '3' cannot be ordered"},
        {"where: [{key: training.batch, at_least: 3 s}]",
         "2:41: error: '32' and '3 s' cannot be ordered"},
        {"where: [{key: training.batch, above: 3000}]", "2:8: error: no cell satisfies all"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[1024];
        char message[1024];
        snprintf(text, sizeof text, "scenario: base.yaml\n%s\n", cases[i][0]);
        snprintf(message, sizeof message, "sweep.yaml:%s", cases[i][1]);
        expect_refused(state, text, message);
    }
}

// A condition on what no cell has would always hold.
static void sweep__conditions_on_names_that_no_cell_has__are_told_at_their_place(void **state) {
    expect_refused(state,
                   "scenario: base.yaml\nwhere: [{key: cluster.groups.odd.slowdown, above: 3}]\n",
                   "sweep.yaml:2:15: error: no cell of this sweep has "
                   "'cluster.groups.odd.slowdown'");
    expect_refused(state,
                   "scenario: base.yaml\n"
                   "where: [{key: training.batch, above: cluster.events.nap.stagger}]\n",
                   "sweep.yaml:2:38: error: no cell of this sweep has "
                   "'cluster.events.nap.stagger'");
    expect_refused(state,
                   "scenario: base.yaml\n"
                   "where: [{key: cluster.compute.parts.odd.share, above: 3 %}]\n",
                   "sweep.yaml:2:15: error: no cell of this sweep has "
                   "'cluster.compute.parts.odd.share'");
}

// A mistake in a sweep must be told before hours of runs, at its place.
static void sweep__mistakes__are_told_at_their_place(void **state) {
    expect_refused(state, "", "sweep.yaml:1:1: error: the sweep is empty");
    expect_refused(state, "vary: {}\n", "sweep.yaml:1:1: error: a sweep needs the path");
    expect_refused(state, "scenario: base.yaml\nround: 5\n",
                   "sweep.yaml:2:1: error: unknown key 'round' in a sweep\nround: 5\n^\n"
                   "did you mean 'rounds'?");
    expect_refused(state, "scenario: base.yaml\nrounds: 0\n",
                   "sweep.yaml:2:9: error: 'rounds' must be a whole number, 1 to 10000, got '0'");
    expect_refused(state, "scenario: base.yaml\nrounds: 1\nrounds: 2\n",
                   "sweep.yaml:3:1: error: 'rounds' is written twice");
    expect_refused(state, "scenario: base.yaml\nvary: {policy.name: sync}\n",
                   "sweep.yaml:2:21: error: what varies is a list of values");
    expect_refused(state, "scenario: base.yaml\nvary: {policy.name: []}\n",
                   "sweep.yaml:2:21: error: what varies is a list of values");
    expect_refused(state, "scenario: base.yaml\nvary: {polcy.name: [sync]}\n",
                   "sweep.yaml:2:8: error: unknown key 'polcy'");
    expect_refused(state, "scenario: base.yaml\nvary: {policy.name: [sync, asinc]}\n",
                   "sweep.yaml:2:28: error: 'policy.name' cannot be 'asinc'");
    expect_refused(state, "scenario: base.yaml\nvary: {seed: [1, 2]}\n",
                   "sweep.yaml:2:8: error: 'seed' cannot vary");
    expect_refused(state, "scenario: base.yaml\nset: {cluster.workers: 0}\n",
                   "sweep.yaml:2:24: error: 'cluster.workers' must be");
    expect_refused(state, "scenario: base.yaml\nset: {cluster: {wrokers: 3}}\n",
                   "sweep.yaml:2:17: error: unknown key 'wrokers' under 'cluster'");
    expect_refused(state, "scenario: base.yaml\nset: [1]\n", "sweep.yaml:2:6: error: 'set' is");
    expect_refused(state,
                   "scenario: base.yaml\nvary: {policy.name: [sync]}\nbaseline: {ties: fifo}\n",
                   "sweep.yaml:3:12: error: 'ties' does not vary in this sweep");
    expect_refused(
        state, "scenario: base.yaml\nvary: {policy.name: [sync]}\nbaseline: {policy.name: async}\n",
        "sweep.yaml:3:25: error: the baseline's 'policy.name: async' is not among");
    expect_refused(state, "scenario: base.yaml\nset: {seed: 18446744073709551615}\nrounds: 2\n",
                   "sweep.yaml:3:9: error: 2 rounds from seed 18446744073709551615 on go past");
}

// A grid that nobody can run must not fill the memory first.
static void sweep__too_many_runs__are_refused(void **state) {
    char text[8192] = "scenario: base.yaml\nvary:\n";
    static const char *const keys[] = {"training.batch", "policy.threshold.every",
                                       "cluster.workers"};
    for (size_t i = 0; i < 3; i++) {
        size_t used = strlen(text);
        used += (size_t)snprintf(text + used, sizeof text - used, "  %s: [1", keys[i]);
        for (int value = 2; value <= 100; value++) {
            used += (size_t)snprintf(text + used, sizeof text - used, ", %d", value);
        }
        snprintf(text + used, sizeof text - used, "]\n");
    }
    expect_refused(state, text, "sweep.yaml:3:3: error: a sweep has at most 100000 runs");
}

// Who is told one mistake at a time runs the program once for each.
static void sweep__mistakes_in_several_parts__are_all_told(void **state) {
    static const char *const told[] = {":2:9: error: 'rounds'", ":3:6: error: 'set'",
                                       ":4:8: error: unknown key 'polcy'",
                                       ":5:9: error: a condition", ":6:11: error: 'baseline'"};
    char path[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = NULL;
    struct error error = {0};
    scratch_write(state, "base.yaml", "seed: 10\n");
    scratch_write(state, "sweep.yaml",
                  "scenario: base.yaml\nrounds: x\nset: [1]\nvary: {polcy: [1]}\n"
                  "where: [{key: 3}]\nbaseline: 3\n");
    scratch_path(state, "sweep.yaml", path);
    assert_int_equal(sweep_plan_read(path, NULL, 0, &plan, &error), STATUS_BAD_DATA);
    const char *at = error.message;
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        at = strstr(at, told[i]);
        assert_non_null(at); // in the order of the file
    }
}

// A table of nothing but baselines would be all that a night of runs comes to.
static void sweep__baseline_that_every_cell_has__is_refused(void **state) {
    static const char *const baselines[] = {
        "{policy: {}}", // says nothing of its group
        "{training: {batch: 8}}", "{training.batch: 8}",
        "{policy.name: hybrid}",  "{policy: hybrid, training: {batch: 8}}",
    };
    static const char varied[] =
        "scenario: base.yaml\n"
        "vary: {policy: [{name: hybrid}, {name: hybrid, threshold: {every: 9}}],\n"
        "  training: [{batch: 8}, {batch: 8, learning_rate: 0.5}]}\nbaseline: ";
    char text[512];
    for (size_t i = 0; i < sizeof baselines / sizeof baselines[0]; i++) {
        snprintf(text, sizeof text, "%s%s\n", varied, baselines[i]);
        expect_refused(state, text,
                       "sweep.yaml:4:11: error: every cell has what the baseline says: nothing is "
                       "left to compare with it\n");
    }
    expect_refused(state,
                   "scenario: base.yaml\nvary: {policy.name: [async]}\nbaseline: {policy.name: "
                   "async}\n",
                   "sweep.yaml:3:11: error: every cell has what the baseline says");
}

// A value written twice is one run under two names, or a decimal with a comma.
static void sweep__value_written_twice__is_refused(void **state) {
    static const char *const cases[][2] = {
        {"vary: {policy.name: [hybrid, sync, hybrid]}", "2:36: error: the list has this twice: the "
                                                        "first is at line 2, column 22\n"},
        {"vary: {training.learning_rate: [0,01, 0,02]}", "2:39: error: the list has this twice"},
        {"vary: {training.learning_rate: [1, 1.0]}", "2:36: error: the list has this twice"},
        {"vary: {cluster.compute: [1 s, 1000 ms]}", "2:31: error: the list has this twice"},
        {"vary: {policy: [{name: sync}, {name: sync}]}", "2:31: error: the list has this twice"},
        {"list: [{policy.name: sync}, {policy.name: sync}]", "2:29: error: the list has this"},
        {"tune: {key: training.batch, values: [1, 2, 1]}", "2:44: error: the list has this twice"},
        {"end: 3 s", "2:1: error: unknown key 'end' in a sweep\nend: 3 s\n^\n"
                     "a key of the scenario stands under 'set'; known: "},
        {"policy: hybrid", "2:1: error: unknown key 'policy' in a sweep\npolicy: hybrid\n^\n"
                           "a key of the scenario stands under 'set'; known: "},
        {"seeds: 3", "2:1: error: unknown key 'seeds' in a sweep\nseeds: 3\n^\n"
                     "a key of the scenario stands under 'set'; known: "},
        {"round: 3", "2:1: error: unknown key 'round' in a sweep\nround: 3\n^\ndid you mean "
                     "'rounds'?"},
    };
    char text[512];
    char message[512];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(text, sizeof text, "scenario: base.yaml\n%s\n", cases[i][0]);
        snprintf(message, sizeof message, "sweep.yaml:%s", cases[i][1]);
        expect_refused(state, text, message);
    }
}

// Whoever gives a scenario in place of a sweep is told what to do with it.
static void sweep__file_of_another_kind__is_said_to_be_one(void **state) {
    expect_refused(state, "title: a\npolicy: hybrid\n",
                   "sweep.yaml:2:1: error: this is a scenario, not a sweep\npolicy: hybrid\n^\n"
                   "run it with desgd run FILE");
    expect_refused(state, "end:20 s",
                   "sweep.yaml:1:1: error: a sweep is a map of keys, this is a single value\n"
                   "end:20 s\n^\na space is missing after the colon, as in name: hybrid; for "
                   "example\nscenario: mnist_hybrid.yaml\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            sweep__mistakes_in_lists_designs_and_conditions__are_told_at_their_place, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(
            sweep__conditions_on_names_that_no_cell_has__are_told_at_their_place, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__mistakes__are_told_at_their_place, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__mistakes_in_several_parts__are_all_told,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__value_written_twice__is_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__file_of_another_kind__is_said_to_be_one,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__too_many_runs__are_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__baseline_that_every_cell_has__is_refused,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("sweep_mistakes", tests, NULL, NULL);
}
