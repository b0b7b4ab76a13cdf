// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_local.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/local_version.h"
#include "sim/simulation/rerun.h"
#include "sim/simulation/simulation_exchange.h"
#include "sim/simulation/simulation_incident.h"
#include "sim/simulation/simulation_link.h"
#include "sim/simulation/simulation_record.h"

static void enter(struct simulation *sim, int32_t worker, enum worker_state state) {
    REQUIRE(worker >= 0 && worker < local_worker_count(sim));
    worker_enter(&sim->workers[worker], state, sim->engine.now_ns);
}

static uint32_t slot_of(const struct simulation *sim, struct averaging_group group) {
    int32_t size = sim->local->averaging.options.cluster_size;
    uint32_t slot = group.all ? 0 : 1 + (uint32_t)(group.first / size);
    ENSURE((int64_t)slot <= local_worker_count(sim) / size);
    return slot;
}

// Then all who gave their models to it have crashed, and its end is still to come: an average that
// begins sooner would be the second of one cluster.
static bool cluster_reduces(const struct simulation *sim, int32_t worker) {
    struct averaging_group cluster = averaging_cluster_of(&sim->local->averaging, worker);
    return !cluster.all && sim->local->reductions[slot_of(sim, cluster)].has_result;
}

// Whether it is idle and counted in, and no crash of it begins at this very moment.
static bool can_begin(const struct simulation *sim, int32_t worker) {
    bool is_idle = sim->local->averaging.presence[worker] == AVERAGING_IDLE;
    INVARIANT(!is_idle || sim->incidents != NULL); // only a crash makes it so
    return is_idle && !sim->local->averaging.out[worker] && !cluster_reduces(sim, worker) &&
           !incident_calendar_is_down(sim->incidents, worker, sim->engine.now_ns);
}

// Those of them who take part; of all, whoever is idle has got a model now.
static void dispatch_group(struct simulation *sim, struct averaging_group group) {
    REQUIRE(group.members >= 1 && group.first + group.members <= local_worker_count(sim));
    struct averaging *averaging = &sim->local->averaging;
    for (int32_t i = group.first; i < group.first + group.members; i++) {
        if (group.all && can_begin(sim, i)) {
            averaging_starts(averaging, i);
        }
        if (local_takes_part(sim, i)) {
            local_version_dispatch(sim, i);
        }
    }
}

void simulation_local_on_start(struct simulation *sim) {
    REQUIRE(sim->dispatched == 0);
    dispatch_group(sim, averaging_all(&sim->local->averaging));
}

// ---- reductions ----

static void log_reduction_event(struct simulation *sim, enum event_kind kind,
                                const struct local_reduction *reduction) {
    REQUIRE(reduction->index >= 0 && reduction->index < sim->local->reduction_count);
    struct event_row row = {.time_ns = sim->engine.now_ns,
                            .gradient = reduction->index,
                            .version = sim->server.version,
                            .actor = reduction->group.all ? -1 : reduction->group.first,
                            .kind = kind};
    sim->event_rows++;
    row_output_event(&sim->output, &row);
}

// Asks how long it takes, logs its row and schedules its end.
static void schedule_reduction(struct simulation *sim, struct local_reduction *reduction,
                               int64_t steps, double spread) {
    const struct averaging_group *group = &reduction->group;
    const struct span_source *source = &sim->spans;
    struct link_factors *links =
        simulation_links(sim, group->first, group->members); // when it begins
    struct reduction_group members = {group->first, group->members, group->all, links};
    struct reduction_spans spans;
    int64_t number = reduction->next_number++;
    reduction->index = sim->local->reduction_count++;
    source->reduction(source->context, reduction->index, members, number, &spans);
    memory_free(links);
    members.links = NULL;
    INVARIANT(spans.span_ns >= 0 && steps >= 0);
    reduction->span_ns = spans.span_ns;
    struct reduction_row row = {.began_ns = sim->engine.now_ns,
                                .span_ns = spans.span_ns,
                                .number = number,
                                .version = sim->server.version,
                                .steps = steps,
                                .members = group->members,
                                .bytes_intra = spans.bytes_intra,
                                .bytes_inter = spans.bytes_inter,
                                .tie = spans.tie,
                                .worker = group->first,
                                .scope = group->all ? SCOPE_ALL : SCOPE_CLUSTER,
                                .spread = isnan(spread) ? (double)NAN : spread,
                                .retries = spans.losses};
    if (sim->recorded != NULL) {
        row.spread = rerun_spread(sim->recorded, reduction->index);
    }
    row_output_reduction(&sim->output, &row);
    log_reduction_event(sim, EVENT_REDUCING, reduction);
    simulation_schedule(sim, simulation_reducing_span(sim, members, spans.span_ns), HAPPENS_REDUCED,
                        slot_of(sim, *group), spans.tie);
}

