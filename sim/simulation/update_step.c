// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/update_step.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/simulation/counterfactual.h"
#include "sim/simulation/probe.h"
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

// At these parameters, which stay as they are until it is waited for.
static void submit_fresh(struct simulation *sim, struct in_flight *flight, const float *w) {
    REQUIRE(flight->wanted && flight->job == NULL);
    double local_rate =
        sim->scenario->training.learning_rate * update_step_local_factor(sim, flight);
    flight->job = executor_submit_gradient(sim->options->executor, w, flight->row.worker,
                                           flight->row.number, local_rate);
}

// Arithmetic: the gradient at this place of the flush joins the sum of what is applied to w.
static void accumulate(struct simulation *sim, struct in_flight *flight, size_t place,
                       const float *w) {
    REQUIRE(flight->job != NULL && flight->read.values != NULL);
    double loss = 0;
    const float *gradient = executor_wait_gradient(sim->options->executor, flight->job, &loss);
    if (sim->options->header->gradient_values) {
        row_output_values(&sim->output, flight->index, gradient);
    }
    bool probed = probe_is_due(sim, (int64_t)place);
    if (probed) {
        probe_take(sim, gradient);
    }
    bool fresh = counterfactual_is_fresh(sim);
    const float *w_read = fresh ? w : flight->read.values->values;
    const struct optimizer_gradient taken = {
        .worker = flight->row.worker, .values = gradient, .w = w, .w_read = w_read};
    gradient = optimizer_state_take(&sim->optimizer, &sim->scenario->training, &taken);
    float weight = stale_weight_of(&sim->server.options, fresh ? 0 : flight->row.staleness) *
                   (float)update_step_local_factor(sim, flight);
    optimizer_accumulate_weighted(sim->sum, gradient, weight, sim->store.count);
    flight->row.loss = isnan(loss) ? (double)NAN : loss;
    flight->row.distance = w_read == w ? 0.0 : optimizer_distance(w, w_read, sim->store.count);
    executor_release_gradient(sim->options->executor, flight->job);
    flight->job = NULL;
    if (probed) {
        probe_open(sim, flight, w, w_read == w);
    }
}

// One step from w by the sum of so many gradients; "next" may be w.
static void descend(struct simulation *sim, const float *w, int64_t gradients, double rate,
                    float *next) {
    REQUIRE(sim->computes && gradients > 0);
    const float *direction = optimizer_state_direction(&sim->optimizer, &sim->scenario->training,
                                                       sim->sum, gradients, &rate);
    rate *= policy_server_rate(&sim->server.options);
    optimizer_step(w, direction, (float)rate, next, sim->store.count);
}

// The next version. Returns false if a parameter of it is not finite.
static bool publish(struct simulation *sim, struct parameter_version *next,
                    struct update_summary *summary) {
    size_t count = sim->store.count;
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

// The learning rate of the update of a flush, or of that of its gradient at this place alone.
static double rate_at(const struct simulation *sim, int64_t place) {
    const struct training_options *training = &sim->scenario->training;
    bool single = counterfactual_is_single(sim);
    REQUIRE(place >= 0 && (single || place == 0));
    int64_t gradients = sim->gradients_applied + place;
    const struct rate_moment moment = {.updates = single ? gradients : sim->server.version,
                                       .gradients = gradients,
                                       .size = single ? 1 : (int64_t)sim->server.flush_count};
    return learning_rate_at(&training->optimizer.rate, training->learning_rate, &moment);
}

// All gradients of the flush in one step from the current version.
static void step_together(struct simulation *sim, float *next) {
    const struct parameter_server *server = &sim->server;
    const struct parameter_version *current = sim->store.current;
    REQUIRE(server->flush_count > 0);
    memset(sim->sum, 0, sim->store.count * sizeof *sim->sum);
    for (size_t i = 0; counterfactual_is_fresh(sim) && i < server->flush_count; i++) {
        submit_fresh(sim, in_flight_at(&sim->flights, server->flush[i].reference), current->values);
    }
    for (size_t i = 0; i < server->flush_count; i++) {
        struct in_flight *flight = in_flight_at(&sim->flights, server->flush[i].reference);
        begin_life(sim, flight);
        accumulate(sim, flight, i, current->values);
        update_step_release(sim, flight);
    }
    descend(sim, current->values, (int64_t)server->flush_count, rate_at(sim, 0), next);
    probe_close(sim, next);
}

// A step for each gradient of the flush, from where the one before has led to.
static void step_singly(struct simulation *sim, float *next) {
    const struct parameter_server *server = &sim->server;
    const float *w = sim->store.current->values;
    REQUIRE(server->flush_count > 0 && next != w);
    for (size_t i = 0; i < server->flush_count; i++) {
        struct in_flight *flight = in_flight_at(&sim->flights, server->flush[i].reference);
        if (counterfactual_is_fresh(sim)) {
            submit_fresh(sim, flight, w);
        }
        memset(sim->sum, 0, sim->store.count * sizeof *sim->sum);
        begin_life(sim, flight);
        accumulate(sim, flight, i, w);
        update_step_release(sim, flight);
        descend(sim, w, 1, rate_at(sim, (int64_t)i), next);
        probe_close(sim, next);
        w = next;
    }
}

// The arithmetic of an update. Returns false if a loss or a parameter is not finite.
static bool step(struct simulation *sim, struct update_summary *summary) {
    const struct parameter_server *server = &sim->server;
    REQUIRE(sim->computes && server->flush_count > 0);
    struct parameter_version *next = parameter_store_prepare(&sim->store);
    bool finite = true;
    if (counterfactual_is_single(sim)) {
        step_singly(sim, next->values);
    } else {
        step_together(sim, next->values);
    }
    for (size_t i = 0; i < server->flush_count; i++) {
        const struct in_flight *flight = in_flight_at(&sim->flights, server->flush[i].reference);
        finite = finite && isfinite(flight->row.loss);
    }
    return publish(sim, next, summary) && finite;
}

// The values of an update of the rerun.
static void take_recorded(struct simulation *sim, struct update_summary *summary) {
    REQUIRE(sim->recorded != NULL && !sim->computes);
    const struct parameter_server *server = &sim->server;
    probe_repeat(sim);
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
    *summary = (struct update_summary){.gradients = (int64_t)server->flush_count,
                                       .update_norm = (double)NAN};
    int64_t staleness_sum = 0;
    REQUIRE(server->flush_count > 0);
    for (size_t i = 0; i < server->flush_count; i++) {
        struct in_flight *flight = in_flight_at(&sim->flights, server->flush[i].reference);
        INVARIANT(i == 0 || comes_before(&server->flush[i - 1], &server->flush[i]));
        update_step_mark_applied(sim, flight, (int64_t)i);
        staleness_sum += flight->row.staleness;
        if (flight->row.staleness > summary->staleness_max) {
            summary->staleness_max = flight->row.staleness;
        }
        if (!sim->computes) {
            begin_life(sim, flight);
        }
    }
    summary->learning_rate = rate_at(sim, 0);
    summary->diverged = sim->computes && !step(sim, summary);
    if (sim->recorded != NULL) {
        take_recorded(sim, summary);
    }
    tell_losses(sim);
    summary->loss_estimate = loss_estimate_mean(&server->loss);
    summary->staleness_mean = (double)staleness_sum / (double)summary->gradients;
    staleness_balance_flush(&sim->staleness, summary->gradients, staleness_sum);
    sim->gradients_applied += summary->gradients;
    INVARIANT(sim->gradients_applied <= sim->dispatched);
}
