// SPDX-License-Identifier: GPL-3.0-or-later
// Goes through the events twice: once to learn how wide the times are, once to print. On the way it
// keeps what an event alone does not say: the server's queue and its buffer.
#include "sim/report/tell.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/tell_details.h"
#include "sim/report/tell_incident.h"
#include "sim/report/tell_local.h"
#include "sim/report/tell_missing.h"
#include "sim/report/teller.h"

// In the place of a version that was sent to a worker.
enum { NO_REPLY = -1, BACK_WITHOUT_REPLY = -2 };

static void tell_dispatched(struct teller *teller, const struct event_row *event) {
    bool replied = teller->reply_version[event->actor] >= 0;
    bool anew = event->gradient == 0 || teller->reply_version[event->actor] == BACK_WITHOUT_REPLY;
    teller->reply_version[event->actor] = NO_REPLY;
    if (!tell_about(teller, event->actor)) {
        return;
    }
    if (anew) {
        tell_say(teller, event->time_ns,
                 "worker %" PRId32 " starts gradient %" PRId64 " at version %" PRId64, event->actor,
                 event->gradient, event->version);
    } else if (!replied) {
        tell_say(teller, event->time_ns,
                 "worker %" PRId32 " goes on with gradient %" PRId64 " at version %" PRId64,
                 event->actor, event->gradient, event->version);
    } else {
        char port[TELL_DETAIL_SIZE];
        const struct gradient_row *row =
            gradient_index_find(&teller->index, event->actor, event->gradient);
        tell_say(teller, event->time_ns,
                 "worker %" PRId32 " receives version %" PRId64 "%s and starts gradient %" PRId64,
                 event->actor, event->version,
                 tell_port(row == NULL ? 0 : row->reply_port_wait_ns, port), event->gradient);
    }
}

static void tell_ready(struct teller *teller, const struct event_row *event) {
    char delay[TELL_DETAIL_SIZE];
    char attempts[TELL_DETAIL_SIZE];
    char stalled[TELL_DETAIL_SIZE];
    if (tell_about(teller, event->actor)) {
        const struct gradient_row *row =
            gradient_index_find(&teller->index, event->actor, event->gradient);
        tell_say(teller, event->time_ns,
                 "worker %" PRId32 " pushes gradient %" PRId64 ", read at version %" PRId64
                 "%s%s%s",
                 event->actor, event->gradient, event->version, tell_delay(teller, row, delay),
                 tell_stalled(row == NULL ? 0 : row->stalled_ns, stalled),
                 tell_attempts(row == NULL ? 1 : row->push_attempts, attempts));
    }
}

// Its service begins later than it arrived, although no one is ahead of it: updates and replies are
// part of a service, too.
static bool finds_server_busy(const struct gradient_row *row) {
    return row != NULL && row->received_ns >= 0 &&
           row->received_ns - row->receive_ns > row->arrived_ns;
}

static void tell_arrived(struct teller *teller, const struct event_row *event) {
    const struct gradient_row *row =
        gradient_index_find(&teller->index, event->actor, event->gradient);
    char queue[64] = "";
    if (teller->queued > 0) {
        snprintf(queue, sizeof queue, "; %" PRId64 " ahead of it", teller->queued);
    } else if (!teller->server_pauses && finds_server_busy(row)) {
        snprintf(queue, sizeof queue, "; the server is busy");
    }
    teller->queued++;
    if (tell_about(teller, event->actor)) {
        char port[TELL_DETAIL_SIZE];
        tell_say(teller, event->time_ns,
                 "gradient %" PRId64 " of worker %" PRId32 " joins the server's queue%s%s",
                 event->gradient, event->actor,
                 tell_port(row == NULL ? 0 : row->push_port_wait_ns, port), queue);
    }
    tell_heard_of(teller, event->time_ns, event->actor);
}

