// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_link.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/group_incidents.h"
#include "sim/cluster/link_change.h"

// Returns false where the link is as ever, or nothing ever sets out.
static bool find_factors(struct simulation *sim, int32_t worker, int64_t ready_ns,
                         struct link_factors *factors) {
    if (sim->incidents == NULL || !incident_calendar_has_links(sim->incidents)) {
        return false;
    }
    int64_t sets_out_ns = incident_calendar_connected(sim->incidents, worker, ready_ns);
    INVARIANT(sets_out_ns >= ready_ns);
    if (sets_out_ns == SIM_TIME_NEVER) {
        return false;
    }
    *factors = incident_calendar_link(sim->incidents, worker, sets_out_ns);
    return link_factors_change(factors);
}

static void begin_stream(const struct simulation *sim, enum rng_purpose purpose, int32_t worker,
                         int64_t number, struct rng_stream *stream) {
    REQUIRE(number >= 0 && number <= UINT32_MAX);
    rng_stream_init(stream, scenario_seed(sim->scenario, SEEDS_TIMES), purpose, (uint32_t)worker,
                    (uint32_t)number, 0);
}

void simulation_link_push_at(struct simulation *sim, int32_t worker, int64_t number,
                             int64_t ready_ns, struct port_spans *port) {
    REQUIRE(ready_ns >= sim->engine.now_ns && ready_ns != SIM_TIME_NEVER);
    struct link_factors factors;
    if (find_factors(sim, worker, ready_ns, &factors)) {
        struct rng_stream stream;
        begin_stream(sim, RNG_PUSH_LOSS, worker, number, &stream);
        link_change_push(port, &factors, &stream);
    }
}

void simulation_link_push(struct simulation *sim, int32_t worker, int64_t number,
                          struct port_spans *port) {
    simulation_link_push_at(sim, worker, number, sim->engine.now_ns, port);
}

void simulation_link_reply(struct simulation *sim, int32_t worker, int64_t number,
                           struct port_spans *port) {
    struct link_factors factors;
    if (find_factors(sim, worker, sim->engine.now_ns, &factors)) {
        struct rng_stream stream;
        begin_stream(sim, RNG_REPLY_LOSS, worker, number, &stream);
        link_change_reply(port, &factors, &stream);
    }
}

struct link_factors *simulation_links(struct simulation *sim, int32_t first, int32_t members) {
    return sim->incidents == NULL
               ? NULL
               : group_incidents_links(sim->incidents, first, members, sim->engine.now_ns);
}
