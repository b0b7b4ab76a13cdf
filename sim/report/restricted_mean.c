// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/restricted_mean.h"

#include "sim/base/sim_time.h"

static double lesser_in_seconds(int64_t time_ns, int64_t horizon_ns) {
    return sim_time_to_seconds(time_ns < horizon_ns ? time_ns : horizon_ns);
}

struct restricted_time restricted_time_of(const struct run_crossing *crossing, bool diverged,
                                          int64_t horizon_ns) {
    bool reached = crossing->reached && !diverged;
    struct restricted_time time = {
        .least = lesser_in_seconds(reached ? crossing->after_ns : horizon_ns, horizon_ns),
        .most = lesser_in_seconds(reached ? crossing->by_ns : horizon_ns, horizon_ns)};
    time.middle = (time.least + time.most) / 2;
    return time;
}
