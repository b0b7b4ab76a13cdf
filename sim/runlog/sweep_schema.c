// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/sweep_schema.h"

const char *const sweep_run_status_names[SWEEP_RUN_STATUS_COUNT] = {"complete", "diverged",
                                                                    "failed", "missing", "stalled"};
const char *const sweep_role_words[SWEEP_ROLE_WORDS] = {"round", "tune", "untuned"};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define COLUMN(name_, field, type_, least_, units_, text)                                          \
    {                                                                                              \
        .name = (name_), .offset = offsetof(struct sweep_row, field), .type = (type_),             \
        .least = (least_), .units = (units_), .long_name = (text)                                  \
    }
#define COUNTED(name, field, text) COLUMN(name, field, COLUMN_INT64, -1, "1", text)
#define BYTES(name, field, text) COLUMN(name, field, COLUMN_INT64, -1, "B", text)
#define TIMED(name, field, text) COLUMN(name, field, COLUMN_INT64, -1, "ns", text)
#define REAL(name, field, text) COLUMN(name, field, COLUMN_DOUBLE, 0, "1", text)
#define WORD(field, words_, count, text)                                                           \
    {                                                                                              \
        .name = #field, .offset = offsetof(struct sweep_row, field), .type = COLUMN_ENUM,          \
        .words = (words_), .word_count = (count), .units = "1", .long_name = (text)                \
    }

// The five columns of a measured quantity.
#define METRIC(name_, index, what, better)                                                         \
    REAL(name_ "_mean", metrics[index].mean,                                                       \
         what ", plain mean over the evaluations before the end, as in the papers' tables"),       \
        REAL(name_ "_mean_after", metrics[index].mean_after,                                       \
             what ", the same mean without the cluster's start-up span"),                          \
        REAL(name_ "_final", metrics[index].final, what " at the last evaluation"),                \
        REAL(name_ "_best", metrics[index].best,                                                   \
             what ", the " better " of all evaluations: an extreme, better than the run was"),     \
        TIMED(name_ "_best_ns", metrics[index].best_ns, "the first time of it, -1: none")

static const struct runlog_column run_columns[] = {
    WORD(role, sweep_role_words, SWEEP_ROLE_WORDS,
         "what the run is for: a round of a cell, the tuning of a key, or a round of a cell of "
         "which the tuning found no usable candidate"),
    COLUMN("round", round, COLUMN_INT64, 0, "1", "repetition, from 0"),
    COLUMN("seed", seed, COLUMN_UINT64, 0, "1", "seed of the run"),
    COLUMN("cell", cell, COLUMN_INT64, 0, "1", "the first cell of the plan that it serves, from 0"),
    WORD(status, sweep_run_status_names, SWEEP_RUN_STATUS_COUNT, "how the run stands"),
    COUNTED("diverged", diverged,
            "1: the run diverged, by its status or by its last loss (run_metrics.h); 0: not"),
    TIMED("end_ns", end_ns, "simulated time at the end"),
    COUNTED("workers", workers, "workers of the cluster"),
    METRIC("test_accuracy", SWEEP_TEST_ACCURACY, "fraction of the test samples", "highest"),
    METRIC("test_loss", SWEEP_TEST_LOSS, "mean loss of the test samples", "lowest"),
    METRIC("train_accuracy", SWEEP_TRAIN_ACCURACY, "fraction of the training samples", "highest"),
    METRIC("train_loss", SWEEP_TRAIN_LOSS, "mean loss of the training samples", "lowest"),
    REAL("target_accuracy", target_accuracy, "the test accuracy that was asked for"),
    COUNTED("target_reached", target_reached,
            "1: reached, and kept for three evaluations or up to the end; 0: not"),
    TIMED("target_after_ns", target_after_ns,
          "it was reached after this time: the evaluation before; if not reached, the last one"),
    TIMED("target_by_ns", target_by_ns, "and by this time, -1: not reached"),
    COUNTED("gradients", gradients, "gradients that workers have started"),
    COUNTED("applied", outcomes[OUTCOME_APPLIED], "of them applied"),
    COUNTED("dropped", outcomes[OUTCOME_DROPPED], "of them dropped by the server"),
    COUNTED("cancelled", outcomes[OUTCOME_CANCELLED], "of them given up before they were done"),
    COUNTED("lost", outcomes[OUTCOME_LOST], "of them lost on the way"),
    COUNTED("pending", outcomes[OUTCOME_PENDING], "of them under way at the end"),
    REAL("wasted_share", wasted_share,
         "dropped, cancelled and lost ones among those that are not pending"),
    COUNTED("updates", updates, "updates of the server"),
    REAL("staleness_mean", staleness_mean, "mean over the applied gradients, in versions"),
    COUNTED("staleness_max", staleness_max, "the largest, in versions"),
    REAL("busy_share", busy_share, "share of the workers' time in computing, delays included"),
    REAL("idle_share", idle_share, "the rest of it: waiting and communicating"),
    REAL("waiting_share", waiting_share, "share of it in waiting for others"),
    REAL("communicating_share", communicating_share, "share of it in communicating and queueing"),
    REAL(
        "down_share", down_share,
        "share of all their time in which they were down; the others are of the time in which they "
        "were up"),
    REAL("server_load", server_load, "share of the time in which the server was at work"),
    COUNTED("pushes", pushes, "gradients, or models, sent to the server"),
    COUNTED("replies", replies, "replies sent by the server"),
    BYTES("bytes", bytes, "bytes of all of these, and of all-reduces over all links"),
    COUNTED("reductions_of_all", reductions_of_all,
            "all-reduces of all workers' models, where each has its own"),
    COUNTED("reductions_of_clusters", reductions_of_clusters, "all-reduces of clusters' models"),
    BYTES("bytes_intra", bytes_intra, "bytes that all-reduces moved within clusters"),
    BYTES("bytes_inter", bytes_inter, "bytes that all-reduces moved between clusters"),
    COUNTED("evaluations", evaluations, "evaluations"),
};

