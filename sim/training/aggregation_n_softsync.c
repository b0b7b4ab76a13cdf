// SPDX-License-Identifier: GPL-3.0-or-later
// n-softsync (Zhang et al. 2015, arXiv 1511.05950): K-batch-async with K = floor(P / n). Its rule
// for stale gradients, each divided by its staleness, is a key (stale_weight_of).
#include "sim/base/check.h"
#include "sim/training/aggregation.h"

static int64_t threshold(const struct policy_options *options,
                         const struct aggregation_view *view) {
    REQUIRE(options->splits >= 1);
    int64_t share = view->present / options->splits;
    return share < 1 ? 1 : share;
}

const struct aggregation aggregation_n_softsync = {.threshold = threshold,
                                                   .pushed_worker_waits = aggregation_never};
