// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/update_step.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/simulation/rerun.h"
#include "sim/training/learning_rate.h"
#include "sim/training/optimizer.h"

void update_step_release(struct simulation *sim, struct in_flight *flight) {
    if (flight->job != NULL) {
        executor_release_gradient(sim->options->executor, flight->job);
        flight->job = NULL;
    }
    if (flight->read.values != NULL) {
        parameter_store_release(&sim->store, flight->read.values);
        flight->read.values = NULL;
    }
    ENSURE(flight->job == NULL && flight->read.values == NULL);
}

void update_step_mark_applied(const struct simulation *sim, struct in_flight *flight,
                              int64_t place) {
    struct gradient_row *row = &flight->row;
    REQUIRE(row->outcome == OUTCOME_PENDING && !flight->accounted && place >= 0);
    row->applied_ns = sim->engine.now_ns;
    row->version_applied = sim->server.version;
    row->staleness = row->version_applied - row->version_read;
    row->staleness_gradients = sim->gradients_applied + place - flight->read.gradients_applied;
    row->outcome = OUTCOME_APPLIED;
    INVARIANT(row->staleness >= 0 && row->staleness_gradients >= 0);
}

double update_step_local_factor(const struct simulation *sim, const struct in_flight *flight) {
    REQUIRE(flight->read.version >= 0 && flight->read.gradients_applied >= 0);
    const struct rate_moment read = {
        .updates = flight->read.version, .gradients = flight->read.gradients_applied, .size = 1};
    return learning_rate_local_factor(&sim->scenario->training.optimizer.rate, &read);
}

// A worker's momentum does not outlive its crash. Said of every gradient that an update takes up,
// whether values are computed or not.
static void begin_life(struct simulation *sim, const struct in_flight *flight) {
    struct worker *worker = &sim->workers[flight->row.worker];
    REQUIRE(flight->life >= 0 && flight->life <= worker->life);
    if (flight->life > worker->taken_life) {
        worker->taken_life = flight->life;
        if (sim->computes) {
            optimizer_state_forget_worker(&sim->optimizer, flight->row.worker);
        }
    }
}

// Arithmetic: the gradient joins the sum.
static void accumulate(struct simulation *sim, struct in_flight *flight) {
    REQUIRE(flight->job != NULL && flight->read.values != NULL);
    double loss = 0;
    const float *gradient = executor_wait_gradient(sim->options->executor, flight->job, &loss);
    if (sim->options->header->gradient_values) {
        row_output_values(&sim->output, flight->index, gradient);
    }
    const struct parameter_version *read = flight->read.values;
    const struct parameter_version *current = sim->store.current;
    const struct optimizer_gradient taken = {.worker = flight->row.worker,
                                             .values = gradient,
                                             .w = current->values,
                                             .w_read = read->values};
    gradient = optimizer_state_take(&sim->optimizer, &sim->scenario->training, &taken);
    float weight = stale_weight_of(&sim->server.options, flight->row.staleness) *
                   (float)update_step_local_factor(sim, flight);
    optimizer_accumulate_weighted(sim->sum, gradient, weight, sim->store.count);
    flight->row.loss = isnan(loss) ? (double)NAN : loss;
    flight->row.distance =
        read == current ? 0.0 : optimizer_distance(current->values, read->values, sim->store.count);
}

