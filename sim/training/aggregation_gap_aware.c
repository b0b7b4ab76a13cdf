// SPDX-License-Identifier: GPL-3.0-or-later
// Gap-aware asynchronous SGD (Barkai, Hakimi, Schuster; ICLR 2020, arXiv 1909.10802): the server is
// async's; by what it divides a stale gradient is in stale_correction.h.
#include "sim/training/aggregation.h"

const struct aggregation aggregation_gap_aware = {.threshold = aggregation_one,
                                                  .pushed_worker_waits = aggregation_always};
