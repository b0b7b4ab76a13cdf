// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/training_options.h"

#include <math.h>

const struct policy_entry policy_table[POLICY_COUNT] = {
    [POLICY_SYNC] = {.name = "sync",
                     .summary = "a barrier: an update needs one gradient of every worker (K = P)",
                     .paper = "arXiv 2407.00101",
                     .waits = true,
                     .may_change_midway = true},
    [POLICY_ASYNC] = {.name = "async",
                      .summary =
                          "every gradient is applied when it is received, however stale (K = 1)",
                      .paper = "arXiv 2407.00101",
                      .waits = true,
                      .may_change_midway = true},
    [POLICY_HYBRID] = {.name = "hybrid",
                       .summary =
                           "smooth switch: K gradients make an update, and K rises from 1 to P",
                       .paper = "arXiv 2407.00101",
                       .has_threshold = true,
                       .has_pushed_worker = true,
                       .schedule = SCHEDULE_STEP,
                       .may_change_midway = true},
    [POLICY_K_SYNC] = {.name = "k_sync",
                       .summary = "the first K workers make an update, the others are cancelled "
                                  "and all start anew",
                       .paper = "arXiv 1803.01113",
                       .has_threshold = true,
                       .waits = true,
                       .combine = COMBINE_MEAN,
                       .may_change_midway = true},
    [POLICY_K_BATCH_SYNC] = {.name = "k_batch_sync",
                             .summary = "the first K minibatches make an update, a fast worker "
                                        "goes on meanwhile, what is left is cancelled; nobody ever "
                                        "waits, so that a server that is too slow is flooded",
                             .paper = "arXiv 1803.01113",
                             .has_threshold = true,
                             .combine = COMBINE_MEAN,
                             .may_change_midway = true},
    [POLICY_K_ASYNC] = {.name = "k_async",
                        .summary = "the first K workers make an update and wait for it, the others "
                                   "go on and arrive stale",
                        .paper = "arXiv 1803.01113",
                        .has_threshold = true,
                        .waits = true,
                        .combine = COMBINE_MEAN,
                        .may_change_midway = true},
    [POLICY_K_BATCH_ASYNC] = {.name = "k_batch_async",
                              .summary = "K minibatches from anybody make an update, nobody waits",
                              .paper = "arXiv 1803.01113",
                              .has_threshold = true,
                              .combine = COMBINE_MEAN,
                              .may_change_midway = true},
    [POLICY_BACKUP] = {.name = "backup",
                       .summary = "sync that does not wait for the last b workers (K = P - b)",
                       .paper = "arXiv 1604.00981",
                       .waits = true,
                       .combine = COMBINE_MEAN,
                       .may_change_midway = true},
    [POLICY_N_SOFTSYNC] = {.name = "n_softsync",
                           .has_stale_weight = true,
                           .summary =
                               "k_batch_async with K = floor(P / n), stale gradients perhaps "
                               "weighted down",
                           .paper = "arXiv 1511.05950",
                           .combine = COMBINE_MEAN,
                           .may_change_midway = true},
    [POLICY_SSP] = {.name = "ssp",
                    .summary = "stale synchronous parallel: async, but nobody is more than so many "
                               "gradients ahead of the slowest",
                    .paper = "Ho et al., NIPS 2013",
                    .waits = true,
                    .combine = COMBINE_MEAN,
                    .may_change_midway = true},
    [POLICY_FEDBUFF] = {.name = "fedbuff",
                        .summary =
                            "k_batch_async of what workers do in some local steps each, with a "
                            "rate of the server's own",
                        .paper = "arXiv 2106.06639",
                        .has_threshold = true,
                        .has_stale_weight = true,
                        .combine = COMBINE_MEAN},
    [POLICY_DC_ASGD] = {.name = "dc_asgd",
                        .summary = "async, each gradient corrected for what its delay has changed, "
                                   "to first order",
                        .paper = "arXiv 1609.08326",
                        .waits = true,
                        .combine = COMBINE_MEAN,
                        .correction = CORRECTION_DELAY,
                        .may_change_midway = true},
    [POLICY_GAP_AWARE] = {.name = "gap_aware",
                          .summary = "async, each gradient scaled down by how far the parameters "
                                     "have moved since",
                          .paper = "arXiv 1909.10802",
                          .waits = true,
                          .combine = COMBINE_MEAN,
                          .correction = CORRECTION_GAP,
                          .may_change_midway = true},
    [POLICY_K_AVG] = {.name = "k_avg",
                      .summary =
                          "local SGD: every worker takes K steps on a model of its own, then "
                          "all models become their mean",
                      .paper = "arXiv 1708.01012"},
    [POLICY_POST_LOCAL] = {.name = "post_local",
                           .summary = "an average after every step for a while, then as k_avg",
                           .paper = "arXiv 1808.07217"},
    [POLICY_ADACOMM] = {.name = "adacomm",
                        .summary = "as k_avg, but K falls with the training loss",
                        .paper = "arXiv 1810.08313"},
    [POLICY_HIER_AVG] = {.name = "hier_avg",
                         .summary = "as k_avg, but clusters of S workers average among themselves "
                                    "after K1 steps, all of them after K2",
                         .paper = "arXiv 1903.05133"},
    [POLICY_HPSGD] = {.name = "hpsgd",
                      .summary = "gradients of a window are summed by an all-reduce while the next "
                                 "window is computed, and enter one window late",
                      .paper = "arXiv 2009.02701"},
    [POLICY_COCOD] = {.name = "cocod",
                      .summary = "as k_avg, but the average travels beside the next round, whose "
                                 "steps are added to it",
                      .paper = "arXiv 1906.12043"},
    [POLICY_OVERLAP] = {.name = "overlap_local_sgd",
                        .summary = "as k_avg, but each model is pulled towards the average of the "
                                   "round before, which travels beside the steps",
                        .paper = "arXiv 2002.09539"},
    [POLICY_EASGD] = {.name = "easgd",
                      .summary =
                          "elastic averaging: every worker steps a model of its own, which "
                          "after K steps is pulled towards a centre, and the centre towards it",
                      .paper = "arXiv 1412.6651"},
};

