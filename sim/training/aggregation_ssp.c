// SPDX-License-Identifier: GPL-3.0-or-later
// Stale synchronous parallel (Ho et al., NIPS 2013): every gradient is applied when it is received,
// but a worker may start its next one only if it has started at most "slack" more than the slowest
// worker's clock: the number of gradients received from that one without a gap (attendance.h).
//   newest   a worker that may start is sent the newest parameters; who may not waits for that
//   cached   it goes on at its push with those that it has, until it is more than "slack" ahead of
//            the slowest clock that they were sent at; then it waits for new ones (as Petuum does,
//            but for its own updates, which come with the others')
#include "sim/base/check.h"
#include "sim/training/aggregation.h"

static bool goes_on(const struct policy_options *options, int64_t started, int64_t clock_read) {
    REQUIRE(options->slack >= 0 && clock_read >= 0);
    return options->read == READ_CACHED && started - clock_read <= options->slack;
}

static bool holds_back(const struct policy_options *options, int64_t started, int64_t clock_least) {
    REQUIRE(started >= 0 && clock_least >= 0); // one that is counted out may be behind the least
    return started - clock_least > options->slack;
}

const struct aggregation aggregation_ssp = {.threshold = aggregation_one,
                                            .pushed_worker_waits = aggregation_always,
                                            .goes_on = goes_on,
                                            .holds_back = holds_back};
