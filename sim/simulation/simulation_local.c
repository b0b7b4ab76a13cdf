// SPDX-License-Identifier: GPL-3.0-or-later
// A run without a parameter server: turns the effects of averaging.h into events, one handler per
// kind of event. Gradients are dispatched and computed as ever; a version is an average of all
// models. Nothing is pushed: those spans are 0.

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/simulation_parts.h"
#include "sim/simulation/simulation_past.h"
#include "sim/simulation/update_step.h"
#include "sim/training/optimizer.h"

static struct local_worker *worker_of(struct simulation *sim, int32_t worker) {
    return &sim->local->workers[worker];
}

static void enter(struct simulation *sim, int32_t worker, enum worker_state state) {
    worker_enter(&sim->workers[worker], state, sim->engine.now_ns);
}

// ---- the next gradient ----

static void keep_open(struct local_worker *worker, uint32_t reference) {
    worker->open = memory_grow(worker->open, &worker->open_capacity, worker->open_count + 1,
                               sizeof *worker->open);
    worker->open[worker->open_count++] = reference;
}

// The worker starts its next gradient on its own model.
void simulation_local_dispatch(struct simulation *sim, int32_t index) {
    struct local_worker *worker = worker_of(sim, index);
    uint32_t reference = 0;
    struct carried_version read = worker->root;
    read.values = local_share(sim, worker->model);
    struct in_flight *flight = simulation_take_flight(sim, index, &read, &reference);
    if (sim->local->averaging.scheme->exchanges_first == NULL) { // there is no server
        flight->row.push_ns = 0;
        flight->row.receive_ns = 0;
        flight->row.reply_ns = 0;
        flight->row.reply_travel_ns = 0;
    }
    simulation_submit(sim, flight);
    keep_open(worker, reference);
    enter(sim, index, WORKER_BUSY);
    simulation_log_event(sim, EVENT_DISPATCHED, &flight->row, flight->row.version_read);
    simulation_schedule(sim, sim_time_add(flight->row.compute_ns, flight->row.delay_ns),
                        HAPPENS_READY, reference, flight->row.tie);
}

static void dispatch_group(struct simulation *sim, struct averaging_group group) {
    for (int32_t i = 0; i < group.members; i++) {
        simulation_local_dispatch(sim, group.first + i);
    }
}

void simulation_local_on_start(struct simulation *sim) {
    dispatch_group(sim, averaging_all(&sim->local->averaging));
}

// ---- reductions ----

static uint32_t slot_of(const struct simulation *sim, struct averaging_group group) {
    int32_t size = sim->local->averaging.options.cluster_size;
    return group.all ? 0 : 1 + (uint32_t)(group.first / size);
}

static void log_reduction_event(struct simulation *sim, enum event_kind kind,
                                const struct local_reduction *reduction) {
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
    struct reduction_group members = {group->first, group->members, group->all};
    struct reduction_spans spans;
    int64_t number = reduction->next_number++;
    reduction->index = sim->local->reduction_count++;
    source->reduction(source->context, reduction->index, members, number, &spans);
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
                                .spread = isnan(spread) ? (double)NAN : spread};
    if (sim->past != NULL) {
        row.spread = simulation_past_spread(sim, reduction->index);
    }
    row_output_reduction(&sim->output, &row);
    log_reduction_event(sim, EVENT_REDUCING, reduction);
    simulation_schedule(sim, spans.span_ns, HAPPENS_REDUCED, slot_of(sim, *group), spans.tie);
}

static struct local_reduction *reduction_of(struct simulation *sim, struct averaging_group group) {
    struct local_reduction *reduction = &sim->local->reductions[slot_of(sim, group)];
    reduction->group = group;
    return reduction;
}

// The group waits until it is over.
static void begin_reduction(struct simulation *sim, struct averaging_group group, int64_t steps) {
    struct local_reduction *reduction = reduction_of(sim, group);
    double spread = local_average(sim, reduction);
    for (int32_t i = group.first; i < group.first + group.members; i++) {
        enter(sim, i, WORKER_COMMUNICATING);
        if (group.all) {
            worker_of(sim, i)->reducing = worker_of(sim, i)->open_count;
        }
    }
    schedule_reduction(sim, reduction, steps, spread);
}

