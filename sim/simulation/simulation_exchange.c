// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_exchange.h"

#include "sim/base/check.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/local_version.h"
#include "sim/simulation/simulation_incident.h"
#include "sim/simulation/simulation_link.h"
#include "sim/simulation/simulation_port.h"
#include "sim/simulation/simulation_record.h"

static struct local_worker *worker_of(const struct simulation *sim, uint32_t worker) {
    return local_worker_of(sim, (int32_t)worker);
}

// Gradients that are computed but not yet stepped by: the one in the worker's hand.
static size_t held_back(const struct simulation *sim) {
    REQUIRE(sim->local->averaging.scheme->exchanges_first != NULL); // else there is no centre
    return sim->local->averaging.options.gradient == ELASTIC_BEFORE ? 1 : 0;
}

void simulation_exchange_begins(struct simulation *sim, uint32_t reference) {
    const struct in_flight *flight = in_flight_at(&sim->flights, reference);
    const struct gradient_row *row = &flight->row;
    uint32_t worker = (uint32_t)row->worker;
    REQUIRE(row->ready_ns >= 0 && row->arrived_ns < 0);
    INVARIANT(!worker_of(sim, worker)->has_pull);
    worker_of(sim, worker)->sent = (struct local_sending){.gradient = row->number,
                                                          .reference = reference,
                                                          .receive_ns = row->receive_ns,
                                                          .reply_ns = row->reply_ns,
                                                          .reply_travel_ns = row->reply_travel_ns,
                                                          .tie = row->tie,
                                                          .port = flight->port,
                                                          .under_way = true};
    worker_enter(&sim->workers[worker], WORKER_COMMUNICATING, sim->engine.now_ns);
    struct local_sending *sent = &worker_of(sim, worker)->sent;
    simulation_link_push(sim, row->worker, row->number, &sent->port);
    simulation_port_push(sim, &sent->port, worker, row->tie);
}

static void serve(struct simulation *sim, uint32_t worker) {
    const struct local_sending *sent = &worker_of(sim, worker)->sent;
    REQUIRE(sent->receive_ns >= 0 && !worker_of(sim, worker)->has_pull);
    simulation_schedule(sim, simulation_serving_span(sim, sent->receive_ns), HAPPENS_RECEIVED,
                        worker, sent->tie);
}

static struct gradient_row *row_of(struct simulation *sim, uint32_t worker) {
    const struct local_sending *sent = &worker_of(sim, worker)->sent;
    struct gradient_row *row = &in_flight_at(&sim->flights, sent->reference)->row;
    ENSURE(row->worker == (int32_t)worker && row->number == sent->gradient);
    return row;
}

void simulation_exchange_on_push_at_port(struct simulation *sim, uint32_t worker) {
    struct gradient_row *row = row_of(sim, worker);
    REQUIRE(row->ready_ns >= 0 && row->arrived_ns < 0);
    row->push_port_wait_ns +=
        simulation_port_passes_push(sim, &worker_of(sim, worker)->sent.port, worker, row->tie);
}

void simulation_exchange_on_push_at_uplink(struct simulation *sim, uint32_t worker) {
    struct gradient_row *row = row_of(sim, worker);
    REQUIRE(row->ready_ns >= 0 && row->arrived_ns < 0);
    row->push_port_wait_ns = simulation_port_passes_push_uplink(
        sim, &worker_of(sim, worker)->sent.port, worker, row->tie);
}

void simulation_exchange_on_reply_at_port(struct simulation *sim, uint32_t worker) {
    struct local_worker *of = worker_of(sim, worker);
    REQUIRE(of->has_pull && of->sent.port_wait_ns == 0);
    of->sent.port_wait_ns = simulation_port_passes_reply(sim, &of->sent.port, worker, of->sent.tie);
}

void simulation_exchange_on_reply_at_uplink(struct simulation *sim, uint32_t worker) {
    struct local_worker *of = worker_of(sim, worker);
    REQUIRE(of->has_pull && of->sent.port_wait_ns >= 0);
    of->sent.port_wait_ns +=
        simulation_port_passes_reply_uplink(sim, &of->sent.port, worker, of->sent.tie);
}

void simulation_exchange_on_arrived(struct simulation *sim, uint32_t worker) {
    struct gradient_row *row = row_of(sim, worker);
    REQUIRE(row->arrived_ns < 0 && sim->workers[worker].state == WORKER_COMMUNICATING);
    row->arrived_ns = sim->engine.now_ns;
    simulation_log_event(sim, EVENT_ARRIVED, row, sim->server.version);
    if (averaging_centre_arrives(&sim->local->averaging, (int32_t)worker)) {
        serve(sim, worker);
    }
}

