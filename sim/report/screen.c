// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/screen.h"

#include <stdbool.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

// Cells that are the same are written again where that is shorter than going behind them.
enum { GAP_MAX = 6 };

void screen_clear(struct screen *screen, int rows, int columns) {
    REQUIRE(rows > 0 && columns > 0);
    size_t cells = (size_t)rows * (size_t)columns;
    screen->cells = memory_resize(screen->cells, cells, 1);
    memset(screen->cells, ' ', cells);
    screen->rows = rows;
    screen->columns = columns;
}

struct screen_area screen_whole(struct screen *screen) {
    REQUIRE(screen->cells != NULL);
    return (struct screen_area){screen, 0, 0, screen->rows, screen->columns};
}

static unsigned char *cell_at(const struct screen *screen, int row, int column) {
    REQUIRE(row >= 0 && row < screen->rows);
    REQUIRE(column >= 0 && column < screen->columns);
    return &screen->cells[(size_t)row * (size_t)screen->columns + (size_t)column];
}

static void put_bytes(struct screen_area area, int row, int column, const char *text, int length) {
    REQUIRE(row >= 0 && column >= 0);
    for (int i = 0; i < length && column + i < area.columns && row < area.rows; i++) {
        bool printable = text[i] >= ' ' && text[i] <= '~';
        *cell_at(area.screen, area.row + row, area.column + column + i) =
            (unsigned char)(printable ? text[i] : '?');
    }
}

void screen_put(struct screen_area area, int row, int column, const char *text) {
    put_bytes(area, row, column, text, (int)strlen(text));
}

void screen_invert(struct screen_area area, int row) {
    for (int i = 0; i < area.columns && row < area.rows; i++) {
        *cell_at(area.screen, area.row + row, area.column + i) |= SCREEN_INVERSE;
    }
}

// How much of the text goes into so many columns.
static int length_of_row(const char *text, int columns) {
    int length = (int)strnlen(text, (size_t)columns + 1);
    if (length <= columns) {
        return length;
    }
    for (int i = columns; i > 0; i--) {
        if (text[i] == ' ') {
            return i;
        }
    }
    return columns;
}

int screen_wrap(struct screen_area area, int row, int rows_max, int column, int indent,
                const char *text) {
    REQUIRE(column >= 0 && indent >= 0);
    int used = 0;
    int left = column;
    do {
        int room = area.columns - left < 8 ? 8 : area.columns - left;
        int length = length_of_row(text, room);
        if (area.screen != NULL) {
            put_bytes(area, row + used, left, text, length);
        }
        text += length;
        text += *text == ' ';
        left = column + indent;
        used++;
    } while (*text != 0 && used < rows_max);
    return used;
}

// ---- what differs ----

// Where the blank rest of a row begins.
static int end_of_text(const unsigned char *cells, int columns) {
    while (columns > 0 && cells[columns - 1] == ' ') {
        columns--;
    }
    return columns;
}

static void write_cells(FILE *out, const unsigned char *cells, int count) {
    bool inverse = false;
    for (int i = 0; i < count; i++) {
        if (inverse != ((cells[i] & SCREEN_INVERSE) != 0)) {
            inverse = !inverse;
            fputs(inverse ? "\033[7m" : "\033[27m", out);
        }
        fputc(cells[i] & ~SCREEN_INVERSE, out);
    }
    fputs(inverse ? "\033[27m" : "", out);
}

// The end of the part that begins at "first", which differs: behind it are so many that do not.
static int end_of_part(const unsigned char *shown, const unsigned char *wanted, int first,
                       int columns) {
    REQUIRE(shown[first] != wanted[first]);
    int end = first + 1;
    for (int i = end; i < columns && i - end <= GAP_MAX; i++) {
        end = shown[i] != wanted[i] ? i + 1 : end;
    }
    return end;
}

static void write_row(FILE *out, int row, const unsigned char *shown, const unsigned char *wanted,
                      int columns) {
    int text_end = end_of_text(wanted, columns);
    for (int i = 0; i < columns; i++) {
        if (shown[i] == wanted[i]) {
            continue;
        }
        fprintf(out, "\033[%d;%dH", row + 1, i + 1);
        int end = end_of_part(shown, wanted, i, columns);
        if (end > text_end + 3) { // the rest becomes blank
            write_cells(out, &wanted[i], text_end > i ? text_end - i : 0);
            fputs("\033[K", out);
            return;
        }
        write_cells(out, &wanted[i], end - i);
        i = end;
    }
}

void screen_write_changes(FILE *out, const struct screen *shown, const struct screen *wanted) {
    REQUIRE(wanted->cells != NULL);
    struct screen blank = {0};
    if (shown->rows != wanted->rows || shown->columns != wanted->columns) {
        screen_clear(&blank, wanted->rows, wanted->columns);
        fputs("\033[H\033[2J", out);
        shown = &blank;
    }
    for (int row = 0; row < wanted->rows; row++) {
        write_row(out, row, cell_at(shown, row, 0), cell_at(wanted, row, 0), wanted->columns);
    }
    screen_reset(&blank);
}

void screen_copy(struct screen *copy, const struct screen *screen) {
    REQUIRE(copy != screen);
    screen_clear(copy, screen->rows, screen->columns);
    memcpy(copy->cells, screen->cells, (size_t)screen->rows * (size_t)screen->columns);
}

void screen_reset(struct screen *screen) {
    memory_free(screen->cells);
    *screen = (struct screen){0};
}
