// SPDX-License-Identifier: GPL-3.0-or-later
// FedBuff (Nguyen et al., arXiv 2106.06639): K-batch-async of what each worker's model does in some
// local steps, with a rate of the server's own and perhaps less weight for what is stale. A
// gradient is here the sum over its local steps, so that with one of them, and a server's rate of
// 1, it is K-batch-async to the bit.
#include "sim/training/aggregation.h"
#include "sim/training/threshold_schedule.h"

const struct aggregation aggregation_fedbuff = {.threshold = threshold_at,
                                                .pushed_worker_waits = aggregation_never};
