// SPDX-License-Identifier: GPL-3.0-or-later
// Synchronous SGD: a barrier. An update takes one gradient of every worker that is there; nobody
// goes on before it.
#include "sim/training/aggregation.h"

static int64_t threshold(const struct policy_options *options,
                         const struct aggregation_view *view) {
    (void)options;
    return view->present < 1 ? 1 : view->present;
}

const struct aggregation aggregation_sync = {.threshold = threshold,
                                             .pushed_worker_waits = aggregation_always};
