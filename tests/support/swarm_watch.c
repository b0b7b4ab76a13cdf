// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/swarm_watch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "sim/base/memory.h"
#include "sim/training/aggregation.h"

size_t swarm_behaviours_add(struct swarm_behaviours *all, const struct swarm_behaviours *some) {
    uint32_t *sums = (uint32_t *)all;
    const uint32_t *counts = (const uint32_t *)some;
    size_t fresh = 0;
    for (size_t i = 0; i < sizeof *all / sizeof *sums; i++) {
        fresh += sums[i] == 0 && counts[i] > 0;
        sums[i] += counts[i];
    }
    return fresh;
}

size_t swarm_behaviours_reached(const struct swarm_behaviours *behaviours) {
    struct swarm_behaviours none = {0};
    return swarm_behaviours_add(&none, behaviours);
}

__attribute__((format(printf, 2, 3))) static void complain(struct swarm_watch *watch,
                                                           const char *format, ...) {
    if (watch->problem[0] == 0) {
        va_list arguments;
        int used = snprintf(watch->problem, sizeof watch->problem,
                            "after %" PRId64 " events, at %" PRId64 " ns: ", watch->events,
                            watch->last_ns);
        va_start(arguments, format);
        vsnprintf(watch->problem + used, sizeof watch->problem - (size_t)used, format, arguments);
        va_end(arguments);
    }
    watch->has_enough = true;
}

// ---- what is reached ----

static const struct scenario *scenario_at(const struct swarm_watch *watch, int64_t time_ns) {
    for (size_t i = 0; i < watch->phase_count; i++) {
        if (time_ns < watch->phases[i].until_ns) {
            return &watch->phases[i].scenario;
        }
    }
    return watch->scenario;
}

static unsigned state_of(const struct swarm_watched_worker *worker) {
    return (worker->computing >= 0 ? SWARM_COMPUTES : 0) | (worker->sent > 0 ? SWARM_SENDS : 0) |
           (worker->held > 0 || worker->waits ? SWARM_WAITS : 0) |
           (worker->is_down ? SWARM_DOWN : 0);
}

static void count(struct swarm_watch *watch, const struct event_row *event) {
    enum policy policy = scenario_at(watch, event->time_ns)->training.policy.policy;
    int32_t workers = watch->scenario->cluster.workers;
    unsigned state = 0;
    unsigned kinds = 0;
    for (int32_t i = 0; i < workers; i++) {
        if (event->actor == i || event->actor < 0) {
            state |= state_of(&watch->workers[i]);
            for (size_t kind = 0; kind < INCIDENT_KIND_COUNT; kind++) {
                bool lasts = watch->workers[i].until_ns[kind] >= event->time_ns;
                kinds |= lasts ? 1U << kind : 0;
            }
        }
    }
    watch->behaviours.events[policy][event->kind][state]++;
    for (size_t kind = 0; kind < INCIDENT_KIND_COUNT; kind++) {
        watch->behaviours.incidents[policy][event->kind][kind] += kinds >> kind & 1;
    }
}

// ---- events ----

static bool was(const struct swarm_watched_worker *worker, int64_t gradient, enum event_kind kind) {
    return (worker->seen[gradient] >> kind & 1) != 0;
}

static void start(struct swarm_watch *watch, struct swarm_watched_worker *worker,
                  const struct event_row *event) {
    if (event->gradient != worker->started || worker->computing >= 0 || worker->is_down) {
        complain(watch,
                 "worker %" PRId32 " starts gradient %" PRId64 " as its %" PRId64
                 "th; it computes %" PRId64 "%s",
                 event->actor, event->gradient, worker->started, worker->computing,
                 worker->is_down ? " and is down" : "");
        return;
    }
    worker->seen = memory_grow(worker->seen, &worker->capacity, (size_t)worker->started + 1,
                               sizeof *worker->seen);
    worker->seen[worker->started++] = 0;
    worker->computing = event->gradient;
    worker->waits = false;
}

