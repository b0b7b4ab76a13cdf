// SPDX-License-Identifier: GPL-3.0-or-later
// What is told and shown of a run that goes on. With a terminal: tests/cli/info_follows_a_run.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/sim_time.h"
#include "sim/report/follow_view.h"
#include "sim/report/followed.h"
#include "tests/support/rows.h"
#include "tests/support/story_log.h"

#define MS INT64_C(1000000)

// The story up to a moment; its end with "ended".
static void follow_story(struct followed *followed, int64_t until_ns, bool ended) {
    struct runlog log = story_log_create();
    struct run_sink sink = followed_sink(followed);
    sink.start(sink.context, &log.header);
    for (size_t i = 0; i < rows(log.event_count) && log.events[i].time_ns <= until_ns; i++) {
        sink.event(sink.context, &log.events[i]);
    }
    for (size_t i = 0; i < rows(log.update_count) && log.updates[i].time_ns <= until_ns; i++) {
        sink.update(sink.context, &log.updates[i]);
    }
    for (size_t i = 0; i < rows(log.evaluation_count) && log.evaluations[i].time_ns <= until_ns;
         i++) {
        sink.evaluation(sink.context, &log.evaluations[i]);
    }
    if (ended) {
        sink.end(sink.context, &log.ending);
    }
    runlog_reset(&log);
}

static void expect_line(const struct followed *followed, double per_second, const char *line) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    followed_print(out, followed, per_second);
    fclose(out);
    assert_string_equal(text, line);
    free(text);
}

// If it failed, who watches a run would be told of another moment, or of nothing.
static void followed__the_story__is_told_in_a_line(void **state) {
    (void)state;
    struct followed followed = {0};
    expect_line(&followed, (double)NAN, "nothing has been written yet");
    follow_story(&followed, -1, false);
    expect_line(&followed, (double)NAN, "nothing has been written yet");
    follow_story(&followed, 1120 * MS, false); // read again, from the beginning
    expect_line(&followed, (double)NAN,
                "1.1 s of 1.3 s   version 1   K 1   accuracy 20.00 %   loss 2.1   1 gradient, "
                "0.894/s");
    follow_story(&followed, 1300 * MS, true);
    expect_line(&followed, 12340,
                "1.3 s of 1.3 s   version 2   K 2   accuracy 60.00 %   loss 0.6   3 gradients, "
                "2.31/s (here 12340/s)");
    assert_true(followed.ended);
    assert_int_equal(followed.status, RUN_COMPLETE);
    followed_reset(&followed);
}

// Without test samples the accuracy and the loss of the training samples are what there is.
static void followed__no_test_samples__tells_of_the_training_samples(void **state) {
    (void)state;
    struct followed followed = {0};
    follow_story(&followed, 1120 * MS, false);
    followed.evaluation.test_accuracy = (double)NAN;
    followed.evaluation.test_loss = (double)NAN;
    followed.evaluation.train_accuracy = 0.25;
    followed.evaluation.train_loss = 1.5;
    expect_line(&followed, (double)NAN,
                "1.1 s of 1.3 s   version 1   K 1   accuracy 25.00 %   loss 1.5   1 gradient, "
                "0.894/s");
    followed_reset(&followed);
}

// If it failed, a run of any length would take memory without end, or the lanes would show events
// of long ago.
static void followed__many_events__keep_the_last(void **state) {
    (void)state;
    struct followed followed = {0};
    follow_story(&followed, -1, false);
    struct run_sink sink = followed_sink(&followed);
    for (int64_t i = 0; i < 100000; i++) {
        const struct event_row row = {.time_ns = i, .kind = EVENT_READY};
        sink.event(sink.context, &row);
    }
    size_t count = followed_recent_count(&followed);
    assert_int_equal(count, followed.kept);
    assert_int_equal(followed_recent(&followed, count - 1)->time_ns, 99999);
    assert_int_equal(followed_recent(&followed, 0)->time_ns, 100000 - (int64_t)count);
    followed_reset(&followed);
}

static void expect_row(const struct screen *screen, int row, const char *text) {
    char cells[256];
    row = row < 0 ? screen->rows + row : row;
    for (int i = 0; i < screen->columns; i++) {
        cells[i] = (char)(screen->cells[row * screen->columns + i] & ~SCREEN_INVERSE);
    }
    int length = screen->columns;
    while (length > 0 && cells[length - 1] == ' ') {
        length--;
    }
    cells[length] = 0;
    assert_string_equal(cells, text);
}

