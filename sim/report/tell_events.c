// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/tell_events.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/tell_details.h"
#include "sim/report/tell_local.h"
#include "sim/report/tell_missing.h"

static void tell_dispatched(struct teller *teller, const struct event_row *event) {
    bool replied = teller->state.workers[event->actor].reply_version >= 0;
    bool anew = event->gradient == 0 ||
                teller->state.workers[event->actor].reply_version == TELL_BACK_WITHOUT_REPLY;
    teller->state.workers[event->actor].reply_version = TELL_NO_REPLY;
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
    if (teller->state.queued > 0) {
        snprintf(queue, sizeof queue, "; %" PRId64 " ahead of it", teller->state.queued);
    } else if (!teller->server_pauses && finds_server_busy(row)) {
        snprintf(queue, sizeof queue, "; the server is busy");
    }
    teller->state.queued++;
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
    teller->state.queued -= teller->state.queued > 0;
    if (row != NULL) {
        tell_threshold(teller, event->time_ns, row->threshold);
    }
    if (row != NULL && row->outcome == OUTCOME_DROPPED) {
        snprintf(what, sizeof what, " and drops it");
    } else if (row != NULL) {
        teller->state.buffer =
            memory_grow(teller->state.buffer, &teller->state.buffer_capacity,
                        teller->state.buffer_count + 1, sizeof *teller->state.buffer);
        teller->state.buffer[teller->state.buffer_count++] = row;
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
    for (size_t i = 0; i < teller->state.buffer_count; i++) {
        count += teller->state.buffer[i]->worker == worker;
    }
    return count;
}

// The next worker from "worker" on with a gradient in the buffer, or the number of workers.
static int32_t next_in_buffer(const struct teller *teller, int32_t worker) {
    REQUIRE(teller->state.buffer_count <= teller->state.buffer_capacity);
    int32_t next = teller->index.workers;
    for (size_t i = 0; i < teller->state.buffer_count; i++) {
        int32_t candidate = teller->state.buffer[i]->worker;
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
void tell_list_buffer(const struct teller *teller, FILE *text) {
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
    size_t count = teller->state.buffer_count;
    if (count == 1) {
        fprintf(text, "gradient %" PRId64 " of worker %" PRId32, teller->state.buffer[0]->number,
                teller->state.buffer[0]->worker);
        return;
    }
    int32_t first = next_in_buffer(teller, 0);
    bool single = next_in_buffer(teller, first + 1) == teller->index.workers;
    fprintf(text, "%zu gradients of worker%s ", count, single ? "" : "s");
    if (single) {
        fprintf(text, "%" PRId32, first);
    } else {
        tell_list_buffer(teller, text);
    }
}

static void write_staleness(const struct teller *teller, FILE *text) {
    int64_t least = INT64_MAX;
    int64_t most = -1;
    for (size_t i = 0; i < teller->state.buffer_count; i++) {
        int64_t staleness = teller->state.buffer[i]->staleness;
        least = staleness < least ? staleness : least;
        most = staleness > most ? staleness : most;
    }
    if (least == most) {
        fprintf(text, "; staleness %" PRId64, least);
    } else if (most >= 0) {
        fprintf(text, "; staleness %" PRId64 " to %" PRId64, least, most);
    }
}

const struct update_row *tell_update_of(const struct runlog *log, int64_t version) {
    if (version < 1 || (uint64_t)version > log->update_count) {
        return NULL;
    }
    const struct update_row *row = &log->updates[version - 1];
    return row->version == version ? row : NULL;
}

static void tell_updated(struct teller *teller, const struct event_row *event) {
    const struct update_row *flush = tell_update_of(teller->log, event->version);
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
    teller->state.buffer_count = 0;
}

static void tell_replied(struct teller *teller, const struct event_row *event) {
    teller->state.workers[event->actor].reply_version = event->version;
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
    teller->state.workers[event->actor].down = true;
    teller->state.workers[event->actor].crashed_ns = event->time_ns;
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
    teller->state.workers[event->actor].down = false;
    teller->state.workers[event->actor].reply_version = TELL_BACK_WITHOUT_REPLY;
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns, "worker %" PRId32 " is back, with version %" PRId64,
                 event->actor, event->version);
    }
    tell_heard_of(teller, event->time_ns, event->actor);
}

static void tell_vanished(struct teller *teller, const struct event_row *event) {
    bool idles = !tell_crashed_since(teller, event);
    if (teller->state.workers[event->actor].reply_version == event->version) {
        teller->state.workers[event->actor].reply_version =
            idles ? TELL_BACK_WITHOUT_REPLY : TELL_NO_REPLY;
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

void tell_event(struct teller *teller, const struct event_row *event) {
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