static void tell_received(struct teller *teller, const struct event_row *event) {
    const struct gradient_row *row =
        gradient_index_find(&teller->index, event->actor, event->gradient);
    char what[80] = "";
    char wait[TELL_DETAIL_SIZE];
    teller->queued -= teller->queued > 0;
    if (row != NULL) {
        tell_threshold(teller, event->time_ns, row->threshold);
    }
    if (row != NULL && row->outcome == OUTCOME_DROPPED) {
        snprintf(what, sizeof what, " and drops it");
    } else if (row != NULL) {
        teller->buffer = memory_grow(teller->buffer, &teller->buffer_capacity,
                                     teller->buffer_count + 1, sizeof *teller->buffer);
        teller->buffer[teller->buffer_count++] = row;
        snprintf(what, sizeof what, "; buffer %" PRId64 " of %" PRId64, row->buffered,
                 row->threshold);
    }
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns,
                 "server receives gradient %" PRId64 " of worker %" PRId32 "%s%s", event->gradient,
                 event->actor, tell_wait(teller, row, wait), what);
    }
}

static int64_t buffered_of(const struct teller *teller, int32_t worker) {
    int64_t count = 0;
    for (size_t i = 0; i < teller->buffer_count; i++) {
        count += teller->buffer[i]->worker == worker;
    }
    return count;
}

// The next worker from "worker" on with a gradient in the buffer, or the number of workers.
static int32_t next_in_buffer(const struct teller *teller, int32_t worker) {
    REQUIRE(teller->buffer_count <= teller->buffer_capacity);
    int32_t next = teller->index.workers;
    for (size_t i = 0; i < teller->buffer_count; i++) {
        int32_t candidate = teller->buffer[i]->worker;
        if (candidate >= worker && candidate < next) {
            next = candidate;
        }
    }
    return next;
}

// The last of a run of consecutive workers, each with one gradient in the buffer.
static int32_t end_of_range(const struct teller *teller, int32_t first) {
    int32_t last = first;
    while (buffered_of(teller, last) == 1 && last + 1 < teller->index.workers &&
           buffered_of(teller, last + 1) == 1) {
        last++;
    }
    return last;
}

// "1, 4, 7", "0 to 24", "1 (2 of them), 4": the buffer's workers in order.
static void list_workers(const struct teller *teller, FILE *text) {
    int32_t worker = next_in_buffer(teller, 0);
    while (worker < teller->index.workers) {
        int32_t last = end_of_range(teller, worker);
        int64_t count = buffered_of(teller, worker);
        fprintf(text, "%" PRId32, worker);
        if (last - worker >= 2) {
            fprintf(text, " to %" PRId32, last);
            worker = last;
        } else if (count > 1) {
            fprintf(text, " (%" PRId64 " of them)", count);
        }
        worker = next_in_buffer(teller, worker + 1);
        fputs(worker < teller->index.workers ? ", " : "", text);
    }
}

static void write_gradients(const struct teller *teller, FILE *text) {
    size_t count = teller->buffer_count;
    if (count == 1) {
        fprintf(text, "gradient %" PRId64 " of worker %" PRId32, teller->buffer[0]->number,
                teller->buffer[0]->worker);
        return;
    }
    int32_t first = next_in_buffer(teller, 0);
    bool single = next_in_buffer(teller, first + 1) == teller->index.workers;
    fprintf(text, "%zu gradients of worker%s ", count, single ? "" : "s");
    if (single) {
        fprintf(text, "%" PRId32, first);
    } else {
        list_workers(teller, text);
    }
}

static void write_staleness(const struct teller *teller, FILE *text) {
    int64_t least = INT64_MAX;
    int64_t most = -1;
    for (size_t i = 0; i < teller->buffer_count; i++) {
        int64_t staleness = teller->buffer[i]->staleness;
        least = staleness < least ? staleness : least;
        most = staleness > most ? staleness : most;
    }
    if (least == most) {
        fprintf(text, "; staleness %" PRId64, least);
    } else if (most >= 0) {
        fprintf(text, "; staleness %" PRId64 " to %" PRId64, least, most);
    }
}

static const struct update_row *find_update(const struct runlog *log, int64_t version) {
    if (version < 1 || (uint64_t)version > log->update_count) {
        return NULL;
    }
    const struct update_row *row = &log->updates[version - 1];
    return row->version == version ? row : NULL;
}