// If it failed, the lanes would tell another story than the events: on paper, worker 0 computes
// from 1.000 to 1.100 and from 1.118 to 1.202 s, worker 1 from 1.000 to 1.200 s.
static void lanes__of_the_story__are_as_on_paper(void **state) {
    (void)state;
    struct followed followed = {0};
    struct screen screen = {0};
    follow_story(&followed, 1212 * MS, false);
    const struct follow_run run = {"s.h5", &followed, (double)NAN, 0, false, "s.h5"};
    screen_clear(&screen, 24, 60);
    follow_view_draw_run(&run, &screen);
    expect_row(&screen, 0, " s.h5: hybrid, 2 workers");
    expect_row(&screen, 1, "1.2 s of 1.3 s   version 1   K 1   accuracy 20.00 %   loss");
    expect_row(&screen, 2, "  2.1   1 gradient, 0.826/s");
    expect_row(&screen, 3, "      0          ####################--.#################---");
    expect_row(&screen, 4, "      1          ########################################--.");
    expect_row(&screen, 5, "  queue                              11..................221");
    expect_row(&screen, 6, "a column is 5 ms; # computes  - sends or is in the queue  .");
    expect_row(&screen, -1, " q leave");
    screen_clear(&screen, 5, 60);
    follow_view_draw_run(&run, &screen);
    expect_row(&screen, 0, "too small");
    screen_reset(&screen);
    followed_reset(&followed);
}

// If it failed, a run that was killed would seem to go on, or one without events to have failed.
static void screen__of_runs_that_stand_still__says_why(void **state) {
    (void)state;
    struct followed followed = {0};
    struct screen screen = {0};
    follow_story(&followed, 0, false);
    followed.event_count = 0;
    followed.has_events = false;
    struct follow_run run = {"s.h5", &followed, (double)NAN, 61, false, "s.h5"};
    screen_clear(&screen, 24, 120);
    follow_view_draw_run(&run, &screen);
    expect_row(
        &screen, 1,
        "0.0 s of 1.3 s   version 0   accuracy 10.00 %   loss 2.3   0 gradients   nothing for "
        "61 s");
    expect_row(&screen, 2, "no lanes: the scenario says log.events false");
    run.is_gone = true;
    screen_clear(&screen, 24, 80);
    follow_view_draw_run(&run, &screen);
    expect_row(&screen, 2,
               "  for 61 s: its process is gone; 'desgd run SCENARIO -o s.h5 --resume' continues");
    followed.ended = true;
    screen_clear(&screen, 24, 100);
    follow_view_draw_run(&run, &screen);
    expect_row(&screen, 2, "  gone; 'desgd recover s.h5.journal -o FILE.h5' makes its log");
    screen_reset(&screen);
    followed_reset(&followed);
}

// If it failed, somebody would wait for a sweep of which nothing is left.
static void screen__of_a_sweep__counts_its_runs(void **state) {
    (void)state;
    struct followed followed = {0};
    struct screen screen = {0};
    follow_story(&followed, 1300 * MS, false);
    struct follow_run runs[8];
    for (size_t i = 0; i < 8; i++) {
        runs[i] = (struct follow_run){"0123.h5", &followed, (double)NAN, 0, false, NULL};
    }
    runs[1].is_gone = true;
    runs[1].age = 9;
    struct follow_sweep sweep = {"runs", 36, 12, 1, runs, 1};
    screen_clear(&screen, 10, 120);
    follow_view_draw_sweep(&sweep, &screen);
    expect_row(&screen, 0, " runs");
    expect_row(&screen, 1, "36 runs: 12 done, 1 failed, 1 running, 22 left");
    expect_row(&screen, 3,
               "0123.h5   1.3 s of 1.3 s   version 2   K 2   accuracy 60.00 %   loss 0.6   3 "
               "gradients, 2.31/s");
    sweep.begun_count = 8;
    screen_clear(&screen, 10, 160);
    follow_view_draw_sweep(&sweep, &screen);
    expect_row(&screen, 1, "36 runs: 12 done, 1 failed, 7 running, 16 left (1 begun)");
    expect_row(&screen, 4,
               "0123.h5   1.3 s of 1.3 s   version 2   K 2   accuracy 60.00 %   loss 0.6   3 "
               "gradients, 2.31/s   nothing for 9 s: its process is gone; the same 'desgd sweep'");
    expect_row(&screen, 8, "and 4 more");
    expect_row(&screen, 9, " q leave");
    screen_reset(&screen);
    followed_reset(&followed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(followed__the_story__is_told_in_a_line),
        cmocka_unit_test(followed__no_test_samples__tells_of_the_training_samples),
        cmocka_unit_test(followed__many_events__keep_the_last),
        cmocka_unit_test(lanes__of_the_story__are_as_on_paper),
        cmocka_unit_test(screen__of_runs_that_stand_still__says_why),
        cmocka_unit_test(screen__of_a_sweep__counts_its_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
