// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of /incidents, and how long things take under them: by them alone, without the events of
// the scenario.
#include <inttypes.h>

#include "sim/base/sim_time.h"
#include "tests/support/log_audit_parts.h"

// ---- the rows ----

// The event of this number, those of all phases being counted, and its phase; NULL: there is none.
static const struct incident_plan *plan_of(const struct audit *audit, int64_t event,
                                           size_t *phase) {
    for (*phase = 0; *phase <= audit->past_count; (*phase)++) {
        const struct incident_plan_list *events =
            &audit_phase_scenario(audit, *phase)->cluster.events;
        if (event >= 0 && event < events->count) {
            return &events->entries[event];
        }
        event -= events->count;
    }
    return NULL;
}

static double said(const struct own_number *factor, bool of_link) {
    return !of_link ? 0 : factor->own ? factor->number : 1;
}

static bool row_fits(const struct audit *audit, const struct incident_row *row) {
    size_t phase;
    const struct incident_plan *plan = plan_of(audit, row->event, &phase);
    if (plan == NULL || row->kind != plan->kind) {
        return false;
    }
    bool of_server = plan->kind == INCIDENT_SERVER_PAUSE;
    bool of_link = plan->kind == INCIDENT_LINK;
    int64_t phase_began_ns = phase == 0 ? 0 : audit_phase_end_ns(audit, phase - 1);
    return (of_server ? row->worker == -1 : row->worker >= 0 && row->worker < audit->workers) &&
           row->began_ns >= phase_began_ns && row->began_ns < audit_phase_end_ns(audit, phase) &&
           row->began_ns <= audit->log->ending.end_ns &&
           (row->ended_ns == -1 || row->ended_ns >= row->began_ns) &&
           row->factor == (plan->kind == INCIDENT_SLOWDOWN ? plan->slowdown : 0) &&
           row->bandwidth_factor == said(&plan->bandwidth, of_link) &&
           row->latency_factor == said(&plan->latency, of_link) &&
           row->loss_factor == said(&plan->loss, of_link);
}

static bool is_before(const struct incident_row *a, const struct incident_row *b) {
    if (a->began_ns != b->began_ns) {
        return a->began_ns < b->began_ns;
    }
    return a->event != b->event ? a->event < b->event : a->worker <= b->worker;
}

void audit_incidents(struct audit *audit) {
    for (size_t i = 0; i < audit->log->incident_count; i++) {
        const struct incident_row *row = &audit->log->incidents[i];
        if (!row_fits(audit, row) || (i > 0 && !is_before(row - 1, row))) {
            audit_complain(audit, "incident %zu: not one of its event, or out of order", i);
            break;
        }
        audit_history_add(
            audit->history,
            &(struct incident){.began_ns = row->began_ns,
                               .ended_ns = row->ended_ns == -1 ? SIM_TIME_NEVER : row->ended_ns,
                               .worker = row->worker,
                               .event = (int32_t)row->event,
                               .kind = (enum incident_kind)row->kind,
                               .factor = row->factor,
                               .link = {.bandwidth = row->bandwidth_factor,
                                        .latency = row->latency_factor,
                                        .loss = row->loss_factor}});
    }
    audit_history_lay_out(audit->history, audit->workers);
}

// ---- how long things take ----

int64_t audit_computed(const struct audit *audit, int32_t worker, int64_t start_ns,
                       int64_t span_ns) {
    return audit_history_done(audit->history, worker, INCIDENT_PAUSE, start_ns, span_ns);
}

int64_t audit_connected(const struct audit *audit, int32_t worker, int64_t from_ns) {
    return audit_history_over(audit->history, worker, 1U << INCIDENT_DISCONNECT, from_ns);
}

// A message that comes in at a worker.
static int64_t taken(const struct audit *audit, int32_t worker, int64_t from_ns) {
    return audit_history_over(audit->history, worker,
                              1U << INCIDENT_DISCONNECT | 1U << INCIDENT_PAUSE, from_ns);
}

bool audit_is_down(const struct audit *audit, int32_t worker, int64_t time_ns) {
    return audit_history_over(audit->history, worker, 1U << INCIDENT_CRASH, time_ns) != time_ns;
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
    return audit_history_done(audit->history, INCIDENT_OF_SERVER, INCIDENT_SERVER_PAUSE, start_ns,
                              span_ns);
}

int64_t audit_pushed(const struct audit *audit, const struct gradient_row *row, int64_t start_ns) {
    int64_t sets_out_ns = audit_connected(audit, row->worker, start_ns);
    struct audit_way way = audit_way_of_push(audit, row, sets_out_ns);
    int64_t span_ns = sim_time_add(way.span_ns, row->push_port_wait_ns);
    return audit_connected(audit, row->worker, sim_time_add(sets_out_ns, span_ns));
}

int64_t audit_returned(const struct audit *audit, const struct gradient_row *row, int64_t start_ns,
                       int64_t wait_ns) {
    int64_t sets_out_ns = audit_connected(audit, row->worker, start_ns);
    struct audit_way way = audit_way_of_reply(audit, row, sets_out_ns);
    return taken(audit, row->worker, sim_time_add(sets_out_ns, sim_time_add(way.span_ns, wait_ns)));
}

// When no member is disconnected.
static int64_t all_connected(const struct audit *audit, int32_t first, int32_t members,
                             int64_t from_ns) {
    for (int32_t i = first; i < first + members;) {
        int64_t time_ns = audit_connected(audit, i, from_ns);
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
