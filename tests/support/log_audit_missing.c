// SPDX-License-Identifier: GPL-3.0-or-later
// Who is counted out, and when: by the rows of /incidents alone.
#include <stdlib.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "tests/support/log_audit_parts.h"

static int by_time_then_worker(const void *left, const void *right) {
    const struct audit_silence *a = left;
    const struct audit_silence *b = right;
    if (a->missed_ns != b->missed_ns) {
        return a->missed_ns < b->missed_ns ? -1 : 1;
    }
    return (a->worker > b->worker) - (a->worker < b->worker);
}

static bool is_silent_row(const struct incident_row *row) {
    return row->kind == INCIDENT_PAUSE || row->kind == INCIDENT_DISCONNECT ||
           row->kind == INCIDENT_CRASH;
}

static int64_t end_of(const struct incident_row *row) {
    return row->ended_ns < 0 ? SIM_TIME_NEVER : row->ended_ns;
}

// Whether the worker is silent at this time by another row, which began before or, of those that
// began then, stands before.
static bool is_silent_before(const struct runlog *log, size_t at) {
    const struct incident_row *row = &log->incidents[at];
    for (size_t i = 0; i < log->incident_count; i++) {
        const struct incident_row *other = &log->incidents[i];
        bool first =
            other->began_ns < row->began_ns || (other->began_ns == row->began_ns && i < at);
        if (other->worker == row->worker && is_silent_row(other) && first &&
            end_of(other) >= row->began_ns && end_of(other) > other->began_ns) {
            return true;
        }
    }
    return false;
}

// From its beginning on, as long as a row goes on from where the last ended.
static int64_t silent_until(const struct runlog *log, int32_t worker, int64_t began_ns) {
    int64_t until_ns = began_ns;
    for (size_t i = 0; i < log->incident_count;) {
        const struct incident_row *row = &log->incidents[i];
        bool extends = row->worker == worker && is_silent_row(row) && row->began_ns <= until_ns &&
                       end_of(row) > until_ns;
        until_ns = extends ? end_of(row) : until_ns;
        i = extends ? 0 : i + 1;
    }
    return until_ns;
}

size_t audit_silences(const struct audit *audit, struct audit_silence **silences) {
    const struct runlog *log = audit->log;
    *silences = memory_allocate(log->incident_count, sizeof **silences);
    size_t count = 0;
    for (size_t i = 0; i < log->incident_count; i++) {
        const struct incident_row *row = &log->incidents[i];
        if (!is_silent_row(row) || is_silent_before(log, i)) {
            continue;
        }
        const struct scenario *scenario = audit_scenario_at(audit, row->began_ns);
        int64_t start_ns = audit->scenario->cluster.start_up_ns;
        int64_t missed_ns = sim_time_add(row->began_ns, scenario->training.policy.missing_ns);
        missed_ns = missed_ns < start_ns ? start_ns : missed_ns;
        if (missed_ns < silent_until(log, row->worker, row->began_ns)) {
            (*silences)[count++] = (struct audit_silence){missed_ns, row->worker};
        }
    }
    if (count > 0) {
        qsort(*silences, count, sizeof **silences, by_time_then_worker);
    }
    return count;
}
