// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/recorded_incidents.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

// As much of it as makes sense: the file may be anybody's.
static struct incident incident_of(const struct incident_row *row) {
    bool is_slow = row->kind == INCIDENT_SLOWDOWN;
    bool has_sense =
        row->factor >= INCIDENT_SLOWDOWN_LEAST && row->factor <= INCIDENT_SLOWDOWN_MOST;
    int64_t ended_ns = row->ended_ns < 0 ? SIM_TIME_NEVER : row->ended_ns;
    return (struct incident){.began_ns = row->began_ns,
                             .ended_ns = ended_ns > row->began_ns ? ended_ns : row->began_ns,
                             .worker = row->worker,
                             .event = (int32_t)row->event,
                             .kind = (enum incident_kind)row->kind,
                             .factor = !is_slow    ? 0
                                       : has_sense ? row->factor
                                                   : 1};
}

void recorded_incidents_add(struct incident_calendar *calendar, const struct runlog *log,
                            int64_t until_ns, int64_t events) {
    REQUIRE(until_ns >= 0 && events >= 0 && events <= INT32_MAX);
    for (size_t i = 0; i < log->incident_count; i++) {
        if (log->incidents[i].began_ns < until_ns && log->incidents[i].event < events) {
            struct incident incident = incident_of(&log->incidents[i]);
            incident_calendar_record(calendar, &incident);
        }
    }
}
