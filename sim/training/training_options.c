// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/training_options.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/complete_table.h"

// Each in its file, aggregation_<name>.c; see aggregation.h.
extern const struct aggregation aggregation_sync;
extern const struct aggregation aggregation_async;
extern const struct aggregation aggregation_hybrid;
extern const struct aggregation aggregation_k_sync;
extern const struct aggregation aggregation_k_batch_sync;
extern const struct aggregation aggregation_k_async;
extern const struct aggregation aggregation_k_batch_async;
extern const struct aggregation aggregation_backup;
extern const struct aggregation aggregation_n_softsync;
extern const struct aggregation aggregation_ssp;
extern const struct aggregation aggregation_fedbuff;
extern const struct aggregation aggregation_dc_asgd;
extern const struct aggregation aggregation_gap_aware;

const struct policy_entry policy_table[POLICY_COUNT] = {
    ROW(POLICY_SYNC) = {"sync", "a barrier: an update needs one gradient from every worker (K = P)",
                        "arXiv 2407.00101", &aggregation_sync, .may_change_midway = true},
    ROW(POLICY_ASYNC) = {"async",
                         "every gradient is applied when it is received, however stale (K = 1)",
                         "arXiv 2407.00101", &aggregation_async, .may_change_midway = true},
    ROW(POLICY_HYBRID) = {"hybrid",
                          "smooth switch: K gradients make an update, and K rises from 1 to P",
                          "arXiv 2407.00101", &aggregation_hybrid, .has_threshold = true,
                          .has_pushed_worker = true, .schedule = SCHEDULE_STEP,
                          .may_change_midway = true},
    ROW(POLICY_K_SYNC) =
        {"k_sync",
         "the first K workers make an update; the others are cancelled, and all start again",
         "arXiv 1803.01113", &aggregation_k_sync, .has_threshold = true, .combine = COMBINE_MEAN,
         .may_change_midway = true},
    ROW(POLICY_K_BATCH_SYNC) = {"k_batch_sync",
                                "the first K minibatches make an update, also several from one "
                                "fast worker; then the rest is cancelled. No worker waits, so the "
                                "queue of a server that is too slow grows without bound",
                                "arXiv 1803.01113", &aggregation_k_batch_sync,
                                .has_threshold = true, .combine = COMBINE_MEAN,
                                .may_change_midway = true},
    ROW(POLICY_K_ASYNC) = {"k_async",
                           "the first K workers make an update and wait for it; the others "
                           "continue, and their gradients arrive stale",
                           "arXiv 1803.01113", &aggregation_k_async, .has_threshold = true,
                           .combine = COMBINE_MEAN, .may_change_midway = true},
    ROW(POLICY_K_BATCH_ASYNC) = {"k_batch_async",
                                 "any K minibatches make an update; no worker waits",
                                 "arXiv 1803.01113", &aggregation_k_batch_async,
                                 .has_threshold = true, .combine = COMBINE_MEAN,
                                 .may_change_midway = true},
    ROW(POLICY_BACKUP) = {"backup", "sync that does not wait for the last b workers (K = P - b)",
                          "arXiv 1604.00981", &aggregation_backup, .combine = COMBINE_MEAN,
                          .may_change_midway = true},
    ROW(POLICY_N_SOFTSYNC) =
        {"n_softsync",
         "k_batch_async with K = floor(P / n); stale gradients can have a smaller weight",
         "arXiv 1511.05950", &aggregation_n_softsync, .has_stale_weight = true,
         .combine = COMBINE_MEAN, .may_change_midway = true},
    ROW(POLICY_SSP) = {"ssp",
                       "stale synchronous parallel: async, but no worker is more than `slack` "
                       "gradients ahead of the slowest",
                       "Ho et al., NIPS 2013", &aggregation_ssp, .combine = COMBINE_MEAN,
                       .may_change_midway = true},
    ROW(POLICY_FEDBUFF) = {"fedbuff",
                           "k_batch_async of the changes that workers make in some local steps; "
                           "the server has a rate of its own",
                           "arXiv 2106.06639", &aggregation_fedbuff, .has_local_steps = true,
                           .has_threshold = true, .has_stale_weight = true,
                           .combine = COMBINE_MEAN},
    ROW(POLICY_DC_ASGD) = {"dc_asgd",
                           "async; each gradient is corrected, to first order, for the change of "
                           "the parameters during its delay",
                           "arXiv 1609.08326", &aggregation_dc_asgd, .combine = COMBINE_MEAN,
                           .correction = CORRECTION_DELAY, .may_change_midway = true},
    ROW(POLICY_GAP_AWARE) = {"gap_aware",
                             "async; each gradient is scaled down by the distance that the "
                             "parameters have moved since it was read",
                             "arXiv 1909.10802", &aggregation_gap_aware, .combine = COMBINE_MEAN,
                             .correction = CORRECTION_GAP, .may_change_midway = true},
    ROW(POLICY_K_AVG) = {"k_avg",
                         "local SGD: every worker takes K steps on a model of its own; then all "
                         "models become their mean",
                         "arXiv 1708.01012",
                         .averaging = {AVERAGING_FAMILY_PERIODIC, .has_steps = true}},
    ROW(POLICY_POST_LOCAL) = {"post_local", "at first an average after every step, later as k_avg",
                              "arXiv 1808.07217",
                              .averaging = {AVERAGING_FAMILY_PERIODIC, .has_steps = true,
                                            .has_after = true}},
    ROW(POLICY_ADACOMM) = {"adacomm", "as k_avg, but K falls with the training loss",
                           "arXiv 1810.08313",
                           .averaging = {AVERAGING_FAMILY_PERIODIC, .has_steps = true,
                                         .has_adapt_every = true}},
    ROW(POLICY_HIER_AVG) = {"hier_avg",
                            "as k_avg, but clusters of S workers average within the cluster after "
                            "K1 steps, and all workers after K2",
                            "arXiv 1903.05133",
                            .averaging = {AVERAGING_FAMILY_PERIODIC, .has_steps = true,
                                          .has_clusters = true}},
    ROW(POLICY_HPSGD) = {"hpsgd",
                         "an all-reduce sums the gradients of a window while the next window is "
                         "computed; they are applied one window late",
                         "arXiv 2009.02701", .averaging = {AVERAGING_FAMILY_WINDOWS}},
    ROW(POLICY_COCOD) = {"cocod",
                         "as k_avg, but the workers take their next K steps during the all-reduce, "
                         "and these steps are added to the average",
                         "arXiv 1906.12043",
                         .averaging = {AVERAGING_FAMILY_OVERLAP, .has_steps = true}},
    ROW(POLICY_OVERLAP) = {"overlap_local_sgd",
                           "as k_avg, but the workers take their next K steps during the "
                           "all-reduce, and then each model is pulled towards the average",
                           "arXiv 2002.09539",
                           .averaging = {AVERAGING_FAMILY_OVERLAP, .has_steps = true,
                                         .has_pull = true}},
    ROW(POLICY_EASGD) = {"easgd",
                         "elastic averaging: every worker steps a model of its own; after K steps "
                         "the model is pulled towards a centre, and the centre towards the model",
                         "arXiv 1412.6651",
                         .averaging = {AVERAGING_FAMILY_EXCHANGE, .has_steps = true,
                                       .has_pull = true, .has_gradient = true}},
};

