// SPDX-License-Identifier: GPL-3.0-or-later
// run_scenario: from a scenario to a file, or to an error and no file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/kernels/isa.h"
#include "models/kernels/kernels.h"
#include "sim/run/data_folder.h"
#include "sim/runlog/runlog_reader.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

static enum status run(const struct scenario *scenario, const char *output, const char *data,
                       struct error *error) {
    struct run_options options = {.threads = 1, .output = output, .data_folder = data};
    struct run_outcome outcome;
    *error = (struct error){.message = ""};
    return run_scenario(scenario, &options, &outcome, error);
}

static void timing_only(struct scenario *scenario) {
    small_cluster_parse(scenario, "model: none\nend: 2 s\ncluster: {workers: 3}\n");
}

// The file is there and nothing beside it: no journal, no part.
static void run_scenario__a_run_with_output__leaves_one_file(void **state) {
    struct scenario scenario;
    struct error error;
    struct runlog log = {0};
    struct provenance provenance;
    char path[SCRATCH_PATH_SIZE];
    timing_only(&scenario);
    scratch_path(state, "run.h5", path);
    assert_int_equal(run(&scenario, path, NULL, &error), STATUS_OK);
    assert_int_equal(scratch_count_entries(*state), 1);
    assert_int_equal(runlog_read(path, &log, &provenance, &error), STATUS_OK);
    assert_true(log.gradient_count > 20 && provenance.threads == 1);
    assert_true(provenance.wall_seconds >= 0);
    runlog_reset(&log);
}

// Which kernels computed a gradient belongs to where a run was made: the log names those that ran,
// the fastest of this CPU or the ones that were asked for, and none where none ran.
static void run_scenario__provenance__names_the_kernels_that_ran(void **state) {
    static const char *const keys[] = {"model: none", "model: quadratic",
                                       "{model: mnist_ray, arithmetic: openblas}",
                                       "model: mnist_ray", "model: mnist_ray"};
    const struct kernels *generic = kernels_of(KERNELS_GENERIC);
    const char *const expected[] = {"", "", "", kernels_of(kernels_best_isa())->isa, "generic"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct scenario scenario;
        struct error error;
        struct run_outcome outcome;
        struct runlog log = {0};
        struct provenance provenance;
        char path[SCRATCH_PATH_SIZE];
        small_cluster_parse(&scenario, "%s", keys[i]);
        scenario.end = (struct end_options){.kind = END_UPDATES, .count = 2};
        scenario.evaluation = (struct evaluation_options){0};
        struct run_options options = {.threads = 1,
                                      .kernels = i == 4 ? generic : NULL,
                                      .output = scratch_path(state, "run.h5", path)};
        assert_int_equal(run_scenario(&scenario, &options, &outcome, &error), STATUS_OK);
        assert_int_equal(runlog_read(path, &log, &provenance, &error), STATUS_OK);
        assert_string_equal(provenance.isa, expected[i]);
        runlog_reset(&log);
    }
}

// An earlier log is replaced by the new one, not added to; so is what mktemp makes.
static void run_scenario__an_existing_log__is_replaced(void **state) {
    struct scenario scenario;
    struct error error;
    struct runlog log = {0};
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "run.h5", path);
    fclose(fopen(path, "w"));
    timing_only(&scenario);
    assert_int_equal(run(&scenario, path, NULL, &error), STATUS_OK);
    assert_int_equal(run(&scenario, path, NULL, &error), STATUS_OK);
    assert_int_equal(runlog_read(path, &log, NULL, &error), STATUS_OK);
    runlog_reset(&log);
}

// Paths where no file can be are refused before the run, and leave nothing behind.
static void run_scenario__an_impossible_output__cannot_be_created(void **state) {
    struct scenario scenario;
    struct error error;
    char path[SCRATCH_PATH_SIZE];
    timing_only(&scenario);
    assert_int_equal(run(&scenario, scratch_path(state, "no/such/run.h5", path), NULL, &error),
                     STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, path));
    close(open(scratch_path(state, "file", path), O_CREAT | O_WRONLY, 0600));
    assert_int_equal(run(&scenario, scratch_path(state, "file/run.h5", path), NULL, &error),
                     STATUS_CANNOT_CREATE);
    assert_int_equal(run(&scenario, *state, NULL, &error), STATUS_CANNOT_CREATE); // a folder
    assert_int_equal(scratch_count_entries(*state), 1);
}

