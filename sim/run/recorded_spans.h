// SPDX-License-Identifier: GPL-3.0-or-later
// Spans out of a log instead of the laws: for a replay all of them, for a fork those of its past.
#pragma once

#include <stdbool.h>

#include "sim/cluster/span_source.h"
#include "sim/runlog/runlog.h"

// What began before until_ns comes from the log, everything else from "later". (An update that was
// under way when the log ended is in no row of it: it comes from "later", too.)
//
// until_ns: SIM_TIME_NEVER: a replay. Gradients and reductions past the log's rows then never end;
// an update past them takes the span that "later" gives. For it may have been under way when the
// run ended, and then it is in no row; or else it was left out, and a repetition in which it never
// ended would not tell.
struct recorded_spans {
    const struct runlog *log; // borrowed
    int64_t until_ns;
    struct span_source later;
    bool updates_unknown; // of "later": no file of their times is at hand, and none that ended
                          // is missing in the log
    const int64_t *updates_began_ns; // borrowed; NULL: a span before its end each
};

// Borrows "recorded".
struct span_source span_source_from_record(const struct recorded_spans *recorded);
