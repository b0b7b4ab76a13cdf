// SPDX-License-Identifier: GPL-3.0-or-later
// The schema of a sweep's table: what "desgd merge" puts into sweep.h5 and sweep.csv. As of the
// log, these tables are the one place that names its columns; the reference (results/SCHEMA.md) is
// made from them.
#pragma once

#include <stdio.h>

#include "sim/runlog/runlog_schema.h"

#define SWEEP_FORMAT "desgd-sweep"
enum { SWEEP_FORMAT_VERSION = 1 };

// How a run of the plan stands: complete, diverged and stalled ones are done and have a log.
enum sweep_run_status {
    SWEEP_COMPLETE,
    SWEEP_DIVERGED,
    SWEEP_FAILED,
    SWEEP_MISSING,
    SWEEP_STALLED,
    SWEEP_RUN_STATUS_COUNT,
};
extern const char *const sweep_run_status_names[SWEEP_RUN_STATUS_COUNT];

// Of one measured quantity; see report/run_metrics.h.
struct sweep_metric {
    double mean;
    double mean_after;
    double final;
    double best;
    int64_t best_ns;
};

enum sweep_quantity {
    SWEEP_TEST_ACCURACY,
    SWEEP_TEST_LOSS,
    SWEEP_TRAIN_ACCURACY,
    SWEEP_TRAIN_LOSS,
    SWEEP_QUANTITY_COUNT,
};

// One run of the plan. Of a run without a log, counts and times are -1 and real numbers NaN.
struct sweep_row {
    uint64_t seed;
    uint64_t data_hash;
    uint64_t timeline_fingerprint;
    uint64_t parameter_fingerprint;
    int64_t round;
    int64_t cell;
    int64_t workers;
    int64_t end_ns;
    int64_t gradients;
    int64_t outcomes[OUTCOME_COUNT];
    int64_t updates;
    int64_t staleness_max;
    int64_t pushes;
    int64_t replies;
    int64_t bytes;
    int64_t reductions_of_all;
    int64_t reductions_of_clusters;
    int64_t bytes_intra;
    int64_t bytes_inter;
    int64_t evaluations;
    int64_t diverged; // 1 also where the loss alone says so
    int64_t target_reached;
    int64_t target_after_ns;
    int64_t target_by_ns;
    double target_accuracy;
    double staleness_mean;
    double wasted_share;
    double busy_share;
    double idle_share;
    double waiting_share;
    double communicating_share;
    double down_share;
    double server_load;
    struct sweep_metric metrics[SWEEP_QUANTITY_COUNT];
    uint32_t role;   // index of sweep_table.role_names
    uint32_t status; // enum sweep_run_status
};

struct sweep_evaluation_row {
    int64_t run; // the row of its run, from 0
    struct evaluation_row row;
};

// A host's own, kept apart.
struct sweep_host_row {
    double wall_seconds;
};

// /runs, /evaluations and /provenance. "run", "data_hash" and the fingerprints are text of 16
// hexadecimal digits beside the columns of /runs; the varied keys are text, too, in /keys.
enum { SWEEP_ROLE_WORDS = 3 };
extern const char *const sweep_role_words[SWEEP_ROLE_WORDS];
extern const struct runlog_table sweep_runs_table;
extern const struct runlog_table sweep_evaluations_table;
extern const struct runlog_table sweep_host_table;

// The tables of a sweep in results/SCHEMA.md, in Markdown.
void sweep_write_reference(FILE *out);
