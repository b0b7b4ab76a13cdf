// SPDX-License-Identifier: GPL-3.0-or-later
// What a refused scenario says below the line: what is meant, and where a key stands. Each hint
// stands for one kind of slip, made in several places.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_parse.h"

struct slip {
    const char *key; // NULL: the value is the text of a file
    const char *value;
    const char *says;
    const char *says_not; // NULL: nothing
};

static void expect_hints(const struct slip *slips, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct scenario scenario;
        struct error error = {0};
        const struct scenario_setting setting = {slips[i].key, slips[i].value};
        const char *text = slips[i].key == NULL ? slips[i].value : "policy: hybrid\n";
        assert_int_equal(scenario_parse("t", text, strlen(text), &setting, slips[i].key != NULL,
                                        &scenario, &error),
                         STATUS_BAD_DATA);
        if (strstr(error.message, slips[i].says) == NULL ||
            (slips[i].says_not != NULL && strstr(error.message, slips[i].says_not) != NULL)) {
            fail_msg("expected %s, and not %s\ngot %s", slips[i].says,
                     slips[i].says_not == NULL ? "-" : slips[i].says_not, error.message);
        }
    }
}

// "Async" is three letters from "sync" and none from what is meant.
static void scenario_hints__wrong_case__finds_the_word(void **state) {
    (void)state;
    static const struct slip slips[] = {
        {"policy.name", "Async", "did you mean 'async'?", NULL},
        {"policy", "SSP", "did you mean 'ssp'?", NULL},
        {"model", "MNIST_Ray", "did you mean 'mnist_ray'?", NULL},
        {"data.name", "CIFAR10", "did you mean 'cifar10'?", NULL},
        {"policy.combine", "MEAN", "did you mean 'mean'?", NULL},
        {"cluster.delay", "{law: NORMAL, mean: 1 s}", "did you mean 'normal'?", NULL},
        {NULL, "POLICY: hybrid\n", "did you mean 'policy'?", NULL},
        {NULL, "cluster: {COMPUTE: 1 s}\n", "did you mean 'compute'?", NULL},
    };
    expect_hints(slips, sizeof slips / sizeof slips[0]);
}

// A key named at the wrong place of several sends the user away from the one that is meant.
static void scenario_hints__key_in_the_wrong_place__names_all_nearest_first(void **state) {
    (void)state;
    static const struct slip slips[] = {
        {"policy.every", "10",
         "'every' stands under 'policy.threshold' or under 'training.rate' or under 'evaluation'",
         NULL},
        {NULL, "policy: {name: hybrid, every: 100}\n", "'every' stands under 'policy.threshold' or",
         NULL},
        {NULL, "training: {every: 100}\n", "'every' stands under 'training.rate' or", NULL},
        {NULL, "threshold: {every: 3}\n", "'threshold' stands under 'policy'; ", NULL},
        {"network.latency", "1 ms", "'network' stands under 'cluster'; ", NULL},
        {NULL, "rate: {decay: 3}\n", "'rate' stands under 'training'; ", "did you mean"},
        {NULL, "training: {cluster: {workers: 3}}\n", "'cluster' stands at the top; ", NULL},
        {NULL, "training: {seed: 3}\n", "'seed' stands at the top or under 'data'; ", NULL},
    };
    expect_hints(slips, sizeof slips / sizeof slips[0]);
}

// The reason must be the mistake: a number that is right in itself is not "written out".
static void scenario_hints__reason__is_of_what_is_wrong(void **state) {
    (void)state;
    static const char written_out[] = "a whole number is written out";
    static const struct slip slips[] = {
        {"cluster.compute", "180..220 ms", "not a unit of time", written_out},
        {"cluster.start_up", "5..6 s", "not a unit of time", written_out},
        {"end", "1e9 h", "longer than 126 years", written_out},
        {"cluster.start_up", "1e12 min", "longer than 126 years", written_out},
        {"cluster.workers", "8,5", "must be a whole number", "decimals"},
        {"training.batch", "0,5", "must be a whole number", "decimals"},
        {"cluster.workers", "1,000", "thousands without a comma", NULL},
        {"training.learning_rate", "0,01", "decimals are written with a point: 0.01", NULL},
        {"training.learning_rate", "01", "decimals are written with a point", "point: 1"},
        {"cluster.delay", "{law: constant, value: 1 s, workers: 0.25}",
         "a share is written in percent: 25 %", NULL},
        {"cluster.delay", "{law: constant, value: 1 s, workers: 12.5}",
         "a share is written in percent: 12.5 %", NULL},
    };
    expect_hints(slips, sizeof slips / sizeof slips[0]);
}

// What is wrong with a file as a whole shows in its first line, too.
static void scenario_hints__file_that_is_no_map__says_what_is_missing(void **state) {
    (void)state;
    static const char quotes[] = "is put in quotes";
    static const struct slip slips[] = {
        {NULL, "end:20 s", HINT_MISSING_BLANK, NULL},
        {NULL, "end:20 s\nseed: 1\n", HINT_MISSING_BLANK, NULL},
        {NULL, "model", "for example", HINT_MISSING_BLANK},
        {NULL, "title: a: b\nseed: 1\n", quotes, NULL},
        {NULL, "seed: 1\ntitle: SGD: b\n", quotes, NULL},
        {NULL, "{title: a: b}\n", quotes, NULL},
        {NULL, "title: @b\n", quotes, NULL},
        {NULL, "{seed: 1, end: [1\n", "not YAML", quotes},
        {NULL, "scenario: a.yaml\nvary: {seed: [1]}\nrounds: 2\nset: {end: 1 s}\n",
         "t:2:1: error: this is a sweep, not a scenario", "unknown key"},
        {NULL, "scenario: a.yaml\n", "desgd sweep FILE -o DIR", "unknown key"},
    };
    expect_hints(slips, sizeof slips / sizeof slips[0]);
}

// Books call them otherwise. A lognormal law's mean is no mu: nothing is better than a wrong hint.
static void scenario_hints__names_of_elsewhere__find_the_word(void **state) {
    (void)state;
    static const struct slip slips[] = {
        {"cluster.compute", "{law: gaussian, mean: 1 s}", "did you mean 'normal'?", NULL},
        {"cluster.compute", "{law: normal, mu: 1 s}", "did you mean 'mean'?", NULL},
        {"cluster.compute", "{law: normal, sigma: 1 s}", "did you mean 'std'?", NULL},
        {"cluster.compute", "{law: lognormal, mu: 1 s}", "has no 'mu'", "did you mean"},
        {"policy.name", "bsp", "did you mean 'sync'?", NULL},
        {"training.lr", "0.1", "did you mean 'learning_rate'?", NULL},
    };
    expect_hints(slips, sizeof slips / sizeof slips[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenario_hints__wrong_case__finds_the_word),
        cmocka_unit_test(scenario_hints__key_in_the_wrong_place__names_all_nearest_first),
        cmocka_unit_test(scenario_hints__reason__is_of_what_is_wrong),
        cmocka_unit_test(scenario_hints__file_that_is_no_map__says_what_is_missing),
        cmocka_unit_test(scenario_hints__names_of_elsewhere__find_the_word),
    };
    return cmocka_run_group_tests_name("scenario_hints", tests, NULL, NULL);
}
