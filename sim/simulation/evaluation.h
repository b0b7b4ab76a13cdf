// SPDX-License-Identifier: GPL-3.0-or-later
// When the parameters are evaluated: at 0, every, 2 every, ... and at the end, each seeing every
// update with an equal or earlier time, taking no cluster time. By counts: at 0, at the end of the
// first update (or average) that reaches a multiple of the interval, once however many multiples
// it passes, and at the end, if there was an update since. The work is a job beside the
// gradients; rows come out in time order.
#pragma once

#include "sim/executor/executor.h"
#include "sim/scenario/scenario.h"
#include "sim/simulation/row_output.h"
#include "sim/training/parameter_store.h"

enum { EVALUATIONS_PENDING_MAX = 12 };

// What is looked at, where it is not the store's current version (no functions).
struct evaluation_subject {
    void *context;
    int64_t (*identity)(void *context); // equal ones mean equal parameters
    // A reference that passes to the evaluator.
    struct parameter_version *(*parameters)(void *context);
};

// What has been done up to some moment.
struct evaluation_progress {
    int64_t updates;
    int64_t gradients; // applied
    int64_t samples;   // in them, as run_end_samples_of_a_gradient counts
};

struct pending_evaluation {
    int64_t time_ns;
    struct evaluation_progress done;
    int64_t number; // of the current version
    struct parameter_version
        *version;               // held while the job runs; NULL: the same version as the one before
    struct evaluation_job *job; // NULL likewise
};

struct evaluator {
    struct executor *executor; // NULL: timing only, nothing is ever evaluated
    struct parameter_store *store;
    struct row_output *output;
    struct evaluation_subject subject;
    int64_t every_ns;
    struct end_options by_count; // END_TIME: by none
    int64_t train_count;         // samples, for epochs
    bool has_data;
    struct evaluation_progress done;
    int64_t reached;       // so many multiples
    int64_t next_ns;       // SIM_TIME_NEVER: none but the last
    int64_t last_time_ns;  // of the latest evaluation asked for; -1 before the first
    int64_t last_updates;  // likewise, that it had seen
    int64_t last_identity; // likewise, of what was looked at
    struct pending_evaluation pending[EVALUATIONS_PENDING_MAX];
    size_t first, count;          // ring
    struct evaluation_row latest; // the last row sent
    size_t repeated;              // rows of the rerun
};

void evaluator_init(struct evaluator *evaluator, const struct evaluation_options *options,
                    struct executor *executor, struct parameter_store *store,
                    struct row_output *output);

// How many multiples of an interval in counts have been reached; 0: by no count. train_count:
// samples of the training set, for epochs, with the tolerance of an end in epochs; 0: not known, no
// epoch is ever over.
int64_t evaluation_multiples(const struct end_options *by_count,
                             const struct evaluation_progress *done, int64_t train_count);

// An update has been made at now_ns: evaluates if it reaches a multiple; in a rerun (evaluates:
// false) it only counts. Requires: no part of done has fallen.
void evaluator_count(struct evaluator *evaluator, int64_t now_ns,
                     const struct evaluation_progress *done, bool evaluates);

// Evaluates at times of the schedule before before_ns (exclusive) and up to end_ns (inclusive): all
// of them, or the first few; then it returns true and wants to be called again, so that a run can
// be interrupted in between.
bool evaluator_advance(struct evaluator *evaluator, int64_t before_ns, int64_t end_ns);

// In a rerun: the evaluations that were recorded before before_ns (exclusive).
void evaluator_repeat(struct evaluator *evaluator, const struct runlog *recorded,
                      int64_t before_ns);

// The last evaluation, at end_ns, unless there was one at that time; then waits for all and sends
// their rows. final: false for an interrupted run, which only waits for those that are under way.
void evaluator_finish(struct evaluator *evaluator, int64_t end_ns, bool final);