// Whether an event of this kind may follow what the gradient has behind it. A centre is sent a
// model, which may come in although the gradient that it is named after, and does not have yet, is
// lost.
static bool follows(const struct swarm_watch *watch, const struct swarm_watched_worker *worker,
                    int64_t gradient, enum event_kind kind) {
    bool is_lost = watch->has_server && was(worker, gradient, EVENT_LOST);
    switch (kind) {
    case EVENT_READY:
    case EVENT_CANCELLED:
        return worker->computing == gradient && !worker->is_down;
    case EVENT_ARRIVED:
        return was(worker, gradient, EVENT_READY) && !is_lost;
    case EVENT_RECEIVED:
        return was(worker, gradient, EVENT_ARRIVED) && !is_lost;
    case EVENT_REPLIED: // of k_sync also to those whose gradients are still on their way
        return was(worker, gradient, EVENT_READY) || was(worker, gradient, EVENT_CANCELLED);
    case EVENT_VANISHED:
        return was(worker, gradient, EVENT_REPLIED);
    case EVENT_WAITS:
        return worker->computing < 0;
    default:
        return true;
    }
}

static void move_on(struct swarm_watched_worker *worker, int64_t gradient, enum event_kind kind) {
    bool was_sent = was(worker, gradient, EVENT_READY) && !was(worker, gradient, EVENT_RECEIVED);
    bool was_held = was(worker, gradient, EVENT_RECEIVED) && !was(worker, gradient, EVENT_REPLIED);
    bool stops = kind == EVENT_READY || kind == EVENT_CANCELLED || kind == EVENT_LOST;
    worker->computing = stops && worker->computing == gradient ? -1 : worker->computing;
    worker->sent += kind == EVENT_READY;
    worker->sent -= was_sent && (kind == EVENT_RECEIVED || kind == EVENT_LOST);
    worker->held += kind == EVENT_RECEIVED && !was(worker, gradient, EVENT_REPLIED);
    worker->held -= was_held && (kind == EVENT_REPLIED || kind == EVENT_LOST);
    worker->waits = kind == EVENT_WAITS || (worker->waits && kind != EVENT_MERGED);
    worker->seen[gradient] |= 1U << kind;
}

static void watch_gradient(struct swarm_watch *watch, const struct event_row *event) {
    struct swarm_watched_worker *worker = &watch->workers[event->actor];
    enum event_kind kind = (enum event_kind)event->kind;
    bool repeats = kind == EVENT_WAITS || kind == EVENT_MERGED;
    if (event->gradient < (repeats ? -1 : 0) || event->gradient >= worker->started) {
        complain(watch, "worker %" PRId32 " has no gradient %" PRId64, event->actor,
                 event->gradient);
    } else if (event->gradient < 0) {
        return; // it has none yet
    } else if (!follows(watch, worker, event->gradient, kind) ||
               (!repeats && was(worker, event->gradient, kind))) {
        complain(watch,
                 "gradient %" PRId64 " of worker %" PRId32 " cannot be %s: it computes %" PRId64
                 ", and these events are behind: %#" PRIx32,
                 event->gradient, event->actor, event_kind_names[kind], worker->computing,
                 worker->seen[event->gradient]);
    } else {
        move_on(worker, event->gradient, kind);
    }
}

static void watch_crash(struct swarm_watch *watch, const struct event_row *event) {
    struct swarm_watched_worker *worker = &watch->workers[event->actor];
    bool fails = event->kind == EVENT_CRASHED;
    if (worker->is_down == fails) {
        complain(watch, "worker %" PRId32 " is%s down already", event->actor, fails ? "" : " not");
    }
    worker->is_down = fails;
    worker->waits = false;
}

static void watch_reduction(struct swarm_watch *watch, const struct event_row *event) {
    bool begins = event->kind == EVENT_REDUCING;
    if (begins && event->gradient == watch->reductions) {
        watch->reduced = memory_grow(watch->reduced, &watch->reduced_capacity,
                                     (size_t)watch->reductions + 1, sizeof *watch->reduced);
        watch->reduced[watch->reductions++] = 0;
    } else if (begins || event->gradient < 0 || event->gradient >= watch->reductions ||
               watch->reduced[event->gradient]++ > 0) {
        complain(watch, "reduction %" PRId64 " begins or ends out of turn", event->gradient);
    }
}

