// SPDX-License-Identifier: GPL-3.0-or-later
// Keys of a sweep that coincide or contain one another are refused, and both places are named.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/sweep/sweep_overlap.h"
#include "sim/sweep/sweep_plan.h"
#include "tests/support/scratch.h"

static enum status read_with(void *const *state, const char *lines,
                             const struct scenario_setting *settings, size_t setting_count,
                             struct error *error) {
    char path[SCRATCH_PATH_SIZE];
    char text[1024];
    struct sweep_plan *plan = NULL;
    scratch_write(state, "base.yaml", "policy: {name: hybrid}\n");
    snprintf(text, sizeof text, "scenario: base.yaml\n%s\n", lines);
    scratch_write(state, "sweep.yaml", text);
    scratch_path(state, "sweep.yaml", path);
    enum status status = sweep_plan_read(path, settings, setting_count, &plan, error);
    sweep_plan_destroy(plan);
    return status;
}

static enum status read_sweep(void *const *state, const char *lines, struct error *error) {
    return read_with(state, lines, NULL, 0, error);
}

// With both places, each as FILE:LINE:COLUMN.
static void expect_refused(void *const *state, const char *lines, const char *here,
                           const char *there) {
    char path[SCRATCH_PATH_SIZE];
    char place[2][SCRATCH_PATH_SIZE + 32];
    struct error error = {0};
    scratch_path(state, "sweep.yaml", path);
    snprintf(place[0], sizeof place[0], "%s:%s: error: ", path, here);
    snprintf(place[1], sizeof place[1], " at %s:%s", path, there);
    enum status status = read_sweep(state, lines, &error);
    if (status != STATUS_BAD_DATA || strncmp(error.message, place[0], strlen(place[0])) != 0 ||
        strstr(error.message, place[1]) == NULL) {
        fail_msg("%s\nexpected %s and %s\ngot %s", lines, place[0], place[1],
                 status == STATUS_OK ? "a plan" : error.message);
    }
}

#define VARY "vary: {training.learning_rate: [0.01, 0.03]}"
#define LAWS "cluster.compute: [1 s, {law: uniform, min: 1 s, max: 2 s}]"

