// SPDX-License-Identifier: GPL-3.0-or-later
// Delay-compensated asynchronous SGD (Zheng et al., ICML 2017, arXiv 1609.08326): the server is
// async's; what it adds to a stale gradient is in stale_correction.h.
#include "sim/training/aggregation.h"

const struct aggregation aggregation_dc_asgd = {.threshold = aggregation_one,
                                                .pushed_worker_waits = aggregation_always};
