// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_stall.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/simulation_missing.h"
#include "sim/simulation/simulation_record.h"
#include "sim/simulation/simulation_worker.h"

// Before the first version hardly anything is known of how long things take.
enum { PAUSE_FACTOR = 10, PAUSE_FACTOR_AT_FIRST = 100, NAMES_MAX = 3 };

// ---- what an event is about ----

// Of an exchange with a centre: by then its gradient may be in a version and its slot another's.
static const struct local_sending *sending_of(const struct simulation *sim,
                                              const struct event *event) {
    REQUIRE(event->kind != HAPPENS_START && event->kind != HAPPENS_REDUCED);
    REQUIRE(event->kind != HAPPENS_ROLL_CALL);
    return sim->local == NULL || event->kind == HAPPENS_READY
               ? NULL
               : &sim->local->workers[event->reference].sent;
}

static int32_t worker_of(const struct simulation *sim, const struct event *event) {
    REQUIRE(event->kind != HAPPENS_CRASHED);
    if (event->kind == HAPPENS_RETURNED || event->kind == HAPPENS_ASKED_AGAIN) {
        return (int32_t)event->reference;
    }
    return sending_of(sim, event) != NULL
               ? (int32_t)event->reference
               : in_flight_at(&sim->flights, event->reference)->row.worker;
}

static int64_t number_of(const struct simulation *sim, const struct event *event) {
    const struct local_sending *sent = sending_of(sim, event);
    return sent != NULL ? sent->gradient
                        : in_flight_at(&sim->flights, event->reference)->row.number;
}

// ---- a stall ----

// Who has something to do by itself, so that the others wait for it.
struct awaited {
    bool *workers; // (workers)
    int32_t count;
    bool server;
    bool reduction;
};

static void look_at_event(const struct simulation *sim, const struct event *event,
                          struct awaited *awaited) {
    REQUIRE(event->time_ns > sim->end.time_ns || event->time_ns == SIM_TIME_NEVER ||
            event->kind == HAPPENS_ROLL_CALL);
    switch ((enum happening)event->kind) {
    case HAPPENS_START:
    case HAPPENS_CRASHED:
    case HAPPENS_ROLL_CALL:
        return;
    case HAPPENS_RECEIVED:
    case HAPPENS_UPDATED:
    case HAPPENS_REPLIED:
        awaited->server = true;
        return;
    case HAPPENS_REDUCED:
        awaited->reduction = true;
        return;
    case HAPPENS_READY:
    case HAPPENS_ARRIVED:
    case HAPPENS_DELIVERED:
    case HAPPENS_PUSH_AT_PORT:
    case HAPPENS_REPLY_AT_PORT:
    case HAPPENS_PUSH_AT_UPLINK:
    case HAPPENS_REPLY_AT_UPLINK:
    case HAPPENS_RETURNED:
    case HAPPENS_ASKED_AGAIN:
        break;
    }
    int32_t worker = worker_of(sim, event);
    awaited->count += !awaited->workers[worker];
    awaited->workers[worker] = true;
    ENSURE(awaited->count <= sim->options->scenario->cluster.workers);
}

static void look_at_queue(const struct simulation *sim, struct awaited *awaited) {
    const struct event_queue *queue = &sim->engine.queue;
    for (size_t i = 0; i < event_queue_count(queue); i++) {
        if (!simulation_is_cancelled(sim, event_queue_at(queue, i))) {
            look_at_event(sim, event_queue_at(queue, i), awaited);
        }
    }
}

// Without a server those are waited for who are counted out.
static void look_at_silent(const struct simulation *sim, struct awaited *awaited) {
    for (int32_t i = 0; sim->local != NULL && i < local_worker_count(sim); i++) {
        bool is_new = sim->local->averaging.out[i] && !awaited->workers[i];
        awaited->count += is_new;
        awaited->workers[i] = awaited->workers[i] || is_new;
    }
}