static void tell_updated(struct teller *teller, const struct event_row *event) {
    const struct update_row *flush = find_update(teller->log, event->version);
    if (flush != NULL) {
        tell_threshold(teller, event->time_ns, flush->threshold);
    }
    if (teller->options->worker < 0 || buffered_of(teller, teller->options->worker) > 0) {
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        INVARIANT(stream != NULL);
        write_gradients(teller, stream);
        if (flush != NULL) {
            fprintf(stream, " (K = %" PRId64 ")", flush->threshold);
        }
        fprintf(stream, " and makes version %" PRId64, event->version);
        write_staleness(teller, stream);
        fclose(stream);
        tell_say(teller, event->time_ns, "server applies %s", text);
        memory_free(text);
    }
    teller->buffer_count = 0;
}

static void tell_replied(struct teller *teller, const struct event_row *event) {
    teller->reply_version[event->actor] = event->version;
    if (tell_about(teller, event->actor)) {
        char attempts[TELL_DETAIL_SIZE];
        const struct gradient_row *row =
            gradient_index_find(&teller->index, event->actor, event->gradient);
        tell_say(teller, event->time_ns, "server sends version %" PRId64 " to worker %" PRId32 "%s",
                 event->version, event->actor,
                 tell_attempts(row == NULL ? 1 : row->reply_attempts, attempts));
    }
}

static void tell_cancelled(struct teller *teller, const struct event_row *event) {
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns, "worker %" PRId32 " is told to stop gradient %" PRId64,
                 event->actor, event->gradient);
    }
}

static void tell_crashed(struct teller *teller, const struct event_row *event) {
    teller->down[event->actor] = true;
    teller->crashed_ns[event->actor] = event->time_ns;
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns, "worker %" PRId32 " crashes", event->actor);
    }
}

static void tell_lost(struct teller *teller, const struct event_row *event) {
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns, "gradient %" PRId64 " of worker %" PRId32 " is lost",
                 event->gradient, event->actor);
    }
}

static void tell_returned(struct teller *teller, const struct event_row *event) {
    teller->down[event->actor] = false;
    teller->reply_version[event->actor] = BACK_WITHOUT_REPLY;
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns, "worker %" PRId32 " is back, with version %" PRId64,
                 event->actor, event->version);
    }
    tell_heard_of(teller, event->time_ns, event->actor);
}

static void tell_vanished(struct teller *teller, const struct event_row *event) {
    bool idles = !tell_crashed_since(teller, event);
    if (teller->reply_version[event->actor] == event->version) {
        teller->reply_version[event->actor] = idles ? BACK_WITHOUT_REPLY : NO_REPLY;
    }
    if (tell_about(teller, event->actor) && idles) {
        tell_say(teller, event->time_ns,
                 "worker %" PRId32 " receives version %" PRId64
                 " and starts nothing before its crash",
                 event->actor, event->version);
    } else if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns,
                 "version %" PRId64 " vanishes: worker %" PRId32
                 " has crashed since it pushed gradient %" PRId64,
                 event->version, event->actor, event->gradient);
    }
}

static void tell_event(struct teller *teller, const struct event_row *event) {
    static void (*const tellers[EVENT_KIND_COUNT])(struct teller *, const struct event_row *) = {
        [EVENT_DISPATCHED] = tell_dispatched,
        [EVENT_READY] = tell_ready,
        [EVENT_ARRIVED] = tell_arrived,
        [EVENT_RECEIVED] = tell_received,
        [EVENT_UPDATED] = tell_updated,
        [EVENT_REPLIED] = tell_replied,
        [EVENT_CANCELLED] = tell_cancelled,
        [EVENT_CRASHED] = tell_crashed,
        [EVENT_LOST] = tell_lost,
        [EVENT_RETURNED] = tell_returned,
        [EVENT_VANISHED] = tell_vanished,
    };
    if (teller->local && tell_local_event(teller, event)) {
        return;
    }
    bool of_worker = event->actor >= 0 && event->actor < teller->index.workers;
    if (event->kind < EVENT_KIND_COUNT && tellers[event->kind] != NULL &&
        (of_worker || event->kind == EVENT_UPDATED)) {
        tellers[event->kind](teller, event);
    }
}

