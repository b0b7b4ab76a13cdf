// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/wall_clock.h"

#include <time.h>

#include "sim/base/check.h"

double wall_clock_seconds(void) {
    struct timespec now;
    int failed = clock_gettime(CLOCK_MONOTONIC, &now);
    INVARIANT(failed == 0);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

const char *wall_clock_date(char text[32]) {
    time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}
