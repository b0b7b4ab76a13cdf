// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/tell_walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/tell_details.h"
#include "sim/report/tell_events.h"
#include "sim/report/tell_incident.h"
#include "sim/report/tell_local.h"

static bool is_of_server(uint32_t kind) {
    return kind == EVENT_RECEIVED || kind == EVENT_UPDATED || kind == EVENT_REPLIED;
}

// Whether it is at once that the server does this, because the roll has been called: an update
// begins of a buffer that its last receipt did not fill, or a reply that none led to.
static bool follows_roll_call(const struct teller *teller, const struct event_row *event) {
    REQUIRE(teller->state.buffer_count <= teller->state.buffer_capacity);
    const struct gradient_row *last = teller->state.buffer_count == 0
                                          ? NULL
                                          : teller->state.buffer[teller->state.buffer_count - 1];
    bool begins = event->kind == EVENT_CANCELLED;
    if (event->kind == EVENT_UPDATED) {
        const struct update_row *update = tell_update_of(teller->log, event->version);
        begins = update != NULL && update->update_ns == 0;
    }
    if (event->kind == EVENT_REPLIED && teller->state.served_ns < event->time_ns) {
        const struct gradient_row *row =
            gradient_index_find(&teller->index, event->actor, event->gradient);
        return row != NULL && row->reply_ns == 0;
    }
    return begins && last != NULL && last->buffered < last->threshold;
}

void tell_walk_rewind(struct teller *teller, bool measuring) {
    REQUIRE(teller->index.log == teller->log);
    int32_t workers = teller->log->header.workers;
    tell_state_reset(&teller->state);
    teller->measuring = measuring;
    teller->state.threshold = -1;
    teller->state.served_ns = -1;
    teller->state.workers = memory_allocate((size_t)workers, sizeof(struct told_worker));
    teller->state.silences.until_ns = memory_allocate((size_t)workers, sizeof(int64_t));
    for (int32_t worker = 0; worker < workers; worker++) {
        teller->state.workers[worker] = (struct told_worker){
            .reply_version = TELL_NO_REPLY, .crashed_ns = -1, .own = -1, .sent = -1};
    }
}

static void tell_pending(struct teller *teller, const struct gradient_row *row) {
    if (row->ready_ns < 0) {
        tell_add(teller,
                 "worker %" PRId32 " is computing gradient %" PRId64 ", read at version %" PRId64,
                 row->worker, row->number, row->version_read);
        return;
    }
    const char *where = "is on its way to the server";
    if (teller->local) {
        where = tell_local_pending(teller);
    } else if (row->received_ns >= 0) {
        where = row->buffered >= row->threshold ? "completes the buffer; the update is under way"
                                                : "is in the buffer";
    } else if (row->arrived_ns >= 0) {
        where = "is at the server, not yet received";
    }
    tell_add(teller, "gradient %" PRId64 " of worker %" PRId32 ", read at version %" PRId64 ", %s",
             row->number, row->worker, row->version_read, where);
}

// A worker that computes nothing and has nothing on its way to the server has a reply coming.
static void tell_reply_due(struct teller *teller, int32_t worker, const struct gradient_row *last) {
    int64_t version = teller->state.workers[worker].reply_version;
    if (teller->state.workers[worker].down) {
        tell_add(teller, "worker %" PRId32 " is down", worker);
    }
    if (version >= 0) {
        tell_add(teller, "version %" PRId64 " is on its way to worker %" PRId32, version, worker);
    } else if (version == TELL_BACK_WITHOUT_REPLY && !teller->state.workers[worker].down) {
        tell_add(teller, "worker %" PRId32 " starts nothing before its crash", worker);
    } else if (last->outcome != OUTCOME_PENDING && !teller->state.workers[worker].down) {
        tell_add(teller, "worker %" PRId32 " waits for the server's reply", worker);
    }
}

// By worker, those of one in the order of their dispatch: tell_ending need not go through them all.
static void find_pending(struct teller *teller) {
    const struct runlog *log = teller->log;
    const struct gradient_index *index = &teller->index;
    for (size_t i = 0; i < log->gradient_count; i++) {
        teller->pending += log->gradients[i].outcome == OUTCOME_PENDING;
    }
    teller->pending_rows = memory_allocate((size_t)teller->pending, sizeof(size_t));
    for (size_t i = 0; i < index->first[index->workers]; i++) {
        if (log->gradients[index->rows[i]].outcome == OUTCOME_PENDING) {
            teller->pending_rows[teller->pending_row_count++] = index->rows[i];
        }
    }
}

