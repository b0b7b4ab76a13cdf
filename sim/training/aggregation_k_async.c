// SPDX-License-Identifier: GPL-3.0-or-later
// K-async SGD (Dutta et al., AISTATS 2018): an update takes the first K workers' gradients, and
// these workers waited for it; the others go on, and what they push is applied later, stale.
#include "sim/training/aggregation.h"
#include "sim/training/threshold_schedule.h"

const struct aggregation aggregation_k_async = {.threshold = threshold_at,
                                                .pushed_worker_waits = aggregation_always};
