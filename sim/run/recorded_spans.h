// SPDX-License-Identifier: GPL-3.0-or-later
// Spans out of a log instead of the laws: for a replay all of them, for a fork those of its past.
#ifndef DESGD_RUN_RECORDED_SPANS_H
#define DESGD_RUN_RECORDED_SPANS_H

#include "sim/cluster/span_source.h"
#include "sim/runlog/runlog.h"

// Takes the spans of gradients and updates from a log, borrowed; past its rows they never
// end.
struct span_source span_source_from_log(const struct runlog *log);

// What a replay takes: the same, but an update that the log does not have takes the span that
// "laws" give. For it may have been under way when the run ended, and then it is in no row; or else
// it was left out, and a repetition in which it never ended would not tell. Both are borrowed.
struct recorded_run {
    const struct runlog *log;
    struct span_source laws;
};
struct span_source span_source_from_run(const struct recorded_run *run);

// What began before until_ns comes from the log, everything else from "later". (An update that was
// under way when the log ended is in no row of it: it comes from "later", too.) Both are borrowed.
struct recorded_past {
    const struct runlog *log;
    int64_t until_ns;
    struct span_source later;
};
struct span_source span_source_from_past(const struct recorded_past *past);

#endif
