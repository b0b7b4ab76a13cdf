// SPDX-License-Identifier: GPL-3.0-or-later
// What a terminal shows, as plain text of rows and columns, and the bytes that turn one such screen
// into another: those of what differs. Knows no terminal.
#pragma once

#include <stdio.h>

// Zeroed to begin with. A cell is a character of ASCII, with SCREEN_INVERSE added where it is shown
// inversely.
struct screen {
    int rows, columns;
    unsigned char *cells; // (rows, columns)
};
enum { SCREEN_INVERSE = 0x80 };

// Becomes blank, of this size. Requires: rows > 0, columns > 0.
void screen_clear(struct screen *screen, int rows, int columns);

// A part of a screen; it lies within it.
struct screen_area {
    struct screen *screen;
    int row, column, rows, columns;
};
struct screen_area screen_whole(struct screen *screen);

// Puts the text into a row of the area, from a column of it on, cut at its edge; what is outside of
// it is left out. What is no printable ASCII becomes a question mark: it may be a stranger's.
void screen_put(struct screen_area area, int row, int column, const char *text);
void screen_invert(struct screen_area area, int row);

// The same over as many rows as it takes: broken at spaces, all but the first row indented so far.
// Returns how many rows; area.screen NULL: they are only counted. At most rows_max.
int screen_wrap(struct screen_area area, int row, int rows_max, int column, int indent,
                const char *text);

// Writes the control sequences (ECMA-48, as all terminals of today have them) that make *wanted out
// of *shown, which has been written so; anew if its size is another. Nothing is written if nothing
// differs.
void screen_write_changes(FILE *out, const struct screen *shown, const struct screen *wanted);

void screen_copy(struct screen *copy, const struct screen *screen);
void screen_reset(struct screen *screen);
