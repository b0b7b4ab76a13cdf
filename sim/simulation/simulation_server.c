// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_server.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/counterfactual.h"
#include "sim/simulation/simulation_incident.h"
#include "sim/simulation/simulation_link.h"
#include "sim/simulation/simulation_missing.h"
#include "sim/simulation/simulation_port.h"
#include "sim/simulation/simulation_record.h"
#include "sim/simulation/simulation_worker.h"
#include "sim/simulation/update_step.h"

// What the server does changes nothing for a worker that is down.
static void enter(struct simulation *sim, int32_t index, enum worker_state state) {
    struct worker *worker = &sim->workers[index];
    REQUIRE(state != WORKER_BUSY && state != WORKER_DOWN);
    if (worker->state != WORKER_DOWN) {
        worker_enter(worker, state, sim->engine.now_ns);
    }
}

// Those who are replied to in this service wait for others no longer; those of them who are still
// computing stop.
static void call_in(struct simulation *sim) {
    for (size_t i = 0; i < sim->server.answer_count; i++) {
        const struct gradient_stamp *stamp = &sim->server.answers[i];
        const struct gradient_row *row = &in_flight_at(&sim->flights, stamp->reference)->row;
        INVARIANT(row->worker == stamp->worker && row->number == stamp->number);
        if (row->ready_ns < 0) {
            simulation_cancel(sim, stamp->reference);
        }
        enter(sim, stamp->worker, WORKER_COMMUNICATING);
    }
}

// A span of the server is over, and it owes these replies now.
static void account(struct simulation *sim, int64_t span_ns, size_t answers) {
    REQUIRE(span_ns >= 0 && answers <= sim->server.answer_count);
    int64_t *time_ns = &sim->service.time_ns;
    *time_ns = sim_time_add(*time_ns, span_ns);
    for (size_t i = 0; i < answers; i++) {
        uint32_t reference = sim->server.answers[i].reference;
        *time_ns = sim_time_add(*time_ns, in_flight_at(&sim->flights, reference)->row.reply_ns);
    }
}

// Turns what the server begins now into the event of its end.
static void begin(struct simulation *sim, struct server_effect effect) {
    if (effect.activity == SERVER_NOTHING) {
        if (parameter_server_looks_again(&sim->server)) {
            simulation_call_roll(sim, 0);
        }
        return;
    }
    uint32_t reference = effect.gradient.reference;
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    if (effect.activity == SERVER_RECEIVES) {
        INVARIANT(flight->row.arrived_ns >= 0 && flight->row.received_ns < 0);
        simulation_schedule(sim, simulation_serving_span(sim, flight->row.receive_ns),
                            HAPPENS_RECEIVED, reference, flight->row.tie);
    } else if (effect.activity == SERVER_UPDATES) {
        const struct span_source *source = &sim->spans;
        sim->update_span_ns = source->update(source->context, sim->server.version + 1);
        call_in(sim);
        simulation_schedule(sim, simulation_serving_span(sim, sim->update_span_ns), HAPPENS_UPDATED,
                            reference, flight->row.tie);
    } else {
        INVARIANT(!flight->reply_begun && !flight->reply_over);
        flight->reply = simulation_carry_current(sim);
        flight->reply_begun = true;
        staleness_balance_open(&sim->staleness, 0);
        simulation_schedule(sim, simulation_serving_span(sim, flight->row.reply_ns),
                            HAPPENS_REPLIED, reference, flight->row.tie);
    }
}

void simulation_on_push_at_port(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    REQUIRE(flight->row.ready_ns >= 0 && flight->row.arrived_ns < 0);
    flight->row.push_port_wait_ns +=
        simulation_port_passes_push(sim, &flight->port, reference, flight->row.tie);
}

void simulation_on_push_at_uplink(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    REQUIRE(flight->row.ready_ns >= 0 && flight->row.arrived_ns < 0);
    flight->row.push_port_wait_ns =
        simulation_port_passes_push_uplink(sim, &flight->port, reference, flight->row.tie);
}

void simulation_on_reply_at_port(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    REQUIRE(flight->reply_begun && !flight->reply_over);
    flight->reply.port_wait_ns =
        simulation_port_passes_reply(sim, &flight->port, reference, flight->row.tie);
}

void simulation_on_reply_at_uplink(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    REQUIRE(flight->reply_begun && !flight->reply_over);
    flight->reply.port_wait_ns +=
        simulation_port_passes_reply_uplink(sim, &flight->port, reference, flight->row.tie);
}

void simulation_on_arrived(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    REQUIRE(flight->row.ready_ns >= 0 && flight->row.arrived_ns < 0);
    INVARIANT(sim->incidents != NULL || sim->engine.now_ns == flight->row.ready_ns +
                                                                  flight->row.push_ns +
                                                                  flight->row.push_port_wait_ns);
    flight->row.arrived_ns = sim->engine.now_ns;
    simulation_log_event(sim, EVENT_ARRIVED, &flight->row, sim->server.version);
    begin(sim, parameter_server_arrive(&sim->server, in_flight_stamp(flight, reference),
                                       simulation_is_missed(sim, flight->row.worker)));
}