static struct local_reduction *reduction_of(struct simulation *sim, struct averaging_group group) {
    struct local_reduction *reduction = &sim->local->reductions[slot_of(sim, group)];
    reduction->group = group;
    return reduction;
}

// The group waits until it is over.
static void begin_reduction(struct simulation *sim, struct averaging_group group, int64_t steps) {
    REQUIRE(group.members >= 1 && steps >= 0);
    struct local_reduction *reduction = reduction_of(sim, group);
    double spread = local_average(sim, reduction);
    for (int32_t i = group.first; i < group.first + group.members; i++) {
        if (!local_takes_part(sim, i)) {
            continue;
        }
        enter(sim, i, WORKER_COMMUNICATING);
        local_worker_of(sim, i)->reduces = group.all ? LOCAL_WAIT_ALL : LOCAL_WAIT_CLUSTER;
        if (group.all) {
            local_worker_of(sim, i)->reducing = local_worker_of(sim, i)->open_count;
        }
    }
    schedule_reduction(sim, reduction, steps, spread);
}

// The reduction of all makes a version: of its average or, where windows are summed, by the merge.
static double make_reduced_version(struct simulation *sim, bool ends_window) {
    REQUIRE(sim->local->reductions[0].has_result && sim->local->reductions[0].span_ns >= 0);
    return local_version_make(sim, sim->local->reductions[0].span_ns,
                              sim->local->reductions[0].given, ends_window);
}

// ---- what follows a computed gradient ----

static void wait_for_others(struct simulation *sim, const struct in_flight *flight) {
    REQUIRE(flight->row.ready_ns >= 0 && !flight->accounted);
    const struct averaging *averaging = &sim->local->averaging;
    bool reduction_runs = averaging->reducing && averaging->scheme->joins != NULL &&
                          !averaging->out[flight->row.worker];
    enter(sim, flight->row.worker, reduction_runs ? WORKER_COMMUNICATING : WORKER_WAITING);
    simulation_log_event(sim, EVENT_WAITS, &flight->row, flight->row.version_read);
}

// The barrier opens, and all who take part go on; nobody begins anew.
static void step_in_window(struct simulation *sim) {
    REQUIRE(sim->local->averaging.taking_part > 0);
    struct averaging_group all = averaging_all(&sim->local->averaging);
    all.all = false;
    local_step_in_window(sim);
    dispatch_group(sim, all);
}

// The barrier opens and a window ends.
static void shift_window(struct simulation *sim, struct averaging_effect effect) {
    REQUIRE(effect.activity == AVERAGING_SHIFTS);
    struct averaging_group all = averaging_all(&sim->local->averaging);
    double spread = local_spread(sim);
    if (effect.merges) {
        make_reduced_version(sim, true);
        local_merge(sim);
        simulation_log_event(sim, EVENT_MERGED, NULL, sim->server.version);
    } else {
        local_end_window(sim, false);
    }
    for (int32_t i = 0; i < all.members; i++) {
        if (local_takes_part(sim, i)) {
            local_worker_of(sim, i)->reducing = local_worker_of(sim, i)->open_count;
        }
    }
    schedule_reduction(sim, reduction_of(sim, all), effect.steps, spread);
    all.all = effect.merges; // else nobody begins anew
    dispatch_group(sim, all);
}

// Those who wait for others wait for the reduction from now on.
static void begin_beside(struct simulation *sim, int64_t steps) {
    struct averaging *averaging = &sim->local->averaging;
    REQUIRE(averaging->reducing && averaging->scheme->joins != NULL);
    struct local_reduction *reduction = reduction_of(sim, averaging_all(averaging));
    double spread = local_average(sim, reduction);
    schedule_reduction(sim, reduction, steps, spread);
    for (int32_t i = 0; i < averaging->workers; i++) {
        if (averaging->waits[i] && !averaging->out[i]) {
            enter(sim, i, WORKER_COMMUNICATING);
        }
    }
}

// What waits for nobody any more: the last has come, or is idle.
static void follow(struct simulation *sim, struct averaging_effect effect) {
    switch (effect.activity) {
    case AVERAGING_REDUCES:
        begin_reduction(sim, effect.group, effect.steps);
        return;
    case AVERAGING_STEPS:
        step_in_window(sim);
        return;
    case AVERAGING_SHIFTS:
        shift_window(sim, effect);
        return;
    case AVERAGING_BEGINS:
        begin_beside(sim, effect.steps);
        return;
    default:
        INVARIANT(effect.activity == AVERAGING_STANDS_BY);
    }
}

