// SPDX-License-Identifier: GPL-3.0-or-later
// The events against the rows: each names something that happened then, and nothing is left out or
// told twice.
#include <inttypes.h>

#include "sim/base/memory.h"
#include "tests/support/log_audit_parts.h"

struct event_account {
    struct audit *audit;
    uint32_t *seen; // (gradients): bit k: its event of kind k
    size_t dispatched;
    size_t updated;
};

static int64_t time_of(const struct audit *audit, size_t row, enum event_kind kind) {
    const struct gradient_row *gradient = &audit->log->gradients[row];
    switch (kind) {
    case EVENT_DISPATCHED:
        return gradient->dispatched_ns;
    case EVENT_READY:
        return gradient->ready_ns;
    case EVENT_ARRIVED:
        return gradient->arrived_ns;
    case EVENT_RECEIVED:
        return gradient->received_ns;
    case EVENT_REPLIED:
        return audit->reply_end_ns[row];
    case EVENT_CANCELLED:
        return audit->cancelled_ns[row];
    case EVENT_LOST:
        return audit->lost_ns[row];
    case EVENT_VANISHED:
        return audit->vanishes_ns[row];
    case EVENT_CRASHED:
    case EVENT_RETURNED:
    case EVENT_UPDATED:
    case EVENT_WAITS:
    case EVENT_REDUCING:
    case EVENT_REDUCED:
    case EVENT_MERGED:
    case EVENT_KIND_COUNT:
        break;
    }
    return -1;
}

static int64_t version_of(const struct event_account *account, size_t row, enum event_kind kind) {
    if (kind == EVENT_ARRIVED || kind == EVENT_RECEIVED || kind == EVENT_CANCELLED ||
        kind == EVENT_LOST) {
        return (int64_t)account->updated;
    }
    return kind == EVENT_REPLIED || kind == EVENT_VANISHED
               ? account->audit->reply_version[row]
               : account->audit->log->gradients[row].version_read;
}

static void audit_update_event(struct event_account *account, size_t i) {
    const struct runlog *log = account->audit->log;
    const struct event_row *event = &log->events[i];
    bool fits = event->actor == -1 && event->gradient == -1 &&
                account->updated < log->update_count &&
                log->updates[account->updated].time_ns == event->time_ns &&
                log->updates[account->updated].version == event->version;
    account->updated++;
    if (!fits) {
        audit_complain(account->audit, "event %zu: no such update", i);
    }
}

static void audit_gradient_event(struct event_account *account, size_t i) {
    struct audit *audit = account->audit;
    const struct event_row *event = &audit->log->events[i];
    if (event->kind >= EVENT_KIND_COUNT || event->actor < 0 || event->actor >= audit->workers ||
        event->gradient < 0 ||
        (size_t)event->gradient >= audit->first[event->actor + 1] - audit->first[event->actor]) {
        audit_complain(audit, "event %zu: of no gradient", i);
        return;
    }
    size_t row = audit->rows[audit->first[event->actor] + (size_t)event->gradient];
    uint32_t bit = 1u << event->kind;
    bool in_order = event->kind != EVENT_DISPATCHED || row == account->dispatched++;
    if (event->time_ns != time_of(audit, row, event->kind) ||
        event->version != version_of(account, row, event->kind) ||
        (account->seen[row] & bit) != 0 || !in_order) {
        audit_complain(audit, "event %zu (%s): time, version or order differ from gradient row %zu",
                       i, event_kind_names[event->kind], row);
    }
    account->seen[row] = account->seen[row] | bit;
}

// Every time in the row has its event. A reply is known by what follows it.
static void audit_all_told(struct event_account *account, size_t row) {
    struct audit *audit = account->audit;
    for (enum event_kind kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        bool told = (account->seen[row] & 1u << kind) != 0;
        bool happened = time_of(audit, row, kind) >= 0;
        if ((kind == EVENT_REPLIED || kind == EVENT_VANISHED) && !told && happened) {
            audit_missing(audit, row, "the reply", time_of(audit, row, kind));
        } else if (told != happened) {
            audit_complain(audit, "gradient row %zu: no event says that it was %s", row,
                           event_kind_names[kind]);
        }
    }
}

void audit_events(struct audit *audit) {
    const struct runlog *log = audit->log;
    struct event_account account = {.audit = audit};
    account.seen = memory_allocate(log->gradient_count, sizeof *account.seen);
    int64_t last_ns = audit->scenario->cluster.start_up_ns;
    for (size_t i = 0; i < log->event_count && !audit->broken; i++) {
        const struct event_row *event = &log->events[i];
        if (event->time_ns < last_ns || event->time_ns > log->ending.end_ns) {
            audit_complain(audit, "event %zu: at %" PRId64 " after %" PRId64, i, event->time_ns,
                           last_ns);
        }
        last_ns = event->time_ns;
        if (event->kind == EVENT_UPDATED) {
            audit_update_event(&account, i);
        } else if (event->kind == EVENT_CRASHED || event->kind == EVENT_RETURNED) {
            audit_crash_event(audit, event, (int64_t)account.updated);
        } else {
            audit_gradient_event(&account, i);
        }
    }
    audit_crashes_told(audit);
    if (account.updated != log->update_count || account.dispatched != log->gradient_count) {
        audit_complain(audit, "%zu updates and %zu dispatches among the events", account.updated,
                       account.dispatched);
    }
    for (size_t row = 0; row < log->gradient_count && !audit->broken; row++) {
        audit_all_told(&account, row);
    }
    memory_free(account.seen);
}
