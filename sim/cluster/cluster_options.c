// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/cluster_options.h"

#include <math.h>

// 29 % of 100 workers are 29, although 0.29 * 100 is a little less in floating point: more than its
// error and less than any share that a scenario can mean.
static const double share_tolerance = 1e-6;

int32_t delay_options_fixed_workers(const struct delay_options *delay, int32_t workers) {
    if (!delay->present) {
        return 0;
    }
    if (delay->workers_is_count) {
        return delay->workers_count < workers ? delay->workers_count : workers;
    }
    return (int32_t)floor(delay->workers_share * workers + share_tolerance);
}