// "workers 3, 4, 7 and 5 more"
static void name_workers(const struct awaited *awaited, int32_t workers, char *text, size_t size) {
    REQUIRE(awaited->count >= 1 && awaited->count <= workers);
    size_t used = (size_t)snprintf(text, size, "worker%s ", awaited->count == 1 ? "" : "s");
    int32_t named = 0;
    int32_t most = awaited->count <= NAMES_MAX + 1 ? awaited->count : NAMES_MAX;
    for (int32_t i = 0; i < workers && named < most; i++) {
        if (awaited->workers[i]) {
            const char *before = named == 0 ? "" : named + 1 == awaited->count ? " and " : ", ";
            used += (size_t)snprintf(text + used, size - used, "%s%" PRId32, before, i);
            named++;
        }
        INVARIANT(used < size);
    }
    if (named < awaited->count) {
        snprintf(text + used, size - used, " and %" PRId32 " more", awaited->count - named);
    }
}

static void name_awaited(const struct awaited *awaited, int32_t workers, char *text, size_t size) {
    REQUIRE(awaited->count >= 0 && awaited->count <= workers);
    if (awaited->server) {
        snprintf(text, size, "the server");
    } else if (awaited->count > 0) {
        name_workers(awaited, workers, text, size);
    } else {
        snprintf(text, size, "%s", awaited->reduction ? "an all-reduce" : "each other");
    }
}

static bool is_endless(const struct simulation *sim, int64_t began_ns, int64_t ends_ns) {
    REQUIRE(began_ns >= 0 && began_ns <= sim->engine.now_ns && ends_ns >= began_ns);
    int64_t pause_ns = ends_ns - began_ns;
    int64_t run_ns = sim->end.time_ns - sim->options->scenario->cluster.start_up_ns;
    int64_t waited_ns = sim->end.time_ns - began_ns;
    int64_t factor = sim->server.version > 0 ? PAUSE_FACTOR : PAUSE_FACTOR_AT_FIRST;
    return pause_ns >= run_ns && pause_ns / factor >= sim->pace.longest_wait_ns &&
           waited_ns >= sim->pace.longest_wait_ns;
}

static int64_t span_of(const struct simulation *sim, const struct event *event);

// The next event that is more than a call of the roll; NULL: there is none.
static const struct event *next_happening(const struct simulation *sim) {
    const struct event_queue *queue = &sim->engine.queue;
    const struct event *next = event_queue_is_empty(queue) ? NULL : event_queue_peek(queue);
    if (sim->silences == NULL || next == NULL ||
        (next->kind != HAPPENS_ROLL_CALL && !simulation_is_cancelled(sim, next))) {
        return next;
    }
    next = NULL;
    for (size_t i = 0; i < event_queue_count(queue); i++) {
        const struct event *event = event_queue_at(queue, i);
        if (event->kind != HAPPENS_ROLL_CALL && !simulation_is_cancelled(sim, event) &&
            (next == NULL || event_before(event, next))) {
            next = event;
        }
    }
    return next;
}

// Whether somebody waits for those who may yet be counted out or, without a server, in.
static bool waits_for_the_roll(const struct simulation *sim) {
    const struct parameter_server *server = &sim->server;
    INVARIANT(sim->local == NULL || server->buffer_count == 0);
    if (sim->local != NULL) {
        return simulation_next_count(sim) != SIM_TIME_NEVER;
    }
    return engine_next_time(&sim->engine) != SIM_TIME_NEVER && server->activity == SERVER_NOTHING &&
           (server->buffer_count > 0 || server->attendance.held > 0);
}

// The server does one thing at a time: workers that do not wait for it go on, and nothing comes of
// it.
static bool service_is_endless(const struct simulation *sim) {
    const struct event_queue *queue = &sim->engine.queue;
    for (size_t i = 0; i < event_queue_count(queue); i++) {
        const struct event *event = event_queue_at(queue, i);
        bool is_service = event->kind == HAPPENS_RECEIVED || event->kind == HAPPENS_UPDATED ||
                          event->kind == HAPPENS_REPLIED;
        if (!is_service || event->time_ns == SIM_TIME_NEVER) {
            continue;
        }
        int64_t began_ns = event->time_ns - span_of(sim, event); // no later, in a pause
        began_ns = began_ns < sim->engine.now_ns ? began_ns : sim->engine.now_ns;
        if (is_endless(sim, began_ns, event->time_ns)) {
            return true;
        }
    }
    return false;
}

