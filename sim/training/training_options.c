// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/training_options.h"

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
};

bool policy_waits(const struct policy_options *options) {
    const struct policy_entry *entry = &policy_table[options->policy];
    return entry->has_pushed_worker ? options->pushed_worker == PUSHED_WAITS : entry->waits;
}

const struct schedule_entry schedule_table[SCHEDULE_COUNT] = {
    [SCHEDULE_CONSTANT] = {"constant", "K = start", false},
    [SCHEDULE_STEP] = {"step", "K(n) = start + increment * floor(n / every), kept within 1..P",
                       true},
};

const char *const combine_names[COMBINE_COUNT] = {[COMBINE_SUM] = "sum", [COMBINE_MEAN] = "mean"};

const char *const pushed_worker_names[PUSHED_COUNT] = {
    [PUSHED_WAITS] = "waits", [PUSHED_CONTINUES] = "continues"};

const char *const threshold_counts_names[COUNTS_COUNT] = {
    [COUNTS_GRADIENTS] = "gradients", [COUNTS_UPDATES] = "updates"};
