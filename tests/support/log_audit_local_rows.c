// SPDX-License-Identifier: GPL-3.0-or-later
// What the audit of a run without a server says of rows and events, once the rounds are known.
#include <inttypes.h>
#include <math.h>

#include "sim/base/sim_time.h"
#include "tests/support/log_audit_local.h"

const struct runlog *local_audit_log(const struct local_audit *local) {
    return local->audit->log;
}

int64_t local_audit_within(const struct local_audit *local, int64_t time_ns) {
    int64_t end_ns = local_audit_log(local)->ending.end_ns;
    return time_ns > end_ns ? end_ns : time_ns;
}

const struct gradient_row *local_audit_row(const struct local_audit *local, int32_t worker,
                                           int64_t number) {
    const struct audit *audit = local->audit;
    size_t count = audit->first[worker + 1] - audit->first[worker];
    return (size_t)number < count
               ? &audit->log->gradients[audit->rows[audit->first[worker] + (size_t)number]]
               : NULL;
}

void local_audit_pending(struct local_audit *local) {
    const struct runlog *log = local_audit_log(local);
    int64_t applied = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        applied += row->outcome == OUTCOME_APPLIED;
        if (row->outcome != OUTCOME_APPLIED &&
            (row->outcome != OUTCOME_PENDING || row->applied_ns != -1 || row->staleness != -1 ||
             !isnan(row->loss))) {
            audit_complain(local->audit, "gradient row %zu: neither applied nor pending", i);
        }
    }
    if (applied != local->gradients_applied || (size_t)local->version != log->update_count ||
        (size_t)local->rows_seen != log->reduction_count) {
        audit_complain(local->audit,
                       "%" PRId64 " gradients applied, should be %" PRId64 "; %zu versions, should "
                       "be %" PRId64 "; %zu reductions, should be %" PRId64,
                       applied, local->gradients_applied, log->update_count, local->version,
                       log->reduction_count, local->rows_seen);
    }
}

void local_audit_worker(struct local_audit *local, int32_t worker) {
    const struct runlog *log = local_audit_log(local);
    const struct local_clock *clock = &local->clocks[worker];
    const struct worker_row *row = &log->ending.workers[worker];
    int64_t start_ns = local->audit->scenario->cluster.start_up_ns;
    int64_t busy = 0;
    for (int64_t n = 0; local_audit_row(local, worker, n) != NULL; n++) {
        const struct gradient_row *gradient = local_audit_row(local, worker, n);
        busy += local_audit_within(local,
                                   gradient->ready_ns < 0 ? SIM_TIME_NEVER : gradient->ready_ns) -
                gradient->dispatched_ns;
    }
    int64_t total = log->ending.end_ns > start_ns ? log->ending.end_ns - start_ns : 0;
    if (row->busy_ns != busy || row->waiting_ns != clock->waiting_ns ||
        row->communicating_ns != clock->communicating_ns ||
        row->busy_ns + row->waiting_ns + row->communicating_ns != total) {
        audit_complain(local->audit,
                       "worker %" PRId32 ": busy %" PRId64 " (should be %" PRId64
                       "), waiting %" PRId64 " (%" PRId64 "), communicating %" PRId64 " (%" PRId64
                       "), of %" PRId64,
                       worker, row->busy_ns, busy, row->waiting_ns, clock->waiting_ns,
                       row->communicating_ns, clock->communicating_ns, total);
    }
}

