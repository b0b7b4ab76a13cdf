// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that go on from an interrupt at a moment, or with inputs, that resume must look at twice.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "sim/run/resume.h"
#include "sim/runlog/hdf5_door.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/simulation/checkpoint.h"
#include "tests/support/hdf5_file.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

static volatile sig_atomic_t stop;
static volatile sig_atomic_t requests;
static char notices[4096];

// Raises "stop" at the last of so many rows.
struct stopper {
    int64_t events_left;
    int64_t evaluations_left;
    int64_t events_to_keep; // a checkpoint is asked for behind so many
};

static void count_event(void *context, const struct event_row *row) {
    struct stopper *stopper = context;
    (void)row;
    stop = stop || --stopper->events_left == 0;
    requests += --stopper->events_to_keep == 0;
}

static void count_evaluation(void *context, const struct evaluation_row *row) {
    struct stopper *stopper = context;
    (void)row;
    stop = stop || --stopper->evaluations_left == 0;
}

static void note(const char *sentence) {
    size_t used = strlen(notices);
    snprintf(notices + used, sizeof notices - used, "%s\n", sentence);
}

static enum status go(const struct scenario *scenario, const char *output, struct stopper stopper,
                      struct run_outcome *outcome, struct error *error) {
    const struct run_sink sink = {
        .context = &stopper, .event = count_event, .evaluation = count_evaluation};
    struct run_options options = {.output = output,
                                  .threads = 1,
                                  .checkpoints = true,
                                  .resume = true,
                                  .interrupted = &stop,
                                  .checkpoint_requests = &requests,
                                  .notice = note,
                                  .sinks = &sink,
                                  .sink_count = 1};
    stop = 0;
    requests = 0;
    notices[0] = 0;
    return run_scenario(scenario, &options, outcome, error);
}

static void expect_same_log(const char *undisturbed, const char *resumed) {
    struct runlog a = {0};
    struct runlog b = {0};
    assert_int_equal(runlog_read(undisturbed, &a, NULL, NULL), STATUS_OK);
    assert_int_equal(runlog_read(resumed, &b, NULL, NULL), STATUS_OK);
    small_cluster_expect_equal(&a, &b, resumed);
    runlog_reset(&a);
    runlog_reset(&b);
}

// Between two events there may be more evaluations than are asked for at once; a run that is
// stopped among them must neither do one twice nor leave one out when it goes on, wherever that is:
// in the first 64, behind them, or in the last before the next event.
static void resume__stopped_among_many_evaluations__has_each_once(void **state) {
    char whole[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE];
    struct scenario scenario;
    struct run_outcome outcome;
    struct error error = {0};
    static const int64_t moments[] = {1, 60, 64, 65, 130, 199, 201, 202};
    small_cluster_parse(&scenario, "seed: 5\nmodel: {name: quadratic, dimension: 3}\n"
                                   "end: 450 ms\npolicy: {name: async}\n"
                                   "evaluation: {every: 1 ms}\n"
                                   "cluster: {workers: 1, compute: 200 ms}\n");
    scratch_path(state, "whole.h5", whole);
    scratch_path(state, "stopped.h5", path);
    assert_int_equal(go(&scenario, whole, (struct stopper){0}, &outcome, &error), STATUS_OK);
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        struct runlog log = {0};
        struct stopper stopper = {.evaluations_left = moments[i]};
        assert_int_equal(go(&scenario, path, stopper, &outcome, &error), STATUS_INTERRUPTED);
        assert_int_equal(runlog_read(path, &log, NULL, &error), STATUS_OK);
        assert_true(log.evaluation_count >= (size_t)moments[i] && log.evaluation_count < 300);
        runlog_reset(&log);
        if (go(&scenario, path, (struct stopper){0}, &outcome, &error) != STATUS_OK) {
            fail_msg("%s", error.message);
        }
        assert_non_null(strstr(notices, "continues from the checkpoint"));
        expect_same_log(whole, path);
        remove(path);
    }
}

// By counts, several updates of one instant are evaluated: a run that is stopped between two of
// them must neither measure one again nor pass over a multiple.
static void resume__stopped_among_evaluations_by_counts__has_each_once(void **state) {
    char whole[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE];
    struct scenario scenario;
    struct run_outcome outcome;
    struct error error = {0};
    small_cluster_parse(&scenario, "seed: 5\nmodel: {name: quadratic, dimension: 3}\n"
                                   "end: 450 ms\npolicy: {name: async}\n"
                                   "evaluation: {every: 5 updates}\n"
                                   "cluster: {workers: 3, compute: 100 ms}\n");
    scratch_path(state, "whole.h5", whole);
    scratch_path(state, "stopped.h5", path);
    assert_int_equal(go(&scenario, whole, (struct stopper){0}, &outcome, &error), STATUS_OK);
    assert_true(outcome.result.events > 40);
    for (int64_t events = 1; events < 40; events++) {
        struct stopper stopper = {.events_left = events};
        assert_int_equal(go(&scenario, path, stopper, &outcome, &error), STATUS_INTERRUPTED);
        if (go(&scenario, path, (struct stopper){0}, &outcome, &error) != STATUS_OK) {
            fail_msg("%s", error.message);
        }
        expect_same_log(whole, path);
        remove(path);
    }
}

