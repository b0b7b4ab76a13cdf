// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/threshold_schedule.h"

#include "sim/base/check.h"

static int64_t step(const struct threshold_options *options, int32_t workers, int64_t n) {
    REQUIRE(options->every >= 1);
    __int128 k = options->start + (__int128)options->increment * (n / options->every);
    if (k < 1) {
        return 1;
    }
    return k > workers ? workers : (int64_t)k;
}

int64_t threshold_at(const struct threshold_options *options, int32_t workers, int64_t n) {
    REQUIRE(n >= 0);
    return options->schedule == SCHEDULE_STEP ? step(options, workers, n) : options->start;
}