// ---- versions ----

static void account(struct simulation *sim, struct in_flight *flight, int64_t place,
                    struct update_row *update) {
    struct gradient_row *row = &flight->row;
    update_step_mark_applied(sim, flight, place);
    simulation_past_gradient(sim, flight->index, row);
    update->gradients++;
    update->staleness_mean += (double)row->staleness;
    if (row->staleness > update->staleness_max) {
        update->staleness_max = row->staleness;
    }
}

// The gradients of the reduction of all, in (worker, number) order: what they come to. Returns
// their mean loss, NaN in timing-only runs.
static double account_all(struct simulation *sim, struct update_row *update) {
    double loss = 0;
    for (int32_t i = 0; i < sim->local->averaging.workers; i++) {
        const struct local_worker *worker = worker_of(sim, i);
        for (size_t k = 0; k < worker->reducing; k++) {
            struct in_flight *flight = in_flight_at(&sim->flights, worker->open[k]);
            account(sim, flight, update->gradients, update);
            loss += flight->row.loss;
        }
    }
    update->staleness_mean /= (double)update->gradients;
    return loss / (double)update->gradients;
}

// Their rows are final, their slots free.
static void close_all(struct simulation *sim) {
    for (int32_t i = 0; i < sim->local->averaging.workers; i++) {
        struct local_worker *worker = worker_of(sim, i);
        for (size_t k = 0; k < worker->reducing; k++) {
            simulation_log_gradient(sim, in_flight_at(&sim->flights, worker->open[k]));
            in_flight_give_back(&sim->flights, worker->open[k]);
        }
        for (size_t k = worker->reducing; k < worker->open_count; k++) {
            worker->open[k - worker->reducing] = worker->open[k];
        }
        worker->open_count -= worker->reducing;
        worker->reducing = 0;
    }
}

// Norm of the change and hash, of a version that has just been published.
static void describe(struct simulation *sim, const struct parameter_version *before,
                     struct update_row *update) {
    update->update_norm = (double)NAN;
    if (sim->computes) {
        INVARIANT(before != NULL);
        double norm =
            optimizer_distance(sim->store.current->values, before->values, sim->store.count);
        update->update_norm = isnan(norm) ? (double)NAN : norm;
        update->parameter_hash = simulation_parameter_hash(sim);
    }
    const struct update_row *past = simulation_past_update(sim, update->version);
    if (past != NULL) {
        update->update_norm = past->update_norm;
        update->parameter_hash = past->parameter_hash;
    }
}

double simulation_local_make_version(struct simulation *sim, int64_t span_ns, int64_t averaged,
                                     bool ends_window) {
    struct update_row update = {
        .time_ns = sim->engine.now_ns,
        .update_ns = span_ns,
        .threshold = averaged,
        .learning_rate = local_learning_rate(sim, sim->server.version, sim->gradients_applied)};
    struct parameter_version *before = NULL;
    if (sim->computes) {
        before = parameter_store_acquire(&sim->store, sim->store.current);
    }
    double loss = account_all(sim, &update);
    if (ends_window) {
        local_end_window(sim, true);
    } else {
        local_publish(sim);
    }
    sim->gradients_applied += update.gradients;
    update.version = ++sim->server.version;
    sim->version_made_ns = sim->engine.now_ns;
    describe(sim, before, &update);
    simulation_log_event(sim, EVENT_UPDATED, NULL, update.version);
    close_all(sim);
    update.loss_estimate = loss;
    row_output_update(&sim->output, &update);
    if (before != NULL) {
        parameter_store_release(&sim->store, before);
    }
    return loss;
}

// The reduction of all makes a version: of its average or, where windows are summed, by the merge.
static double make_reduced_version(struct simulation *sim, bool ends_window) {
    return simulation_local_make_version(sim, sim->local->reductions[0].span_ns,
                                         sim->local->averaging.workers, ends_window);
}

// ---- what follows a computed gradient ----

static void wait_for_others(struct simulation *sim, const struct in_flight *flight) {
    bool reduction_runs = sim->local->averaging.reducing && sim->local->averaging.scheme->joins;
    enter(sim, flight->row.worker, reduction_runs ? WORKER_COMMUNICATING : WORKER_WAITING);
    simulation_log_event(sim, EVENT_WAITS, &flight->row, flight->row.version_read);
}

