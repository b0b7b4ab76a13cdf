// SPDX-License-Identifier: GPL-3.0-or-later
// Synchronous SGD: a barrier. An update takes one gradient of every worker; nobody goes on before
// it.
#include "sim/training/aggregation.h"

static int64_t threshold(const struct policy_options *options,
                         const struct aggregation_view *view) {
    (void)options;
    return view->workers;
}

static bool pushed_worker_waits(const struct policy_options *options) {
    (void)options;
    return true;
}

const struct aggregation aggregation_sync = {threshold, pushed_worker_waits};
