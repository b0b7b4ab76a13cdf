// SPDX-License-Identifier: GPL-3.0-or-later
// Synchronous SGD with backup workers (Chen et al. 2016, arXiv 1604.00981): an update takes the
// first N gradients of N + b workers. The others stop then ("cancel"), or finish, and what they
// push is dropped ("finish", as TensorFlow's SyncReplicasOptimizer has it).
#include "sim/base/check.h"
#include "sim/training/aggregation.h"

static int64_t threshold(const struct policy_options *options,
                         const struct aggregation_view *view) {
    REQUIRE(options->backup_workers >= 0);
    int64_t needed = view->present - options->backup_workers;
    return needed < 1 ? 1 : needed;
}

static bool cancels(const struct policy_options *options) {
    return options->late_workers == LATE_WORKERS_CANCEL;
}

const struct aggregation aggregation_backup = {.threshold = threshold,
                                               .pushed_worker_waits = aggregation_always,
                                               .drops = aggregation_drops_stale,
                                               .cancels = cancels};
