// SPDX-License-Identifier: GPL-3.0-or-later
// What a key does, and what the screen says then. With a terminal: tests/cli/check_terminal.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/report/step_view.h"
#include "tests/support/small_cluster.h"
#include "tests/support/story_log.h"

struct look {
    struct runlog log;
    struct step_view view;
    struct screen shown, screen;
    int rows, columns;
};

static void open_look(struct look *look) {
    struct error error;
    look->view = (struct step_view){.worker = -1};
    look->view.runs[0] = (struct step_run){.log = &look->log, .name = "story.h5"};
    look->log.evaluation_count = 0;
    look->rows = 24;
    look->columns = 80;
    assert_int_equal(tell_steps_open(&look->log, &look->view.runs[0].steps, &error), STATUS_OK);
}

static void close_look(struct look *look) {
    tell_steps_close(&look->view.runs[0].steps);
    screen_reset(&look->screen);
    screen_reset(&look->shown);
    runlog_reset(&look->log);
}

static void draw(struct look *look) {
    screen_clear(&look->screen, look->rows, look->columns);
    step_view_draw(&look->view, &look->screen);
}

// Presses the keys; returns what the last of them asks for.
static enum step_wish press(struct look *look, const char *keys) {
    enum step_wish wish = STEP_STAY;
    for (; *keys != 0; keys++) {
        wish = step_view_key(&look->view, *keys);
    }
    return wish;
}

static void expect_row(struct look *look, int row, const char *text) {
    char cells[256];
    draw(look);
    row = row < 0 ? look->rows + row : row;
    for (int i = 0; i < look->columns; i++) {
        cells[i] = (char)(look->screen.cells[row * look->columns + i] & ~SCREEN_INVERSE);
    }
    int length = look->columns;
    while (length > 0 && cells[length - 1] == ' ') {
        length--;
    }
    cells[length] = 0;
    assert_string_equal(cells, text);
}

// If it failed, a key would go elsewhere than the bottom line says.
static void keys__in_the_story__go_where_they_say(void **state) {
    (void)state;
    struct look look = {.log = story_log_create()};
    open_look(&look);
    expect_row(&look, 0,
               " story.h5: hybrid, 2 workers                                            1 of 26");
    expect_row(&look, 1, "> 1.000 s  worker 0 starts gradient 0 at version 0");
    assert_int_equal(press(&look, "n "), STEP_STAY);
    expect_row(&look, 3, "> 1.100 s  worker 0 pushes gradient 0, read at version 0");
    press(&look, "b");
    expect_row(&look, 2, "> 1.000 s  worker 1 starts gradient 0 at version 0");
    press(&look, "u");
    expect_row(&look, -6, "1.116 s   version 1   K 1   buffer 0   queue 0");
    expect_row(&look, -5, "the server has made this version");
    press(&look, "k");
    expect_row(&look, -6, "1.211 s   version 1   K 2   buffer 1 (1)   queue 1");
    press(&look, "i0\r");
    expect_row(&look, -5, "worker 0 waits: its gradient 1 is in the server's queue, since 1.203 s");
    expect_row(&look, -4, "   0 queue 1                 1 buffer 0");
    press(&look, "t1.2 s\r");
    expect_row(&look, -3, "");
    assert_int_equal(step_view_time(&look.view), INT64_C(1200000000));
    press(&look, "v2\r");
    assert_int_equal(step_view_time(&look.view), INT64_C(1226000000));
    press(&look, "gw1\r");
    assert_int_equal(look.view.runs[0].line, 1);
    press(&look, "G");
    expect_row(&look, -6, "1.300 s   version 2   K 2   buffer 1 (1)   queue 0");
    assert_int_equal(press(&look, "q"), STEP_LEAVE);
    close_look(&look);
}

// If it failed, a wrong word would move the story, or nobody would know why nothing moved.
static void keys__that_lead_nowhere__say_so_and_stay(void **state) {
    (void)state;
    static const struct {
        const char *keys, *message;
    } cases[] = {
        {"b", "this is the beginning of the run"},
        {"t9 s\r", "the run ends before that"},
        {"t9\r", "9: a time needs its unit: ns, us, ms, s, min or h, as in '200 ms'"},
        {"w7\r", "there is no worker 7: the run has workers 0 to 1"},
        {"i-1\r", "there is no worker -1: the run has workers 0 to 1"},
        {"v9\r", "the run does not get so far"},
        {"vx\r", "x: a version is a number, 1 or more"},
        {"n?b", ""},
    };
    struct look look = {.log = story_log_create()};
    open_look(&look);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        press(&look, cases[i].keys);
        expect_row(&look, -3, cases[i].message);
        assert_int_equal(look.view.runs[0].line, 0);
    }
    press(&look, "Gn");
    expect_row(&look, -3, "this is the end of the run");
    press(&look, "u");
    expect_row(&look, -3, "no update comes any more");
    press(&look, "k");
    expect_row(&look, -3, "K does not change any more");
    close_look(&look);
}

