// SPDX-License-Identifier: GPL-3.0-or-later
// Screens of text, and that the bytes which are written for a change make it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/report/screen.h"

// A terminal that knows what screens are written with, and fails the test at anything else.
struct shown {
    unsigned char cells[40][200];
    int rows, columns, row, column;
    unsigned char inverse;
};

static void blank(struct shown *shown, int row, int column, int end) {
    for (; row < end; row++, column = 0) {
        memset(shown->cells[row] + column, ' ', (size_t)(shown->columns - column));
    }
}

static const char *obey(struct shown *shown, const char *sequence) {
    int first = 0;
    int second = 0;
    int length = 0;
    assert_int_equal(sequence[0], '[');
    if (sscanf(sequence, "[%d;%dH%n", &first, &second, &length) == 2 && length > 0) {
        shown->row = first - 1;
        shown->column = second - 1;
        return sequence + length;
    }
    if (strncmp(sequence, "[H", 2) == 0) {
        shown->row = 0;
        shown->column = 0;
        return sequence + 2;
    }
    if (strncmp(sequence, "[K", 2) == 0) {
        blank(shown, shown->row, shown->column, shown->row + 1);
        return sequence + 2;
    }
    if (strncmp(sequence, "[2J", 3) == 0) {
        blank(shown, 0, 0, shown->rows);
        return sequence + 3;
    }
    assert_true(strncmp(sequence, "[7m", 3) == 0 || strncmp(sequence, "[27m", 4) == 0);
    shown->inverse = sequence[1] == '7' ? SCREEN_INVERSE : 0;
    return strchr(sequence, 'm') + 1;
}

static void show(struct shown *shown, const char *text) {
    while (*text != 0) {
        if (*text == '\033') {
            text = obey(shown, text + 1);
            continue;
        }
        assert_in_range(shown->column, 0, shown->columns - 1);
        shown->cells[shown->row][shown->column++] =
            (unsigned char)((unsigned char)*text++ | shown->inverse);
    }
}

// Writes the change, shows it, and fails unless the terminal has it. Returns how many bytes it was.
static size_t change(struct shown *shown, struct screen *before, const struct screen *wanted) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    screen_write_changes(out, before, wanted);
    fclose(out);
    shown->rows = wanted->rows;
    shown->columns = wanted->columns;
    show(shown, text);
    free(text);
    for (int row = 0; row < wanted->rows; row++) {
        assert_memory_equal(shown->cells[row], wanted->cells + row * wanted->columns,
                            (size_t)wanted->columns);
    }
    assert_int_equal(shown->inverse, 0);
    screen_copy(before, wanted);
    return size;
}

// If it failed, what a user sees would not be what the program means: letters of old screens would
// stay among the new ones. Random screens follow each other, of several sizes, full, sparse, equal.
static void changes__of_random_screens__make_each_out_of_the_last(void **state) {
    (void)state;
    static struct shown shown;
    struct screen before = {0};
    struct screen wanted = {0};
    unsigned long draw = 1;
    for (int i = 0; i < 3000; i++) {
        int rows = i / 100 % 2 == 0 ? 12 : 3;
        int columns = i / 200 % 3 == 0 ? 80 : 17;
        if (i % 100 == 0) {
            screen_clear(&wanted, rows, columns);
        }
        for (int n = i % 7 == 0 ? 200 : i % 5; n > 0; n--) {
            draw = draw * 6364136223846793005UL + 1442695040888963407UL;
            size_t cell = (size_t)(draw >> 33) % (size_t)(rows * columns);
            wanted.cells[cell] = (unsigned char)("  x y"[draw >> 60 & 3] |
                                                 ((draw >> 58 & 3) == 0 ? SCREEN_INVERSE : 0));
        }
        change(&shown, &before, &wanted);
    }
    screen_reset(&before);
    screen_reset(&wanted);
}

// If it failed, every key would redraw the whole screen, which flickers.
static void changes__of_little__are_few_bytes(void **state) {
    (void)state;
    static struct shown shown;
    struct screen before = {0};
    struct screen wanted = {0};
    screen_clear(&wanted, 24, 80);
    struct screen_area all = screen_whole(&wanted);
    screen_put(all, 3, 0, "worker 3 computes gradient 12, read at version 40");
    change(&shown, &before, &wanted);
    assert_int_equal(change(&shown, &before, &wanted), 0); // nothing differs
    screen_put(all, 3, 7, "4");
    assert_int_equal(change(&shown, &before, &wanted), strlen("\033[4;8H4"));
    for (int i = 0; i < 80; i++) {
        screen_put(all, 3, i, " ");
    }
    assert_int_equal(change(&shown, &before, &wanted), strlen("\033[4;1H\033[K"));
    screen_reset(&before);
    screen_reset(&wanted);
}

static void expect_row(const struct screen *screen, int row, const char *text) {
    char cells[201];
    snprintf(cells, sizeof cells, "%.*s", screen->columns,
             (const char *)screen->cells + row * screen->columns);
    cells[screen->columns] = 0;
    assert_string_equal(cells, text);
}

// If it failed, words would be torn at the edge, or a line would write over its neighbour.
static void text__that_is_too_long__is_broken_at_spaces_and_cut_at_the_edge(void **state) {
    (void)state;
    struct screen screen = {0};
    screen_clear(&screen, 4, 20);
    struct screen_area part = {&screen, 1, 2, 3, 15};
    assert_int_equal(screen_wrap(part, 0, 3, 1, 2, "one two three fourteen five"), 3);
    expect_row(&screen, 0, "                    ");
    expect_row(&screen, 1, "   one two three    ");
    expect_row(&screen, 2, "     fourteen       "); // indented by two, 12 columns: 13 do not fit
    expect_row(&screen, 3, "     five           ");
    screen_reset(&screen);
}

// If it failed, a stranger's title could move the cursor, or ring the bell.
static void text__of_strangers__has_no_control_sequences(void **state) {
    (void)state;
    struct screen screen = {0};
    screen_clear(&screen, 1, 8);
    screen_put(screen_whole(&screen), 0, 0, "a\033[2J\xc3\xa9 too long");
    expect_row(&screen, 0, "a?[2J?? ");
    screen_reset(&screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes__of_random_screens__make_each_out_of_the_last),
        cmocka_unit_test(changes__of_little__are_few_bytes),
        cmocka_unit_test(text__that_is_too_long__is_broken_at_spaces_and_cut_at_the_edge),
        cmocka_unit_test(text__of_strangers__has_no_control_sequences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