// The barrier opens and a window ends.
static void shift_window(struct simulation *sim, struct averaging_effect effect) {
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
        worker_of(sim, i)->reducing = worker_of(sim, i)->open_count;
    }
    schedule_reduction(sim, reduction_of(sim, all), effect.steps, spread);
    dispatch_group(sim, all);
}

// Those who wait for others wait for the reduction from now on.
static void begin_beside(struct simulation *sim, int64_t steps) {
    struct averaging *averaging = &sim->local->averaging;
    struct local_reduction *reduction = reduction_of(sim, averaging_all(averaging));
    double spread = local_average(sim, reduction);
    schedule_reduction(sim, reduction, steps, spread);
    for (int32_t i = 0; i < averaging->workers; i++) {
        if (averaging->waits[i]) {
            enter(sim, i, WORKER_COMMUNICATING);
        }
    }
}

static void join(struct simulation *sim, int32_t worker, struct averaging_effect effect) {
    const struct local_worker *w = worker_of(sim, worker);
    local_join(sim, worker);
    const struct in_flight *flight = in_flight_at(&sim->flights, w->open[w->open_count - 1]);
    simulation_log_event(sim, EVENT_MERGED, &flight->row, sim->server.version);
    if (effect.begins) {
        begin_beside(sim, effect.steps);
    }
    simulation_local_dispatch(sim, worker);
}

void simulation_local_on_ready(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    struct averaging *averaging = &sim->local->averaging;
    int32_t worker = flight->row.worker;
    flight->row.ready_ns = sim->engine.now_ns;
    simulation_log_event(sim, EVENT_READY, &flight->row, flight->row.version_read);
    if (averaging->scheme->exchanges_first != NULL &&
        averaging->scheme->exchanges_first(averaging, averaging->steps[worker])) {
        simulation_exchange_begins(sim, reference);
        return;
    }
    simulation_local_step(sim, reference);
}

void simulation_local_step(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    struct averaging *averaging = &sim->local->averaging;
    int32_t worker = flight->row.worker;
    if (averaging->scheme->steps_at_once) {
        local_step(sim, flight);
    }
    struct averaging_effect effect = averaging_stepped(averaging, worker);
    switch (effect.activity) {
    case AVERAGING_GOES_ON:
        simulation_local_dispatch(sim, worker);
        return;
    case AVERAGING_WAITS:
        wait_for_others(sim, flight);
        return;
    case AVERAGING_REDUCES:
        begin_reduction(sim, effect.group, effect.steps);
        return;
    case AVERAGING_STEPS:
        local_step_in_window(sim);
        dispatch_group(sim, averaging_all(averaging));
        return;
    case AVERAGING_SHIFTS:
        shift_window(sim, effect);
        return;
    case AVERAGING_JOINS:
        join(sim, worker, effect);
        return;
    case AVERAGING_EXCHANGES:
        simulation_exchange_begins(sim, reference);
        return;
    default:
        check_failed("invariant", "what may follow a step", __FILE__, __LINE__);
    }
}

// ---- what follows a reduction ----

static void let_join(struct simulation *sim) {
    struct averaging *averaging = &sim->local->averaging;
    for (int32_t worker = 0; worker < averaging->workers; worker++) {
        if (averaging->waits[worker]) {
            join(sim, worker, averaging_joins(averaging, worker));
        }
    }
}

void simulation_local_on_reduced(struct simulation *sim, uint32_t reference) {
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
        dispatch_group(sim, reduction->group);
    } else if (effect.activity == AVERAGING_LETS_JOIN) {
        let_join(sim);
    }
}

// ---- the end ----

void simulation_local_end(struct simulation *sim) {
    for (int32_t i = 0; i < sim->local->averaging.workers; i++) {
        const struct local_worker *worker = worker_of(sim, i);
        for (size_t k = 0; k < worker->open_count; k++) {
            struct in_flight *flight = in_flight_at(&sim->flights, worker->open[k]);
            flight->row.loss = (double)NAN;
            flight->row.distance = (double)NAN;
        }
    }
    local_settle(sim);
}
