// SPDX-License-Identifier: GPL-3.0-or-later
// K-sync SGD (Dutta et al., AISTATS 2018): an update takes the first K workers' gradients; the
// others are cancelled, and everybody starts again at the new parameters. K = P is sync.
#include "sim/training/aggregation.h"
#include "sim/training/threshold_schedule.h"

const struct aggregation aggregation_k_sync = {.threshold = threshold_at,
                                               .pushed_worker_waits = aggregation_always,
                                               .drops = aggregation_drops_stale,
                                               .cancels = aggregation_always};