// Publishes the next version. Returns false if a parameter of it is not finite.
static bool step(struct simulation *sim, int64_t gradients, struct update_summary *summary) {
    REQUIRE(sim->computes && gradients > 0);
    size_t count = sim->store.count;
    double rate = summary->learning_rate;
    struct parameter_version *next = parameter_store_prepare(&sim->store);
    const float *direction = optimizer_state_direction(&sim->optimizer, &sim->scenario->training,
                                                       sim->sum, gradients, &rate);
    rate *= policy_server_rate(&sim->server.options);
    optimizer_step(sim->store.current->values, direction, (float)rate, next->values, count);
    summary->update_norm = optimizer_distance(next->values, sim->store.current->values, count);
    bool finite = optimizer_all_finite(next->values, count);
    if (!finite) {
        optimizer_canonical_nan(next->values, count);
        summary->update_norm = isnan(summary->update_norm) ? (double)NAN : summary->update_norm;
    }
    parameter_store_publish(&sim->store, next);
    summary->parameter_hash = simulation_parameter_hash(sim);
    ENSURE(sim->store.current == next && next->version == sim->server.version + 1);
    return finite;
}

// The values of an update of the rerun.
static void take_recorded(struct simulation *sim, struct update_summary *summary) {
    REQUIRE(sim->recorded != NULL && !sim->computes);
    const struct parameter_server *server = &sim->server;
    const struct update_row *row = rerun_update(sim->recorded, server->version + 1);
    if (row != NULL) {
        summary->update_norm = row->update_norm;
        summary->parameter_hash = row->parameter_hash;
    }
    for (size_t i = 0; i < server->flush_count; i++) {
        struct in_flight *flight = in_flight_at(&sim->flights, server->flush[i].reference);
        rerun_gradient(sim->recorded, flight->index, &flight->row);
    }
}

// The losses of the flush, computed just now or recorded; in timing-only runs there are none.
static void tell_losses(struct simulation *sim) {
    for (size_t i = 0; i < sim->server.flush_count; i++) {
        double loss = in_flight_at(&sim->flights, sim->server.flush[i].reference)->row.loss;
        if (!isnan(loss)) {
            parameter_server_add_loss(&sim->server, loss);
        }
    }
}

static bool comes_before(const struct gradient_stamp *a, const struct gradient_stamp *b) {
    return a->worker < b->worker || (a->worker == b->worker && a->number < b->number);
}

void update_step(struct simulation *sim, struct update_summary *summary) {
    const struct parameter_server *server = &sim->server;
    bool computes = sim->computes;
    *summary = (struct update_summary){.gradients = (int64_t)server->flush_count,
                                       .update_norm = (double)NAN};
    int64_t staleness_sum = 0;
    REQUIRE(server->flush_count > 0);
    if (computes) {
        memset(sim->sum, 0, sim->store.count * sizeof *sim->sum);
    }
    for (size_t i = 0; i < server->flush_count; i++) {
        struct in_flight *flight = in_flight_at(&sim->flights, server->flush[i].reference);
        INVARIANT(i == 0 || comes_before(&server->flush[i - 1], &server->flush[i]));
        update_step_mark_applied(sim, flight, (int64_t)i);
        begin_life(sim, flight);
        staleness_sum += flight->row.staleness;
        if (flight->row.staleness > summary->staleness_max) {
            summary->staleness_max = flight->row.staleness;
        }
        if (computes) {
            accumulate(sim, flight);
            summary->diverged = summary->diverged || !isfinite(flight->row.loss);
            update_step_release(sim, flight);
        }
    }
    if (sim->recorded != NULL) {
        take_recorded(sim, summary);
    }
    const struct training_options *training = &sim->scenario->training;
    const struct rate_moment moment = {.updates = server->version,
                                       .gradients = sim->gradients_applied,
                                       .size = summary->gradients};
    summary->learning_rate =
        learning_rate_at(&training->optimizer.rate, training->learning_rate, &moment);
    tell_losses(sim);
    summary->loss_estimate = loss_estimate_mean(&server->loss);
    summary->staleness_mean = (double)staleness_sum / (double)summary->gradients;
    staleness_balance_flush(&sim->staleness, summary->gradients, staleness_sum);
    sim->gradients_applied += summary->gradients;
    INVARIANT(sim->gradients_applied <= sim->dispatched);
    if (computes && !step(sim, summary->gradients, summary)) {
        summary->diverged = true;
    }
}