void simulation_exchange_on_received(struct simulation *sim, uint32_t worker) {
    const struct span_source *source = &sim->spans;
    struct gradient_row *row = row_of(sim, worker);
    REQUIRE(row->arrived_ns >= 0 && row->received_ns < 0);
    row->received_ns = sim->engine.now_ns;
    row->threshold = 1;
    row->buffered = 1;
    simulation_log_event(sim, EVENT_RECEIVED, row, sim->server.version);
    sim->update_span_ns = source->update(source->context, sim->server.version + 1);
    simulation_schedule(sim, simulation_serving_span(sim, sim->update_span_ns), HAPPENS_UPDATED,
                        worker, row->tie);
}

void simulation_exchange_on_updated(struct simulation *sim, uint32_t worker) {
    REQUIRE(!worker_of(sim, worker)->has_pull);
    const struct local_sending *sent = &worker_of(sim, worker)->sent;
    local_exchange(sim, (int32_t)worker, held_back(sim));
    local_version_make(sim, sim->update_span_ns, 1, false);
    local_answer(sim, (int32_t)worker);
    INVARIANT(worker_of(sim, worker)->reply.version == sim->server.version);
    simulation_schedule(sim, simulation_serving_span(sim, sent->reply_ns), HAPPENS_REPLIED, worker,
                        sent->tie);
}

void simulation_exchange_on_replied(struct simulation *sim, uint32_t worker) {
    REQUIRE(worker_of(sim, worker)->has_pull);
    struct local_sending *sent = &worker_of(sim, worker)->sent;
    const struct gradient_row gradient = {.number = sent->gradient, .worker = (int32_t)worker};
    simulation_log_event(sim, EVENT_REPLIED, &gradient, sim->server.version);
    simulation_link_reply(sim, (int32_t)worker, sent->gradient, &sent->port);
    simulation_port_reply(sim, &sent->port, worker, sent->tie);
    int32_t next = averaging_centre_served(&sim->local->averaging);
    if (next >= 0) {
        serve(sim, (uint32_t)next);
    }
}

bool simulation_exchange_on_delivered(struct simulation *sim, uint32_t worker) {
    REQUIRE(sim->workers[worker].state == WORKER_COMMUNICATING);
    REQUIRE(worker_of(sim, worker)->sent.under_way && !worker_of(sim, worker)->sent.gone);
    worker_of(sim, worker)->sent.under_way = false;
    bool holds_gradient = held_back(sim) > 0;
    if (holds_gradient) { // it was computed at the model that the pull is about to change
        uint32_t reference = worker_of(sim, worker)->sent.reference;
        local_measure_distance(sim, in_flight_at(&sim->flights, reference));
    }
    local_take_pull(sim, (int32_t)worker);
    return holds_gradient;
}

// ---- crashes ----

void simulation_exchange_on_crashed(struct simulation *sim, int32_t worker) {
    struct local_worker *w = local_worker_of(sim, worker);
    struct local_sending *sent = &w->sent;
    REQUIRE(!sent->gone);
    if (!sent->under_way) {
        return;
    }
    bool has_arrived =
        w->has_pull || in_flight_at(&sim->flights, sent->reference)->row.arrived_ns >= 0;
    if (!has_arrived) {
        INVARIANT(sent->due_sequence != ENGINE_NO_EVENT);
        sim->cancelled_events++;
        sent->due_sequence = ENGINE_NO_EVENT;
        sent->under_way = false;
        return;
    }
    sent->gone = true;
    if (held_back(sim) > 0) {
        local_version_lose_held(sim, worker);
    }
}

void simulation_exchange_vanishes(struct simulation *sim, uint32_t worker) {
    struct local_worker *w = worker_of(sim, worker);
    REQUIRE(w->has_pull && w->sent.gone);
    INVARIANT(sim->workers[worker].state == WORKER_DOWN && w->sent.under_way);
    const struct gradient_row gradient = {.number = w->sent.gradient, .worker = (int32_t)worker};
    simulation_log_event(sim, EVENT_VANISHED, &gradient, w->reply.version);
    local_hold(sim, &w->pull, NULL);
    local_hold(sim, &w->reply.values, NULL);
    w->has_pull = false;
    w->sent.port_wait_ns = 0;
    w->sent.under_way = false;
    w->sent.gone = false;
    local_version_lose(sim, (int32_t)worker);
}
