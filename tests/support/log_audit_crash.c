// SPDX-License-Identifier: GPL-3.0-or-later
// Crashes: when each worker is down, what is lost with it, and which replies find nobody.
#include <inttypes.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "tests/support/log_audit_account.h"

// ---- when ----

static void add_absence(struct audit *audit, const struct audit_absence *absence) {
    audit->absences = memory_grow(audit->absences, &audit->absence_capacity,
                                  audit->absence_count + 1, sizeof *audit->absences);
    audit->absences[audit->absence_count++] = *absence;
}

// The worker's events from the beginning on, as far as its crashes have been looked at.
struct passage {
    size_t at;  // the next event
    bool there; // its model is at the centre, or the answer is on its way back
};

// When a centre's answer vanishes to a worker that crashed then with its model there; -1: it was
// not there. Requires: asked for a worker's crashes in their order.
static int64_t vanished_ns(const struct audit *audit, struct passage *passage, int32_t worker,
                           int64_t began_ns) {
    enum policy policy = audit->scenario->training.policy.policy;
    bool crashed = false;
    if (policy_table[policy].averaging.family != AVERAGING_FAMILY_EXCHANGE) {
        return -1;
    }
    for (; passage->at < audit->log->event_count; passage->at++) {
        const struct event_row *event = &audit->log->events[passage->at];
        if (event->actor != worker) {
            continue;
        }
        bool there =
            event->kind == EVENT_ARRIVED || (passage->there && event->kind != EVENT_DISPATCHED);
        crashed = crashed || (event->kind == EVENT_CRASHED && event->time_ns == began_ns);
        passage->there = there && event->kind != EVENT_VANISHED;
        if (crashed && (!there || event->kind == EVENT_VANISHED)) {
            passage->at++;
            return there ? event->time_ns : -1;
        }
    }
    return passage->there ? SIM_TIME_NEVER : -1;
}

// A worker comes back when nothing keeps it silent.
static int64_t back_ns_of(const struct audit *audit, int32_t worker, int64_t time_ns) {
    return audit_history_over(
        audit->history, worker,
        1U << INCIDENT_CRASH | 1U << INCIDENT_PAUSE | 1U << INCIDENT_DISCONNECT, time_ns);
}

static void find_absences_of(struct audit *audit, int32_t worker) {
    int64_t end_ns = audit->log->ending.end_ns;
    int64_t began_ns = audit->scenario->cluster.start_up_ns;
    struct passage passage = {0};
    if (!audit_is_down(audit, worker, began_ns)) {
        began_ns = audit_history_next_crash(audit->history, worker, began_ns);
    }
    while (began_ns <= end_ns) {
        int64_t back_ns = back_ns_of(audit, worker, began_ns);
        int64_t answered_ns = vanished_ns(audit, &passage, worker, began_ns);
        back_ns = answered_ns > back_ns ? back_ns_of(audit, worker, answered_ns) : back_ns;
        add_absence(audit, &(struct audit_absence){
                               .worker = worker, .began_ns = began_ns, .back_ns = back_ns});
        if (back_ns == SIM_TIME_NEVER) {
            return;
        }
        began_ns = audit_history_next_crash(audit->history, worker, back_ns);
    }
}

void audit_find_absences(struct audit *audit) {
    audit->absence_first =
        memory_allocate((size_t)audit->workers + 1, sizeof *audit->absence_first);
    for (int32_t worker = 0; worker < audit->workers; worker++) {
        audit->absence_first[worker] = audit->absence_count;
        find_absences_of(audit, worker);
    }
    audit->absence_first[audit->workers] = audit->absence_count;
}

