// SPDX-License-Identifier: GPL-3.0-or-later
// What the kinds of figures have in common: the sheet that is drawn on, its head, panels, colours,
// and the cells of a comparison. A kind writes rows of numbers to "data" and commands of gnuplot to
// "script", where places are pixels from the upper left corner: X(20), Y(30).
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "sim/base/status.h"
#include "sim/report/compare_parts.h"
#include "sim/report/comparison.h"
#include "sim/report/figure_paper.h"
#include "sim/runlog/runlog.h"

struct figure;

// What a metric is to a kind.
enum figure_metric {
    FIGURE_METRIC_NONE,
    FIGURE_METRIC_CURVE,    // the name of a curve (figure_line.h)
    FIGURE_METRIC_COMPARED, // one of compare
};

struct figure_kind {
    const char *name;
    const char *doc;   // what it shows, for --help and the manual
    const char *title; // of figures of runs without one
    enum figure_metric metric;
    enum compare_form form; // of the test accuracy: the default of a metric of compare
    bool needs_baseline;
    size_t cells_max; // so many in one figure, at most; 0: any number
    enum status (*write)(struct figure *figure, struct error *error);
};

// Everything is borrowed.
struct figure_request {
    const struct figure_kind *kind;
    const struct comparison *comparison; // of the runs; its primary metric is that of the figure
    const char *curve;                   // NULL: several
    const char *x, *y;                   // varied keys of a heat map; NULL: there are two
    int64_t from_ns, to_ns;              // of a timeline; -1: chosen by what happens
    const struct figure_paper *paper;    // NULL: none
};

enum {
    FIGURE_WIDTH = 1000,
    FIGURE_MARGIN = 24,                        // of the sheet, left and right
    FIGURE_LABEL_SIZE = COMPARE_READABLE_SIZE, // of a text
    FIGURE_COLOURS = 8,
};

struct figure {
    const struct figure_request *request;
    const struct comparison *comparison;
    FILE *script;         // what comes behind the terminal and the data
    FILE *data;           // CSV: a heading and rows; texts are in the last column
    size_t rows;          // written, without the heading
    int height;           // of the sheet: a kind says it
    int top;              // below the head
    bool axes_name_cells; // so that the head need not say what cells are named by
    FILE *paper_fit;      // or NULL
    FILE *notes;
};

// The colours of Okabe and Ito, which the colour-blind tell apart, in turn; from the ninth on lines
// are dashed. Requires: none; index goes round.
const char *figure_colour(size_t index);
const char *figure_dash(size_t index);

// "#E0RRGGBB" for "#RRGGBB": so thin that what lies under it is seen.
const char *figure_faint(const char *colour, char faint[16]);

// An entry of the legend.
enum figure_mark { FIGURE_LINE, FIGURE_DASHES, FIGURE_BOX, FIGURE_DOT };
struct figure_entry {
    enum figure_mark mark;
    const char *colour;
    const char *dash; // of a line
    char label[FIGURE_LABEL_SIZE];
};

// The title of the runs, what they have in common and the note, and the legend; sets figure->top.
void figure_put_head(struct figure *figure, const char *note, const struct figure_entry *entries,
                     size_t count);

// The entry of each shown cell: a line of its colour. (comparison->order_count), to be released
// with memory_free.
struct figure_entry *figure_cell_entries(const struct figure *figure, enum figure_mark mark);

// The next plot lies in this box, in pixels, with the title above it ("": none). What was placed
// until figure_end_panel goes with that plot alone; the head goes with the first.
struct figure_box {
    int left, top, right, bottom;
};
void figure_begin_panel(struct figure *figure, struct figure_box box, const char *title);
void figure_end_panel(struct figure *figure);

// A text at a place (gnuplot's two coordinates), with the options of gnuplot's "set label".
void figure_put_label(struct figure *figure, const char *place, const char *text, size_t most,
                      const char *options);

// A text as the last field of a row, and the row's end.
void figure_end_row(struct figure *figure, const char *text);

// "data skip 1 every ::FIRST::LAST": rows of the data. Requires: count > 0.
void figure_put_rows(struct figure *figure, size_t first, size_t count);

// The latest end of the finished runs of the shown cells.
int64_t figure_end_ns(const struct figure *figure);

// Reads the log of a run again; to be released with runlog_reset. Errors: those of runlog_read.
enum status figure_read_log(const struct compare_run *run, struct runlog *log, struct error *error);

// The kinds.
enum status figure_write_curves(struct figure *figure, struct error *error);
enum status figure_write_timeline(struct figure *figure, struct error *error);
enum status figure_write_threshold(struct figure *figure, struct error *error);
enum status figure_write_staleness(struct figure *figure, struct error *error);
enum status figure_write_heat_map(struct figure *figure, struct error *error);
enum status figure_write_forest(struct figure *figure, struct error *error);
enum status figure_write_frontier(struct figure *figure, struct error *error);