// Whether anything is left that comes some day, calls of the roll apart: mostly one of the first
// says so, whatever the queue still holds.
static bool comes_some_day(const struct simulation *sim) {
    const struct event_queue *queue = &sim->engine.queue;
    for (size_t i = 0; i < event_queue_count(queue); i++) {
        const struct event *event = event_queue_at(queue, i);
        if (event->time_ns != SIM_TIME_NEVER && event->kind != HAPPENS_ROLL_CALL &&
            !simulation_is_cancelled(sim, event)) {
            return true;
        }
    }
    return false;
}

// All that is left would come after an incident that lasts to the end. Workers that are counted out
// at a barrier have nothing to come.
static bool is_held_for_ever(const struct simulation *sim) {
    if (sim->incidents == NULL || comes_some_day(sim)) {
        return false;
    }
    const struct event *next = next_happening(sim);
    INVARIANT(next == NULL || next->time_ns == SIM_TIME_NEVER);
    if (next == NULL) {
        return sim->local != NULL && sim->silences != NULL && !waits_for_the_roll(sim);
    }
    return span_of(sim, next) < SIM_SPAN_MAX_NS && !waits_for_the_roll(sim);
}

static bool stalls(struct simulation *sim, bool for_certain) {
    int32_t workers = sim->options->scenario->cluster.workers;
    struct awaited awaited = {.workers = memory_allocate((size_t)workers, sizeof(bool))};
    look_at_queue(sim, &awaited);
    look_at_silent(sim, &awaited);
    bool stalled = for_certain || awaited.count < workers || sim->server.version > 0;
    if (stalled) {
        name_awaited(&awaited, workers, sim->failure, sizeof sim->failure);
    }
    memory_free(awaited.workers);
    ENSURE(!stalled || sim->failure[0] != 0);
    return stalled;
}

bool simulation_has_stalled(struct simulation *sim) {
    REQUIRE(sim->end.time_ns != SIM_TIME_NEVER);
    REQUIRE(engine_next_time(&sim->engine) > sim->end.time_ns);
    bool for_certain = service_is_endless(sim) || is_held_for_ever(sim);
    const struct event *next = next_happening(sim);
    int64_t next_ns = next == NULL ? SIM_TIME_NEVER : next->time_ns;
    int64_t count_ns = simulation_next_count(sim);
    next_ns = count_ns < next_ns ? count_ns : next_ns;
    return sim->engine.events_happened > 0 &&
           (for_certain || is_endless(sim, sim->happened_ns, next_ns)) && stalls(sim, for_certain);
}

bool simulation_waits_for_ever(struct simulation *sim) {
    REQUIRE(sim->recorded == NULL);
    return sim->end.time_ns == SIM_TIME_NEVER && is_held_for_ever(sim) && stalls(sim, true);
}

int64_t simulation_progress_ended_ns(const struct simulation *sim) {
    int64_t start_up_ns = sim->options->scenario->cluster.start_up_ns;
    INVARIANT(sim->pace.version_made_ns <= sim->engine.now_ns);
    return sim->pace.version_made_ns > start_up_ns ? sim->pace.version_made_ns : start_up_ns;
}

// ---- the end of the clock ----

static const char *name_of_span(enum happening kind) {
    switch (kind) {
    case HAPPENS_START:
        return "the start-up";
    case HAPPENS_READY:
        return "computing";
    case HAPPENS_ARRIVED:
    case HAPPENS_PUSH_AT_PORT:
    case HAPPENS_PUSH_AT_UPLINK:
        return "the push";
    case HAPPENS_RECEIVED:
        return "receiving at the server";
    case HAPPENS_UPDATED:
        return "the update";
    case HAPPENS_REPLIED:
        return "the server's reply";
    case HAPPENS_DELIVERED:
    case HAPPENS_REPLY_AT_PORT:
    case HAPPENS_REPLY_AT_UPLINK:
        return "the way back";
    case HAPPENS_REDUCED:
        return "the all-reduce";
    case HAPPENS_CRASHED:
    case HAPPENS_RETURNED:
    case HAPPENS_ASKED_AGAIN:
    case HAPPENS_ROLL_CALL:
        break; // they have no spans
    }
    check_failed("invariant", "a kind of event", __FILE__, __LINE__);
}

