// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_port.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/simulation_incident.h"
#include "sim/simulation/simulation_record.h"

void simulation_port_of(const struct simulation *sim, int32_t worker,
                        const struct gradient_spans *spans, struct port_spans *port) {
    REQUIRE(spans->push_losses >= 0 && spans->reply_losses >= 0);
    const struct span_source *source = &sim->spans;
    if (source->port == NULL) {
        *port = (struct port_spans){.push_ns = spans->push_ns, .reply_ns = spans->reply_travel_ns};
    } else {
        source->port(source->context, worker, spans, port);
    }
}

// Whose message an event is about.
static int32_t worker_of(const struct simulation *sim, uint32_t reference) {
    REQUIRE(sim->local == NULL || sim->local->workers[reference].sent.under_way);
    return sim->local != NULL ? (int32_t)reference
                              : in_flight_at(&sim->flights, reference)->row.worker;
}

// What comes next on the way of a push; its worker may crash before.
static void schedule_push(struct simulation *sim, int64_t span_ns, enum happening kind,
                          uint32_t reference, uint64_t tie) {
    uint64_t sequence = simulation_schedule(sim, span_ns, kind, reference, tie);
    if (sim->local == NULL) {
        in_flight_at(&sim->flights, reference)->due_sequence = sequence;
    } else {
        sim->local->workers[reference].sent.due_sequence = sequence;
    }
}

void simulation_port_push(struct simulation *sim, const struct port_spans *port, uint32_t reference,
                          uint64_t tie) {
    REQUIRE(port->port_ns >= 0 && port->uplink_ns >= 0);
    int32_t worker = worker_of(sim, reference);
    if (port->port_ns == 0 && port->uplink_ns == 0) {
        schedule_push(sim, simulation_push_span(sim, worker, port->push_ns), HAPPENS_ARRIVED,
                      reference, tie);
    } else {
        schedule_push(sim, simulation_departure_span(sim, worker, port->push_timeouts_ns),
                      port->uplink_ns > 0 ? HAPPENS_PUSH_AT_UPLINK : HAPPENS_PUSH_AT_PORT,
                      reference, tie);
    }
}

void simulation_port_reply(struct simulation *sim, const struct port_spans *port,
                           uint32_t reference, uint64_t tie) {
    REQUIRE(port->port_ns >= 0 && port->uplink_ns >= 0);
    int32_t worker = worker_of(sim, reference);
    if (port->port_ns == 0 && port->uplink_ns == 0) {
        simulation_schedule(sim, simulation_return_span(sim, worker, port->reply_ns),
                            HAPPENS_DELIVERED, reference, tie);
    } else {
        simulation_schedule(sim, simulation_departure_span(sim, worker, port->reply_timeouts_ns),
                            port->port_ns > 0 ? HAPPENS_REPLY_AT_PORT : HAPPENS_REPLY_AT_UPLINK,
                            reference, tie);
    }
}

// ---- at a port ----

// Events come in their order, so that a port needs no queue: only the moment when it is free.
static int64_t wait_for(int64_t *free_ns, int64_t now_ns, int64_t port_ns) {
    REQUIRE(now_ns >= 0 && port_ns > 0);
    int64_t begins_ns = *free_ns > now_ns ? *free_ns : now_ns;
    *free_ns = sim_time_add(begins_ns, port_ns);
    ENSURE(*free_ns > now_ns);
    return begins_ns - now_ns;
}

static struct message_port *uplink_of(struct simulation *sim, uint64_t name) {
    size_t i = 0;
    while (i < sim->uplink_count && sim->uplinks[i].name != name) {
        i++;
    }
    if (i == sim->uplink_count) {
        sim->uplinks =
            memory_grow(sim->uplinks, &sim->uplink_capacity, i + 1, sizeof *sim->uplinks);
        sim->uplinks[sim->uplink_count++] = (struct message_port){.name = name};
    }
    ENSURE(sim->uplinks[i].name == name);
    return &sim->uplinks[i];
}

// What is left of a span after what is over of it; the span may be a stranger's.
static int64_t rest_of(int64_t span_ns, int64_t over_ns, int64_t wait_ns) {
    REQUIRE(span_ns >= 0 && over_ns >= 0);
    return sim_time_add(wait_ns, span_ns > over_ns ? span_ns - over_ns : 0);
}

static void land(struct simulation *sim, uint32_t reference, int64_t rest_ns, uint64_t tie) {
    schedule_push(sim, simulation_landing_span(sim, worker_of(sim, reference), rest_ns),
                  HAPPENS_ARRIVED, reference, tie);
}

static void hand_over(struct simulation *sim, uint32_t reference, int64_t rest_ns, uint64_t tie) {
    simulation_schedule(sim, simulation_taking_span(sim, worker_of(sim, reference), rest_ns),
                        HAPPENS_DELIVERED, reference, tie);
}

int64_t simulation_port_passes_push_uplink(struct simulation *sim, const struct port_spans *port,
                                           uint32_t reference, uint64_t tie) {
    struct message_port *uplink = uplink_of(sim, port->uplink);
    int64_t wait_ns = wait_for(&uplink->in_free_ns, sim->engine.now_ns, port->uplink_ns);
    if (port->port_ns > 0) {
        schedule_push(sim, sim_time_add(wait_ns, port->uplink_ns), HAPPENS_PUSH_AT_PORT, reference,
                      tie);
    } else {
        land(sim, reference, rest_of(port->push_ns, port->push_timeouts_ns, wait_ns), tie);
    }
    ENSURE(wait_ns >= 0);
    return wait_ns;
}

int64_t simulation_port_passes_push(struct simulation *sim, const struct port_spans *port,
                                    uint32_t reference, uint64_t tie) {
    int64_t wait_ns = wait_for(&sim->port.in_free_ns, sim->engine.now_ns, port->port_ns);
    int64_t over_ns = sim_time_add(port->push_timeouts_ns, port->uplink_ns);
    land(sim, reference, rest_of(port->push_ns, over_ns, wait_ns), tie);
    ENSURE(wait_ns >= 0);
    return wait_ns;
}

int64_t simulation_port_passes_reply(struct simulation *sim, const struct port_spans *port,
                                     uint32_t reference, uint64_t tie) {
    int64_t wait_ns = wait_for(&sim->port.out_free_ns, sim->engine.now_ns, port->port_ns);
    if (port->uplink_ns > 0) {
        simulation_schedule(sim, sim_time_add(wait_ns, port->port_ns), HAPPENS_REPLY_AT_UPLINK,
                            reference, tie);
    } else {
        hand_over(sim, reference, rest_of(port->reply_ns, port->reply_timeouts_ns, wait_ns), tie);
    }
    ENSURE(wait_ns >= 0);
    return wait_ns;
}

int64_t simulation_port_passes_reply_uplink(struct simulation *sim, const struct port_spans *port,
                                            uint32_t reference, uint64_t tie) {
    struct message_port *uplink = uplink_of(sim, port->uplink);
    int64_t wait_ns = wait_for(&uplink->out_free_ns, sim->engine.now_ns, port->uplink_ns);
    int64_t over_ns = sim_time_add(port->reply_timeouts_ns, port->port_ns);
    hand_over(sim, reference, rest_of(port->reply_ns, over_ns, wait_ns), tie);
    ENSURE(wait_ns >= 0);
    return wait_ns;
}