const struct runlog_table sweep_runs_table = {
    "runs",
    "One row for each run of the plan, in its order. Cells that come to the same canonical form "
    "are one run.\nA run without a log (failed, missing) has -1 and NaN.",
    sizeof(struct sweep_row), run_columns, COUNT_OF(run_columns)};

#define EVALUATION(field, type_, units_, text)                                                     \
    {                                                                                              \
        .name = #field, .offset = offsetof(struct sweep_evaluation_row, row.field),                \
        .type = (type_), .units = (units_), .long_name = (text)                                    \
    }

static const struct runlog_column evaluation_columns[] = {
    {.name = "run",
     .offset = offsetof(struct sweep_evaluation_row, run),
     .type = COLUMN_INT64,
     .units = "1",
     .long_name = "row of its run in /runs, from 0"},
    EVALUATION(time_ns, COLUMN_INT64, "ns", "simulated time"),
    EVALUATION(version, COLUMN_INT64, "1", "parameter version"),
    EVALUATION(test_loss, COLUMN_DOUBLE, "1", "mean loss of the test samples, NaN: none"),
    EVALUATION(test_accuracy, COLUMN_DOUBLE, "1", "fraction of the test samples, NaN: none"),
    EVALUATION(train_loss, COLUMN_DOUBLE, "1", "mean loss of the training samples, NaN: none"),
    EVALUATION(train_accuracy, COLUMN_DOUBLE, "1", "fraction of the training samples, NaN: none"),
};

const struct runlog_table sweep_evaluations_table = {
    "evaluations", "The evaluations of all runs, one run after the other.",
    sizeof(struct sweep_evaluation_row), evaluation_columns, COUNT_OF(evaluation_columns)};

static const struct runlog_column host_columns[] = {
    {.name = "wall_seconds",
     .type = COLUMN_DOUBLE,
     .units = "s",
     .long_name = "time of the run on its host, NaN: no log"},
};

const struct runlog_table sweep_host_table = {
    "provenance", "A host's own, one row for each of /runs; not in sweep.csv.",
    sizeof(struct sweep_host_row), host_columns, COUNT_OF(host_columns)};

void sweep_write_reference(FILE *out) {
    fprintf(out, "The format is `%s`, version %d.\n", SWEEP_FORMAT, SWEEP_FORMAT_VERSION);
    runlog_write_table("###", &sweep_runs_table, out);
    runlog_write_table("###", &sweep_evaluations_table, out);
    runlog_write_table("###", &sweep_host_table, out);
}