// If it failed, what is typed could not be mended, or the answer would go elsewhere.
static void questions__that_are_asked__can_be_mended_and_left(void **state) {
    (void)state;
    struct look look = {.log = story_log_create()};
    open_look(&look);
    press(&look, "fa=1x");
    step_view_key(&look.view, STEP_KEY_BACKSPACE);
    expect_row(&look, -3, "what if, from here on, KEY=VALUE? a=1_");
    expect_row(&look, -2, " Enter takes it   Esc leaves it");
    assert_int_equal(step_view_key(&look.view, STEP_KEY_ESCAPE), STEP_STAY);
    expect_row(&look, -3, "");
    assert_int_equal(press(&look, "f\r"), STEP_STAY);
    assert_int_equal(press(&look, "fa=1\r"), STEP_FORK);
    assert_string_equal(look.view.input, "a=1");
    assert_int_equal(press(&look, "x"), STEP_STAY); // there is no second run
    close_look(&look);
}

static size_t bytes_of_change(struct look *look) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    draw(look);
    screen_write_changes(out, &look->shown, &look->screen);
    screen_copy(&look->shown, &look->screen);
    fclose(out);
    free(text);
    return size;
}

// If it failed, a step would redraw the screen: it flickers, and is slow over a network. Only when
// the page is full it turns.
static void steps__of_a_long_run__write_little(void **state) {
    (void)state;
    struct look look = {0};
    struct scenario scenario;
    small_cluster_parse(&scenario, "end: 30 s\nmodel: none\npolicy: {name: hybrid}\n"
                                   "cluster: {workers: 25, compute: {law: exponential, mean: 200 "
                                   "ms}, server: {receive: 10 ms, update: 5 ms}}\n");
    small_cluster_run(&scenario, &look.log);
    open_look(&look);
    bytes_of_change(&look);
    size_t sum = 0;
    for (int i = 0; i < 600; i++) {
        press(&look, i < 400 ? "n" : "b");
        size_t bytes = bytes_of_change(&look);
        assert_in_range(bytes, 1, 800); // where the page turns; a whole screen has 1,920 cells
        sum += bytes;
    }
    assert_in_range(sum / 600, 50, 280);
    close_look(&look);
}

// If it failed, a page of any size could lose the line that is looked at.
static void the_line__on_screens_of_every_size__is_on_the_page(void **state) {
    (void)state;
    struct look look = {.log = story_log_create()};
    open_look(&look);
    for (int rows = 12; rows < 60; rows += 3) {
        for (int columns = 40; columns < 200; columns += 23) {
            look.rows = rows;
            look.columns = columns;
            for (const char *key = "gnnnnnnnnGbbbbbbbtGgG"; *key != 0; key++) {
                press(&look, (char[]){*key, 0});
                draw(&look);
                int marks = 0;
                for (int row = 1; row < rows - 3; row++) {
                    marks += look.screen.cells[row * columns] == '>';
                }
                assert_int_equal(marks, 1);
            }
            step_view_key(&look.view, STEP_KEY_ESCAPE);
        }
    }
    look.rows = 5;
    expect_row(&look, 0, "too small");
    close_look(&look);
}

// If it failed, two runs would stand at different times, or one would be looked at without the
// other.
static void two_runs__beside_each_other__go_on_at_one_clock(void **state) {
    (void)state;
    struct look look = {.log = story_log_create()};
    struct runlog other = story_log_create();
    other.evaluation_count = 0;
    struct error error;
    other.updates[1].threshold = 3; // something in which they differ
    open_look(&look);
    look.view.runs[1] = (struct step_run){.log = &other, .name = "what if"};
    assert_int_equal(tell_steps_open(&other, &look.view.runs[1].steps, &error), STATUS_OK);
    expect_row(&look, 10,
               " what if: hybrid, 2 workers                                             1 of 28");
    for (int i = 0; i < 40; i++) {
        press(&look, "n");
    }
    assert_int_equal(look.view.runs[0].line, 25);
    assert_int_equal(look.view.runs[1].line, 27);
    press(&look, "gt1.15 s\r");
    assert_int_equal(look.view.runs[0].line, look.view.runs[1].line);
    press(&look, "b");
    assert_int_equal(look.view.runs[0].line, look.view.runs[1].line);
    look.rows = 50;
    look.columns = 200;
    draw(&look);
    expect_row(&look, 1,
               "  1.000 s  worker 0 starts gradient 0 at version 0                                "
               "                     1.000 s  worker 0 starts gradient 0 at version 0");
    assert_int_equal(press(&look, "x"), STEP_CLOSE);
    tell_steps_close(&look.view.runs[1].steps);
    runlog_reset(&other);
    close_look(&look);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys__in_the_story__go_where_they_say),
        cmocka_unit_test(keys__that_lead_nowhere__say_so_and_stay),
        cmocka_unit_test(questions__that_are_asked__can_be_mended_and_left),
        cmocka_unit_test(steps__of_a_long_run__write_little),
        cmocka_unit_test(the_line__on_screens_of_every_size__is_on_the_page),
        cmocka_unit_test(two_runs__beside_each_other__go_on_at_one_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
