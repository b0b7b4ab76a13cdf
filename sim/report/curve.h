// SPDX-License-Identifier: GPL-3.0-or-later
// The curves of one run: what it had done when it was evaluated, and what it did span by span of
// its time. The one place that defines them; plots/page/curves.js computes the same, to the last
// bit, so whole numbers are doubles here, exact up to 2^53. curve_table.h has all of them.
#pragma once

#include <stdbool.h>

#include "sim/report/past_changes.h"
#include "sim/runlog/runlog.h"

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

// ---- their parts ----

// What an update is, in each phase of a scenario that changed on its way.
struct curve_scenario {
    size_t changes; // phases after the first
    struct curve_phase {
        int64_t until_ns; // updates before then are of this phase or an earlier one
        double samples;   // in a gradient; NaN without data
        bool adds_up;     // an update applies the sum of its gradients, not their mean
    } phases[PAST_CHANGES_MAX + 1];
    double message_bytes;
    bool steps_locally; // each worker on a model of its own
    bool has_server;
    bool trains; // there are parameters
};

void curve_scenario_read(const struct runlog *log, struct curve_scenario *scenario);
const struct curve_phase *curve_phase_at(const struct curve_scenario *scenario, int64_t time_ns);

// Hands over every message that set out in the run, with its bytes: first the pushes, then the
// replies, then the all-reduces, each in the order of their rows.
void curve_messages_each(const struct runlog *log, const struct curve_scenario *scenario,
                         void (*take)(void *context, int64_t time_ns, double bytes), void *context);

void curve_find_evaluations(const struct runlog *log, const struct curve_scenario *scenario,
                            struct curves *curves);
void curve_find_spans(const struct runlog *log, const struct curve_scenario *scenario,
                      struct curves *curves);