static void watch_kind(struct swarm_watch *watch, const struct event_row *event) {
    switch ((enum event_kind)event->kind) {
    case EVENT_UPDATED:
        if (event->version != ++watch->versions) {
            complain(watch, "version %" PRId64 " is made after %" PRId64, event->version,
                     watch->versions - 1);
        }
        return;
    case EVENT_REDUCING:
    case EVENT_REDUCED:
        watch_reduction(watch, event);
        return;
    case EVENT_CRASHED:
    case EVENT_RETURNED:
        watch_crash(watch, event);
        return;
    case EVENT_DISPATCHED:
        start(watch, &watch->workers[event->actor], event);
        return;
    default:
        if (event->actor >= 0) { // an average enters the models of all
            watch_gradient(watch, event);
        }
        return;
    }
}

static void see_event(void *context, const struct event_row *event) {
    struct swarm_watch *watch = context;
    bool of_none = event->kind == EVENT_UPDATED || event->kind == EVENT_REDUCING ||
                   event->kind == EVENT_REDUCED || event->kind == EVENT_MERGED;
    if (watch->problem[0] != 0) {
        return;
    }
    if (event->kind >= EVENT_KIND_COUNT || event->time_ns < watch->last_ns ||
        event->actor < (of_none ? -1 : 0) || event->actor >= watch->scenario->cluster.workers) {
        complain(watch, "event %" PRId64 ": kind %" PRIu32 ", time %" PRId64 " after %" PRId64,
                 watch->events, event->kind, event->time_ns, watch->last_ns);
        return;
    }
    count(watch, event);
    watch_kind(watch, event);
    if (watch->has_server && (event->version < 0 || event->version > watch->versions)) {
        complain(watch, "version %" PRId64 " is named, and %" PRId64 " is the newest",
                 event->version, watch->versions);
    }
    watch->last_ns = event->time_ns;
    watch->has_enough = watch->has_enough || ++watch->events > SWARM_EVENTS_MOST;
}

// ---- rows ----

// Each row once; and what became of a gradient in the server's hands is what its events say.
static void watch_outcome(struct swarm_watch *watch, int64_t index,
                          const struct gradient_row *row) {
    static const uint32_t wanted[OUTCOME_COUNT] = {[OUTCOME_APPLIED] = 1U << EVENT_RECEIVED,
                                                   [OUTCOME_DROPPED] = 1U << EVENT_RECEIVED,
                                                   [OUTCOME_CANCELLED] = 1U << EVENT_CANCELLED,
                                                   [OUTCOME_LOST] = 1U << EVENT_LOST};
    struct swarm_watched_worker *worker = &watch->workers[row->worker];
    bool known = row->number >= 0 && row->number < worker->started;
    uint32_t seen = known ? worker->seen[row->number] : 0;
    if (!known || (seen & SWARM_HAS_ENDED) != 0 ||
        (watch->has_server && (seen & wanted[row->outcome]) != wanted[row->outcome])) {
        complain(watch,
                 "gradient row %" PRId64 ": gradient %" PRId64 " of worker %" PRId32
                 " is %s, and these events are behind: %#" PRIx32,
                 index, row->number, row->worker, gradient_outcome_names[row->outcome], seen);
        return;
    }
    worker->seen[row->number] |= SWARM_HAS_ENDED;
    watch->under_way += row->ready_ns >= 0 && row->received_ns < 0 && row->outcome != OUTCOME_LOST;
}

static void see_gradient(void *context, int64_t index, const struct gradient_row *row,
                         const int32_t *samples) {
    struct swarm_watch *watch = context;
    bool applied = row->outcome == OUTCOME_APPLIED;
    (void)samples;
    if (watch->problem[0] != 0) {
        return;
    }
    watch->rows++;
    watch->applied += applied;
    if (watch->logs_events) {
        watch_outcome(watch, index, row);
    }
    if (applied && (row->staleness < 0 || row->version_read < 0 ||
                    row->staleness != row->version_applied - row->version_read)) {
        complain(watch,
                 "gradient row %" PRId64 ": staleness %" PRId64 " from %" PRId64 " to %" PRId64,
                 index, row->staleness, row->version_read, row->version_applied);
    }
}

static void see_update(void *context, const struct update_row *row) {
    struct swarm_watch *watch = context;
    watch->applied_by_updates += row->gradients;
    if (row->version != ++watch->updates || row->staleness_max < 0) {
        complain(watch, "update %" PRId64 ": version %" PRId64 ", staleness up to %" PRId64,
                 watch->updates, row->version, row->staleness_max);
    }
}

