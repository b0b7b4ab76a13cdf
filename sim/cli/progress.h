// SPDX-License-Identifier: GPL-3.0-or-later
// One line on stderr that says how far a run is and how long it will take; on a terminal only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool shown; // false: everything below does nothing
    double start_seconds;
    double drawn_seconds;
};

// wanted: false for --quiet. Shows nothing unless stderr is a terminal that can go back on a line.
void progress_init(struct progress *progress, bool wanted);

// At most ten times a second draws the line. For run_options.progress: context is the struct
// progress.
void progress_update(void *context, int64_t now_ns, double fraction);

void progress_clear(struct progress *progress); // removes the line