bool policy_misses(enum policy policy) {
    REQUIRE(policy < POLICY_COUNT);
    return policy_table[policy].averaging.family != AVERAGING_FAMILY_EXCHANGE;
}

int64_t policy_local_steps(const struct policy_options *options) {
    return policy_table[options->policy].has_local_steps ? options->local_steps : 1;
}

double policy_server_rate(const struct policy_options *options) {
    return policy_table[options->policy].has_local_steps ? options->server_rate : 1;
}

float stale_weight_of(const struct policy_options *options, int64_t staleness) {
    REQUIRE(staleness >= 0);
    double tau = (double)staleness;
    if (options->stale_weight == STALE_WEIGHT_ONE || staleness == 0) {
        return 1;
    }
    return (float)(options->stale_weight == STALE_WEIGHT_INVERSE ? 1 / tau : 1 / sqrt(1 + tau));
}

const char *const elastic_subject_names[ELASTIC_SUBJECT_COUNT] = {ROW(ELASTIC_MEAN) = "mean",
                                                                  ROW(ELASTIC_CENTRE) = "centre"};

const char *const average_weights_names[WEIGHTS_COUNT] = {ROW(WEIGHTS_EQUAL) = "equal",
                                                          ROW(WEIGHTS_SAMPLES) = "samples"};

const char *const elastic_gradient_names[ELASTIC_COUNT] = {ROW(ELASTIC_BEFORE) = "before",
                                                           ROW(ELASTIC_AFTER) = "after"};

const char *const combine_names[COMBINE_COUNT] = {ROW(COMBINE_SUM) = "sum",
                                                  ROW(COMBINE_MEAN) = "mean"};

const char *const pushed_worker_names[PUSHED_COUNT] = {ROW(PUSHED_WAITS) = "waits",
                                                       ROW(PUSHED_CONTINUES) = "continues"};

const char *const threshold_counts_names[COUNTS_COUNT] = {
    ROW(COUNTS_GRADIENTS) = "gradients", ROW(COUNTS_UPDATES) = "updates", ROW(COUNTS_TIME) = "time",
    ROW(COUNTS_EPOCHS) = "epochs"};

const char *const threshold_variable_names[THRESHOLD_VARIABLE_COUNT] = {
    ROW(THRESHOLD_VARIABLE_N) = "n",       ROW(THRESHOLD_VARIABLE_UPDATES) = "updates",
    ROW(THRESHOLD_VARIABLE_TIME) = "time", ROW(THRESHOLD_VARIABLE_EPOCH) = "epoch",
    ROW(THRESHOLD_VARIABLE_LOSS) = "loss", ROW(THRESHOLD_VARIABLE_P) = "P"};

const char *const late_workers_names[LATE_WORKERS_COUNT] = {ROW(LATE_WORKERS_CANCEL) = "cancel",
                                                            ROW(LATE_WORKERS_FINISH) = "finish"};

const char *const read_rule_names[READ_COUNT] = {ROW(READ_NEWEST) = "newest",
                                                 ROW(READ_CACHED) = "cached"};

const char *const stale_weight_names[STALE_WEIGHT_COUNT] = {
    ROW(STALE_WEIGHT_ONE) = "one", ROW(STALE_WEIGHT_INVERSE) = "inverse",
    ROW(STALE_WEIGHT_INVERSE_ROOT) = "inverse_root"};

bool threshold_is_capped(const struct threshold_options *options, int64_t workers) {
    REQUIRE(workers >= 1);
    int64_t start = options->start == THRESHOLD_WORKERS ? workers : options->start;
    return options->schedule == SCHEDULE_STEP && options->end > THRESHOLD_WORKERS &&
           (options->increment < 0 ? options->end <= start : options->end >= start);
}

ROWS_COMPLETE(POLICY_COUNT + ELASTIC_SUBJECT_COUNT + WEIGHTS_COUNT + ELASTIC_COUNT + COMBINE_COUNT +
              PUSHED_COUNT + COUNTS_COUNT + THRESHOLD_VARIABLE_COUNT + LATE_WORKERS_COUNT +
              READ_COUNT + STALE_WEIGHT_COUNT);
