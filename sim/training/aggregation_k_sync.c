// SPDX-License-Identifier: GPL-3.0-or-later
// K-sync SGD (Dutta et al., AISTATS 2018): an update takes the first K workers' gradients; the
// others are cancelled, and everybody starts again at the new parameters. K = P is sync.
#include "sim/training/aggregation.h"

static enum late_gradients late(const struct policy_options *options) {
    (void)options;
    return LATE_CANCELLED;
}

const struct aggregation aggregation_k_sync = {.threshold = aggregation_scheduled_threshold,
                                               .pushed_worker_waits = aggregation_always,
                                               .late = late};
