// SPDX-License-Identifier: GPL-3.0-or-later
// What a run comes to: its end, and the server's totals.
#include <inttypes.h>

#include "sim/base/sim_time.h"
#include "tests/support/log_audit_parts.h"

// ---- the end ----

static uint64_t applied_by(const struct runlog *log, size_t updates) {
    uint64_t sum = 0; // without a sign: what a wrong log says may be any number
    for (size_t i = 0; i < updates; i++) {
        sum += (uint64_t)log->updates[i].gradients;
    }
    return sum;
}

// A run ends with the update that reaches its count, or at its time.
static bool is_at_end(const struct audit *audit) {
    const struct runlog *log = audit->log;
    const struct end_options *end = &audit->scenario->end;
    size_t updates = log->update_count;
    bool complete = log->ending.status == RUN_COMPLETE;
    uint64_t wanted = (uint64_t)end->count;
    bool made = false;    // as many as it wants
    bool between = false; // but not before the last one
    if (end->kind == END_TIME) {
        return (!complete && log->ending.status != RUN_STALLED) ||
               log->ending.end_ns == end->time_ns;
    }
    if (end->kind == END_UPDATES) {
        made = updates >= wanted;
        between = updates <= wanted;
    } else if (end->kind == END_GRADIENTS) {
        made = applied_by(log, updates) >= wanted;
        between = updates == 0 || applied_by(log, updates - 1) < wanted;
    } else {
        return true; // epochs are of the data
    }
    bool last = updates > 0 && log->updates[updates - 1].time_ns == log->ending.end_ns;
    return complete ? made && between && last : !made || log->ending.status == RUN_DIVERGED;
}

void audit_end(struct audit *audit) {
    const struct runlog *log = audit->log;
    const struct runlog_ending *ending = &log->ending;
    int64_t since_ns = audit->scenario->cluster.start_up_ns;
    if (log->update_count > 0) {
        since_ns = log->updates[log->update_count - 1].time_ns;
    }
    bool stalled = ending->status == RUN_STALLED;
    if (!is_at_end(audit)) {
        audit_complain(audit, "the run is %s at %" PRId64 ", with %zu updates",
                       run_status_names[ending->status], ending->end_ns, log->update_count);
    }
    if (ending->stalled_since_ns != (stalled ? since_ns : 0) ||
        (ending->reason[0] != 0) != (stalled || ending->status == RUN_FAILED)) {
        audit_complain(audit, "it says that it has stalled since %" PRId64 ": '%s'",
                       ending->stalled_since_ns, ending->reason);
    }
}

// ---- the server ----

void audit_service(struct audit *audit) {
    const struct runlog *log = audit->log;
    const struct runlog_service *service = &log->ending.service;
    int64_t time_ns = 0;
    int64_t replies = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        time_ns = row->received_ns < 0 ? time_ns : sim_time_add(time_ns, row->receive_ns);
        time_ns = audit->reply_end_ns[i] < 0 ? time_ns : sim_time_add(time_ns, row->reply_ns);
    }
    for (size_t i = 0; i < log->update_count; i++) {
        time_ns = sim_time_add(time_ns, log->updates[i].update_ns);
    }
    for (size_t i = 0; i < log->event_count; i++) {
        replies += log->events[i].kind == EVENT_REPLIED;
    }
    if (!service->known || service->time_ns != time_ns || service->replies != replies) {
        audit_complain(audit,
                       "the server serves for %" PRId64 " ns, %" PRId64
                       " replies; should be %" PRId64 ", %" PRId64,
                       service->time_ns, service->replies, time_ns, replies);
    }
}
