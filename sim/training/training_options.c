// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/training_options.h"

const struct policy_entry policy_table[POLICY_COUNT] = {
    [POLICY_SYNC] = {"sync", "a barrier: an update needs one gradient of every worker (K = P)",
                     "arXiv 2407.00101", false, false, true},
    [POLICY_ASYNC] = {"async",
                      "every gradient is applied when it is received, however stale (K = 1)",
                      "arXiv 2407.00101", false, false, true},
    [POLICY_HYBRID] = {"hybrid",
                       "smooth switch: K gradients make an update, and K rises from 1 to P",
                       "arXiv 2407.00101", true, true, true},
};

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
