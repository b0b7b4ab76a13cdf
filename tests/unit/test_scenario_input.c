// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_input: scenarios out of files and out of logs. (The commands: tests/cli.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/base/memory.h"
#include "sim/run/scenario_input.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_print.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

static const char text[] = "title: of a file\nmodel: none\nend: 1 s\ncluster: {workers: 2}\n";

static void expect_same(const char *path, const struct scenario *expected) {
    struct scenario scenario;
    struct error error = {.message = ""};
    if (scenario_input_read(path, NULL, 0, &scenario, NULL, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    char *a = scenario_print(expected);
    char *b = scenario_print(&scenario);
    assert_string_equal(a, b);
    memory_free(a);
    memory_free(b);
}

// The same scenario, however it comes.
static void scenario_input__a_file_and_its_log__are_one_scenario(void **state) {
    struct scenario scenario;
    struct runlog log;
    char path[SCRATCH_PATH_SIZE];
    struct small_cluster_options options = {.output = scratch_path(state, "a.h5", path)};
    small_cluster_parse(&scenario, "%s", text);
    small_cluster_run_with(&scenario, &options, &log, NULL);
    runlog_reset(&log);
    assert_true(runlog_is_hdf5(path));
    expect_same(path, &scenario);
    scratch_write(state, "a.yaml", text);
    assert_false(runlog_is_hdf5(scratch_path(state, "a.yaml", path)));
    expect_same(path, &scenario);
}

// What begins as HDF5 and is no log has no scenario; what is not there is told as ever.
static void scenario_input__files_that_are_neither__are_refused(void **state) {
    struct scenario scenario;
    struct error error = {.message = ""};
    char path[SCRATCH_PATH_SIZE];
    scratch_write(state, "b.h5", "\x89HDF\r\n\x1a\n and nothing else");
    assert_true(runlog_is_hdf5(scratch_path(state, "b.h5", path)));
    assert_int_equal(scenario_input_read(path, NULL, 0, &scenario, NULL, &error), STATUS_BAD_DATA);
    assert_int_equal(strncmp(error.message, path, strlen(path)), 0);
    scratch_path(state, "none", path);
    assert_false(runlog_is_hdf5(path));
    assert_int_equal(scenario_input_read(path, NULL, 0, &scenario, NULL, &error), STATUS_NO_INPUT);
    assert_false(runlog_is_hdf5("/dev/null"));
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(scenario_input__a_file_and_its_log__are_one_scenario),
        IN_A_FOLDER(scenario_input__files_that_are_neither__are_refused),
    };
    return cmocka_run_group_tests_name("scenario_input", tests, NULL, NULL);
}
