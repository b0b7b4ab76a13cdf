// SPDX-License-Identifier: GPL-3.0-or-later
// run_claim and sweep_claim: what cannot be written without a loss is refused before the first
// write. (tests/cli/test_user_files.c tries every command and every name.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "sim/run/run_claim.h"
#include "sim/run/run_options.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/sweep/sweep_claim.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/scratch.h"
#include "tests/support/story_log.h"

static const char text[] = "model: none\nend: 1 s\n";

// A run of hours would end with "File name too long", or go on without checkpoints.
static void run_claim__name_without_room_for_its_endings__is_refused(void **state) {
    struct scenario scenario;
    struct error error;
    char name[NAME_MAX + 1];
    char path[SCRATCH_PATH_SIZE];
    assert_int_equal(scenario_parse("a", text, strlen(text), NULL, 0, &scenario, NULL), STATUS_OK);
    for (int checkpoints = 0; checkpoints < 2; checkpoints++) {
        size_t room = checkpoints ? sizeof ".checkpoint.previous" : sizeof ".journal.kept";
        size_t longest = NAME_MAX - (room - 1);
        memset(name, 'n', sizeof name);
        struct run_options options = {.output = path, .checkpoints = checkpoints};
        name[longest] = 0;
        scratch_path(state, name, path);
        assert_int_equal(run_claim_check(&scenario, &options, &error), STATUS_OK);
        name[longest] = 'n';
        name[longest + 1] = 0;
        scratch_path(state, name, path);
        assert_int_equal(run_claim_check(&scenario, &options, &error), STATUS_CANNOT_CREATE);
        assert_non_null(strstr(error.message, "the name is too long"));
    }
}

// A sweep's file that lies in the sweep's folder under a name that a sweep gives would be replaced;
// under any other name it may lie there.
static void sweep_claim__input_under_a_name_of_the_sweep__is_refused(void **state) {
    static const struct {
        const char *name;
        enum status status;
    } rows[] = {{"plan.tsv", STATUS_CANNOT_CREATE},
                {"0123456789abcdef.yaml", STATUS_CANNOT_CREATE},
                {"0123456789abcdef.h5.journal", STATUS_CANNOT_CREATE},
                {"sweep.yaml", STATUS_OK},
                {"0123456789abcde.yaml", STATUS_OK}};
    struct sweep_plan *plan = NULL;
    char path[SCRATCH_PATH_SIZE];
    struct error error;
    scratch_write(state, "base.yaml", text);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        scratch_write(state, rows[i].name, "scenario: base.yaml\nrounds: 1\n");
        scratch_path(state, rows[i].name, path);
        assert_int_equal(sweep_plan_read(path, NULL, 0, &plan, &error), STATUS_OK);
        const char *input = path;
        const struct sweep_options options = {.folder = *state, .inputs = &input, .input_count = 1};
        assert_int_equal(sweep_claim_check(plan, &options, &error), rows[i].status);
        assert_true(rows[i].status == STATUS_OK || strstr(error.message, rows[i].name) != NULL);
        sweep_plan_destroy(plan);
    }
}

// Cells take turns with their data, and one of these lies under the name of a run's log, or is one
// by a link: it would be lost.
static void sweep_claim__data_of_any_cell_under_a_name_of_the_sweep__is_refused(void **state) {
    static const char sweep[] = "scenario: base.yaml\nrounds: 2\nset: {model: softmax}\n"
                                "vary:\n  training.learning_rate: [0.1, 0.2]\n"
                                "  data: [{name: file, path: a.h5}, {name: file, path: b.h5}]\n";
    struct sweep_plan *plan = NULL;
    char path[SCRATCH_PATH_SIZE];
    char link_path[SCRATCH_PATH_SIZE];
    struct error error;
    scratch_write(state, "base.yaml", "model: none\nend: 1 s\ncluster: {workers: 1}\n");
    scratch_write(state, "a.h5", "data");
    scratch_write(state, "b.h5", "data");
    scratch_write(state, "sweep.yaml", sweep);
    scratch_path(state, "sweep.yaml", path);
    assert_int_equal(sweep_plan_read(path, NULL, 0, &plan, &error), STATUS_OK);
    const struct sweep_options options = {.folder = *state};
    assert_int_equal(sweep_claim_check(plan, &options, &error), STATUS_OK);
    scratch_path(state, "b.h5", path);
    scratch_path(state, "0123456789abcdef.h5", link_path);
    assert_int_equal(link(path, link_path), 0);
    assert_int_equal(sweep_claim_check(plan, &options, &error), STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, "0123456789abcdef.h5"));
    assert_non_null(strstr(error.message, "b.h5"));
    sweep_plan_destroy(plan);
}

// A log that a law takes its times from is one of desgd's own, which a run would replace.
static void claims__log_of_measured_times__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char link_path[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = NULL;
    struct error error;
    struct runlog log = story_log_create();
    struct provenance provenance = {0};
    scratch_path(state, "times.h5", path);
    scratch_path(state, "0123456789abcdef.h5", link_path);
    assert_int_equal(log_in_memory_write(path, &log, &provenance, NULL), STATUS_OK);
    runlog_reset(&log);
    scratch_write(state, "base.yaml", "model: none\nend: 1 s\ncluster: {workers: 1}\n");
    scratch_write(state, "sweep.yaml",
                  "scenario: base.yaml\nrounds: 1\nvary: {cluster.compute: [1 s, {law: trace, "
                  "file: times.h5, column: compute_ns}]}\n");
    scratch_path(state, "sweep.yaml", path);
    if (sweep_plan_read(path, NULL, 0, &plan, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    const struct sweep_options sweep = {.folder = *state};
    assert_int_equal(sweep_claim_check(plan, &sweep, &error), STATUS_OK);
    assert_int_equal(link(scratch_path(state, "times.h5", path), link_path), 0);
    assert_int_equal(sweep_claim_check(plan, &sweep, &error), STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, "times.h5"));
    const struct run_options run = {.output = link_path};
    const struct scenario *other = sweep_plan_run(plan, 0)->scenario;
    const struct scenario *traced = sweep_plan_run(plan, 1)->scenario;
    assert_int_equal(run_claim_check(other, &run, &error), STATUS_OK);
    assert_int_equal(run_claim_check(traced, &run, &error), STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, "times.h5"));
    sweep_plan_destroy(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(run_claim__name_without_room_for_its_endings__is_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_claim__input_under_a_name_of_the_sweep__is_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(claims__log_of_measured_times__is_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(
            sweep_claim__data_of_any_cell_under_a_name_of_the_sweep__is_refused, scratch_setup,
            scratch_teardown),
    };
    return cmocka_run_group_tests_name("run_claim", tests, NULL, NULL);
}