// The worker's first absence that begins, or is over, at this time or later; NULL: there is none.
static struct audit_absence *find_absence(const struct audit *audit, int32_t worker, bool begins,
                                          int64_t time_ns) {
    size_t low = audit->absence_first[worker];
    size_t high = audit->absence_first[worker + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct audit_absence *absence = &audit->absences[middle];
        if ((begins ? absence->began_ns : absence->back_ns) < time_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < audit->absence_first[worker + 1] ? &audit->absences[low] : NULL;
}

int64_t audit_crash_after(const struct audit *audit, int32_t worker, int64_t time_ns) {
    const struct audit_absence *absence = find_absence(audit, worker, true, time_ns + 1);
    return absence == NULL ? SIM_TIME_NEVER : absence->began_ns;
}

int64_t audit_crash_of(const struct audit *audit, const struct gradient_row *row) {
    const struct audit_absence *absence =
        find_absence(audit, row->worker, true, row->dispatched_ns);
    bool at_once = absence != NULL && absence->began_ns == row->dispatched_ns &&
                   absence->back_ns > row->dispatched_ns;
    return at_once ? row->dispatched_ns : audit_crash_after(audit, row->worker, row->dispatched_ns);
}

static bool returns_at(const struct audit *audit, int32_t worker, int64_t time_ns) {
    const struct audit_absence *absence = find_absence(audit, worker, false, time_ns);
    return absence != NULL && absence->back_ns == time_ns;
}

bool audit_starts_anew(const struct audit *audit, const struct gradient_row *row) {
    size_t at = audit->first[row->worker] + (size_t)row->number;
    bool is_first = row->number == 0 || // of its moment: computing may take no time
                    audit->log->gradients[audit->rows[at - 1]].dispatched_ns < row->dispatched_ns;
    return is_first &&
           (returns_at(audit, row->worker, row->dispatched_ns) || audit_is_asked_again(audit, row));
}

int64_t audit_down_ns(const struct audit *audit, int32_t worker) {
    int64_t sum_ns = 0;
    int64_t end_ns = audit->log->ending.end_ns;
    for (size_t i = audit->absence_first[worker]; i < audit->absence_first[worker + 1]; i++) {
        const struct audit_absence *absence = &audit->absences[i];
        if (absence->began_ns < end_ns) {
            sum_ns += (absence->back_ns < end_ns ? absence->back_ns : end_ns) - absence->began_ns;
        }
    }
    return sum_ns;
}

bool audit_vanishes(const struct audit *audit, size_t row, int64_t delivered_ns) {
    const struct gradient_row *gradient = &audit->log->gradients[row];
    const struct gradient_row *next = audit_next_of_worker(audit, gradient);
    if (next != NULL) {
        return audit_starts_anew(audit, next);
    }
    return audit_crash_of(audit, gradient) <= delivered_ns;
}

bool audit_loss_fits(struct audit *audit, const struct gradient_row *row, int64_t ready_ns) {
    int64_t crash_ns = audit_crash_of(audit, row);
    if (row->outcome != OUTCOME_LOST) { // a crash goes before what else happens at its moment
        return crash_ns > row->arrived_ns &&
               (row->arrived_ns >= 0 || row->outcome == OUTCOME_CANCELLED ||
                crash_ns >= audit->log->ending.end_ns);
    }
    bool there = row->ready_ns < 0
                     ? crash_ns <= ready_ns
                     : row->ready_ns == ready_ns && row->ready_ns < crash_ns &&
                           (audit_has_port(audit) || crash_ns <= audit_push_end_ns(audit, row));
    return there && crash_ns <= audit->log->ending.end_ns && row->arrived_ns == -1 &&
           row->received_ns == -1 && row->applied_ns == -1;
}

// ---- the account of the server ----

void audit_lose(struct server_account *server, size_t row, int64_t time_ns) {
    struct audit *audit = server->audit;
    const struct gradient_row *gradient = &audit->log->gradients[row];
    struct worker_account *worker = &server->workers[gradient->worker];
    if (gradient->outcome != OUTCOME_LOST || time_ns != audit_crash_of(audit, gradient)) {
        audit_complain(audit, "gradient row %zu is lost at %" PRId64, row, time_ns);
    }
    audit->lost_ns[row] = time_ns;
    worker->started--;
    worker->owed = worker->owed && worker->latest != row;
    audit_advance_clock(server, gradient->worker);
}

void audit_return(struct server_account *server, int32_t worker) {
    const struct audit *audit = server->audit;
    struct worker_account *account = &server->workers[worker];
    int64_t least = INT64_MAX;
    account->owed = false;
    account->held = false;
    account->returned = true;
    for (int32_t other = 0; other < audit->workers; other++) {
        bool is_less =
            other != worker && !server->workers[other].out && server->workers[other].clock < least;
        least = is_less ? server->workers[other].clock : least;
    }
    if (least != INT64_MAX) {
        account->clock = least;
    } else if (account->clock < server->least) {
        account->clock = server->least;
    }
    account->out = false;
    account->started = account->clock;
    for (size_t i = server->queue_first; i < server->queue_end; i++) {
        account->started += audit->log->gradients[server->queue[i]].worker == worker;
    }
    const struct gradient_row *latest = &audit->log->gradients[account->latest];
    for (size_t number = account->settled;
         number < audit->first[worker + 1] - audit->first[worker] && latest->worker == worker &&
         (int64_t)number <= latest->number;
         number++) { // one that is here may have been overtaken
        account->started += server->taken[audit->rows[audit->first[worker] + number]];
    }
    audit_find_least(server);
    account->clock_read = audit_least_clock(server);
}

// ---- the events ----

// Each crash and each return, once. (Events are in the order of time.)
void audit_crash_event(struct audit *audit, const struct event_row *event, int64_t version) {
    bool crashes = event->kind == EVENT_CRASHED;
    struct audit_absence *absence = find_absence(audit, event->actor, crashes, event->time_ns);
    if (absence == NULL || (crashes ? absence->told : absence->over) || event->gradient != -1 ||
        event->version != version ||
        event->time_ns != (crashes ? absence->began_ns : absence->back_ns)) {
        audit_complain(audit, "worker %" PRId32 " %s at %" PRId64, event->actor,
                       event_kind_names[event->kind], event->time_ns);
        return;
    }
    absence->told = true;
    absence->over = !crashes;
}

void audit_crashes_told(struct audit *audit) {
    int64_t end_ns = audit->log->ending.end_ns;
    for (size_t i = 0; i < audit->absence_count; i++) {
        const struct audit_absence *absence = &audit->absences[i];
        if ((absence->began_ns < end_ns && !absence->told) ||
            (absence->back_ns < end_ns && !absence->over)) {
            audit_complain(audit, "no event tells of a crash of worker %" PRId32 " at %" PRId64,
                           absence->worker, absence->began_ns);
        }
    }
}
