// SPDX-License-Identifier: GPL-3.0-or-later
// K-batch-async SGD (Dutta et al., AISTATS 2018): an update takes the first K minibatches from
// anybody, and nobody waits for it.
#include "sim/training/aggregation.h"
#include "sim/training/threshold_schedule.h"

const struct aggregation aggregation_k_batch_async = {.threshold = threshold_at,
                                                      .pushed_worker_waits = aggregation_never};