// What is not wanted any more is done with; its worker may be waiting for a reply, or have gone on.
static void drop(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    REQUIRE(flight->row.received_ns >= 0 && !flight->accounted);
    simulation_log_event(sim, EVENT_RECEIVED, &flight->row, sim->server.version);
    sim->workers[flight->row.worker].dropped++;
    simulation_close_gradient(sim, flight, OUTCOME_DROPPED);
    simulation_let_go_if_over(sim, reference);
}

void simulation_on_received(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    REQUIRE(flight->row.arrived_ns >= 0 && flight->row.received_ns < 0);
    int64_t buffered = (int64_t)sim->server.buffer_count + 1;
    flight->row.received_ns = sim->engine.now_ns;
    sim->server.recorded_threshold = counterfactual_threshold(sim, flight->index);
    struct server_effect effect = parameter_server_received(&sim->server, sim->engine.now_ns);
    bool updates = effect.activity == SERVER_UPDATES;
    sim->received_ns = sim->engine.now_ns;
    sim->after_receipt_ns = 0;
    account(sim, flight->row.receive_ns, updates ? 0 : sim->server.answer_count);
    if (effect.activity == SERVER_REPLIES) { // among them those whom another policy held back
        call_in(sim);
    }
    if (effect.dropped) {
        drop(sim, reference);
        begin(sim, effect);
        return;
    }
    flight->row.threshold = sim->server.threshold;
    flight->row.buffered = buffered;
    simulation_log_event(sim, EVENT_RECEIVED, &flight->row, sim->server.version);
    simulation_submit(sim, flight);
    struct gradient_stamp stamp = in_flight_stamp(flight, reference);
    if (attendance_is_owed(&sim->server.attendance, &stamp)) {
        enter(sim, flight->row.worker, WORKER_WAITING);
    }
    begin(sim, effect);
}

static void log_update(struct simulation *sim, const struct update_summary *summary) {
    REQUIRE(summary->gradients > 0 && summary->staleness_max >= 0);
    struct update_row row = {.time_ns = sim->engine.now_ns,
                             .update_ns = sim->update_span_ns,
                             .version = sim->server.version,
                             .threshold = sim->server.threshold,
                             .gradients = summary->gradients,
                             .staleness_mean = summary->staleness_mean,
                             .staleness_max = summary->staleness_max,
                             .learning_rate = summary->learning_rate,
                             .update_norm = summary->update_norm,
                             .parameter_hash = summary->parameter_hash,
                             .loss_estimate = summary->loss_estimate,
                             .after_receipt_ns = sim->after_receipt_ns};
    pace_note_version(&sim->pace, sim->engine.now_ns);
    row_output_update(&sim->output, &row);
}

void simulation_look_again(struct simulation *sim) {
    struct server_effect effect = parameter_server_look_again(&sim->server, sim->engine.now_ns);
    INVARIANT(effect.activity != SERVER_RECEIVES);
    if (effect.activity == SERVER_UPDATES) {
        sim->after_receipt_ns = sim->engine.now_ns - sim->received_ns;
    } else if (effect.activity == SERVER_REPLIES) {
        account(sim, 0, sim->server.answer_count);
        call_in(sim);
    }
    begin(sim, effect);
}

void simulation_on_updated(struct simulation *sim) {
    int64_t version = sim->server.version;
    struct update_summary summary;
    update_step(sim, &summary);
    account(sim, sim->update_span_ns, sim->server.answer_count);
    size_t count = sim->server.flush_count; // with nobody to reply to, the next service begins now
    struct server_effect effect = parameter_server_updated(&sim->server);
    INVARIANT(sim->server.version == version + 1 && count > 0);
    simulation_log_event(sim, EVENT_UPDATED, NULL, sim->server.version);
    for (size_t i = 0; i < count; i++) {
        uint32_t reference = sim->server.flush[i].reference;
        simulation_log_gradient(sim, in_flight_at(&sim->flights, reference));
        simulation_let_go_if_over(sim, reference);
    }
    log_update(sim, &summary);
    sim->diverged = summary.diverged;
    begin(sim, effect);
}

void simulation_on_replied(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    REQUIRE(flight->reply_begun && !flight->reply_over);
    simulation_log_event(sim, EVENT_REPLIED, &flight->row, flight->reply.version);
    sim->service.replies++;
    simulation_link_reply(sim, flight->row.worker, flight->row.number, &flight->port);
    simulation_port_reply(sim, &flight->port, reference, flight->row.tie);
    begin(sim, parameter_server_replied(&sim->server));
}