static void join(struct simulation *sim, int32_t worker, struct averaging_effect effect) {
    const struct local_worker *w = local_worker_of(sim, worker);
    REQUIRE(w->open_count > 0);
    local_join(sim, worker);
    const struct in_flight *flight = in_flight_at(&sim->flights, w->open[w->open_count - 1]);
    simulation_log_event(sim, EVENT_MERGED, &flight->row, sim->server.version);
    if (effect.begins) {
        begin_beside(sim, effect.steps);
    }
    local_version_dispatch(sim, worker);
}

// The worker steps by this gradient, or comes to the barrier with it, and what follows from that.
static void step(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    REQUIRE(flight->row.ready_ns >= 0 && flight->wanted);
    struct averaging *averaging = &sim->local->averaging;
    int32_t worker = flight->row.worker;
    if (averaging->scheme->steps_at_once) {
        local_step(sim, flight);
    }
    struct averaging_effect effect = averaging_stepped(averaging, worker);
    switch (effect.activity) {
    case AVERAGING_GOES_ON:
        local_version_dispatch(sim, worker);
        return;
    case AVERAGING_WAITS:
        wait_for_others(sim, flight);
        return;
    case AVERAGING_JOINS:
        join(sim, worker, effect);
        return;
    case AVERAGING_EXCHANGES:
        simulation_exchange_begins(sim, reference);
        return;
    default: // it was the last to be waited for
        INVARIANT(effect.activity == AVERAGING_REDUCES || effect.activity == AVERAGING_STEPS ||
                  effect.activity == AVERAGING_SHIFTS);
        follow(sim, effect);
    }
}

void simulation_local_on_ready(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    struct averaging *averaging = &sim->local->averaging;
    int32_t worker = flight->row.worker;
    REQUIRE(flight->row.ready_ns < 0 && sim->workers[worker].state == WORKER_BUSY);
    in_flight_mark_ready(flight, sim->engine.now_ns);
    INVARIANT(sim->incidents != NULL || flight->row.stalled_ns == 0);
    simulation_log_event(sim, EVENT_READY, &flight->row, flight->row.version_read);
    if (averaging->scheme->exchanges_first != NULL &&
        averaging->scheme->exchanges_first(averaging, averaging->steps[worker])) {
        simulation_exchange_begins(sim, reference);
        return;
    }
    step(sim, reference);
}

void simulation_local_on_delivered(struct simulation *sim, uint32_t worker) {
    REQUIRE(local_worker_of(sim, (int32_t)worker)->sent.under_way);
    if (local_worker_of(sim, (int32_t)worker)->sent.gone) {
        simulation_exchange_vanishes(sim, worker);
    } else if (simulation_exchange_on_delivered(sim, worker)) {
        step(sim, local_worker_of(sim, (int32_t)worker)->sent.reference);
    } else {
        local_version_dispatch(sim, (int32_t)worker);
    }
}

// ---- crashes ----

// Whoever is idle begins on the latest version.
static void begin_anew(struct simulation *sim) {
    struct averaging *averaging = &sim->local->averaging;
    for (int32_t i = 0; i < averaging->workers; i++) {
        if (can_begin(sim, i)) {
            local_begin_anew(sim, i);
            averaging_starts(averaging, i);
            local_version_dispatch(sim, i);
        }
    }
}

// So too where nobody has a model, so that no average will come.
static void begin_anew_if_in_vain(struct simulation *sim) {
    if (sim->local->averaging.idle > 0 && averaging_has_nobody(&sim->local->averaging)) {
        begin_anew(sim);
    }
}

void simulation_local_on_crashed(struct simulation *sim, int32_t worker) {
    REQUIRE(sim->local->averaging.presence[worker] != AVERAGING_DOWN);
    const struct averaging *averaging = &sim->local->averaging;
    simulation_exchange_on_crashed(sim, worker);
    if (averaging->scheme->joins != NULL && !averaging->reducing) {
        local_worker_of(sim, worker)->reducing = 0; // the reduction to come is without it
    }
    if (!local_worker_of(sim, worker)->sent.under_way) {
        local_version_lose(sim, worker);
    }
    local_worker_of(sim, worker)->reduces = LOCAL_WAIT_NONE;
    local_worker_of(sim, worker)->goes_on_later = false;
    sim->local->changes++; // of the mean of the models
    averaging_crashed(&sim->local->averaging, worker);
    begin_anew_if_in_vain(sim);
}

void simulation_local_on_returned(struct simulation *sim, int32_t worker) {
    struct averaging *averaging = &sim->local->averaging;
    REQUIRE(!local_worker_of(sim, worker)->sent.under_way);
    enter(sim, worker, WORKER_WAITING);
    follow(sim, averaging_returned(averaging, worker));
    if (averaging->scheme->exchanges_first != NULL) {
        begin_anew(sim); // it asks the centre
    }
    begin_anew_if_in_vain(sim);
}

// ---- what follows a reduction ----

