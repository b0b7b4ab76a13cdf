// SPDX-License-Identifier: GPL-3.0-or-later
// The door to gnuplot, which draws in a process of its own: how a text enters its script, the
// formats of a figure, and what a figure's file is known by. It knows nothing of what is drawn.
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "sim/base/own_file.h"
#include "sim/base/status.h"

enum gnuplot_format { GNUPLOT_SVG, GNUPLOT_PNG, GNUPLOT_PDF, GNUPLOT_FORMAT_COUNT };

// By the ending of a file's name (".svg", ".png", ".pdf", in small letters or capitals);
// GNUPLOT_FORMAT_COUNT: it has none of these.
enum gnuplot_format gnuplot_format_of(const char *path);
const char *gnuplot_format_name(enum gnuplot_format format); // "svg"

// What such a file of this program is known by: the mark that gnuplot_draw puts into it.
const struct own_file_kind *gnuplot_file_kind(enum gnuplot_format format);

// The command that chooses the format for a figure of so many pixels. Text is plain: no character
// of it is a command of layout.
void gnuplot_put_terminal(FILE *script, enum gnuplot_format format, int width, int height);

// The text as a literal of a script, in quotes: whatever is in it, gnuplot shows it and runs
// nothing. Line ends and other control characters become blanks, bytes that are no UTF-8 '?'; of
// more than "most" characters the last ones become an ellipsis. Requires: most > 0.
void gnuplot_put_text(FILE *script, const char *text, size_t most);

// How many characters of UTF-8.
size_t gnuplot_text_length(const char *text);

// Runs gnuplot on the script, which writes its figure to standard output: *bytes (to be released
// with memory_free) is that figure with the mark of this program. The user's own settings of
// gnuplot have no effect, and neither have the time and the name of the machine: one script gives
// one SVG. Errors: STATUS_NO_INPUT (there is no gnuplot: the message says what to install; or it
// cannot be started), STATUS_NO_MEMORY (no process, memory or descriptor for it, or
// a signal or its loader ended it), STATUS_INTERNAL (it refuses the script, with what it said).
enum status gnuplot_draw(enum gnuplot_format format, const char *script, size_t size, char **bytes,
                         size_t *byte_count, struct error *error);
