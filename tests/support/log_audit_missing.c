// SPDX-License-Identifier: GPL-3.0-or-later
// Who is counted out, and when: by the rows of /incidents alone.
#include <stdlib.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "tests/support/log_audit_account.h"

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

static int by_worker_then_beginning(const void *left, const void *right) {
    const struct incident_row *a = *(const struct incident_row *const *)left;
    const struct incident_row *b = *(const struct incident_row *const *)right;
    if (a->worker != b->worker) {
        return a->worker < b->worker ? -1 : 1;
    }
    if (a->began_ns != b->began_ns) {
        return a->began_ns < b->began_ns ? -1 : 1;
    }
    return (a > b) - (a < b); // both are in the log
}

// Of rows by worker and beginning: from the beginning of this one on, as long as one goes on from
// where those before it end.
static int64_t silent_until(const struct incident_row *const *rows, size_t count, size_t at) {
    int64_t until_ns = end_of(rows[at]);
    for (size_t i = at + 1;
         i < count && rows[i]->worker == rows[at]->worker && rows[i]->began_ns <= until_ns; i++) {
        until_ns = end_of(rows[i]) > until_ns ? end_of(rows[i]) : until_ns;
    }
    return until_ns;
}

static int64_t missed_at(const struct audit *audit, const struct incident_row *row) {
    const struct scenario *scenario = audit_scenario_at(audit, row->began_ns);
    int64_t start_ns = audit->scenario->cluster.start_up_ns;
    int64_t missed_ns = sim_time_add(row->began_ns, scenario->training.policy.missing_ns);
    return missed_ns < start_ns ? start_ns : missed_ns;
}

size_t audit_silences(const struct audit *audit, struct audit_silence **silences) {
    const struct runlog *log = audit->log;
    *silences = memory_allocate(log->incident_count, sizeof **silences);
    const struct incident_row **rows = memory_allocate(log->incident_count, sizeof *rows);
    size_t row_count = 0;
    for (size_t i = 0; i < log->incident_count; i++) {
        if (is_silent_row(&log->incidents[i])) {
            rows[row_count++] = &log->incidents[i];
        }
    }
    if (row_count > 0) {
        qsort(rows, row_count, sizeof *rows, by_worker_then_beginning);
    }
    size_t count = 0;
    int64_t silent_ns = -1; // so long is the worker silent by the rows before
    for (size_t i = 0; i < row_count; i++) {
        const struct incident_row *row = rows[i];
        silent_ns = i > 0 && rows[i - 1]->worker == row->worker ? silent_ns : -1;
        int64_t missed_ns = missed_at(audit, row);
        int64_t until_ns = silent_until(rows, row_count, i);
        if (silent_ns < row->began_ns && missed_ns < until_ns) {
            (*silences)[count++] = (struct audit_silence){missed_ns, row->worker, until_ns};
        }
        bool lasts = end_of(row) > row->began_ns;
        silent_ns = lasts && end_of(row) > silent_ns ? end_of(row) : silent_ns;
    }
    memory_free(rows);
    if (count > 0) {
        qsort(*silences, count, sizeof **silences, by_time_then_worker);
    }
    return count;
}

int64_t audit_heeded(const struct audit *audit, const struct audit_silence *silences, size_t count,
                     int32_t worker, int64_t from_ns) {
    int64_t until_ns = audit_connected(audit, worker, from_ns);
    for (size_t i = 0; i < count && until_ns > from_ns; i++) {
        bool is_now = silences[i].worker == worker && silences[i].ended_ns > from_ns;
        if (is_now && silences[i].missed_ns < until_ns) {
            until_ns = silences[i].missed_ns > from_ns ? silences[i].missed_ns : from_ns;
        }
    }
    return until_ns;
}

// One who was counted out does not have to catch up.
void audit_count_in(struct server_account *server, int32_t worker, int64_t time_ns) {
    struct worker_account *account = &server->workers[worker];
    unsigned silences = 1U << INCIDENT_PAUSE | 1U << INCIDENT_DISCONNECT | 1U << INCIDENT_CRASH;
    if (account->out &&
        audit_history_over(server->audit->history, worker, silences, time_ns) != time_ns) {
        return;
    }
    int64_t behind = server->least - account->clock;
    if (account->out && behind > 0) {
        account->clock += behind;
        account->started += behind;
    }
    account->out = false;
    audit_find_least(server);
}