// It has the result of a reduction. Who is disconnected is counted out at this very moment, if it
// is not so already: for others the end has waited (simulation_incident.h).
static void go_on_from_result(struct simulation *sim, int32_t worker) {
    REQUIRE(local_worker_of(sim, worker)->reduces != LOCAL_WAIT_NONE);
    local_worker_of(sim, worker)->reduces = LOCAL_WAIT_NONE;
    if (sim->silences == NULL || simulation_is_connected(sim, worker)) {
        local_version_dispatch(sim, worker);
    } else {
        local_worker_of(sim, worker)->goes_on_later = true;
    }
}

// Those who have waited for it; of all, whoever is idle has got a model now.
static void dispatch_reduced(struct simulation *sim, struct averaging_group group) {
    for (int32_t i = group.first; i < group.first + group.members; i++) {
        if (local_reduces(sim, &group, i)) {
            go_on_from_result(sim, i);
        } else if (group.all && can_begin(sim, i)) {
            averaging_starts(&sim->local->averaging, i);
            local_version_dispatch(sim, i);
        }
    }
}

// What nobody holds up any more, in each cluster and in all.
static void look_again(struct simulation *sim) {
    struct averaging *averaging = &sim->local->averaging;
    REQUIRE(averaging->options.cluster_size >= 1);
    for (int32_t i = 0; i < averaging->workers; i += averaging->options.cluster_size) {
        follow(sim, averaging_looks_again(averaging, i));
    }
}

static void let_join(struct simulation *sim) {
    struct averaging *averaging = &sim->local->averaging;
    REQUIRE(!averaging->reducing && averaging->scheme->joins != NULL);
    begin_anew(sim);
    for (int32_t worker = 0; worker < averaging->workers; worker++) {
        if (averaging->waits[worker] && averaging->out[worker]) {
            enter(sim, worker, WORKER_WAITING);
        } else if (averaging->waits[worker]) {
            join(sim, worker, averaging_joins(averaging, worker));
        }
    }
}

void simulation_local_on_reduced(struct simulation *sim, uint32_t reference) {
    REQUIRE(sim->local->reductions[reference].index < sim->local->reduction_count);
    struct averaging *averaging = &sim->local->averaging;
    struct local_reduction *reduction = &sim->local->reductions[reference];
    log_reduction_event(sim, EVENT_REDUCED, reduction);
    struct averaging_view view = {
        .now_ns = sim->engine.now_ns,
        .loss = (double)NAN,
        .learning_rate = local_learning_rate(sim, sim->server.version, sim->gradients_applied)};
    if (reduction->group.all && !averaging->scheme->merges_make_versions) {
        view.loss = make_reduced_version(sim, false);
    }
    struct averaging_effect effect = averaging_reduced(averaging, reduction->group, &view);
    if (effect.activity == AVERAGING_TAKES) {
        local_take(sim, reduction);
        dispatch_reduced(sim, reduction->group);
        if (reduction->group.all) { // others may have come while it was under way
            look_again(sim);
        } else {
            follow(sim, averaging_looks_again(averaging, reduction->group.first));
        }
    } else if (effect.activity == AVERAGING_LETS_JOIN) {
        let_join(sim);
    }
    begin_anew_if_in_vain(sim);
}

// ---- who is missed ----

// A worker that is counted in goes on where it was.
static void go_on(struct simulation *sim, int32_t worker) {
    struct averaging *averaging = &sim->local->averaging;
    REQUIRE(!averaging->out[worker]);
    if (local_worker_of(sim, worker)->goes_on_later) {
        local_worker_of(sim, worker)->goes_on_later = false;
        local_version_dispatch(sim, worker);
    } else if (averaging->waits[worker] && averaging->reducing) {
        enter(sim, worker, WORKER_COMMUNICATING);
    } else if (averaging->waits[worker] && !averaging->gave[worker]) {
        join(sim, worker, averaging_joins(averaging, worker));
    }
}

void simulation_local_on_roll_call(struct simulation *sim) {
    REQUIRE(sim->silences != NULL);
    for (int32_t i = 0; i < local_worker_count(sim); i++) {
        if (!sim->local->averaging.out[i]) {
            go_on(sim, i);
        }
    }
    look_again(sim);
    begin_anew_if_in_vain(sim);
}

// ---- the end ----

void simulation_local_end(struct simulation *sim) {
    for (int32_t i = 0; i < sim->local->averaging.workers; i++) {
        const struct local_worker *worker = local_worker_of(sim, i);
        for (size_t k = 0; k < worker->open_count; k++) {
            struct in_flight *flight = in_flight_at(&sim->flights, worker->open[k]);
            INVARIANT(!flight->accounted && flight->row.worker == i);
            flight->row.loss = (double)NAN;
            flight->row.distance = (double)NAN;
        }
    }
    local_settle(sim);
}
