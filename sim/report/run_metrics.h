// SPDX-License-Identifier: GPL-3.0-or-later
// What one run is worth: numbers out of its evaluations. The one place in which they are defined;
// the summary, the comparison and the table of a sweep's runs take them from here. Computed row by
// row in constant memory.
#pragma once

#include "sim/runlog/runlog.h"

// What an evaluation measures.
enum run_quantity {
    RUN_TEST_ACCURACY, // fractions
    RUN_TEST_LOSS,
    RUN_TRAIN_ACCURACY,
    RUN_TRAIN_LOSS,
    RUN_QUANTITY_COUNT,
};

extern const char *const run_quantity_names[RUN_QUANTITY_COUNT]; // "test_accuracy", ...

// The four numbers of one quantity. Each is NaN where an evaluation that it needs did not measure
// the quantity, or where there is none.
struct run_metric {
    double mean;       // plain mean over the evaluation points t < end, as in the papers' tables
    double mean_after; // the same over options.after_ns <= t < end: without the start-up
    double final;      // at the last evaluation
    double best;       // the highest accuracy, the lowest loss: an extreme of many noisy values, so
                       // better than the run ever was, and the more so the more points there are
    int64_t best_ns;   // the first time of it; -1: none
};

// When the test accuracy reached a target and stayed there. It is looked at only at evaluations,
// so the moment is known up to an interval: after_ns < T <= by_ns.
struct run_crossing {
    bool measured;    // some evaluation has a test accuracy
    bool reached;     // false: right-censored, all that is known is T > after_ns
    int64_t after_ns; // the evaluation before the crossing (0 if it is the first); not reached: the
                      // last evaluation
    int64_t by_ns;    // the first evaluation at or above the target of those that count; not
                      // reached: SIM_TIME_NEVER
};

struct run_metrics_options {
    int64_t after_ns;  // the start-up ends here (run_metrics_start_up_ns by default)
    double target;     // of run_crossing, a fraction; NaN: none is looked for
    int64_t sustained; // the crossing counts if so many evaluations in a row, itself included, are
                       // at or above the target, or all up to the last; > 0
};

enum { RUN_METRICS_SUSTAINED = 3 }; // the default

// A loss that has grown so much is told, whatever the model: not even finite parameters mean that
// something was learnt.
enum { RUN_LOSS_GROWN = 1000 };

struct run_metrics {
    struct run_metric values[RUN_QUANTITY_COUNT];
    struct run_crossing crossing;
    int64_t evaluations;
    int64_t evaluations_in_mean;
    int64_t evaluations_in_mean_after;
    bool diverged;     // run_metrics_diverged
    double loss_grown; // the last loss as a multiple of the first, if that is RUN_LOSS_GROWN or
                       // more and both are finite; else 0
};

// The state between rows. Plain data; nothing to release.
struct run_metrics_accumulator {
    struct run_metrics_options options;
    struct run_metrics metrics; // whole after run_metrics_end
    struct evaluation_row first;
    struct evaluation_row last; // not yet in the means: it may be at the end
    double sums[RUN_QUANTITY_COUNT];
    double sums_after[RUN_QUANTITY_COUNT];
    int64_t above; // evaluations in a row, up to the last, at or above the target
};

// In this order: start, every evaluation in time order, end.
void run_metrics_start(struct run_metrics_accumulator *accumulator,
                       const struct run_metrics_options *options);
void run_metrics_add(struct run_metrics_accumulator *accumulator, const struct evaluation_row *row);
void run_metrics_end(struct run_metrics_accumulator *accumulator, enum run_status status,
                     int64_t end_ns);

// All three at once: rows (count), may be NULL if 0.
struct run_metrics run_metrics_of(const struct evaluation_row *rows, size_t count,
                                  enum run_status status, int64_t end_ns,
                                  const struct run_metrics_options *options);

// The start-up span that the scenario itself gives the cluster (cluster.start_up), in which nothing
// can be learnt: the same under every policy, unlike the time of the first update. 0 if the text
// has none.
int64_t run_metrics_start_up_ns(const char *scenario);

// A run has diverged if its status says so (a loss or a parameter is not finite), or if a
// classifier ends with a loss that is not finite or above 2 ln 10 = 4.605, twice that of guessing
// among ten classes. The loss is the last test loss, or the last training loss where no test
// accuracy is measured. Models without an accuracy have losses on another scale: there only the
// status counts.
bool run_metrics_diverged(enum run_status status, const struct evaluation_row *last);
