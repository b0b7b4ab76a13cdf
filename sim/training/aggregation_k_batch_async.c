// SPDX-License-Identifier: GPL-3.0-or-later
// K-batch-async SGD (Dutta et al., AISTATS 2018): an update takes the first K minibatches from
// anybody, and nobody waits for it.
#include "sim/training/aggregation.h"

const struct aggregation aggregation_k_batch_async = {.threshold = aggregation_scheduled_threshold,
                                                      .pushed_worker_waits = aggregation_never};
