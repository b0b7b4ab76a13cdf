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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(settings__value_in_a_file__is_set_as_if_it_were_written,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(settings__mistake_in_a_file__is_told_at_its_place,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("scenario_settings", tests, NULL, NULL);
}