// 12 samples of 2 numbers in three classes.
static void write_data(const char *path, float first) {
    const hsize_t sizes[] = {12, 2};
    float inputs[24];
    int64_t labels[12];
    for (size_t i = 0; i < 24; i++) {
        inputs[i] = i == 0 ? first : (float)i;
        labels[i / 2] = (int64_t)(i / 2 % 3);
    }
    hdf5_quiet();
    hid_t file = hdf5_file_create(path);
    hdf5_file_add(file, "/inputs", H5T_IEEE_F32LE, 2, sizes, H5T_NATIVE_FLOAT, inputs);
    hdf5_file_add(file, "/labels", H5T_STD_I64LE, 1, sizes, H5T_NATIVE_INT64, labels);
    assert_true(H5Fclose(file) >= 0);
}

// A file of the same shape and other numbers: the net begins at the same parameters and nothing
// looks different, but half of the run would be of one set and half of another, and no replay would
// hold.
static void resume__with_other_data_of_the_same_shape__is_refused(void **state) {
    char data[SCRATCH_PATH_SIZE];
    char whole[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE];
    struct scenario scenario;
    struct run_outcome outcome;
    struct error error = {0};
    write_data(scratch_path(state, "data.h5", data), 0);
    small_cluster_parse(&scenario,
                        "model: softmax\nend: 4 s\ntraining: {batch: 2}\n"
                        "data: {name: file, path: %s, test_share: 25 %%}\n"
                        "policy: {name: async}\nevaluation: {every: 1 s}\n"
                        "cluster: {workers: 2, compute: {law: exponential, mean: 100 ms}}\n",
                        data);
    scratch_path(state, "whole.h5", whole);
    scratch_path(state, "stopped.h5", path);
    assert_int_equal(go(&scenario, whole, (struct stopper){0}, &outcome, &error), STATUS_OK);
    struct stopper stopper = {.events_left = 60};
    assert_int_equal(go(&scenario, path, stopper, &outcome, &error), STATUS_INTERRUPTED);
    write_data(data, 0.5F);
    assert_int_equal(go(&scenario, path, (struct stopper){0}, &outcome, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "made with other data"));
    assert_true(outcome.is_foreign);
    write_data(data, 0); // nothing was lost: with the right ones it goes on
    if (go(&scenario, path, (struct stopper){0}, &outcome, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_non_null(strstr(notices, "continues from the checkpoint"));
    expect_same_log(whole, path);
}

// Where a damaged checkpoint was passed over for the one before, that one takes its name: when the
// next comes, the damaged one would else be kept as the one before, and a kill between two renames
// lose all.
static void resume__from_the_previous_checkpoint__keeps_that_as_the_one_before(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char checkpoint[SCRATCH_PATH_SIZE];
    struct scenario scenario;
    struct run_outcome outcome;
    struct error error = {0};
    struct checkpoint read;
    small_cluster_parse(&scenario, "model: {name: quadratic, dimension: 3}\nend: 60 updates\n"
                                   "cluster: {workers: 2, compute: 1 s}\n");
    scratch_path(state, "r.h5", path);
    struct stopper stopper = {.events_to_keep = 30, .events_left = 60};
    assert_int_equal(go(&scenario, path, stopper, &outcome, &error), STATUS_INTERRUPTED);
    FILE *file = fopen(scratch_path(state, "r.h5.checkpoint", checkpoint), "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, -20, SEEK_END), 0); // behind what says whose file it is
    fputs("damaged!", file);
    fclose(file);
    stopper = (struct stopper){.events_left = 45};
    assert_int_equal(go(&scenario, path, stopper, &outcome, &error), STATUS_INTERRUPTED);
    assert_non_null(strstr(notices, "is not used"));
    assert_non_null(strstr(notices, "continues from the checkpoint"));
    scratch_path(state, "r.h5.checkpoint.previous", checkpoint);
    checkpoint_init(&read);
    assert_int_equal(checkpoint_read(checkpoint, &read, &error), STATUS_OK);
    assert_in_range(read.head.events_happened, 29, 32);
    checkpoint_reset(&read);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(resume__stopped_among_many_evaluations__has_each_once),
        IN_SCRATCH(resume__stopped_among_evaluations_by_counts__has_each_once),
        IN_SCRATCH(resume__from_the_previous_checkpoint__keeps_that_as_the_one_before),
        IN_SCRATCH(resume__with_other_data_of_the_same_shape__is_refused),
    };
    return cmocka_run_group_tests_name("resume_moments", tests, NULL, NULL);
}
