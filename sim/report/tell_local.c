// SPDX-License-Identifier: GPL-3.0-or-later
// The events of runs in which workers step models of their own (no parameter server).
#include "sim/report/tell_local.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/sim_time.h"
#include "sim/report/tell_details.h"
#include "sim/report/tell_missing.h"
#include "sim/report/untrained.h"

static bool has_centre(const struct runlog *log) {
    return strcmp(log->header.policy, "easgd") == 0;
}

bool tell_is_local(const struct runlog *log) {
    return log->header.scenario != NULL && untrained_steps_locally(log->header.scenario);
}

static bool sums_windows(const struct teller *teller) {
    return strcmp(teller->log->header.policy, "hpsgd") == 0;
}

static const struct reduction_row *find_reduction(const struct teller *teller, int64_t index) {
    const struct runlog *log = teller->log;
    return index >= 0 && (uint64_t)index < log->reduction_count ? &log->reductions[index] : NULL;
}

// "workers 0 to 3", "workers 2 and 3", "worker 0".
static const char *name_members(const struct reduction_row *row, char text[64]) {
    int64_t last = row->worker + row->members - 1;
    if (row->members == 1) {
        snprintf(text, 64, "worker %" PRId32, row->worker);
    } else {
        snprintf(text, 64, "workers %" PRId32 " %s %" PRId64, row->worker,
                 row->members == 2 ? "and" : "to", last);
    }
    return text;
}

// " without worker 2", of those who are counted out.
static const char *name_absent(const struct teller *teller, const struct reduction_row *row,
                               char text[64]) {
    int64_t last = row->worker + row->members;
    int32_t first = -1;
    int32_t count = 0;
    for (int32_t i = row->worker; i >= 0 && i < last && i < teller->index.workers; i++) {
        first = teller->state.workers[i].counted_out && first < 0 ? i : first;
        count += teller->state.workers[i].counted_out;
    }
    if (count == 0) {
        return "";
    }
    snprintf(text, 64, count == 1 ? " without worker %" PRId32 : " without %" PRId32 " of them",
             count == 1 ? first : count);
    return text;
}

static bool takes_part(const struct teller *teller, const struct reduction_row *row) {
    int32_t worker = teller->options->worker;
    return worker < 0 || (worker >= row->worker && worker < row->worker + row->members);
}

static void tell_started(struct teller *teller, const struct event_row *event) {
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns,
                 "worker %" PRId32 " starts gradient %" PRId64 " %s version %" PRId64, event->actor,
                 event->gradient, event->gradient == 0 ? "at" : "on its model, which comes from",
                 event->version);
    }
}

// With a centre the step may come behind the answer.
static void tell_computed(struct teller *teller, const struct event_row *event) {
    bool waits = sums_windows(teller) || has_centre(teller->log);
    if (tell_about(teller, event->actor)) {
        char delay[TELL_DETAIL_SIZE];
        const struct gradient_row *row =
            gradient_index_find(&teller->index, event->actor, event->gradient);
        tell_say(teller, event->time_ns, "worker %" PRId32 " %s gradient %" PRId64 "%s",
                 event->actor, waits ? "has computed" : "steps by", event->gradient,
                 tell_delay(teller, row, delay));
    }
}

static void tell_waits(struct teller *teller, const struct event_row *event) {
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns, "worker %" PRId32 " waits", event->actor);
    }
}

static void tell_reducing(struct teller *teller, const struct event_row *event) {
    const struct reduction_row *row = find_reduction(teller, event->gradient);
    char members[64];
    char span[SIM_TIME_TEXT_SIZE];
    char absent[64];
    char again[64] = "";
    if (row == NULL || !takes_part(teller, row)) {
        return;
    }
    if (row->retries > 0) {
        snprintf(again, sizeof again, "; %" PRId64 " message%s sent again", row->retries,
                 row->retries == 1 ? " is" : "s are");
    }
    tell_say(teller, event->time_ns,
             "%s begin to %s%s, %" PRId64 " step%s each: %s; %" PRId64 " bytes within clusters, "
             "%" PRId64 " between%s",
             name_members(row, members), sums_windows(teller) ? "sum a window" : "average",
             name_absent(teller, row, absent), row->steps, row->steps == 1 ? "" : "s",
             sim_time_format(row->span_ns, span), row->bytes_intra, row->bytes_inter, again);
}

static void tell_reduced(struct teller *teller, const struct event_row *event) {
    const struct reduction_row *row = find_reduction(teller, event->gradient);
    char members[64];
    if (row != NULL && takes_part(teller, row)) {
        tell_say(teller, event->time_ns, "the %s of %s is there",
                 sums_windows(teller) ? "sum" : "average", name_members(row, members));
    }
}

static void tell_merged(struct teller *teller, const struct event_row *event) {
    if (event->actor < 0) {
        tell_say(teller, event->time_ns, "all go on from version %" PRId64, event->version);
    } else if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns,
                 "worker %" PRId32 " merges version %" PRId64
                 " and gives its model to the next average",
                 event->actor, event->version);
    }
}

