// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_incident.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/simulation_missing.h"

// How long it is from now until then.
static int64_t from_now(const struct simulation *sim, int64_t end_ns) {
    REQUIRE(end_ns >= sim->engine.now_ns);
    return end_ns == SIM_TIME_NEVER ? SIM_TIME_NEVER : end_ns - sim->engine.now_ns;
}

// A span that begins then; what never begins never ends.
static int64_t end_of(int64_t start_ns, int64_t span_ns) {
    REQUIRE(span_ns >= 0);
    return span_ns < SIM_SPAN_MAX_NS ? sim_time_add(start_ns, span_ns) : SIM_TIME_NEVER;
}

int64_t simulation_computing_span(struct simulation *sim, int32_t worker, int64_t span_ns) {
    REQUIRE(span_ns >= 0);
    return sim->incidents == NULL
               ? span_ns
               : from_now(sim, incident_calendar_computed(sim->incidents, worker,
                                                          sim->engine.now_ns, span_ns));
}

int64_t simulation_serving_span(struct simulation *sim, int64_t span_ns) {
    REQUIRE(span_ns >= 0);
    return sim->incidents == NULL
               ? span_ns
               : from_now(sim,
                          incident_calendar_served(sim->incidents, sim->engine.now_ns, span_ns));
}

int64_t simulation_departure_span(struct simulation *sim, int32_t worker, int64_t span_ns) {
    REQUIRE(span_ns >= 0);
    if (sim->incidents == NULL) {
        return span_ns;
    }
    int64_t sets_out_ns = incident_calendar_connected(sim->incidents, worker, sim->engine.now_ns);
    return from_now(sim, end_of(sets_out_ns, span_ns));
}

int64_t simulation_landing_span(struct simulation *sim, int32_t worker, int64_t span_ns) {
    REQUIRE(span_ns >= 0);
    if (sim->incidents == NULL) {
        return span_ns;
    }
    int64_t there_ns = end_of(sim->engine.now_ns, span_ns);
    return from_now(sim, incident_calendar_connected(sim->incidents, worker, there_ns));
}

int64_t simulation_taking_span(struct simulation *sim, int32_t worker, int64_t span_ns) {
    REQUIRE(span_ns >= 0);
    if (sim->incidents == NULL) {
        return span_ns;
    }
    int64_t there_ns = end_of(sim->engine.now_ns, span_ns);
    return from_now(sim, incident_calendar_taken(sim->incidents, worker, there_ns));
}

int64_t simulation_push_span(struct simulation *sim, int32_t worker, int64_t span_ns) {
    return sim->incidents == NULL
               ? span_ns
               : simulation_landing_span(sim, worker,
                                         simulation_departure_span(sim, worker, span_ns));
}

int64_t simulation_return_span(struct simulation *sim, int32_t worker, int64_t span_ns) {
    return sim->incidents == NULL
               ? span_ns
               : simulation_taking_span(sim, worker,
                                        simulation_departure_span(sim, worker, span_ns));
}

bool simulation_is_connected(struct simulation *sim, int32_t worker) {
    REQUIRE(worker >= 0);
    return sim->incidents == NULL ||
           incident_calendar_connected(sim->incidents, worker, sim->engine.now_ns) ==
               sim->engine.now_ns;
}

// When all of the group who take part are connected at once, or counted out.
static int64_t all_connected(struct simulation *sim, struct reduction_group group, int64_t now_ns) {
    REQUIRE(group.members >= 1);
    int64_t time_ns = now_ns;
    int64_t before_ns = -1;
    while (time_ns != before_ns) {
        before_ns = time_ns;
        for (int32_t i = 0; i < group.members; i++) {
            if (sim->local != NULL && !local_takes_part(sim, group.first + i)) {
                continue; // it gives nothing
            }
            time_ns = simulation_heeded_until(sim, group.first + i, time_ns);
        }
    }
    return time_ns;
}

int64_t simulation_reducing_span(struct simulation *sim, struct reduction_group group,
                                 int64_t span_ns) {
    REQUIRE(span_ns >= 0);
    if (sim->incidents == NULL) {
        return span_ns;
    }
    int64_t begins_ns = all_connected(sim, group, sim->engine.now_ns);
    return from_now(sim, all_connected(sim, group, end_of(begins_ns, span_ns)));
}

void simulation_tell_incidents(struct simulation *sim, int64_t until_ns) {
    REQUIRE(until_ns != SIM_TIME_NEVER);
    struct incident incident;
    while (sim->incidents != NULL && incident_calendar_next(sim->incidents, until_ns, &incident)) {
        INVARIANT(incident.began_ns <= until_ns);
        const struct incident_row row = {
            .began_ns = incident.began_ns,
            .ended_ns = incident.ended_ns == SIM_TIME_NEVER ? -1 : incident.ended_ns,
            .event = incident.event,
            .worker = incident.worker,
            .kind = incident.kind,
            .factor = incident.factor,
            .bandwidth_factor = incident.link.bandwidth,
            .latency_factor = incident.link.latency,
            .loss_factor = incident.link.loss};
        row_output_incident(&sim->output, &row);
    }
}
