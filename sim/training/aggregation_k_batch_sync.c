// SPDX-License-Identifier: GPL-3.0-or-later
// K-batch-sync SGD (Dutta et al., AISTATS 2018): an update takes the first K minibatches. A worker
// that is done before goes on with its next one at the same parameters, at its push and without a
// reply; what is left over at the update is cancelled, and everybody starts again. So the workers
// never wait for the server: where its receive span is longer than the workers' mean time between
// pushes all together, the queue grows within each update (and what is dropped costs its receive
// span, too). Every other policy bounds what one worker can have there: to one gradient, or, under
// ssp with a cache, by its slack.
#include "sim/training/aggregation.h"
#include "sim/training/threshold_schedule.h"

static bool goes_on(const struct policy_options *options, int64_t pushed, int64_t clock_read) {
    (void)options;
    (void)pushed;
    (void)clock_read;
    return true;
}

const struct aggregation aggregation_k_batch_sync = {.threshold = threshold_at,
                                                     .pushed_worker_waits = aggregation_always,
                                                     .drops = aggregation_drops_stale,
                                                     .cancels = aggregation_always,
                                                     .goes_on = goes_on};
