// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_notice.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/simulation_link.h"
#include "sim/simulation/simulation_port.h"
#include "sim/simulation/simulation_record.h"

// When the worker's next gradient would come in at the server if it started now; SIM_TIME_NEVER:
// never.
static int64_t would_arrive(struct simulation *sim, int32_t worker) {
    const struct span_source *source = &sim->spans;
    int64_t number = sim->workers[worker].next_number;
    struct gradient_spans spans;
    INVARIANT(sim->incidents != NULL);
    source->gradient(source->context, sim->dispatched, worker, number, &spans);
    struct port_spans port;
    simulation_port_of(sim, worker, &spans, &port);
    int64_t ready_ns = incident_calendar_computed(sim->incidents, worker, sim->engine.now_ns,
                                                  sim_time_add(spans.compute_ns, spans.delay_ns));
    if (ready_ns == SIM_TIME_NEVER) {
        return ready_ns;
    }
    simulation_link_push_at(sim, worker, number, ready_ns, &port);
    int64_t sets_out_ns = incident_calendar_connected(sim->incidents, worker, ready_ns);
    int64_t there_ns =
        port.push_ns < SIM_SPAN_MAX_NS ? sim_time_add(sets_out_ns, port.push_ns) : SIM_TIME_NEVER;
    return there_ns == SIM_TIME_NEVER
               ? there_ns
               : incident_calendar_connected(sim->incidents, worker, there_ns);
}

bool simulation_may_start(struct simulation *sim, int32_t worker) {
    REQUIRE(worker >= 0 && worker < sim->options->scenario->cluster.workers);
    if (!crash_notices_are_given(&sim->scenario->cluster)) {
        return true;
    }
    const struct span_source *source = &sim->spans;
    bool last = sim->phase == sim->options->phase_count;
    const struct gradient_start start = {.time_ns = sim->engine.now_ns,
                                         .number = sim->workers[worker].next_number,
                                         .worker = worker};
    bool starts = true;
    if (source->knows_start != NULL &&
        source->knows_start(source->context, sim->dispatched, &start, &starts)) {
        return starts;
    }
    int64_t crash_ns =
        crash_notices_told(last ? sim->options->notices : sim->options->phases[sim->phase].notices,
                           worker, start.time_ns);
    return crash_ns == SIM_TIME_NEVER || would_arrive(sim, worker) < crash_ns;
}

void simulation_idle(struct simulation *sim, int32_t worker) {
    struct worker *idle = &sim->workers[worker];
    REQUIRE(idle->state != WORKER_BUSY);
    worker_enter(idle, WORKER_WAITING, sim->engine.now_ns);
    idle->idles = true;
    if (sim->phase < sim->options->phase_count) {
        int64_t next_ns = sim->options->phases[sim->phase].until_ns;
        engine_schedule(&sim->engine, next_ns - sim->engine.now_ns, 0, HAPPENS_ASKED_AGAIN,
                        (uint32_t)worker);
    }
}
