// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_settings: values that stand in a file, "--set KEY=@FILE". What else settings do: in
// test_scenario_parse.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_settings.h"
#include "tests/support/scratch.h"

static const char base[] = "model: none\ncluster: {workers: 9, compute: 1 s}\n";

static enum status parse(void *const *state, const char *key, const char *file,
                         struct scenario *scenario, struct error *error) {
    char value[SCRATCH_PATH_SIZE + 1] = "@";
    if (file != NULL) {
        scratch_path(state, file, value + 1);
    }
    const struct scenario_setting setting = {key, value};
    return scenario_parse("t", base, strlen(base), &setting, 1, scenario, error);
}

// One description of a cluster serves many scenarios: its keys are set as if each stood on the
// command line, and the others stay.
static void settings__value_in_a_file__is_set_as_if_it_were_written(void **state) {
    struct scenario scenario;
    struct error error = {.message = ""};
    scratch_write(state, "cluster.yaml",
                  "# theirs\nstart_up: 2 s\ngroups:\n  slow: {workers: 3, slowdown: 4}\n");
    scratch_write(state, "law.yaml", "{law: exponential, mean: 3 s}\n");
    assert_int_equal(parse(state, "cluster", "cluster.yaml", &scenario, &error), STATUS_OK);
    assert_int_equal(scenario.cluster.workers, 9);
    assert_int_equal(scenario.cluster.groups.count, 1);
    assert_true(scenario.cluster.start_up_ns == 2000000000);
    assert_int_equal(parse(state, "cluster.compute", "law.yaml", &scenario, &error), STATUS_OK);
    assert_int_equal(scenario.cluster.compute.law, LAW_EXPONENTIAL);
}

// A mistake is in the file, at its line; a file that is not there is another failure than one that
// is wrong.
static void settings__mistake_in_a_file__is_told_at_its_place(void **state) {
    struct scenario scenario;
    struct error error = {.message = ""};
    scratch_write(state, "wrong.yaml", "workers: 25\ngroups:\n  slow: {worker: 30}\n");
    assert_int_equal(parse(state, "cluster", "wrong.yaml", &scenario, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "wrong.yaml:3:18: error: 'cluster.groups.slow' has the "
                                          "worker 30"));
    assert_int_equal(parse(state, "cluster", "missing.yaml", &scenario, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "missing.yaml"));
    assert_int_equal(parse(state, "cluster", NULL, &scenario, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "'@' is followed by the name of a file"));
}

// What a file is refused for, a map on the command line is refused for, too: as it is set key by
// key, the last of two words would silently win.
static void settings__map_that_no_file_could_have__is_refused_as_in_a_file(void **state) {
    (void)state;
    static const struct {
        const char *key;
        const char *value;
        const char *says; // NULL: it is read
    } cases[] = {
        {"cluster.events", "{x: {event: crash, worker: 3, workers: 4, at: 1 s}}",
         "'cluster.events.x.workers' and 'worker' beside it say the same in two ways"},
        {"cluster.events.x", "{event: crash, workers: 4, worker: 3, at: 1 s}",
         "'cluster.events.x.worker' and 'workers' beside it say the same in two ways"},
        {"cluster", "{groups: {x: {worker: 3, workers: 4}}}",
         "'cluster.groups.x.workers' and 'worker' beside it say the same in two ways"},
        {"cluster.groups", "{\"a.b\": {workers: 3}}",
         "'a.b' cannot be the name of a group under 'cluster.groups'"},
        {"cluster", "{events: {\"a.event\": {event: pause}}}",
         "'a.event' cannot be the name of an event under 'cluster.events'"},
        {"cluster.groups", "{x: {workers: 3}, y: {worker: 4}}", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scenario_setting setting = {cases[i].key, cases[i].value};
        struct scenario scenario;
        struct error error = {.message = ""};
        enum status status =
            scenario_parse("t", base, strlen(base), &setting, 1, &scenario, &error);
        assert_int_equal(status, cases[i].says == NULL ? STATUS_OK : STATUS_BAD_DATA);
        if (cases[i].says != NULL && strstr(error.message, cases[i].says) == NULL) {
            fail_msg("%s", error.message);
        }
    }
}

// A setting below a group whose value is no map must not take the place of that mistake: the run
// would be that of the default cluster, and nobody told.
static void settings__below_a_group_that_is_no_map__leave_the_mistake(void **state) {
    (void)state;
    static const struct {
        const char *group;
        const char *value;
        const char *below;
        const char *says;
    } cases[] = {
        {"cluster", "nonsense", "cluster.workers", "'cluster' takes a map of keys, not a single"},
        {"cluster", "[1, 2]", "cluster.workers", "'cluster' takes a map of keys, not a list"},
        {"cluster.network", "fast", "cluster.network.loss", "'cluster.network' takes a map"},
        {"cluster.groups", "nonsense", "cluster.groups.slow.slowdown", "'cluster.groups'"},
        {"cluster.groups.slow", "3", "cluster.groups.slow.slowdown", "'cluster.groups.slow' takes"},
        {"cluster.events", "[1]", "cluster.events.nap.stagger", "'cluster.events' takes a map"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scenario_setting settings[] = {{cases[i].group, cases[i].value},
                                                    {cases[i].below, "3"}};
        struct scenario scenario;
        struct error error = {.message = ""};
        assert_int_equal(scenario_parse("t", base, strlen(base), settings, 2, &scenario, &error),
                         STATUS_BAD_DATA);
        if (strstr(error.message, cases[i].says) == NULL) {
            fail_msg("%s, then %s: %s", cases[i].group, cases[i].below, error.message);
        }
    }
}

// What is short for a map, or none, is no mistake there.
static void settings__below_a_short_form__set_one_key_of_it(void **state) {
    (void)state;
    const struct scenario_setting settings[] = {{"policy", "hybrid"},
                                                {"policy.threshold", "4"},
                                                {"policy.threshold.start", "2"},
                                                {"cluster.groups", "none"},
                                                {"cluster.groups.slow.slowdown", "2"},
                                                {"cluster.groups.slow.workers", "3"}};
    struct scenario scenario;
    struct error error = {.message = ""};
    assert_int_equal(scenario_parse("t", base, strlen(base), settings, 6, &scenario, &error),
                     STATUS_OK);
    assert_int_equal(scenario.cluster.groups.count, 1);
    assert_true(scenario.cluster.groups.entries[0].slowdown == 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(settings__value_in_a_file__is_set_as_if_it_were_written,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(settings__mistake_in_a_file__is_told_at_its_place,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(settings__map_that_no_file_could_have__is_refused_as_in_a_file),
        cmocka_unit_test(settings__below_a_group_that_is_no_map__leave_the_mistake),
        cmocka_unit_test(settings__below_a_short_form__set_one_key_of_it),
    };
    return cmocka_run_group_tests_name("scenario_settings", tests, NULL, NULL);
}
