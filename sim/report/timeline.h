// SPDX-License-Identifier: GPL-3.0-or-later
// What every worker and the server were doing, as intervals: the Gantt chart that every teacher
// draws by hand; and as a trace for viewers.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "sim/base/status.h"
#include "sim/report/tell_options.h"
#include "sim/runlog/runlog.h"

#define TIMELINE_NO_ROW SIZE_MAX

enum timeline_kind {
    TIMELINE_COMPUTING, // a worker's gradient, without its delay
    TIMELINE_DELAYED,   // its extra delay
    TIMELINE_QUEUED,    // the server's queue, receive, update and reply
    TIMELINE_WAITING,   // for others: its gradient lies in the buffer, or it stands at a barrier
    TIMELINE_RECEIVING, // the server's lane
    TIMELINE_UPDATING,
    TIMELINE_REPLYING,  // known only if the log has events
    TIMELINE_RESENDING, // the push of a worker that is lost and sent again, until it arrives
    TIMELINE_SENDING,   // a push or a reply is on its way, or waits for a link
    TIMELINE_STALLED,   // a worker is paused in its computing, or the server
    TIMELINE_DOWN,      // a worker has crashed, and is not yet back
    TIMELINE_REDUCING,  // an all-reduce: that a worker waits for; without a server also in its lane
    TIMELINE_KIND_COUNT,
};
extern const char *const timeline_kind_names[TIMELINE_KIND_COUNT];

struct timeline_interval {
    int64_t start_ns;
    int64_t end_ns;
    int32_t lane; // the worker, or -1: the server
    enum timeline_kind kind;
    size_t row; // of /gradients; of an update in /updates, of lane -1's reduction in /reductions;
                // TIMELINE_NO_ROW of what is down, or behind that, and of pauses of the server
};

// Hands over the intervals that overlap the window, cut to it and to the run; empty ones are left
// out, but for updates and averages of all, which may take no time. In the order of the gradients,
// those of one in the order of time; then what workers are down and wait after that, and the lane
// of the server. In one lane none overlap another, except that pauses of the server lie within what
// it does.
void timeline_each(const struct runlog *log, int64_t from_ns, int64_t to_ns,
                   void (*take)(void *context, const struct timeline_interval *interval),
                   void *context);

// Whether the workers of the run average models of their own, without a server: lane -1 has the
// all-reduces of all workers then.
bool timeline_has_no_server(const struct runlog *log);

// All of them but for the empty ones.
struct timeline {
    struct timeline_interval *intervals;
    size_t count, capacity;
};

// Releases and replaces what *timeline holds (zeroed at first).
void timeline_of_log(const struct runlog *log, int64_t from_ns, int64_t to_ns,
                     struct timeline *timeline);
void timeline_reset(struct timeline *timeline);

// As comma-separated values, in the order of timeline_each, with -1 for the server's lane and for
// no row: what a page that derives the lanes by itself must come to.
void timeline_write_csv(const struct runlog *log, FILE *out);

// In Chrome's trace format (JSON), which ui.perfetto.dev and chrome://tracing open: a thread for
// each worker and one for the server, or for the averages of all and of each cluster; arrows from
// the push of a gradient to its update and from an update to who reads its version; counters of K,
// of the buffer, of staleness and of test accuracy. Of one worker, what tell tells of one. Memory
// does not grow with the text. Errors: STATUS_BAD_DATA (no such worker), STATUS_IO.
enum status timeline_write_trace(FILE *out, const struct runlog *log,
                                 const struct tell_options *options, struct error *error);

// The first bytes of every trace.
#define TIMELINE_TRACE_BEGINNING "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"program\":\"desgd\""
