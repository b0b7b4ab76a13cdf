// SPDX-License-Identifier: GPL-3.0-or-later
// How stale gradients are, each and all together.
#include <inttypes.h>

#include "sim/base/memory.h"
#include "sim/cluster/crash_notice.h"
#include "sim/training/aggregation.h"
#include "tests/support/log_audit_parts.h"

// Gradients of all updates before the one that makes version + 1. (Sums are without a sign: what a
// wrong log says may be any number.)
static uint64_t *gradients_up_to_each_version(const struct runlog *log) {
    uint64_t *sums = memory_allocate(log->update_count + 1, sizeof *sums);
    for (size_t i = 0; i < log->update_count; i++) {
        sums[i + 1] = sums[i] + (uint64_t)log->updates[i].gradients;
    }
    return sums;
}

void audit_staleness_in_gradients(struct audit *audit) {
    uint64_t *sums = gradients_up_to_each_version(audit->log);
    for (size_t i = 0; i < audit->log->gradient_count; i++) {
        const struct gradient_row *row = &audit->log->gradients[i];
        if (row->outcome != OUTCOME_APPLIED) {
            continue;
        }
        int64_t expected = (int64_t)(sums[row->version_applied] + (uint64_t)audit->place[i] -
                                     sums[row->version_read]);
        if (row->staleness_gradients != expected) {
            audit_complain(
                audit, "gradient row %zu: staleness of %" PRId64 " gradients, should be %" PRId64,
                i, row->staleness_gradients, expected);
        }
    }
    memory_free(sums);
}

static void audit_none_too_stale(struct audit *audit) {
    const struct policy_options *policy = &audit->scenario->training.policy;
    for (size_t i = 0; i < audit->log->gradient_count; i++) {
        const struct gradient_row *row = &audit->log->gradients[i];
        if (row->outcome == OUTCOME_APPLIED &&
            aggregation_of(policy->policy)->drops(policy, row->staleness)) {
            audit_complain(audit, "gradient row %zu: too stale, but applied", i);
        }
    }
}

void audit_staleness(struct audit *audit) {
    const struct runlog *log = audit->log;
    int64_t version = (int64_t)log->update_count;
    int64_t left = 0;
    int64_t right = audit->workers * version - audit->flush_replies;
    if (audit->rules.drops && audit->past_count == 0) {
        audit_none_too_stale(audit);
    }
    bool idles = audit->absence_count > 0 || crash_notices_are_given(&audit->scenario->cluster);
    if (audit_drops_some(audit) || audit_rules_of_some(audit).goes_on || idles) {
        return; // a worker may have several gradients open, or none
    }
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        bool applied = row->outcome == OUTCOME_APPLIED;
        left += (applied ? row->version_applied : version) - row->version_read;
        if (audit->reply_version[i] >= 0 && audit_next_of_worker(audit, row) == NULL) {
            left += version - audit->reply_version[i]; // under way at the end
        }
    }
    if (left != right) {
        audit_complain(audit, "the staleness identity: %" PRId64 " is not %" PRId64, left, right);
    }
}

// ---- the identity in its general form ----

struct balance {
    struct audit *audit;
    uint64_t *late; // (updates): staleness of the gradients of each, together
    uint64_t version;
    uint64_t open;     // gradients, and replies under way
    uint64_t read;     // the versions of these, together
    uint64_t closed;   // versions made between what they read and when they were over
    uint64_t expected; // what was open after each flush
};

static void open_one(struct balance *balance, int64_t read) {
    balance->open++;
    balance->read += (uint64_t)read;
    balance->expected += balance->version - (uint64_t)read;
}

static void close_one(struct balance *balance, int64_t read) {
    balance->open--;
    balance->read -= (uint64_t)read;
    balance->closed += balance->version - (uint64_t)read;
}

static void flush(struct balance *balance) {
    uint64_t count = (uint64_t)balance->audit->log->updates[balance->version].gradients;
    uint64_t late = balance->late[balance->version];
    balance->open -= count;
    balance->read -= count * balance->version - late;
    balance->closed += late;
    balance->expected += balance->open;
    balance->version++;
}

// A gradient takes the place of the reply that brought its version, or there was none.
static void start(struct balance *balance, const struct gradient_row *gradient) {
    const struct audit *audit = balance->audit;
    size_t at = audit->first[gradient->worker] + (size_t)gradient->number;
    if (gradient->number == 0 || audit_starts_anew(audit, gradient) ||
        audit->went_on[audit->rows[at - 1]]) {
        open_one(balance, gradient->version_read);
    }
}

static void take(struct balance *balance, const struct event_row *event) {
    const struct audit *audit = balance->audit;
    if (event->kind == EVENT_UPDATED) {
        flush(balance);
    }
    if (event->gradient < 0) {
        return;
    }
    size_t row = audit->rows[audit->first[event->actor] + (size_t)event->gradient];
    const struct gradient_row *gradient = &audit->log->gradients[row];
    bool dropped = event->kind == EVENT_RECEIVED && gradient->outcome == OUTCOME_DROPPED;
    if (event->kind == EVENT_DISPATCHED) {
        start(balance, gradient);
    } else if (event->kind == EVENT_REPLIED) {
        open_one(balance, event->version);
    } else if (dropped || event->kind == EVENT_CANCELLED || event->kind == EVENT_LOST) {
        close_one(balance, gradient->version_read);
    } else if (event->kind == EVENT_VANISHED) {
        close_one(balance, event->version);
    }
}

void audit_balance(struct audit *audit) {
    const struct runlog *log = audit->log;
    struct balance balance = {.audit = audit};
    balance.late = memory_allocate(log->update_count + 1, sizeof *balance.late);
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        if (row->outcome == OUTCOME_APPLIED) {
            balance.late[row->version_applied] += (uint64_t)row->staleness;
        }
    }
    for (size_t i = 0; i < log->event_count; i++) {
        take(&balance, &log->events[i]);
    }
    uint64_t left = balance.closed + balance.open * balance.version - balance.read;
    if (left != balance.expected || balance.open > INT64_MAX) {
        audit_complain(audit,
                       "the general staleness identity: %" PRId64 " is not %" PRId64 ", %" PRId64
                       " open",
                       (int64_t)left, (int64_t)balance.expected, (int64_t)balance.open);
    }
    memory_free(balance.late);
}