// What a gradient has at its dispatch, and what an exchange keeps of it.
static int64_t span_on_the_way(const struct simulation *sim, const struct event *event) {
    const struct local_sending *sent = sending_of(sim, event);
    uint32_t reference = sent != NULL ? sent->reference : event->reference;
    switch ((enum happening)event->kind) {
    case HAPPENS_ARRIVED:
    case HAPPENS_PUSH_AT_PORT:
    case HAPPENS_PUSH_AT_UPLINK:
        return in_flight_at(&sim->flights, reference)->row.push_ns;
    case HAPPENS_RECEIVED:
        return in_flight_at(&sim->flights, reference)->row.receive_ns;
    case HAPPENS_REPLIED:
        return sent != NULL ? sent->reply_ns : in_flight_at(&sim->flights, reference)->row.reply_ns;
    default:
        return sent != NULL ? sent->reply_travel_ns
                            : in_flight_at(&sim->flights, reference)->row.reply_travel_ns;
    }
}

static int64_t span_of(const struct simulation *sim, const struct event *event) {
    switch ((enum happening)event->kind) {
    case HAPPENS_START:
        return sim->options->scenario->cluster.start_up_ns;
    case HAPPENS_READY: {
        const struct gradient_row *row = &in_flight_at(&sim->flights, event->reference)->row;
        return sim_time_add(row->compute_ns, row->delay_ns);
    }
    case HAPPENS_UPDATED:
        return sim->update_span_ns;
    case HAPPENS_REDUCED:
        return sim->local->reductions[event->reference].span_ns;
    case HAPPENS_CRASHED:
    case HAPPENS_RETURNED:
    case HAPPENS_ASKED_AGAIN:
        return 0;
    case HAPPENS_ARRIVED:
    case HAPPENS_RECEIVED:
    case HAPPENS_REPLIED:
    case HAPPENS_DELIVERED:
    case HAPPENS_PUSH_AT_PORT:
    case HAPPENS_REPLY_AT_PORT:
    case HAPPENS_PUSH_AT_UPLINK:
    case HAPPENS_REPLY_AT_UPLINK:
    case HAPPENS_ROLL_CALL:
        break;
    }
    return span_on_the_way(sim, event);
}

static bool is_delay(const struct simulation *sim, const struct event *event) {
    if (event->kind != HAPPENS_READY) {
        return false;
    }
    const struct gradient_row *row = &in_flight_at(&sim->flights, event->reference)->row;
    return row->delay_ns > row->compute_ns;
}

static void name_span(const struct simulation *sim, const struct event *event, char *text,
                      size_t size) {
    const char *span =
        is_delay(sim, event) ? "the delay" : name_of_span((enum happening)event->kind);
    if (event->kind == HAPPENS_START || event->kind == HAPPENS_REDUCED) {
        snprintf(text, size, "%s", span);
    } else {
        snprintf(text, size, "%s of gradient %" PRId64 " of worker %" PRId32, span,
                 number_of(sim, event), worker_of(sim, event));
    }
}

void simulation_explain_clock(struct simulation *sim) {
    REQUIRE(engine_next_time(&sim->engine) == SIM_TIME_NEVER);
    char now[SIM_TIME_TEXT_SIZE];
    char length[SIM_TIME_TEXT_SIZE];
    char what[96];
    if (event_queue_is_empty(&sim->engine.queue)) {
        snprintf(sim->failure, sizeof sim->failure, "nothing is left to happen before the end");
        return;
    }
    const struct event *event = event_queue_peek(&sim->engine.queue);
    REQUIRE(event->time_ns == SIM_TIME_NEVER);
    int64_t span_ns = span_of(sim, event);
    INVARIANT(span_ns >= 0);
    name_span(sim, event, what, sizeof what);
    snprintf(sim->failure, sizeof sim->failure,
             "%s takes %s: a span is shorter than 126 years, and the clock ends after 292; at %s "
             "nothing else is left to happen",
             what,
             span_ns >= SIM_SPAN_MAX_NS ? "126 years or more"
                                        : sim_time_format_seconds(span_ns, length),
             sim_time_format_seconds(sim->engine.now_ns, now));
}