enum status tell_walk_begin(struct teller *teller, const struct runlog *log,
                            const struct tell_options *options, struct error *error) {
    if (!log->header.events) {
        return error_set(error, STATUS_BAD_DATA,
                         "the log has no events to tell: its scenario says log.events false");
    }
    if (options->worker >= log->header.workers) {
        return error_set(error, STATUS_BAD_DATA,
                         "there is no worker %" PRId32 ": the run has workers 0 to %" PRId32,
                         options->worker, log->header.workers - 1);
    }
    *teller = (struct teller){.log = log, .options = options};
    past_changes_read(log->header.scenario, &teller->past);
    gradient_index_init(&teller->index, log);
    find_pending(teller);
    teller->local = tell_is_local(log);
    teller->marks = tell_incident_marks(log, &teller->mark_count);
    for (size_t i = 0; i < log->incident_count; i++) {
        teller->server_pauses |= log->incidents[i].kind == INCIDENT_SERVER_PAUSE;
    }
    return STATUS_OK;
}

void tell_walk_end(struct teller *teller) {
    REQUIRE(teller->index.log == teller->log);
    memory_free(teller->marks);
    memory_free(teller->pending_rows);
    gradient_index_reset(&teller->index);
    tell_state_reset(&teller->state);
}

static void tell_ending(struct teller *teller) {
    const struct runlog *log = teller->log;
    enum run_status status = log->ending.status;
    int64_t version = log->update_count == 0 ? 0 : log->updates[log->update_count - 1].version;
    tell_say(teller, log->ending.end_ns,
             "the run ends (%s) at version %" PRId64 "; %" PRId64 " gradient%s pending",
             status < RUN_STATUS_COUNT ? run_status_names[status] : "unknown", version,
             teller->pending, teller->pending == 1 ? "" : "s");
    if (log->ending.reason[0] != 0) {
        tell_say(teller, log->ending.end_ns, "%s%s", status == RUN_STALLED ? "waits for " : "",
                 log->ending.reason);
    }
    if (!tell_in_window(teller, log->ending.end_ns)) {
        return;
    }
    size_t next = 0;
    for (int32_t worker = 0; worker < teller->index.workers; worker++) {
        bool about = tell_about(teller, worker);
        for (; next < teller->pending_row_count &&
               log->gradients[teller->pending_rows[next]].worker == worker;
             next++) {
            if (about) {
                tell_pending(teller, &log->gradients[teller->pending_rows[next]]);
            }
        }
        if (about && gradient_index_count(&teller->index, worker) > 0) {
            size_t last = teller->index.rows[teller->index.first[worker + 1] - 1];
            tell_reply_due(teller, worker, &log->gradients[last]);
        }
    }
}

// Where the worker stands is told from its own last event and from the last of what it has sent.
static void note_standing(struct teller *teller, size_t index) {
    const struct event_row *event = &teller->log->events[index];
    if (event->kind == EVENT_UPDATED) {
        teller->state.version = event->version;
    }
    bool of_cluster = event->kind == EVENT_REDUCING || event->kind == EVENT_REDUCED;
    if (event->actor < 0 || event->actor >= teller->index.workers || of_cluster) {
        return;
    }
    struct told_worker *worker = &teller->state.workers[event->actor];
    bool sent = event->kind == EVENT_ARRIVED || event->kind == EVENT_RECEIVED ||
                event->kind == EVENT_REPLIED;
    *(sent ? &worker->sent : &worker->own) = (int64_t)index;
}

static void tell_next(struct teller *teller) {
    REQUIRE(teller->state.events_told < teller->log->event_count);
    size_t index = teller->state.events_told++;
    const struct event_row *event = &teller->log->events[index];
    tell_incidents(teller, event->time_ns, false);
    if (teller->local ? tell_local_follows_roll(teller, index) : follows_roll_call(teller, event)) {
        tell_incidents(teller, event->time_ns, true);
    }
    tell_changes(teller, event->time_ns);
    tell_evaluations(teller, event->time_ns);
    note_standing(teller, index);
    tell_event(teller, event);
    if (is_of_server(event->kind)) {
        teller->state.served_ns = event->time_ns;
    }
}

static void tell_rest(struct teller *teller) {
    REQUIRE(!teller->state.is_over);
    tell_incidents(teller, teller->log->ending.end_ns, false);
    tell_changes(teller, teller->log->ending.end_ns);
    tell_evaluations(teller, INT64_MAX);
    tell_ending(teller);
    teller->state.is_over = true;
}

bool tell_walk_on(struct teller *teller) {
    if (teller->state.is_over) {
        return false;
    }
    if (teller->state.events_told < teller->log->event_count) {
        tell_next(teller);
    } else {
        tell_rest(teller);
    }
    return true;
}