// Without its data a run neither starts nor leaves a file.
static void run_scenario__missing_data__leaves_no_file(void **state) {
    struct scenario scenario;
    struct error error;
    char path[SCRATCH_PATH_SIZE];
    small_cluster_parse(&scenario, "model: mnist_ray\n");
    scratch_path(state, "run.h5", path);
    assert_int_equal(run(&scenario, path, "/no/such/folder", &error), STATUS_NO_INPUT);
    assert_int_equal(scratch_count_entries(*state), 0);
}

// A run that cannot reach its end is an error of the scenario, but what it played until then is not
// thrown away, nor does it pass for a run that is done.
static void run_scenario__a_failed_run__keeps_what_was_played(void **state) {
    struct scenario scenario;
    struct error error;
    struct runlog log = {0};
    char path[SCRATCH_PATH_SIZE];
    small_cluster_parse(
        &scenario, "model: none\nend: 10 updates\ncluster: {workers: 1, compute: 1000000 h}\n");
    scratch_path(state, "run.h5", path);
    assert_int_equal(run(&scenario, path, NULL, &error), STATUS_BAD_DATA);
    assert_non_null(
        strstr(error.message, "the run has failed: computing of gradient 2 of worker 0"));
    assert_int_equal(scratch_count_entries(*state), 1);
    assert_int_equal(runlog_read(path, &log, NULL, &error), STATUS_OK);
    assert_int_equal(log.ending.status, RUN_FAILED);
    assert_false(run_status_has_ended(log.ending.status));
    assert_int_equal(log.update_count, 2);
    runlog_reset(&log);
}

// A diverged run is a result, and its file is whole.
static void run_scenario__a_diverged_run__has_its_file(void **state) {
    struct scenario scenario;
    struct error error;
    struct runlog log = {0};
    char path[SCRATCH_PATH_SIZE];
    small_cluster_parse(&scenario, "model: mnist_ray\nend: 500 gradients\n"
                                   "training: {batch: 4, learning_rate: 1e30}\n"
                                   "evaluation: {test_samples: 10, train_samples: 0}\n");
    scratch_path(state, "run.h5", path);
    assert_int_equal(run(&scenario, path, NULL, &error), STATUS_DIVERGED);
    assert_int_equal(scratch_count_entries(*state), 1);
    assert_int_equal(runlog_read(path, &log, NULL, &error), STATUS_OK);
    assert_int_equal(log.ending.status, RUN_DIVERGED);
    runlog_reset(&log);
}

// --threads has to have a default that can run.
static void run_default_threads__here__is_at_least_one(void **state) {
    (void)state;
    assert_in_range(run_default_threads(), 1, sysconf(_SC_NPROCESSORS_CONF));
}

// --data goes before $DESGD_DATA, that before ./data.
static void data_folder__several_places__the_nearest_one(void **state) {
    (void)state;
    char kept[SCRATCH_PATH_SIZE] = "";
    const char *before = getenv("DESGD_DATA");
    if (before != NULL) {
        snprintf(kept, sizeof kept, "%s", before);
    }
    setenv("DESGD_DATA", "/from/environment", 1);
    assert_string_equal(data_folder("/chosen"), "/chosen");
    assert_string_equal(data_folder(NULL), "/from/environment");
    setenv("DESGD_DATA", "", 1);
    assert_string_equal(data_folder(NULL), "data");
    unsetenv("DESGD_DATA");
    assert_string_equal(data_folder(NULL), "data");
    if (kept[0] != 0) {
        setenv("DESGD_DATA", kept, 1);
    }
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(run_scenario__a_run_with_output__leaves_one_file),
        IN_A_FOLDER(run_scenario__provenance__names_the_kernels_that_ran),
        IN_A_FOLDER(run_scenario__an_existing_log__is_replaced),
        IN_A_FOLDER(run_scenario__an_impossible_output__cannot_be_created),
        IN_A_FOLDER(run_scenario__missing_data__leaves_no_file),
        IN_A_FOLDER(run_scenario__a_failed_run__keeps_what_was_played),
        IN_A_FOLDER(run_scenario__a_diverged_run__has_its_file),
        cmocka_unit_test(run_default_threads__here__is_at_least_one),
        cmocka_unit_test(data_folder__several_places__the_nearest_one),
    };
    return cmocka_run_group_tests_name("run_scenario", tests, NULL, NULL);
}
