// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/local_version.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/rerun.h"
#include "sim/simulation/simulation_incident.h"
#include "sim/simulation/simulation_record.h"
#include "sim/simulation/simulation_worker.h"
#include "sim/simulation/update_step.h"
#include "sim/training/optimizer.h"

// ---- the next gradient ----

static void keep_open(struct local_worker *worker, uint32_t reference) {
    worker->open = memory_grow(worker->open, &worker->open_capacity, worker->open_count + 1,
                               sizeof *worker->open);
    INVARIANT(worker->open_count < worker->open_capacity);
    worker->open[worker->open_count++] = reference;
}

static bool is_computing(const struct simulation *sim, const struct local_worker *worker) {
    size_t count = worker->open_count;
    return count > 0 && in_flight_at(&sim->flights, worker->open[count - 1])->row.ready_ns < 0;
}

void local_version_dispatch(struct simulation *sim, int32_t index) {
    struct local_worker *worker = local_worker_of(sim, index);
    uint32_t reference = 0;
    REQUIRE(!is_computing(sim, worker));
    struct carried_version read = worker->root;
    read.values = local_share(sim, worker->model);
    read.port_wait_ns = worker->sent.port_wait_ns;
    worker->sent.port_wait_ns = 0;
    struct in_flight *flight = simulation_take_flight(sim, index, &read, &reference);
    if (sim->local->averaging.scheme->exchanges_first == NULL) { // there is no server
        flight->row.push_ns = 0;
        flight->row.receive_ns = 0;
        flight->row.reply_ns = 0;
        flight->row.reply_travel_ns = 0;
        flight->row.push_attempts = 1;
        flight->row.reply_attempts = 1;
    }
    simulation_submit(sim, flight);
    keep_open(worker, reference);
    worker_enter(&sim->workers[index], WORKER_BUSY, sim->engine.now_ns);
    simulation_log_event(sim, EVENT_DISPATCHED, &flight->row, flight->row.version_read);
    int64_t span_ns = simulation_computing_span(
        sim, index, sim_time_add(flight->row.compute_ns, flight->row.delay_ns));
    flight->due_sequence =
        simulation_schedule(sim, span_ns, HAPPENS_READY, reference, flight->row.tie);
}

// ---- versions ----

static void account(struct simulation *sim, struct in_flight *flight, int64_t place,
                    struct update_row *update) {
    REQUIRE(flight->row.ready_ns >= 0 && flight->row.worker < local_worker_count(sim));
    struct gradient_row *row = &flight->row;
    update_step_mark_applied(sim, flight, place);
    rerun_gradient(sim->recorded, flight->index, row);
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
        const struct local_worker *worker = local_worker_of(sim, i);
        INVARIANT(worker->reducing <= worker->open_count);
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
        struct local_worker *worker = local_worker_of(sim, i);
        for (size_t k = 0; k < worker->reducing; k++) {
            simulation_log_gradient(sim, in_flight_at(&sim->flights, worker->open[k]));
            in_flight_give_back(&sim->flights, worker->open[k]);
        }
        for (size_t k = worker->reducing; k < worker->open_count; k++) {
            worker->open[k - worker->reducing] = worker->open[k];
        }
        INVARIANT(worker->reducing <= worker->open_count);
        worker->open_count -= worker->reducing;
        worker->reducing = 0;
    }
}

// ---- crashes ----

// Told once.
static void lose(struct simulation *sim, struct in_flight *flight) {
    REQUIRE(flight->row.outcome == OUTCOME_PENDING || flight->row.outcome == OUTCOME_LOST);
    if (flight->row.outcome == OUTCOME_PENDING) {
        simulation_log_event(sim, EVENT_LOST, &flight->row, sim->server.version);
        flight->row.outcome = OUTCOME_LOST;
        flight->row.loss = (double)NAN;
        flight->row.distance = (double)NAN;
        flight->wanted = false; // should the run go on from a checkpoint
        update_step_release(sim, flight);
    }
    if (flight->row.ready_ns < 0) {
        simulation_call_off(sim, flight);
    }
}

void local_version_lose(struct simulation *sim, int32_t index) {
    struct local_worker *worker = local_worker_of(sim, index);
    REQUIRE(!worker->sent.under_way && worker->reducing <= worker->open_count);
    for (size_t k = worker->reducing; k < worker->open_count; k++) {
        struct in_flight *flight = in_flight_at(&sim->flights, worker->open[k]);
        lose(sim, flight);
        simulation_log_gradient(sim, flight);
        in_flight_give_back(&sim->flights, worker->open[k]);
    }
    worker->open_count = worker->reducing;
    worker->in_window = false;
    local_hold(sim, &worker->window, NULL);
}

void local_version_lose_held(struct simulation *sim, int32_t index) {
    const struct local_worker *worker = local_worker_of(sim, index);
    REQUIRE(worker->open_count > 0 && worker->sent.under_way);
    lose(sim, in_flight_at(&sim->flights, worker->open[worker->open_count - 1]));
}

// Norm of the change and hash, of a version that has just been published.
static void describe(struct simulation *sim, const struct parameter_version *before,
                     struct update_row *update) {
    REQUIRE(update->version >= 1 && update->version == sim->server.version);
    update->update_norm = (double)NAN;
    if (sim->computes) {
        INVARIANT(before != NULL);
        double norm =
            optimizer_distance(sim->store.current->values, before->values, sim->store.count);
        update->update_norm = isnan(norm) ? (double)NAN : norm;
        update->parameter_hash = simulation_parameter_hash(sim);
    }
    const struct update_row *then = rerun_update(sim->recorded, update->version);
    if (then != NULL) {
        update->update_norm = then->update_norm;
        update->parameter_hash = then->parameter_hash;
    }
}

double local_version_make(struct simulation *sim, int64_t span_ns, int64_t averaged,
                          bool ends_window) {
    REQUIRE(span_ns >= 0 && averaged >= 1 && averaged <= local_worker_count(sim));
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
    INVARIANT(sim->gradients_applied <= sim->dispatched);
    update.version = ++sim->server.version;
    pace_note_version(&sim->pace, sim->engine.now_ns);
    INVARIANT(!sim->computes || sim->store.current->version == sim->server.version);
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