static void tell_pending(struct teller *teller, const struct gradient_row *row) {
    int indent = teller->width + teller->decimals + 4;
    fprintf(teller->out, "%*s", indent, "");
    if (row->ready_ns < 0) {
        fprintf(teller->out,
                "worker %" PRId32 " is computing gradient %" PRId64 ", read at version %" PRId64
                "\n",
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
    fprintf(teller->out,
            "gradient %" PRId64 " of worker %" PRId32 ", read at version %" PRId64 ", %s\n",
            row->number, row->worker, row->version_read, where);
}

// A worker that computes nothing and has nothing on its way to the server has a reply coming.
static void tell_reply_due(struct teller *teller, int32_t worker, const struct gradient_row *last) {
    int indent = teller->width + teller->decimals + 4;
    int64_t version = teller->reply_version[worker];
    if (teller->down[worker]) {
        fprintf(teller->out, "%*sworker %" PRId32 " is down\n", indent, "", worker);
    }
    if (version >= 0) {
        fprintf(teller->out, "%*sversion %" PRId64 " is on its way to worker %" PRId32 "\n", indent,
                "", version, worker);
    } else if (version == BACK_WITHOUT_REPLY && !teller->down[worker]) {
        fprintf(teller->out, "%*sworker %" PRId32 " starts nothing before its crash\n", indent, "",
                worker);
    } else if (last->outcome != OUTCOME_PENDING && !teller->down[worker]) {
        fprintf(teller->out, "%*sworker %" PRId32 " waits for the server's reply\n", indent, "",
                worker);
    }
}

static int64_t count_pending(const struct runlog *log) {
    int64_t count = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        count += log->gradients[i].outcome == OUTCOME_PENDING;
    }
    return count;
}

static void tell_ending(struct teller *teller) {
    const struct runlog *log = teller->log;
    enum run_status status = log->ending.status;
    int64_t pending = count_pending(log);
    int64_t version = log->update_count == 0 ? 0 : log->updates[log->update_count - 1].version;
    tell_say(teller, log->ending.end_ns,
             "the run ends (%s) at version %" PRId64 "; %" PRId64 " gradient%s pending",
             status < RUN_STATUS_COUNT ? run_status_names[status] : "unknown", version, pending,
             pending == 1 ? "" : "s");
    if (log->ending.reason[0] != 0) {
        tell_say(teller, log->ending.end_ns, "%s%s", status == RUN_STALLED ? "waits for " : "",
                 log->ending.reason);
    }
    if (teller->measuring || !tell_in_window(teller, log->ending.end_ns)) {
        return;
    }
    for (int32_t worker = 0; worker < teller->index.workers; worker++) {
        size_t count =
            tell_about(teller, worker) ? gradient_index_count(&teller->index, worker) : 0;
        const struct gradient_row *last = NULL;
        for (size_t i = 0; i < count; i++) {
            last = &log->gradients[teller->index.rows[teller->index.first[worker] + i]];
            if (last->outcome == OUTCOME_PENDING) {
                tell_pending(teller, last);
            }
        }
        if (last != NULL) {
            tell_reply_due(teller, worker, last);
        }
    }
}

static bool is_of_server(uint32_t kind) {
    return kind == EVENT_RECEIVED || kind == EVENT_UPDATED || kind == EVENT_REPLIED;
}

// Whether it is at once that the server does this, because the roll has been called: an update
// begins of a buffer that its last receipt did not fill, or a reply that none led to.
static bool follows_roll_call(const struct teller *teller, const struct event_row *event) {
    REQUIRE(teller->buffer_count <= teller->buffer_capacity);
    const struct gradient_row *last =
        teller->buffer_count == 0 ? NULL : teller->buffer[teller->buffer_count - 1];
    bool begins = event->kind == EVENT_CANCELLED;
    if (event->kind == EVENT_UPDATED) {
        const struct update_row *update = find_update(teller->log, event->version);
        begins = update != NULL && update->update_ns == 0;
    }
    if (event->kind == EVENT_REPLIED && teller->served_ns < event->time_ns) {
        const struct gradient_row *row =
            gradient_index_find(&teller->index, event->actor, event->gradient);
        return row != NULL && row->reply_ns == 0;
    }
    return begins && last != NULL && last->buffered < last->threshold;
}

static void tell_all(struct teller *teller, bool measuring) {
    REQUIRE(teller->index.log == teller->log);
    teller->measuring = measuring;
    teller->changes_told = 0;
    teller->evaluations_told = 0;
    teller->marks_told = 0;
    teller->threshold = -1;
    teller->served_ns = -1;
    teller->queued = 0;
    teller->buffer_count = 0;
    for (int32_t worker = 0; worker < teller->index.workers; worker++) {
        teller->reply_version[worker] = NO_REPLY;
        teller->down[worker] = false;
        teller->crashed_ns[worker] = -1;
        teller->counted_out[worker] = false;
        teller->silences.until_ns[worker] = 0;
    }
    teller->silences.seen = 0;
    for (size_t i = 0; i < teller->log->event_count; i++) {
        tell_incidents(teller, teller->log->events[i].time_ns, false);
        if (teller->local ? tell_local_follows_roll(teller, i)
                          : follows_roll_call(teller, &teller->log->events[i])) {
            tell_incidents(teller, teller->log->events[i].time_ns, true);
        }
        tell_changes(teller, teller->log->events[i].time_ns);
        tell_evaluations(teller, teller->log->events[i].time_ns);
        tell_event(teller, &teller->log->events[i]);
        if (is_of_server(teller->log->events[i].kind)) {
            teller->served_ns = teller->log->events[i].time_ns;
        }
    }
    tell_incidents(teller, teller->log->ending.end_ns, false);
    tell_changes(teller, teller->log->ending.end_ns);
    tell_evaluations(teller, INT64_MAX);
    tell_ending(teller);
}

enum status tell(FILE *out, const struct runlog *log, const struct tell_options *options,
                 struct error *error) {
    if (!log->header.events) {
        return error_set(error, STATUS_BAD_DATA,
                         "the log has no events to tell: its scenario says log.events false");
    }
    if (options->worker >= log->header.workers) {
        return error_set(error, STATUS_BAD_DATA,
                         "there is no worker %" PRId32 ": the run has workers 0 to %" PRId32,
                         options->worker, log->header.workers - 1);
    }
    struct teller teller = {.out = out, .log = log, .options = options};
    past_changes_read(log->header.scenario, &teller.past);
    gradient_index_init(&teller.index, log);
    teller.local = tell_is_local(log);
    teller.reply_version = memory_allocate((size_t)teller.index.workers, sizeof(int64_t));
    teller.down = memory_allocate((size_t)teller.index.workers, sizeof(bool));
    teller.crashed_ns = memory_allocate((size_t)teller.index.workers, sizeof(int64_t));
    teller.counted_out = memory_allocate((size_t)teller.index.workers, sizeof(bool));
    teller.silences.until_ns = memory_allocate((size_t)log->header.workers, sizeof(int64_t));
    teller.marks = tell_incident_marks(log, &teller.mark_count);
    for (size_t i = 0; i < log->incident_count; i++) {
        teller.server_pauses |= log->incidents[i].kind == INCIDENT_SERVER_PAUSE;
    }
    tell_all(&teller, true);
    tell_all(&teller, false);
    memory_free(teller.reply_version);
    memory_free(teller.down);
    memory_free(teller.crashed_ns);
    memory_free(teller.counted_out);
    memory_free(teller.silences.until_ns);
    memory_free(teller.buffer);
    memory_free(teller.marks);
    gradient_index_reset(&teller.index);
    if (fflush(out) != 0 || ferror(out)) {
        return error_set(error, STATUS_IO, "cannot write the events");
    }
    return STATUS_OK;
}