// Every time of a row has one event.
void local_audit_events(struct local_audit *local) {
    const struct runlog *log = local_audit_log(local);
    int64_t counts[EVENT_KIND_COUNT] = {0};
    int64_t expected[EVENT_KIND_COUNT] = {0};
    int64_t last_ns = 0;
    for (size_t i = 0; i < log->event_count; i++) {
        const struct event_row *event = &log->events[i];
        counts[event->kind]++;
        bool ordered = event->time_ns >= last_ns;
        last_ns = event->time_ns;
        bool fits = true;
        if (event->kind == EVENT_DISPATCHED) {
            fits = local_audit_row(local, event->actor, event->gradient)->dispatched_ns == last_ns;
        } else if (event->kind == EVENT_READY) {
            fits = local_audit_row(local, event->actor, event->gradient)->ready_ns == last_ns;
        } else if (event->kind == EVENT_REDUCING) {
            fits = log->reductions[event->gradient].began_ns == last_ns;
        } else if (event->kind == EVENT_UPDATED) {
            fits = log->updates[event->version - 1].time_ns == last_ns;
        }
        if (!fits || !ordered) {
            audit_complain(local->audit, "event %zu (%s) does not fit its row", i,
                           event_kind_names[event->kind]);
        }
    }
    expected[EVENT_DISPATCHED] = (int64_t)log->gradient_count;
    expected[EVENT_REDUCING] = (int64_t)log->reduction_count;
    expected[EVENT_UPDATED] = (int64_t)log->update_count;
    for (size_t i = 0; i < log->gradient_count; i++) {
        expected[EVENT_READY] += log->gradients[i].ready_ns >= 0;
    }
    const enum event_kind kinds[] = {EVENT_DISPATCHED, EVENT_READY, EVENT_REDUCING, EVENT_UPDATED};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (counts[kinds[i]] != expected[kinds[i]]) {
            audit_complain(local->audit, "%" PRId64 " events '%s', should be %" PRId64,
                           counts[kinds[i]], event_kind_names[kinds[i]], expected[kinds[i]]);
        }
    }
}

// ---- where workers crash or are counted out ----

void local_audit_outcomes(struct local_audit *local) {
    const struct runlog *log = local_audit_log(local);
    int64_t counts[OUTCOME_COUNT] = {0};
    int64_t told = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        counts[log->gradients[i].outcome]++;
    }
    for (size_t i = 0; i < log->event_count; i++) {
        told += log->events[i].kind == EVENT_LOST;
    }
    if (counts[OUTCOME_APPLIED] != local->gradients_applied || counts[OUTCOME_LOST] != told ||
        counts[OUTCOME_APPLIED] + counts[OUTCOME_LOST] + counts[OUTCOME_PENDING] !=
            (int64_t)log->gradient_count) {
        audit_complain(local->audit,
                       "%" PRId64 " gradients applied, should be %" PRId64 "; %" PRId64
                       " lost, should be %" PRId64,
                       counts[OUTCOME_APPLIED], local->gradients_applied, counts[OUTCOME_LOST],
                       told);
    }
}

void local_audit_totals(struct local_audit *local, int32_t worker) {
    struct audit *audit = local->audit;
    const struct runlog *log = audit->log;
    const struct worker_row *row = &log->ending.workers[worker];
    int64_t busy_ns = 0;
    for (int64_t n = 0; local_audit_row(local, worker, n) != NULL; n++) {
        const struct gradient_row *gradient = local_audit_row(local, worker, n);
        int64_t lost_ns = audit->lost_ns[gradient - log->gradients]; // as it begins, too
        int64_t until_ns = gradient->ready_ns >= 0 ? gradient->ready_ns
                           : lost_ns >= 0          ? lost_ns
                                                   : SIM_TIME_NEVER;
        busy_ns += local_audit_within(local, until_ns) - gradient->dispatched_ns;
    }
    int64_t down_ns = audit_down_ns(audit, worker);
    int64_t start_ns = audit->scenario->cluster.start_up_ns;
    int64_t total_ns = log->ending.end_ns > start_ns ? log->ending.end_ns - start_ns : 0;
    if (row->busy_ns != busy_ns || row->down_ns != down_ns || row->waiting_ns < 0 ||
        row->communicating_ns < 0 ||
        row->busy_ns + row->waiting_ns + row->communicating_ns + row->down_ns != total_ns) {
        audit_complain(audit,
                       "worker %" PRId32 ": busy %" PRId64 " (should be %" PRId64 "), down %" PRId64
                       " (%" PRId64 ")",
                       worker, row->busy_ns, busy_ns, row->down_ns, down_ns);
    }
}