static void tell_version(struct teller *teller, const struct event_row *event) {
    const struct runlog *log = teller->log;
    const struct update_row *row = NULL;
    if (event->version >= 1 && (uint64_t)event->version <= log->update_count) {
        row = &log->updates[event->version - 1];
        tell_say(teller, event->time_ns,
                 "%s makes version %" PRId64 " out of %" PRId64 " gradient%s; staleness %" PRId64,
                 sums_windows(teller)      ? "the sum of the window before"
                 : has_centre(teller->log) ? "the pull"
                                           : "this average",
                 event->version, row->gradients, row->gradients == 1 ? "" : "s",
                 row->staleness_max);
    }
}

// A worker that has sent its model to a centre may hold the gradient back until it is pulled.
const char *tell_local_pending(const struct teller *teller) {
    return has_centre(teller->log) ? "is in no version" : "is in its model and in no version";
}

// ---- a centre ----

static void tell_model_arrived(struct teller *teller, const struct event_row *event) {
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns, "the model of worker %" PRId32 " joins the centre's queue",
                 event->actor);
    }
}

static void tell_model_received(struct teller *teller, const struct event_row *event) {
    if (tell_about(teller, event->actor)) {
        char wait[TELL_DETAIL_SIZE];
        const struct gradient_row *row =
            gradient_index_find(&teller->index, event->actor, event->gradient);
        tell_say(teller, event->time_ns, "the centre receives the model of worker %" PRId32 "%s",
                 event->actor, tell_wait(teller, row, wait));
    }
}

static void tell_answered(struct teller *teller, const struct event_row *event) {
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns,
                 "the centre sends worker %" PRId32 " its pull, from version %" PRId64,
                 event->actor, event->version);
    }
}

// ---- crashes ----

static void tell_back(struct teller *teller, const struct event_row *event) {
    bool is_known = event->actor >= 0 && event->actor < teller->index.workers; // a stranger's log
    if (is_known) {
        teller->state.workers[event->actor].down = false;
    }
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns, "worker %" PRId32 " is back%s", event->actor,
                 has_centre(teller->log) ? "" : ", and needs an average to begin on");
    }
    if (is_known) {
        tell_heard_of(teller, event->time_ns, event->actor);
    }
}

static void tell_pull_vanished(struct teller *teller, const struct event_row *event) {
    if (tell_about(teller, event->actor)) {
        tell_say(teller, event->time_ns,
                 "the pull for worker %" PRId32 " vanishes: it has crashed since", event->actor);
    }
}

// Whether the event is the doing of this one, which stands before it at that instant. Who has
// computed a gradient goes on, or begins an average, or both; in windows all go on with it. By one
// by which a worker only waits nothing comes.
static bool is_doing_of(const struct teller *teller, size_t cause, size_t event) {
    const struct event_row *rows = teller->log->events;
    if (rows[cause].kind != EVENT_READY || sums_windows(teller)) {
        return rows[cause].kind != EVENT_WAITS;
    }
    if (rows[event].kind != EVENT_REDUCING) {
        return rows[event].actor == rows[cause].actor;
    }
    bool is_over = false;
    for (size_t i = cause + 1; i < event; i++) {
        is_over = is_over || rows[i].kind == EVENT_DISPATCHED || rows[i].kind == EVENT_REDUCING;
    }
    return !is_over;
}

bool tell_local_follows_roll(const struct teller *teller, size_t event) {
    const struct event_row *rows = teller->log->events;
    size_t told = teller->state.marks_told;
    bool is_called =
        told < teller->mark_count && teller->marks[told].time_ns == rows[event].time_ns;
    for (size_t i = event; is_called && i > 0; i--) {
        bool follows = rows[i].kind == EVENT_DISPATCHED || rows[i].kind == EVENT_REDUCING ||
                       rows[i].kind == EVENT_UPDATED || rows[i].kind == EVENT_MERGED;
        if (!follows) {
            return i < event && !is_doing_of(teller, i, event);
        }
        if (rows[i - 1].time_ns != rows[event].time_ns) {
            return true;
        }
    }
    return false;
}

bool tell_local_event(struct teller *teller, const struct event_row *event) {
    static void (*const tellers[EVENT_KIND_COUNT])(struct teller *, const struct event_row *) = {
        [EVENT_DISPATCHED] = tell_started,
        [EVENT_READY] = tell_computed,
        [EVENT_WAITS] = tell_waits,
        [EVENT_REDUCING] = tell_reducing,
        [EVENT_REDUCED] = tell_reduced,
        [EVENT_MERGED] = tell_merged,
        [EVENT_UPDATED] = tell_version,
        [EVENT_ARRIVED] = tell_model_arrived,
        [EVENT_RECEIVED] = tell_model_received,
        [EVENT_REPLIED] = tell_answered,
        [EVENT_RETURNED] = tell_back,
        [EVENT_VANISHED] = tell_pull_vanished,
    };
    if (event->kind >= EVENT_KIND_COUNT || tellers[event->kind] == NULL) {
        return false;
    }
    tellers[event->kind](teller, event);
    return true;
}
