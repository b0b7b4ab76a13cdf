// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/cluster_options.h"

#include <math.h>

int32_t delay_options_fixed_workers(const struct delay_options *delay, int32_t workers) {
    if (!delay->present) {
        return 0;
    }
    if (delay->workers_is_count) {
        return delay->workers_count < workers ? delay->workers_count : workers;
    }
    return (int32_t)floor(delay->workers_share * workers);
}