const struct averaging_entry averaging_table[POLICY_COUNT] = {
    [POLICY_K_AVG] = {AVERAGING_FAMILY_PERIODIC, .has_steps = true},
    [POLICY_POST_LOCAL] = {AVERAGING_FAMILY_PERIODIC, .has_steps = true, .has_after = true},
    [POLICY_ADACOMM] = {AVERAGING_FAMILY_PERIODIC, .has_steps = true, .has_adapt_every = true},
    [POLICY_HIER_AVG] = {AVERAGING_FAMILY_PERIODIC, .has_steps = true, .has_clusters = true},
    [POLICY_HPSGD] = {AVERAGING_FAMILY_WINDOWS},
    [POLICY_COCOD] = {AVERAGING_FAMILY_OVERLAP, .has_steps = true},
    [POLICY_OVERLAP] = {AVERAGING_FAMILY_OVERLAP, .has_steps = true, .has_pull = true},
    [POLICY_EASGD] = {AVERAGING_FAMILY_EXCHANGE, .has_steps = true, .has_pull = true,
                      .has_gradient = true},
};

bool policy_waits(const struct policy_options *options) {
    const struct policy_entry *entry = &policy_table[options->policy];
    return entry->has_pushed_worker ? options->pushed_worker == PUSHED_WAITS : entry->waits;
}

int64_t policy_local_steps(const struct policy_options *options) {
    return options->policy == POLICY_FEDBUFF ? options->local_steps : 1;
}

float stale_weight_of(const struct policy_options *options, int64_t staleness) {
    double tau = (double)staleness;
    if (options->stale_weight == STALE_WEIGHT_ONE || staleness == 0) {
        return 1;
    }
    return (float)(options->stale_weight == STALE_WEIGHT_INVERSE ? 1 / tau : 1 / sqrt(1 + tau));
}

const char *const elastic_subject_names[ELASTIC_SUBJECT_COUNT] = {
    [ELASTIC_MEAN] = "mean", [ELASTIC_CENTRE] = "centre"};

const char *const average_weights_names[WEIGHTS_COUNT] = {
    [WEIGHTS_EQUAL] = "equal", [WEIGHTS_SAMPLES] = "samples"};

const char *const elastic_gradient_names[ELASTIC_COUNT] = {
    [ELASTIC_BEFORE] = "before", [ELASTIC_AFTER] = "after"};

