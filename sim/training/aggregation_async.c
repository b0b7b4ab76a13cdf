// SPDX-License-Identifier: GPL-3.0-or-later
// Asynchronous SGD: every gradient is applied as soon as it is received, and its worker gets the
// result.
#include "sim/training/aggregation.h"

const struct aggregation aggregation_async = {.threshold = aggregation_one,
                                              .pushed_worker_waits = aggregation_always};
