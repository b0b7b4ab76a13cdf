// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/recorded_incidents.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

// A factor that makes sense, or else none.
static double factor_of(double factor, double least, double most) {
    return factor >= least && factor <= most ? factor : 1;
}

static struct link_factors link_of(const struct incident_row *row) {
    return (struct link_factors){
        .bandwidth = factor_of(row->bandwidth_factor, LINK_FACTOR_LEAST, LINK_FACTOR_MOST),
        .latency = factor_of(row->latency_factor, LINK_FACTOR_LEAST, LINK_FACTOR_MOST),
        .loss = factor_of(row->loss_factor, LINK_FACTOR_LEAST, LINK_FACTOR_MOST)};
}

// As much of it as makes sense: the file may be anybody's.
static struct incident incident_of(const struct incident_row *row) {
    int64_t ended_ns = row->ended_ns < 0 ? SIM_TIME_NEVER : row->ended_ns;
    struct incident incident = {.began_ns = row->began_ns,
                                .ended_ns = ended_ns > row->began_ns ? ended_ns : row->began_ns,
                                .worker = row->worker,
                                .event = (int32_t)row->event,
                                .kind = (enum incident_kind)row->kind};
    if (incident.kind == INCIDENT_SLOWDOWN) {
        incident.factor = factor_of(row->factor, INCIDENT_SLOWDOWN_LEAST, INCIDENT_SLOWDOWN_MOST);
    } else if (incident.kind == INCIDENT_LINK) {
        incident.link = link_of(row);
    }
    return incident;
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