// Otherwise an axis is lost without a word, or rows of a table differ in nothing.
static void sweep__keys_that_overlap__are_refused_with_both_places(void **state) {
    static const struct {
        const char *lines, *here, *there;
    } cases[] = {
        // vary against vary, in either order, and as deep as there are groups
        {"vary: {training.batch: [1], training: [{batch: 2}]}", "2:29", "2:8"},
        {"vary: {training: [{batch: 2}], training.batch: [1]}", "2:32", "2:8"},
        {"vary: {training.batch: [1], training.batch: [2]}", "2:29", "2:8"},
        {"vary: {policy: [{name: async}], policy.threshold.every: [1]}", "2:33", "2:8"},
        {"vary: {policy.threshold: [3], policy.threshold.every: [1]}", "2:31", "2:8"},
        // a group that says other keys than the one inside it
        {"vary: {training.batch: [1], training: [{learning_rate: 0.1}]}", "2:29", "2:8"},
        {"vary: {data: [{name: random}], data.classes: [4]}", "2:32", "2:8"},
        // a law against its parameter
        {"vary: {" LAWS ", cluster.compute.mean: [1 s]}", "2:68", "2:8"},
        {"vary: {cluster.compute.mean: [1 s], " LAWS "}", "2:37", "2:8"},
        // list against vary, and within a cell
        {"list: [{training: {batch: 2}}]\nvary: {training.batch: [1]}", "3:8", "2:9"},
        {"vary: {training: [{batch: 2}]}\nlist: [{training.batch: 1}]", "2:8", "3:9"},
        {"list: [{ties: fifo}, {training.batch: 1}]\n" VARY "\nsobol: {points: 2, over: "
         "{training: [{batch: 1}]}}",
         "4:27", "2:23"},
        {"list: [{training: {batch: 2}, training.batch: 1}]", "2:31", "2:9"},
        {"list: [{training.batch: 1, training.batch: 1}]", "2:28", "2:9"},
        // designs against vary, list, one another, and within one
        {"random: {points: 2, over: {training: [{batch: 1}]}}\n" VARY, "3:8", "2:28"},
        {"sobol: {points: 2, over: {training.batch: [1]}}\nvary: {training: [{batch: 1}]}", "3:8",
         "2:27"},
        {"random: {points: 2, over: {training.batch: [1]}}\n"
         "sobol: {points: 2, over: {training: [{batch: 1}]}}",
         "3:27", "2:28"},
        {"sobol: {points: 2, over: {training.batch: [1], training: [{batch: 1}]}}", "2:48", "2:27"},
        {"sobol: {points: 2, over: {training.batch: [1], training.batch: [2]}}", "2:48", "2:27"},
        // tune against all of them
        {"vary: {training: [{batch: 1}]}\ntune: {key: training.learning_rate, values: [1, 2]}",
         "3:13", "2:8"},
        {VARY "\ntune: {key: training, values: [{batch: 1}, {batch: 2}]}", "3:13", "2:8"},
        {"list: [{training: {batch: 1}}]\ntune: {key: training.batch, values: [1, 2]}", "3:13",
         "2:9"},
        {"sobol: {points: 2, over: {training.batch: [1]}}\n"
         "tune: {key: training, values: [{batch: 1}, {batch: 2}]}",
         "3:13", "2:27"},
        // set against all of them
        {"set: {training.learning_rate: 0.1}\n" VARY, "2:7", "3:8"},
        {"set: {training.batch: 1}\nvary: {training: [{learning_rate: 0.1}]}", "2:7", "3:8"},
        {"set: {cluster.compute.mean: 1 s}\nvary: {" LAWS "}", "2:7", "3:8"},
        {"set: {training.batch: 3}\nsobol: {points: 2, over: {training.batch: [1]}}", "2:7",
         "3:27"},
        {"set: {training.batch: 3}\ntune: {key: training.batch, values: [1, 2]}", "2:7", "3:13"},
        {"set: {training.batch: 3}\ntune: {key: training, values: [{batch: 1}, {batch: 2}]}", "2:7",
         "3:13"},
        {"set: {training.batch: 3}\nlist: [{training.batch: 1}, {training.batch: 2}]", "2:7",
         "3:9"},
        // one key in some cells of a list, a group around it in the others
        {"set: {training.batch: 3}\nlist: [{training: {batch: 1}}, {training.batch: 2}]", "2:7",
         "3:33"},
        // set against set
        {"set: {training.batch: 1, training.batch: 2}", "2:26", "2:7"},
        {"set: {training.batch: 1, training: {batch: 2}}", "2:26", "2:7"},
        {"set: {training: {batch: 2}, training.batch: 1}", "2:29", "2:7"},
        {"set: {cluster.compute.mean: 1 s, cluster.compute: {law: exponential}}", "2:34", "2:7"},
        {"set: {cluster.compute: 3 s, cluster.compute.mean: 1 s}", "2:29", "2:7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_refused(state, cases[i].lines, cases[i].here, cases[i].there);
    }
}

// A key whose name begins like another's is none inside it, and "set" may say the rest of a map.
static void sweep__keys_that_only_look_alike__are_read(void **state) {
    static const char *const cases[] = {
        "vary: {cluster.delay: [1 s], cluster.delays_of: [x]}",
        "vary: {evaluation.test_samples: [10], evaluation.train_samples: [10]}",
        "list: [{training: {batch: 2}}, {training.learning_rate: 0.1}]",
        "set: {training: {batch: 2, learning_rate: 0.1}}\n" VARY,
        "set: {cluster.delay: {law: normal, std: 1 s}}\nvary: {cluster.delay.std: [1 s, 2 s]}",
        "set: {model: mlp, model.hidden: [3]}",
        "set: {cluster.compute: {law: exponential}}\nvary: {cluster.compute.mean: [1 s, 2 s]}",
        "set: {policy: {name: hybrid}, policy.threshold.every: 3}",
        "set: {training.batch: 3}\nlist: [{training.batch: 1}, {ties: fifo}]",
        VARY "\nbaseline: {training.learning_rate: 0.01}\n"
             "where: [{key: training.learning_rate, above: 0.001}]",
    };
    for (size_t i = 1; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {0};
        if (read_sweep(state, cases[i], &error) != STATUS_OK) {
            fail_msg("%s\nis refused: %s", cases[i], error.message);
        }
    }
    struct error error = {0};
    assert_int_equal(read_sweep(state, cases[0], &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "unknown key 'delays_of'"));
}

#define SOBOL "sobol: {points: 2, over: {training.batch: [1, 2]}}"
#define TUNE "tune: {key: training.batch, values: [1, 2]}"

// Otherwise a key of --set that varies everywhere is dropped without a word.
static void setting__that_no_run_would_have__is_refused_with_the_place(void **state) {
    static const struct {
        const char *lines, *key, *value, *varied, *place;
    } cases[] = {
        {VARY, "training.learning_rate", "0.1", "training.learning_rate", ":2:8;"},
        {VARY, "training", "{learning_rate: 0.1}", "training.learning_rate", ":2:8;"},
        {"vary: {training: [{batch: 1}, {batch: 2}]}", "training.batch", "3", "training", ":2:8;"},
        {"vary: {cluster.compute: [1 s, 2 s]}", "cluster.compute.mean", "1 s", "cluster.compute",
         ":2:8;"},
        {"vary: {policy: [{name: async}, {name: sync}]}", "policy.name", "ssp", "policy", ":2:8;"},
        {SOBOL, "training.batch", "3", "training.batch", ":2:27;"},
        {TUNE, "training.batch", "3", "training.batch", ":2:13;"},
        {"list: [{training.batch: 1}, {training.batch: 2}]", "training.batch", "3",
         "training.batch", ":2:9;"},
        {"list: [{training: {batch: 1}}, {training.batch: 2}]", "training.batch", "3",
         "training.batch", ":2:33;"},
        {"set: {ties: fifo}\n" VARY, "training.learning_rate", "0.1", "training.learning_rate",
         ":3:8;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scenario_setting setting = {cases[i].key, cases[i].value};
        struct error error = {0};
        char expected[512];
        enum status status = read_with(state, cases[i].lines, &setting, 1, &error);
        snprintf(expected, sizeof expected,
                 "--set %s=%s: error: has no effect: '%s' varies in every run, at ", cases[i].key,
                 cases[i].value, cases[i].varied);
        if (status != STATUS_BAD_DATA || strncmp(error.message, expected, strlen(expected)) != 0 ||
            strstr(error.message, cases[i].place) == NULL) {
            fail_msg("%s\nexpected %s...%s\ngot %s", cases[i].lines, expected, cases[i].place,
                     status == STATUS_OK ? "a plan" : error.message);
        }
    }
}

// What some run has, or what is the ground of what varies, has an effect.
static void setting__that_some_run_has__is_taken(void **state) {
    static const struct {
        const char *lines, *key, *value;
    } cases[] = {
        {VARY, "training.batch", "3"},
        {VARY, "training", "{batch: 3, learning_rate: 0.1}"},
        {"vary: {training: [{learning_rate: 0.1}, {batch: 2}]}", "training.batch", "3"},
        {"list: [{training.batch: 1}, {ties: fifo}]", "training.batch", "3"},
        {"vary: {cluster.compute.mean: [1 s, 2 s]}", "cluster.compute", "{law: exponential}"},
        {"vary: {model: [mlp, softmax]}", "model.hidden", "[3]"},
        {"set: {training.batch: 2}\n" VARY, "training.batch", "3"},
        {VARY, "seed", "7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scenario_setting setting = {cases[i].key, cases[i].value};
        struct error error = {0};
        if (read_with(state, cases[i].lines, &setting, 1, &error) != STATUS_OK) {
            fail_msg("%s\n--set %s=%s\nis refused: %s", cases[i].lines, cases[i].key,
                     cases[i].value, error.message);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sweep__keys_that_overlap__are_refused_with_both_places,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep__keys_that_only_look_alike__are_read, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(setting__that_no_run_would_have__is_refused_with_the_place,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(setting__that_some_run_has__is_taken, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("sweep_overlap", tests, NULL, NULL);
}
