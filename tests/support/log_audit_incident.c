// SPDX-License-Identifier: GPL-3.0-or-later
// How long things take under the incidents that a log tells of: by them alone, without the events
// of its scenario.
#include <inttypes.h>

#include "sim/base/sim_time.h"
#include "sim/run/recorded_incidents.h"
#include "tests/support/log_audit_parts.h"

struct incident_calendar *audit_calendar_of(const struct scenario *scenario,
                                            const struct runlog *log) {
    struct incident_calendar *calendar =
        incident_calendar_create(scenario->cluster.workers, SIM_TIME_NEVER);
    recorded_incidents_add(calendar, log, SIM_TIME_NEVER, INT32_MAX);
    return calendar;
}

int64_t audit_computed(const struct audit *audit, int32_t worker, int64_t start_ns,
                       int64_t span_ns) {
    return incident_calendar_computed(audit->calendar, worker, start_ns, span_ns);
}

void audit_stalled(struct audit *audit) {
    for (size_t i = 0; i < audit->log->gradient_count; i++) {
        const struct gradient_row *row = &audit->log->gradients[i];
        int64_t longer_ns = row->ready_ns - row->dispatched_ns - row->compute_ns - row->delay_ns;
        if (row->stalled_ns != (row->ready_ns < 0 ? 0 : longer_ns)) {
            audit_complain(audit, "gradient %zu was stalled for %" PRId64 " ns, it says", i,
                           row->stalled_ns);
        }
    }
}

int64_t audit_served(const struct audit *audit, int64_t start_ns, int64_t span_ns) {
    return incident_calendar_served(audit->calendar, start_ns, span_ns);
}

int64_t audit_pushed(const struct audit *audit, const struct gradient_row *row, int64_t start_ns) {
    int64_t sets_out_ns = incident_calendar_connected(audit->calendar, row->worker, start_ns);
    struct audit_way way = audit_way_of_push(audit, row, sets_out_ns);
    int64_t span_ns = sim_time_add(way.span_ns, row->push_port_wait_ns);
    return incident_calendar_connected(audit->calendar, row->worker,
                                       sim_time_add(sets_out_ns, span_ns));
}

int64_t audit_returned(const struct audit *audit, const struct gradient_row *row, int64_t start_ns,
                       int64_t wait_ns) {
    int64_t sets_out_ns = incident_calendar_connected(audit->calendar, row->worker, start_ns);
    struct audit_way way = audit_way_of_reply(audit, row, sets_out_ns);
    return incident_calendar_taken(audit->calendar, row->worker,
                                   sim_time_add(sets_out_ns, sim_time_add(way.span_ns, wait_ns)));
}

// When no member is disconnected.
static int64_t all_connected(const struct audit *audit, int32_t first, int32_t members,
                             int64_t from_ns) {
    for (int32_t i = first; i < first + members;) {
        int64_t time_ns = incident_calendar_connected(audit->calendar, i, from_ns);
        i = time_ns == from_ns ? i + 1 : first;
        from_ns = time_ns;
    }
    return from_ns;
}

int64_t audit_reduced(const struct audit *audit, int32_t first, int32_t members, int64_t start_ns,
                      int64_t span_ns) {
    int64_t begins_ns = all_connected(audit, first, members, start_ns);
    return all_connected(audit, first, members, sim_time_add(begins_ns, span_ns));
}
