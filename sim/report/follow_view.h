// SPDX-License-Identifier: GPL-3.0-or-later
// The screens of "desgd info --follow": a run that goes on with the lanes of its last seconds, or
// the runs of a sweep.
#pragma once

#include "sim/report/followed.h"
#include "sim/report/screen.h"

// One line of the title, and one that says how it goes, or how to go on if nobody does.
struct follow_run {
    const char *name;
    const struct followed *followed;
    double per_second; // see followed_print
    double age;        // seconds since its journal was written
    bool is_gone;      // the process that wrote it is
    const char *log;   // where its log is to be; NULL: in the folder of its sweep
};

// A journal that was not written for so many seconds is told of.
#define FOLLOW_VIEW_SILENT_SECONDS 5.0

// The last seconds of every worker that there is room for, a character for each moment:
// '#' computes, '-' its gradient is on its way or in the queue, '.' waits, 'x' is down; and of the
// server how many are in its queue.
void follow_view_draw_run(const struct follow_run *run, struct screen *screen);

// "its process is gone; 'desgd run SCENARIO -o FILE.h5 --resume' continues"
void follow_view_print_gone(FILE *out, const struct follow_run *run);

struct follow_sweep {
    const char *name;
    size_t planned, done, failed;
    const struct follow_run *begun; // (begun_count); of which those that are gone are left to do
    size_t begun_count;
};
void follow_view_draw_sweep(const struct follow_sweep *sweep, struct screen *screen);

// "36 runs: 12 done, 1 failed, 4 running, 19 left (2 begun)": of what is left some may have been
// begun, by a process that is gone.
void follow_view_print_sweep(FILE *out, const struct follow_sweep *sweep);
