// SPDX-License-Identifier: GPL-3.0-or-later
// The curves of one run as tables that follow from its log: what it had done when it was evaluated,
// and what it did span by span of its time. The one place that defines them; plots/page/curves.js
// computes the same, to the last bit, so whole numbers are doubles here, exact up to 2^53.
#pragma once

#include <stdio.h>

#include "sim/runlog/runlog.h"
#include "sim/runlog/runlog_schema.h"

// What a run had done up to a moment. An evaluation counts the updates that its version has; bytes
// are those of the messages that had set out. At the end these are the run's own totals.
struct curve_progress {
    double updates;
    double gradients; // that were applied
    double samples;   // in these; NaN without data
    double bytes;     // pushes, replies, and all-reduces over all links. Without events, when a
                      // reply set out is known only as when its cause was over: the update, or the
                      // receipt (reply_rule.h)
};

// One row per evaluation, in their order.
struct curve_evaluation {
    int64_t time_ns;
    int64_t version;
    double test_loss, test_accuracy, train_loss, train_accuracy; // as in the log
    struct curve_progress until;
};

// The run cut into spans of figure_line_span_ns. What falls on a border belongs to the later span,
// the end to the last one. Means and shares are NaN where there is nothing to be shared.
struct curve_span {
    int64_t began_ns, ended_ns;
    struct curve_progress until; // its end
    double threshold_mean;       // over its updates; NaN also of those that have no K
    // Over the gradients applied in it, in versions, and in gradients applied meanwhile.
    double staleness_mean, staleness_least, staleness_most;
    double staleness_gradients_mean, staleness_gradients_least, staleness_gradients_most;
    double step_mean; // over its updates: the learning rate, times the gradients where they are
                      // added up (policy.combine: sum); NaN in timing-only runs
    // Of the time in which workers are up, as in /workers; the timeline has the intervals.
    double busy_share, waiting_share, communicating_share;
    double idle_share;  // the last two
    double server_load; // of the time since the start-up: receiving, updating, and, of logs with
                        // events, replying, without pauses; NaN where there is no server
};

struct curves {
    struct curve_evaluation *evaluations;
    size_t evaluation_count;
    struct curve_span *spans;
    size_t span_count;
};

// To be released with curves_reset.
void curves_of_log(const struct runlog *log, struct curves *curves);
void curves_reset(struct curves *curves);

// Their columns, as the tables of a log have them: "curves_evaluations" and "curves_spans".
enum curve_table_id { CURVES_EVALUATIONS, CURVES_SPANS, CURVE_TABLE_COUNT };
extern const struct runlog_table curve_tables[CURVE_TABLE_COUNT];
const void *curve_table_rows(const struct curves *curves, enum curve_table_id id, size_t *count);

// As comma-separated values.
void curve_table_write_evaluations(const struct runlog *log, FILE *out);
void curve_table_write_spans(const struct runlog *log, FILE *out);