static void see_incident(void *context, const struct incident_row *row) {
    struct swarm_watch *watch = context;
    for (int32_t i = 0; i < watch->scenario->cluster.workers; i++) {
        if (row->worker == i || row->worker < 0) {
            int64_t *until_ns = &watch->workers[i].until_ns[row->kind];
            int64_t ended_ns = row->ended_ns < 0 ? INT64_MAX : row->ended_ns;
            *until_ns = ended_ns > *until_ns ? ended_ns : *until_ns;
        }
    }
}

// ---- the end ----

// Nobody does anything, nothing is under way, and nothing that would end lasts: they wait for each
// other.
static bool is_deadlocked(const struct swarm_watch *watch, int64_t end_ns) {
    for (int32_t i = 0; i < watch->scenario->cluster.workers; i++) {
        const struct swarm_watched_worker *worker = &watch->workers[i];
        bool acts = worker->computing >= 0 || worker->sent > 0 || worker->is_down;
        for (size_t kind = 0; kind < INCIDENT_KIND_COUNT; kind++) {
            acts = acts || worker->until_ns[kind] >= end_ns;
        }
        if (acts) {
            return false;
        }
    }
    return watch->logs_events;
}

static void see_end(void *context, const struct runlog_ending *ending) {
    struct swarm_watch *watch = context;
    enum policy policy = watch->scenario->training.policy.policy;
    int64_t started = 0;
    int64_t sent = 0;
    int64_t total_ns = ending->end_ns - watch->scenario->cluster.start_up_ns;
    for (int32_t i = 0; i < watch->scenario->cluster.workers; i++) {
        const struct worker_row *row = &ending->workers[i];
        int64_t sum_ns = row->busy_ns + row->waiting_ns + row->communicating_ns + row->down_ns;
        started += row->gradients;
        sent += watch->workers[i].sent;
        if ((watch->logs_events && row->gradients != watch->workers[i].started) ||
            sum_ns != (total_ns > 0 ? total_ns : 0)) {
            complain(watch,
                     "worker %" PRId32 ": %" PRId64 " gradients of %" PRId64 ", %" PRId64
                     " ns of %" PRId64,
                     i, row->gradients, watch->workers[i].started, sum_ns, total_ns);
        }
    }
    if (watch->rows != started || watch->applied != watch->applied_by_updates) {
        complain(watch,
                 "%" PRId64 " gradients have %" PRId64 " ends; %" PRId64 " are applied, by updates "
                 "of %" PRId64,
                 started, watch->rows, watch->applied, watch->applied_by_updates);
    }
    if (watch->logs_events && watch->has_server && sent != watch->under_way) {
        complain(watch, "%" PRId64 " messages are under way, by their rows %" PRId64, sent,
                 watch->under_way);
    }
    if (ending->status == RUN_STALLED && is_deadlocked(watch, ending->end_ns)) {
        complain(watch, "deadlock: nobody has anything to do at %" PRId64 " ns", ending->end_ns);
    }
    watch->behaviours.endings[policy][ending->status]++;
}

void swarm_watch_init(struct swarm_watch *watch, const struct scenario *scenario) {
    *watch = (struct swarm_watch){.scenario = scenario, .logs_events = scenario->log.events};
    watch->has_server = policy_table[scenario->training.policy.policy].aggregation != NULL;
    watch->phase_count = scenario_past_phases(scenario, &watch->phases);
    watch->workers = memory_allocate((size_t)scenario->cluster.workers, sizeof *watch->workers);
    for (int32_t i = 0; i < scenario->cluster.workers; i++) {
        watch->workers[i].computing = -1;
        for (size_t kind = 0; kind < INCIDENT_KIND_COUNT; kind++) {
            watch->workers[i].until_ns[kind] = -1;
        }
    }
}

void swarm_watch_reset(struct swarm_watch *watch) {
    for (int32_t i = 0; i < watch->scenario->cluster.workers; i++) {
        memory_free(watch->workers[i].seen);
    }
    memory_free(watch->workers);
    memory_free(watch->phases);
    memory_free(watch->reduced);
    *watch = (struct swarm_watch){0};
}

struct run_sink swarm_watch_sink(struct swarm_watch *watch) {
    return (struct run_sink){.context = watch,
                             .event = see_event,
                             .gradient = see_gradient,
                             .update = see_update,
                             .incident = see_incident,
                             .end = see_end};
}
