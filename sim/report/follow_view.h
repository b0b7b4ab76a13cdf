// SPDX-License-Identifier: GPL-3.0-or-later
// The screens of "desgd info --follow": a run that goes on with the lanes of its last seconds, or
// the runs of a sweep.
#pragma once

#include "sim/report/followed.h"
#include "sim/report/screen.h"

// One line of the title, and one that says how it goes.
struct follow_run {
    const char *name;
    const struct followed *followed;
    double per_second; // see followed_print
    double age;        // seconds since its journal was written
};

// The last seconds of every worker that there is room for, a character for each moment:
// '#' computes, '-' its gradient is on its way or in the queue, '.' waits, 'x' is down; and of the
// server how many are in its queue.
void follow_view_draw_run(const struct follow_run *run, struct screen *screen);

struct follow_sweep {
    const char *name;
    size_t planned, done, failed;
    const struct follow_run *running; // (running_count)
    size_t running_count;
};
void follow_view_draw_sweep(const struct follow_sweep *sweep, struct screen *screen);

// "36 runs: 12 done, 1 failed, 4 running, 19 left"
void follow_view_print_sweep(FILE *out, const struct follow_sweep *sweep);
