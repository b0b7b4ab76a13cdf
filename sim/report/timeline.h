// SPDX-License-Identifier: GPL-3.0-or-later
// What every worker and the server were doing, as intervals: the Gantt chart that every teacher
// draws by hand. Written as text for gnuplot.
#pragma once

#include <stdio.h>

#include "sim/runlog/runlog.h"

enum timeline_kind {
    TIMELINE_COMPUTING, // a worker's gradient, without its delay
    TIMELINE_DELAYED,   // its extra delay
    TIMELINE_QUEUED,    // push, the server's queue, receive, update, reply and the way back
    TIMELINE_WAITING,   // its gradient lies in the buffer until others fill it
    TIMELINE_RECEIVING, // the server's lane
    TIMELINE_UPDATING,
    TIMELINE_REPLYING,  // known only if the log has events
    TIMELINE_RESENDING, // the push of a worker that is lost and sent again, until it arrives
    TIMELINE_KIND_COUNT,
};
extern const char *const timeline_kind_names[TIMELINE_KIND_COUNT];

struct timeline_interval {
    int64_t start_ns;
    int64_t end_ns;
    int32_t lane; // the worker, or -1: the server
    enum timeline_kind kind;
};

// Intervals that overlap the window, cut to it; empty ones are left out, and so is the time for
// which a worker is down. In the order of the
// gradients, then of the updates, then of the replies.
struct timeline {
    struct timeline_interval *intervals;
    size_t count, capacity;
};

// Releases and replaces what *timeline holds (zeroed at first).
void timeline_of_log(const struct runlog *log, int64_t from_ns, int64_t to_ns,
                     struct timeline *timeline);
void timeline_reset(struct timeline *timeline);

// One block a kind, in the order of the enum, two empty lines apart (gnuplot's "index"), with lines
// "lane start end": seconds since origin_ns. An empty kind has one line of NaN, so that the count
// of blocks does not change.
void timeline_write(FILE *out, const struct timeline *timeline, int64_t origin_ns);
