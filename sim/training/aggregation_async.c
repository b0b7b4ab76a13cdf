// SPDX-License-Identifier: GPL-3.0-or-later
// Asynchronous SGD: every gradient is applied as soon as it is received, and its worker gets the
// result.
#include "sim/training/aggregation.h"

static int64_t threshold(const struct policy_options *options,
                         const struct aggregation_view *view) {
    (void)options;
    (void)view;
    return 1;
}

const struct aggregation aggregation_async = {.threshold = threshold,
                                              .pushed_worker_waits = aggregation_always};
