// SPDX-License-Identifier: GPL-3.0-or-later
// Published curves beside ours, and how near ours come to them: the root mean square error, point
// by point.
#pragma once

#include <stdio.h>

#include "sim/base/status.h"
#include "sim/report/figure_line.h"

// The published curves, a CSV file with '#' comments, the heading "metric,t_sec,NAME,NAME..." and
// one row per metric ("acc" in percentage points, "testloss", "trainloss") and second.
enum { FIGURE_PAPER_NAMES_MAX = 8, FIGURE_PAPER_METRICS = 3 };

struct figure_paper_row {
    enum figure_curve curve;
    int64_t time_ns;
    double values[FIGURE_PAPER_NAMES_MAX]; // NaN where the field is empty
};

struct figure_paper {
    char names[FIGURE_PAPER_NAMES_MAX][32]; // policies
    size_t name_count;
    struct figure_paper_row *rows;
    size_t count, capacity;
};

// Errors: STATUS_NO_INPUT, STATUS_BAD_DATA (with FILE:LINE). *paper must be zeroed and stays so on
// failure.
enum status figure_paper_read(const char *path, struct figure_paper *paper, struct error *error);
void figure_paper_reset(struct figure_paper *paper);

// The column of a policy's curves; name_count: there is none.
size_t figure_paper_column(const struct figure_paper *paper, const char *policy);

struct figure_fit {
    int64_t points;                // times at which both have a value
    double root_mean_square_error; // NaN without points
};

// Of the mean over our rounds, against the paper's curve of a column. Requires: curve is one.
struct figure_fit figure_paper_fit(const struct figure_paper *paper, size_t column,
                                   const struct figure_line *line, enum figure_curve curve);

// A table: its heading, and a line of one cell's curves against a column.
void figure_paper_print_heading(FILE *out);
void figure_paper_print(FILE *out, const struct figure_paper *paper, size_t column,
                        const char *label, const struct figure_lines *lines);
