// SPDX-License-Identifier: GPL-3.0-or-later
// When the parameters are evaluated: at 0, every, 2 every, ... and at the end, each seeing every
// update with an equal or earlier time, taking no cluster time. The work is a job beside the
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

struct pending_evaluation {
    int64_t time_ns;
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
    int64_t next_ns;       // SIM_TIME_NEVER: none but the last
    int64_t last_time_ns;  // of the latest evaluation asked for; -1 before the first
    int64_t last_identity; // likewise, of what was looked at
    struct pending_evaluation pending[EVALUATIONS_PENDING_MAX];
    size_t first, count;          // ring
    struct evaluation_row latest; // the last row sent
    size_t repeated;              // rows of the rerun
};

void evaluator_init(struct evaluator *evaluator, const struct evaluation_options *options,
                    struct executor *executor, struct parameter_store *store,
                    struct row_output *output);

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
