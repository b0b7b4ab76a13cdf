// SPDX-License-Identifier: GPL-3.0-or-later
// The server once more: from the order of arrivals and the logged spans alone follows all that it
// does and when, and when each worker starts its next gradient.
#include <inttypes.h>
#include <stdlib.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "tests/support/log_audit_parts.h"

struct server_account {
    struct audit *audit;
    int64_t free_ns;  // when the service under way is over
    int64_t received; // n
    int64_t version;
    size_t *buffer; // (gradients): rows in it
    size_t buffered;
};

// K at n gradients received and that many updates made.
static int64_t threshold_of(const struct server_account *server) {
    const struct policy_options *policy = &server->audit->scenario->training.policy;
    int64_t workers = server->audit->workers;
    if (policy->policy == POLICY_SYNC) {
        return workers;
    }
    if (policy->policy == POLICY_ASYNC) {
        return 1;
    }
    const struct threshold_options *t = &policy->threshold;
    if (t->schedule == SCHEDULE_CONSTANT) {
        return t->start;
    }
    int64_t n = t->counts == COUNTS_GRADIENTS ? server->received : server->version;
    int64_t k = t->start + t->increment * (n / t->every);
    return k < 1 ? 1 : k > workers ? workers : k;
}

// The reply to a gradient's worker: it starts the next gradient.
static void reply(struct server_account *server, size_t row) {
    struct audit *audit = server->audit;
    const struct gradient_row *gradient = &audit->log->gradients[row];
    server->free_ns = sim_time_add(server->free_ns, gradient->reply_ns);
    int64_t delivered_ns = sim_time_add(server->free_ns, gradient->reply_travel_ns);
    audit->reply_end_ns[row] = server->free_ns;
    audit->reply_version[row] = server->version;
    const struct gradient_row *next = audit_next_of_worker(audit, gradient);
    if (next == NULL) {
        audit_missing(audit, row, "the start of the next gradient", delivered_ns);
    } else if (next->dispatched_ns != delivered_ns || next->version_read != server->version) {
        audit_complain(audit,
                       "worker %" PRId32 " starts gradient %" PRId64 " at %" PRId64
                       ", version %" PRId64 "; should be %" PRId64 ", version %" PRId64,
                       next->worker, next->number, next->dispatched_ns, next->version_read,
                       delivered_ns, server->version);
    }
}

static int by_worker_then_number(const void *left, const void *right, void *context) {
    const struct gradient_row *rows = context;
    const struct gradient_row *a = &rows[*(const size_t *)left];
    const struct gradient_row *b = &rows[*(const size_t *)right];
    if (a->worker != b->worker) {
        return a->worker < b->worker ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

// The whole buffer is applied. Returns false if the run ends before that is done.
static bool apply(struct server_account *server, size_t trigger) {
    struct audit *audit = server->audit;
    const struct runlog *log = audit->log;
    qsort_r(server->buffer, server->buffered, sizeof *server->buffer, by_worker_then_number,
            log->gradients);
    for (size_t i = 0; i < server->buffered; i++) {
        audit->waits_until_ns[server->buffer[i]] = server->free_ns;
        audit->place[server->buffer[i]] = (int64_t)i;
    }
    if ((size_t)server->version == log->update_count) {
        for (size_t i = 0; i < server->buffered; i++) {
            if (log->gradients[server->buffer[i]].outcome != OUTCOME_PENDING) {
                audit_complain(audit, "gradient row %zu is applied by no update",
                               server->buffer[i]);
            }
        }
        return false;
    }
    const struct update_row *update = &log->updates[server->version];
    server->free_ns = sim_time_add(server->free_ns, update->update_ns);
    if (update->time_ns != server->free_ns || update->gradients != (int64_t)server->buffered ||
        update->threshold != log->gradients[trigger].threshold) {
        audit_complain(audit,
                       "update %" PRId64 " at %" PRId64 " of %" PRId64
                       " gradients; should be at %" PRId64 " of %zu",
                       update->version, update->time_ns, update->gradients, server->free_ns,
                       server->buffered);
    }
    for (size_t i = 0; i < server->buffered; i++) {
        if (log->gradients[server->buffer[i]].version_applied != server->version) {
            audit_complain(audit, "gradient row %zu: not applied to version %" PRId64,
                           server->buffer[i], server->version);
        }
    }
    server->version++;
    return true;
}

// One service: receive, update, replies. Returns false if the run ends within it.
static bool serve(struct server_account *server, size_t row) {
    struct audit *audit = server->audit;
    const struct gradient_row *gradient = &audit->log->gradients[row];
    int64_t start_ns =
        gradient->arrived_ns > server->free_ns ? gradient->arrived_ns : server->free_ns;
    server->free_ns = sim_time_add(start_ns, gradient->receive_ns);
    if (gradient->received_ns == -1) {
        audit_missing(audit, row, "received", server->free_ns);
        return false;
    }
    server->received++;
    int64_t threshold = threshold_of(server);
    server->buffer[server->buffered++] = row;
    if (gradient->received_ns != server->free_ns || gradient->threshold != threshold ||
        gradient->buffered != (int64_t)server->buffered) {
        audit_complain(audit,
                       "gradient row %zu: received at %" PRId64 ", buffer %" PRId64 " of %" PRId64
                       "; should be %" PRId64 ", %zu of %" PRId64,
                       row, gradient->received_ns, gradient->buffered, gradient->threshold,
                       server->free_ns, server->buffered, threshold);
    }
    bool applies = (int64_t)server->buffered >= threshold;
    if (applies && !apply(server, row)) {
        int64_t span_ns = 0; // of an update that did not end no row tells the span
        if (distribution_is_constant(&audit->scenario->cluster.server.update, &span_ns)) {
            audit_missing(audit, row, "its update", sim_time_add(server->free_ns, span_ns));
        }
        return false;
    }
    if (!audit->waits) {
        reply(server, row);
    }
    for (size_t i = 0; audit->waits && applies && i < server->buffered; i++) {
        reply(server, server->buffer[i]);
    }
    server->buffered = applies ? 0 : server->buffered;
    return true;
}

void audit_server(struct audit *audit) {
    const struct runlog *log = audit->log;
    struct server_account server = {.audit = audit};
    server.buffer = memory_allocate(log->gradient_count, sizeof *server.buffer);
    bool goes_on = true;
    int64_t arrivals = 0;
    for (size_t i = 0; i < log->event_count && !audit->broken; i++) {
        const struct event_row *event = &log->events[i];
        if (event->kind != EVENT_ARRIVED) {
            continue;
        }
        size_t at = event->actor < 0 || event->actor >= audit->workers
                        ? log->gradient_count
                        : audit->first[event->actor] + (size_t)event->gradient;
        if (at >= log->gradient_count) {
            audit_complain(audit, "event %zu: an arrival of no gradient", i);
            break;
        }
        size_t row = audit->rows[at];
        if (goes_on) {
            goes_on = serve(&server, row);
        } else if (log->gradients[row].received_ns != -1) {
            audit_complain(audit, "gradient row %zu is received out of turn", row);
        }
        arrivals++;
    }
    int64_t arrived = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        arrived += log->gradients[i].arrived_ns >= 0;
    }
    if (arrived != arrivals || (size_t)server.version != log->update_count) {
        audit_complain(
            audit, "%" PRId64 " arrivals, should be %" PRId64 "; %zu updates, should be %" PRId64,
            arrivals, arrived, log->update_count, server.version);
    }
    memory_free(server.buffer);
}
