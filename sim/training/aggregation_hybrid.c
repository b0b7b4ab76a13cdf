// SPDX-License-Identifier: GPL-3.0-or-later
// The smooth switch (Vora, Joshi, Patel; arXiv 2407.00101): a threshold K that a schedule raises
// from asynchronous (K = 1) to synchronous (K = P). What n counts and whether a pushed worker waits
// are silent choices of the paper, hence keys.
#include "sim/base/check.h"
#include "sim/training/aggregation.h"
#include "sim/training/threshold_schedule.h"

static bool pushed_worker_waits(const struct policy_options *options) {
    REQUIRE(options->pushed_worker < PUSHED_COUNT);
    return options->pushed_worker == PUSHED_WAITS;
}

const struct aggregation aggregation_hybrid = {.threshold = threshold_at,
                                               .pushed_worker_waits = pushed_worker_waits};