const struct schedule_entry schedule_table[SCHEDULE_COUNT] = {
    [SCHEDULE_CONSTANT] = {.name = "constant", .summary = "K = start"},
    [SCHEDULE_STEP] =
        {.name = "step",
         .summary =
             "K(x) = start + increment * floor(x / every), kept within 1..P; it stops at end",
         .has_every = true,
         .has_increment = true,
         .has_counts = true,
         .paper = "arXiv 2407.00101"},
    [SCHEDULE_LINEAR] =
        {.name = "linear",
         .summary = "K goes from start to end in equal steps while x goes to over; rounded "
                    "down where it rises, up where it falls",
         .has_counts = true,
         .has_way = true},
    [SCHEDULE_EXPONENTIAL] = {.name = "exponential",
                              .summary =
                                  "K(x) = start * (end / start)^(x / over), rounded likewise",
                              .has_counts = true,
                              .has_way = true},
    [SCHEDULE_COSINE] = {.name = "cosine",
                         .summary =
                             "K(x) = start + (end - start) * (1 - cos(pi x / over)) / 2, rounded "
                             "likewise",
                         .has_counts = true,
                         .has_way = true},
    [SCHEDULE_SIGMOID] = {.name = "sigmoid",
                          .summary =
                              "K goes from start to end along a logistic curve, steepest half-way; "
                              "rounded likewise",
                          .has_counts = true,
                          .has_way = true,
                          .has_steepness = true},
    [SCHEDULE_TABLE] = {.name = "table",
                        .summary = "K is that of the last row whose x has come, start before",
                        .has_counts = true,
                        .has_table = true},
    [SCHEDULE_EXPRESSION] =
        {.name = "expression",
         .summary = "K is a formula of n, updates, time (in s), epoch, loss and P, rounded down",
         .has_formula = true,
         .has_window = true},
    [SCHEDULE_ADASYNC] = {.name = "adasync",
                          .summary = "K from the training loss, decided anew every so often: the "
                                     "lower the loss, the larger K",
                          .has_every = true,
                          .has_counts = true,
                          .has_window = true,
                          .paper = "arXiv 2003.10579"},
};

bool policy_reads_loss(const struct policy_options *options) {
    const struct threshold_options *threshold = &options->threshold;
    if (!policy_table[options->policy].has_threshold) {
        return false;
    }
    return threshold->schedule == SCHEDULE_ADASYNC ||
           (threshold->schedule == SCHEDULE_EXPRESSION &&
            expression_uses(&threshold->formula, THRESHOLD_VARIABLE_LOSS));
}

const char *const combine_names[COMBINE_COUNT] = {[COMBINE_SUM] = "sum", [COMBINE_MEAN] = "mean"};

const char *const pushed_worker_names[PUSHED_COUNT] = {
    [PUSHED_WAITS] = "waits", [PUSHED_CONTINUES] = "continues"};

const char *const threshold_counts_names[COUNTS_COUNT] = {[COUNTS_GRADIENTS] = "gradients",
                                                          [COUNTS_UPDATES] = "updates",
                                                          [COUNTS_TIME] = "time",
                                                          [COUNTS_EPOCHS] = "epochs"};

const char *const threshold_variable_names[THRESHOLD_VARIABLE_COUNT] = {
    [THRESHOLD_VARIABLE_N] = "n",       [THRESHOLD_VARIABLE_UPDATES] = "updates",
    [THRESHOLD_VARIABLE_TIME] = "time", [THRESHOLD_VARIABLE_EPOCH] = "epoch",
    [THRESHOLD_VARIABLE_LOSS] = "loss", [THRESHOLD_VARIABLE_P] = "P"};

const char *const late_workers_names[LATE_WORKERS_COUNT] = {
    [LATE_WORKERS_CANCEL] = "cancel", [LATE_WORKERS_FINISH] = "finish"};

const char *const read_rule_names[READ_COUNT] = {
    [READ_NEWEST] = "newest", [READ_CACHED] = "cached"};

const char *const stale_weight_names[STALE_WEIGHT_COUNT] = {[STALE_WEIGHT_ONE] = "one",
                                                            [STALE_WEIGHT_INVERSE] = "inverse",
                                                            [STALE_WEIGHT_INVERSE_ROOT] =
                                                                "inverse_root"};

bool threshold_is_capped(const struct threshold_options *options, int64_t workers) {
    int64_t start = options->start == THRESHOLD_WORKERS ? workers : options->start;
    return options->schedule == SCHEDULE_STEP && options->end != THRESHOLD_WORKERS &&
           (options->increment < 0 ? options->end <= start : options->end >= start);
}
