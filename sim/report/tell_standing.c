// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/tell_standing.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

// Of the words of each: %g stands for the gradient's number, %v for the version.
struct standing {
    const char *brief;
    const char *words;
    const struct event_row *event; // NULL: there was none yet
};

static const struct standing not_begun = {"not begun", "has not begun", NULL};

static struct standing of_sent(const struct teller *teller, const struct event_row *event,
                               const struct gradient_row *row) {
    switch (event->kind) {
    case EVENT_ARRIVED:
        return teller->local
                   ? (struct standing){"queue", "waits: its model is in the centre's queue", event}
                   : (struct standing){"queue %g",
                                       "waits: its gradient %g is in the server's queue", event};
    case EVENT_REPLIED:
        return (struct standing){"gets v%v", "waits for version %v, which is on its way to it",
                                 event};
    default:
        break;
    }
    if (teller->local) {
        return (struct standing){"at centre", "waits: its model is at the centre", event};
    }
    if (row != NULL && row->outcome == OUTCOME_DROPPED) {
        return (struct standing){"dropped %g", "waits: its gradient %g was dropped", event};
    }
    if (row != NULL && row->applied_ns >= 0 && row->version_applied < teller->state.version) {
        return (struct standing){"applied %g", "waits: its gradient %g is applied", event};
    }
    return (struct standing){"buffer %g", "waits: its gradient %g is in the buffer", event};
}

// Computed, without incidents, and not yet sent.
static bool is_delayed(const struct teller *teller, const struct gradient_row *row) {
    return row != NULL && row->delay_ns > 0 && row->compute_ns >= 0 &&
           teller->log->incident_count == 0 &&
           teller->state.said_ns >= sim_time_add(row->dispatched_ns, row->compute_ns);
}

static struct standing of_own(const struct teller *teller, const struct event_row *event,
                              const struct gradient_row *row) {
    switch (event->kind) {
    case EVENT_DISPATCHED:
        return is_delayed(teller, row)
                   ? (struct standing){"delayed %g (v%v)",
                                       "is delayed with gradient %g, read at version %v", event}
                   : (struct standing){"computes %g (v%v)",
                                       "computes gradient %g, read at version %v", event};
    case EVENT_READY:
        return teller->local
                   ? (struct standing){"has step %g", "has computed gradient %g", event}
                   : (struct standing){"sends %g",
                                       "waits: its gradient %g is on its way to the server", event};
    case EVENT_CANCELLED:
        return (struct standing){"stops %g", "stops gradient %g, and waits", event};
    case EVENT_RETURNED:
        return (struct standing){"is back", "is back", event};
    case EVENT_VANISHED:
        return (struct standing){"idles", "starts nothing before its crash", event};
    case EVENT_MERGED:
        return (struct standing){"merges v%v", "merges version %v", event};
    default:
        return (struct standing){"waits", "waits for the others", event};
    }
}

static struct standing standing_of(const struct teller *teller, int32_t worker) {
    REQUIRE(worker >= 0 && worker < teller->log->header.workers);
    const struct told_worker *told = &teller->state.workers[worker];
    const struct event_row *events = teller->log->events;
    if (told->own < 0) {
        return not_begun;
    }
    const struct event_row *own = &events[told->own];
    const struct event_row *sent = told->sent < 0 ? NULL : &events[told->sent];
    if (told->down) {
        return (struct standing){"down", "is down", own};
    }
    bool waits =
        own->kind == EVENT_READY || own->kind == EVENT_CANCELLED || own->kind == EVENT_WAITS;
    bool by_sent = waits && sent != NULL && told->sent > told->own;
    const struct event_row *event = by_sent ? sent : own;
    const struct gradient_row *row =
        gradient_index_find(&teller->index, event->actor, event->gradient);
    return by_sent ? of_sent(teller, event, row) : of_own(teller, event, row);
}

static size_t fill_in(const struct standing *standing, const char *words, char *text, size_t used) {
    REQUIRE(used < TELL_STANDING_SIZE);
    for (; *words != 0 && used + 1 < TELL_STANDING_SIZE; words++) {
        if (words[0] == '%') {
            words++;
            used += (size_t)snprintf(text + used, TELL_STANDING_SIZE - used, "%" PRId64,
                                     *words == 'g' ? standing->event->gradient
                                                   : standing->event->version);
        } else {
            text[used++] = *words;
        }
        used = used < TELL_STANDING_SIZE ? used : TELL_STANDING_SIZE - 1;
    }
    text[used] = 0;
    return used;
}

const char *tell_standing_brief(const struct teller *teller, int32_t worker,
                                char text[TELL_STANDING_SIZE]) {
    struct standing standing = standing_of(teller, worker);
    fill_in(&standing, standing.brief, text, 0);
    return text;
}

const char *tell_standing_sentence(const struct teller *teller, int32_t worker,
                                   char text[TELL_STANDING_SIZE]) {
    struct standing standing = standing_of(teller, worker);
    char time[SIM_TIME_TEXT_SIZE];
    size_t used = (size_t)snprintf(text, TELL_STANDING_SIZE, "worker %" PRId32 " ", worker);
    used = fill_in(&standing, standing.words, text, used);
    if (standing.event != NULL) {
        snprintf(text + used, TELL_STANDING_SIZE - used, ", since %s",
                 sim_time_format_seconds(standing.event->time_ns, time));
    }
    return text;
}
