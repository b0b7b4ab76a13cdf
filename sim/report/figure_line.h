// SPDX-License-Identifier: GPL-3.0-or-later
// The curves of a figure: of the rounds of one cell the mean and the range of what was measured at
// each evaluation, and of threshold and staleness span by span of cluster time. One log at a time,
// so that they need not fit in memory together.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/runlog/runlog.h"

enum figure_curve {
    FIGURE_TEST_ACCURACY, // in percentage points; the curves of evaluations
    FIGURE_TEST_LOSS,
    FIGURE_TRAIN_ACCURACY,
    FIGURE_TRAIN_LOSS,
    FIGURE_THRESHOLD, // mean over the updates of a span, none without a server; of updates
    FIGURE_STALENESS, // versions, mean over the gradients applied in a span
    FIGURE_CURVE_COUNT,
};

// "test_accuracy", ...
extern const char *const figure_curve_names[FIGURE_CURVE_COUNT];

// Over the rounds at one time.
struct figure_point {
    int64_t time_ns; // of the evaluation, or the middle of the span
    double mean;
    double least;
    double most;
    int64_t rounds; // > 0
};

struct figure_line {
    struct figure_point *points; // in time order
    size_t count, capacity;
};

// All curves of a cell; zeroed at first.
struct figure_lines {
    struct figure_line lines[FIGURE_CURVE_COUNT];
    int64_t rounds;
};

// The span of the curves of updates in a figure that goes to this time: a hundred of them or a few
// more, of 1, 2 or 5 times a power of ten ns. Requires: end_ns >= 0.
int64_t figure_line_span_ns(int64_t end_ns);

// One round more. A span that begins at end_ns or later is left out: it would hold the last update
// of some rounds alone. The log may be released afterwards. name: the file, for messages. Errors:
// STATUS_BAD_DATA (rows that are not in the order of time): *lines is as it was. Requires:
// span_ns > 0.
enum status figure_lines_add(struct figure_lines *lines, const char *name, const struct runlog *log,
                             int64_t span_ns, int64_t end_ns, struct error *error);
void figure_lines_reset(struct figure_lines *lines);
