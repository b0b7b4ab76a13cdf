// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_ending.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/simulation_local.h"
#include "sim/simulation/simulation_record.h"
#include "sim/simulation/update_step.h"

// Rows of what is still open, then everything is released.
static void close_flights(struct simulation *sim) {
    for (uint32_t reference = 0; reference < sim->flights.capacity; reference++) {
        struct in_flight *flight = &sim->flights.slots[reference];
        if (!flight->in_use) {
            continue;
        }
        if (!flight->accounted) {
            simulation_log_gradient(sim, flight);
            update_step_release(sim, flight);
        }
        INVARIANT(flight->accounted && flight->job == NULL && flight->read.values == NULL);
        if (flight->reply_begun && !flight->reply_over && flight->reply.values != NULL) {
            parameter_store_release(&sim->store, flight->reply.values);
        }
    }
}

static struct worker_row worker_totals(struct simulation *sim, struct worker *worker,
                                       int64_t end_ns) {
    if (end_ns > sim->options->scenario->cluster.start_up_ns) {
        worker_enter(worker, worker->state, end_ns);
        int64_t spent_ns = 0;
        for (int i = 0; i < WORKER_STATE_COUNT; i++) {
            spent_ns += worker->spent_ns[i];
        }
        INVARIANT(spent_ns == end_ns - sim->options->scenario->cluster.start_up_ns);
    }
    INVARIANT(worker->dropped <= worker->next_number);
    return (struct worker_row){.busy_ns = worker->spent_ns[WORKER_BUSY],
                               .waiting_ns = worker->spent_ns[WORKER_WAITING],
                               .communicating_ns = worker->spent_ns[WORKER_COMMUNICATING],
                               .gradients = worker->next_number,
                               .dropped = worker->dropped,
                               .down_ns = worker->spent_ns[WORKER_DOWN]};
}

static void tell_ending(struct simulation *sim, struct simulation_result *result) {
    int32_t workers = sim->options->scenario->cluster.workers;
    struct runlog_ending ending = {.status = result->status,
                                   .end_ns = result->end_ns,
                                   .event_count = sim->event_rows,
                                   .timeline_fingerprint = result->timeline_fingerprint,
                                   .parameter_fingerprint = result->parameter_fingerprint,
                                   .worker_count = workers,
                                   .service = sim->service,
                                   .stalled_since_ns = result->stalled_since_ns};
    memcpy(ending.reason, result->failure, sizeof ending.reason);
    ending.workers = memory_allocate((size_t)workers, sizeof *ending.workers);
    for (int32_t i = 0; i < workers; i++) {
        ending.workers[i] = worker_totals(sim, &sim->workers[i], result->end_ns);
    }
    INVARIANT(sim->gradients_applied <= sim->dispatched);
    ending.final = sim->store.current == NULL ? NULL : sim->store.current->values;
    if (sim->local != NULL && sim->local->centre != NULL) {
        ending.centre = sim->local->centre->values;
    }
    row_output_end(&sim->output, &ending);
    memory_free(ending.workers);
}

void simulation_end(struct simulation *sim, struct simulation_result *result) {
    if (sim->local != NULL) {
        simulation_local_end(sim);
    }
    close_flights(sim);
    result->timeline_fingerprint = timeline_fingerprint_value(&sim->output.fingerprint);
    result->parameter_fingerprint = simulation_parameter_hash(sim);
    tell_ending(sim, result);
}
