// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers behind the figures: means over rounds, seconds, files, and the fit to published
// curves.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/figure_data.h"
#include "sim/report/figure_fit.h"
#include "tests/support/scratch.h"
#include "tests/support/story_log.h"

#define MS INT64_C(1000000)

static void expect_near(double value, double expected) {
    if (!(fabs(value - expected) <= 1e-12 * fmax(1, fabs(expected)))) {
        fail_msg("%.17g is not %.17g", value, expected);
    }
}

static void expect_added(struct figure_data *data, const struct runlog *log) {
    struct error error;
    if (figure_data_add(data, "a.h5", log, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

// The story, and a second round of it: seed 6, accuracies higher by 0.1, 0.2, 0.3, 0.4.
static struct figure_data two_rounds(void) {
    struct figure_data data = {0};
    struct runlog log = story_log_create();
    expect_added(&data, &log);
    memory_free(log.header.scenario);
    log.header.scenario = memory_copy_text("title: Another\n"
                                           "seed: 6\n"
                                           "end: 1300 ms\n"
                                           "policy:\n"
                                           "  name: hybrid\n"
                                           "  threshold:\n"
                                           "    schedule: step\n"
                                           "    every: 1\n"
                                           "  pushed_worker: waits\n"
                                           "cluster:\n"
                                           "  workers: 2\n"
                                           "  start_up: 1 s\n");
    log.header.seed = 6;
    for (size_t i = 0; i < 4; i++) {
        log.evaluations[i].test_accuracy += 0.1 * (double)(i + 1);
    }
    log.gradients[0].compute_ns = 90 * MS; // to tell its timeline from the other's
    log.gradients[0].delay_ns = 10 * MS;
    log.updates[1].threshold = 6;
    expect_added(&data, &log);
    runlog_reset(&log);
    return data;
}

// If it failed, the curves of the demo would not be the mean of its rounds, nor the bands their
// range.
static void figure_data__two_rounds__gives_mean_and_range(void **state) {
    (void)state;
    struct figure_data data = two_rounds();
    assert_int_equal(data.count, 1);
    assert_int_equal(data.policies[0].rounds, 2);
    const struct figure_line *line = &data.policies[0].lines[FIGURE_TEST_ACCURACY];
    assert_int_equal(line->count, 4);
    assert_int_equal(line->points[3].time_ns, 1300 * MS);
    assert_int_equal(line->points[3].rounds, 2);
    expect_near(line->points[3].mean, 80); // of 60 and 100
    expect_near(line->points[3].least, 60);
    expect_near(line->points[3].most, 100);
    expect_near(data.policies[0].lines[FIGURE_TRAIN_LOSS].points[1].mean, 2.0);
    figure_data_reset(&data);
}

// If it failed, threshold and staleness would be averaged over the wrong things: in the second from
// 1 to 2 s the updates have K 1 and 2 (1 and 6 in the other round) and staleness 0 (of one
// gradient) and 0.5 (of two).
static void figure_data__updates_of_a_second__are_averaged(void **state) {
    (void)state;
    struct figure_data data = two_rounds();
    const struct figure_line *threshold = &data.policies[0].lines[FIGURE_THRESHOLD];
    const struct figure_line *staleness = &data.policies[0].lines[FIGURE_STALENESS];
    assert_int_equal(threshold->count, 1);
    assert_int_equal(threshold->points[0].time_ns, 1500 * MS);
    expect_near(threshold->points[0].mean, 2.5); // of 1.5 and 3.5
    expect_near(threshold->points[0].least, 1.5);
    expect_near(threshold->points[0].most, 3.5);
    expect_near(staleness->points[0].mean, 1.0 / 3);
    figure_data_reset(&data);
}

// If it failed, the timeline in the README would depend on the order of the files.
static void figure_data__timeline__is_that_of_the_least_seed(void **state) {
    (void)state;
    struct figure_data data = two_rounds();
    assert_int_equal(data.policies[0].timeline_seed, 6);
    assert_int_equal(data.policies[0].start_up_ns, 1000 * MS);
    assert_int_equal(data.policies[0].timeline.intervals[0].end_ns, 1090 * MS);
    figure_data_reset(&data);
}

// If it failed, a mean would be taken over runs that are not rounds of one experiment.
static void figure_data__unlike_runs__are_refused(void **state) {
    (void)state;
    struct figure_data data = two_rounds();
    struct runlog log = story_log_create();
    struct error error;
    char *every = strstr(log.header.scenario, "every: 1");
    every[7] = '2';
    assert_int_equal(figure_data_add(&data, "b.h5", &log, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "b.h5: another scenario of policy hybrid"));
    every[7] = '1';
    log.ending.status = RUN_DIVERGED;
    assert_int_equal(figure_data_add(&data, "b.h5", &log, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "the run is diverged"));
    log.ending.status = RUN_COMPLETE;
    memcpy(log.header.policy, "../x", 5);
    assert_int_equal(figure_data_add(&data, "b.h5", &log, &error), STATUS_BAD_DATA);
    assert_int_equal(data.count, 1);
    assert_int_equal(data.policies[0].rounds, 2);
    runlog_reset(&log);
    figure_data_reset(&data);
}

static char *read_text(const char *folder, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = memory_allocate(10000, 1);
    assert_true(fread(text, 1, 9999, file) > 0);
    fclose(file);
    return text;
}

// If it failed, gnuplot would find no files, or other columns than style.gp expects.
static void figure_data_write__two_rounds__writes_blocks_for_gnuplot(void **state) {
    struct figure_data data = two_rounds();
    const char *scratch = *state;
    char folder[400];
    struct error error;
    snprintf(folder, sizeof folder, "%s/data", scratch);
    assert_int_equal(figure_data_write(&data, folder, NULL, &error), STATUS_OK);
    assert_int_equal(figure_data_write(&data, folder, NULL, &error),
                     STATUS_OK); // over the old files
    char *text = read_text(folder, "hybrid_updates.dat");
    assert_string_equal(text, "# threshold K: time / s, mean, least, most, rounds\n"
                              "1.5 2.5 1.5 3.5 2\n"
                              "\n\n# staleness / versions: time / s, mean, least, most, rounds\n"
                              "1.5 0.333333333 0.333333333 0.333333333 2\n");
    memory_free(text);
    text = read_text(folder, "hybrid_evaluations.dat");
    assert_non_null(strstr(text, "\n1.3 80 60 100 2\n\n\n# test loss:"));
    memory_free(text);
    text = read_text(folder, "hybrid_timeline.dat");
    assert_non_null(strstr(text, "# computing: lane, start / s, end / s\n0 0.000000000 0.090"));
    memory_free(text);
    figure_data_reset(&data);
}

// If it failed, a folder that cannot be made would be written to.
static void figure_data_write__a_path_through_a_file__is_an_error(void **state) {
    (void)state;
    struct figure_data data = two_rounds();
    struct error error;
    assert_int_equal(figure_data_write(&data, "/dev/null/data", NULL, &error),
                     STATUS_CANNOT_CREATE);
    figure_data_reset(&data);
}

static void write_text(const char *folder, const char *text, char path[512]) {
    snprintf(path, 512, "%s/paper.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

// If it failed, results/README.md would quote a wrong error: our accuracies are 15, 32 (at 1 s: 35)
// points, the reference's 12 and 39: differences 3 and -4, root mean square sqrt(12.5).
static void figure_fit__two_points__root_mean_square_by_hand(void **state) {
    struct figure_data data = two_rounds();
    struct fit_reference reference = {0};
    struct error error;
    char path[512];
    write_text(*state,
               "# a comment\n"
               "metric,t_sec,async,hybrid\n"
               "acc,0,99,12\n"
               "acc,1,99,39\n"
               "acc,2,99,50\n" // we have no evaluation there
               "testloss,1,99,2.5\n"
               "testloss,0.5,99,\n",
               path);
    assert_int_equal(fit_reference_read(path, &reference, &error), STATUS_OK);
    assert_int_equal(reference.count, 5);
    struct fit accuracy = fit_curve(&reference, &data.policies[0], FIGURE_TEST_ACCURACY);
    struct fit loss = fit_curve(&reference, &data.policies[0], FIGURE_TEST_LOSS);
    struct fit train = fit_curve(&reference, &data.policies[0], FIGURE_TRAIN_LOSS);
    assert_int_equal(accuracy.points, 2);
    expect_near(accuracy.root_mean_square_error, sqrt(12.5));
    assert_int_equal(loss.points, 1);
    expect_near(loss.root_mean_square_error, 0.4);
    assert_int_equal(train.points, 0);
    assert_true(isnan(train.root_mean_square_error));
    fit_reference_reset(&reference);
    figure_data_reset(&data);
}

// If it failed, a spoilt reference would give a wrong error instead of a sentence.
static void fit_reference_read__bad_rows__are_named_with_their_line(void **state) {
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"metric,t_sec\n", ":1: error: the heading"},
        {"metric,t_sec,a\nacc,0\n", ":2: error: the row has another number"},
        {"metric,t_sec,a\nacc,0,1\nloss,0,1\n", ":3: error: the metric must be"},
        {"metric,t_sec,a\nacc,-1,1\n", ":2: error: t_sec"},
        {"metric,t_sec,a\nacc,nan,1\n", ":2: error: t_sec"},
        {"metric,t_sec,a\nacc,1,1x\n", ":2: error: not a number"},
        {"metric,t_sec,a\n", ":1: error: there are no rows"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fit_reference reference = {0};
        struct error error;
        char path[512];
        write_text(*state, cases[i].text, path);
        assert_int_equal(fit_reference_read(path, &reference, &error), STATUS_BAD_DATA);
        if (strstr(error.message, cases[i].expected) == NULL) {
            fail_msg("%s", error.message);
        }
        assert_null(reference.rows);
        assert_int_equal(fit_reference_read("/nowhere/x.csv", &reference, &error), STATUS_NO_INPUT);
    }
}

// If it failed, the committed curves of the paper would not be the hundred seconds of three metrics
// that the figures show.
static void fit_reference_read__the_committed_curves__are_whole(void **state) {
    (void)state;
    struct fit_reference reference = {0};
    struct error error;
    assert_int_equal(fit_reference_read("plots/paper_mnist_curves.csv", &reference, &error),
                     STATUS_OK);
    assert_int_equal(reference.name_count, 3);
    assert_int_equal(reference.count, 300);
    fit_reference_reset(&reference);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figure_data__two_rounds__gives_mean_and_range),
        cmocka_unit_test(figure_data__updates_of_a_second__are_averaged),
        cmocka_unit_test(figure_data__timeline__is_that_of_the_least_seed),
        cmocka_unit_test(figure_data__unlike_runs__are_refused),
        cmocka_unit_test_setup_teardown(figure_data_write__two_rounds__writes_blocks_for_gnuplot,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(figure_data_write__a_path_through_a_file__is_an_error),
        cmocka_unit_test_setup_teardown(figure_fit__two_points__root_mean_square_by_hand,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fit_reference_read__bad_rows__are_named_with_their_line,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(fit_reference_read__the_committed_curves__are_whole),
    };
    return cmocka_run_group_tests_name("figure_data", tests, NULL, NULL);
}
