// SPDX-License-Identifier: GPL-3.0-or-later
// When the server was paused in a run, by its log, and when a service of it began that is known by
// its end and its span; and when something happened to each worker.
#pragma once

#include "sim/runlog/runlog.h"

struct server_pauses {
    struct server_pause {
        int64_t began_ns, ended_ns; // INT64_MAX: it lasts to the end
    } * pauses;                     // in order of time, none within or at another
    size_t count;
};

// To be released with server_pauses_reset.
void server_pauses_init(struct server_pauses *pauses, const struct runlog *log);
void server_pauses_reset(struct server_pauses *pauses);

// When the server began what it ended then, after so long a span without its pauses.
int64_t server_pauses_began(const struct server_pauses *pauses, int64_t end_ns, int64_t span_ns);

// Incidents of one kind, by worker, in order of time; those that meet are one.
struct worker_spans {
    size_t *first, *end; // (workers): where each worker's begin and end
    struct server_pause *spans;
};

// To be released with worker_spans_reset.
void worker_spans_init(struct worker_spans *spans, const struct runlog *log,
                       enum incident_kind kind);
// How long each was down: from a crash until it was back, which it is only when it is neither
// paused nor disconnected. A crash that is over at the start-up keeps nobody down.
void worker_spans_init_down(struct worker_spans *spans, const struct runlog *log,
                            int64_t start_up_ns);
void worker_spans_reset(struct worker_spans *spans);

// The first of the worker that ends later than that, or end[worker]. Requires: worker >= 0.
size_t worker_spans_after(const struct worker_spans *spans, int32_t worker, int64_t time_ns);
