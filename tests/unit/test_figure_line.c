// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers behind the curves: means over rounds, spans, and the fit to published curves.
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
#include "sim/report/figure_line.h"
#include "sim/report/figure_paper.h"
#include "tests/support/scratch.h"
#include "tests/support/story_log.h"

#define MS INT64_C(1000000)

static void expect_near(double value, double expected) {
    if (!(fabs(value - expected) <= 1e-12 * fmax(1, fabs(expected)))) {
        fail_msg("%.17g is not %.17g", value, expected);
    }
}

static void expect_added(struct figure_lines *lines, const struct runlog *log) {
    struct error error;
    if (figure_lines_add(lines, "a.h5", log, 1000 * MS, 1300 * MS, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

// The story, and a second round of it: accuracies higher by 0.1, 0.2, 0.3, 0.4.
static struct figure_lines two_rounds(void) {
    struct figure_lines lines = {0};
    struct runlog log = story_log_create();
    expect_added(&lines, &log);
    for (size_t i = 0; i < 4; i++) {
        log.evaluations[i].test_accuracy += 0.1 * (double)(i + 1);
    }
    log.updates[1].threshold = 6;
    expect_added(&lines, &log);
    runlog_reset(&log);
    return lines;
}

// If it failed, the curves of the demo would not be the mean of its rounds, nor the bands their
// range.
static void figure_lines__two_rounds__gives_mean_and_range(void **state) {
    (void)state;
    struct figure_lines lines = two_rounds();
    assert_int_equal(lines.rounds, 2);
    const struct figure_line *line = &lines.lines[FIGURE_TEST_ACCURACY];
    assert_int_equal(line->count, 4);
    assert_int_equal(line->points[3].time_ns, 1300 * MS);
    assert_int_equal(line->points[3].rounds, 2);
    expect_near(line->points[3].mean, 80); // of 60 and 100
    expect_near(line->points[3].least, 60);
    expect_near(line->points[3].most, 100);
    expect_near(lines.lines[FIGURE_TRAIN_LOSS].points[1].mean, 2.0);
    figure_lines_reset(&lines);
}

// If it failed, threshold and staleness would be averaged over the wrong things: in the second from
// 1 to 2 s the updates have K 1 and 2 (1 and 6 in the other round) and staleness 0 (of one
// gradient) and 0.5 (of two).
static void figure_lines__updates_of_a_span__are_averaged(void **state) {
    (void)state;
    struct figure_lines lines = two_rounds();
    const struct figure_line *threshold = &lines.lines[FIGURE_THRESHOLD];
    const struct figure_line *staleness = &lines.lines[FIGURE_STALENESS];
    assert_int_equal(threshold->count, 1);
    assert_int_equal(threshold->points[0].time_ns, 1500 * MS);
    expect_near(threshold->points[0].mean, 2.5); // of 1.5 and 3.5
    expect_near(threshold->points[0].least, 1.5);
    expect_near(threshold->points[0].most, 3.5);
    expect_near(staleness->points[0].mean, 1.0 / 3);
    figure_lines_reset(&lines);
}

// If it failed, points would be put in order one by one, which takes for ever, or the last update
// of one round alone would be drawn as a mean.
static void figure_lines__what_does_not_belong__is_refused_or_left_out(void **state) {
    (void)state;
    struct figure_lines lines = {0};
    struct runlog log = story_log_create();
    struct error error;
    assert_int_equal(figure_lines_add(&lines, "a.h5", &log, 100 * MS, 1200 * MS, &error),
                     STATUS_OK);
    assert_int_equal(lines.lines[FIGURE_THRESHOLD].count, 1); // the second update is at 1.226 s
    figure_lines_reset(&lines);
    log.updates[0].time_ns = 1250 * MS;
    assert_int_equal(figure_lines_add(&lines, "a.h5", &log, 100 * MS, 1200 * MS, &error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "a.h5: its evaluations or updates are not in the order"));
    assert_int_equal(lines.rounds, 0);
    runlog_reset(&log);
}

// If it failed, a figure would have thousands of points a line, or none.
static void figure_line_span_ns__any_end__makes_a_hundred_spans_or_so(void **state) {
    (void)state;
    assert_int_equal(figure_line_span_ns(100 * INT64_C(1000000000)), INT64_C(1000000000));
    for (int64_t end_ns = 1000; end_ns < INT64_MAX / 3; end_ns *= 3) {
        int64_t spans = end_ns / figure_line_span_ns(end_ns);
        assert_in_range(spans, 50, 125);
    }
    assert_int_equal(figure_line_span_ns(0), 1);
    assert_true(figure_line_span_ns(INT64_MAX) > 0);
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
static void figure_paper_fit__two_points__root_mean_square_by_hand(void **state) {
    struct figure_lines lines = two_rounds();
    struct figure_paper paper = {0};
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
    assert_int_equal(figure_paper_read(path, &paper, &error), STATUS_OK);
    assert_int_equal(paper.count, 5);
    size_t column = figure_paper_column(&paper, "hybrid");
    assert_int_equal(column, 1);
    assert_int_equal(figure_paper_column(&paper, "sync"), paper.name_count);
    struct figure_fit accuracy =
        figure_paper_fit(&paper, column, &lines.lines[FIGURE_TEST_ACCURACY], FIGURE_TEST_ACCURACY);
    struct figure_fit loss =
        figure_paper_fit(&paper, column, &lines.lines[FIGURE_TEST_LOSS], FIGURE_TEST_LOSS);
    struct figure_fit train =
        figure_paper_fit(&paper, column, &lines.lines[FIGURE_TRAIN_LOSS], FIGURE_TRAIN_LOSS);
    assert_int_equal(accuracy.points, 2);
    expect_near(accuracy.root_mean_square_error, sqrt(12.5));
    assert_int_equal(loss.points, 1);
    expect_near(loss.root_mean_square_error, 0.4);
    assert_int_equal(train.points, 0);
    assert_true(isnan(train.root_mean_square_error));
    figure_paper_reset(&paper);
    figure_lines_reset(&lines);
}

// If it failed, a spoilt reference would give a wrong error instead of a sentence.
static void figure_paper_read__bad_rows__are_named_with_their_line(void **state) {
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
        struct figure_paper paper = {0};
        struct error error;
        char path[512];
        write_text(*state, cases[i].text, path);
        assert_int_equal(figure_paper_read(path, &paper, &error), STATUS_BAD_DATA);
        if (strstr(error.message, cases[i].expected) == NULL) {
            fail_msg("%s", error.message);
        }
        assert_null(paper.rows);
        assert_int_equal(figure_paper_read("/nowhere/x.csv", &paper, &error), STATUS_NO_INPUT);
    }
}

// If it failed, the committed curves of the paper would not be the hundred seconds of three metrics
// that the figures show.
static void figure_paper_read__the_committed_curves__are_whole(void **state) {
    (void)state;
    struct figure_paper paper = {0};
    struct error error;
    assert_int_equal(figure_paper_read("plots/paper_mnist_curves.csv", &paper, &error), STATUS_OK);
    assert_int_equal(paper.name_count, 3);
    assert_int_equal(paper.count, 300);
    figure_paper_reset(&paper);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figure_lines__two_rounds__gives_mean_and_range),
        cmocka_unit_test(figure_lines__updates_of_a_span__are_averaged),
        cmocka_unit_test(figure_lines__what_does_not_belong__is_refused_or_left_out),
        cmocka_unit_test(figure_line_span_ns__any_end__makes_a_hundred_spans_or_so),
        cmocka_unit_test_setup_teardown(figure_paper_fit__two_points__root_mean_square_by_hand,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(figure_paper_read__bad_rows__are_named_with_their_line,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(figure_paper_read__the_committed_curves__are_whole),
    };
    return cmocka_run_group_tests_name("figure_line", tests, NULL, NULL);
}
