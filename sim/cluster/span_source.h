// SPDX-License-Identifier: GPL-3.0-or-later
// Who says how long things take: the laws of a scenario, or, in a replay, the log of an earlier
// run.
#pragma once

#include "sim/cluster/gradient_spans.h"

struct gradient_start {
    int64_t time_ns;
    int64_t number; // of the worker's
    int32_t worker;
};

struct span_source {
    const void *context;
    // index: the dispatch order of the whole run, from 0. Gradient "number" of the worker.
    void (*gradient)(const void *context, int64_t index, int32_t worker, int64_t number,
                     struct gradient_spans *spans);
    int64_t (*update)(const void *context, int64_t version);
    // index: of all reductions of the run, in the order in which they begin, from 0. The group's
    // reduction "number".
    void (*reduction)(const void *context, int64_t index, struct reduction_group group,
                      int64_t number, struct reduction_spans *spans);
    // Whether the gradient starts then; the answer is in *starts where true is returned. False, or
    // NULL: nothing is recorded of that time.
    bool (*knows_start)(const void *context, int64_t index, const struct gradient_start *start,
                        bool *starts);
    // What must be known of the messages of a gradient with these spans. NULL: no more than these.
    void (*port)(const void *context, int32_t worker, const struct gradient_spans *spans,
                 struct port_spans *port);
};

// Draws from the laws, which are borrowed.
struct span_source span_source_from_laws(const struct span_laws *laws);
