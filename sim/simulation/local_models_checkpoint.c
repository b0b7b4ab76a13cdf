// SPDX-License-Identifier: GPL-3.0-or-later
// The models of workers in a checkpoint.
#include "sim/base/check.h"
#include "sim/simulation/local_models.h"

// A vector of the state. When restoring, *held becomes a buffer of its own.
static void vector_field(struct simulation *sim, struct checkpoint *checkpoint, const char *name,
                         int64_t number, struct parameter_version **held) {
    if (checkpoint->restoring) {
        local_hold(sim, held, parameter_store_prepare(&sim->store));
    }
    INVARIANT(*held != NULL);
    checkpoint_field(checkpoint, name, number, (*held)->values, sim->store.count * sizeof(float));
}

static void same_as(struct simulation *sim, const struct checkpoint *checkpoint,
                    struct parameter_version **held, struct parameter_version *other) {
    REQUIRE(other != NULL);
    if (checkpoint->restoring) {
        local_hold(sim, held, parameter_store_acquire(&sim->store, other));
    }
}

// Gradients that the worker has stepped by keep what was found then; one under way, its model.
static void gradient_fields(struct simulation *sim, struct checkpoint *checkpoint,
                            struct local_worker *worker) {
    for (size_t k = 0; k < worker->open_count; k++) {
        struct in_flight *flight = in_flight_at(&sim->flights, worker->open[k]);
        INVARIANT(flight->wanted || flight->row.ready_ns >= 0);
        if (flight->wanted) {
            same_as(sim, checkpoint, &flight->read.values, worker->model);
        } else {
            checkpoint_field(checkpoint, "loss", flight->index, &flight->row.loss,
                             sizeof flight->row.loss);
            checkpoint_field(checkpoint, "distance", flight->index, &flight->row.distance,
                             sizeof flight->row.distance);
        }
    }
}

static void worker_fields(struct simulation *sim, struct checkpoint *checkpoint, int32_t index) {
    struct local_worker *worker = &sim->local->workers[index];
    struct local_worker *before = &sim->local->workers[index == 0 ? 0 : index - 1];
    INVARIANT(worker->reducing <= worker->open_count);
    if (index > 0 && before->identity == worker->identity) {
        same_as(sim, checkpoint, &worker->model, before->model);
    } else {
        vector_field(sim, checkpoint, "model", index, &worker->model);
    }
    if (worker->root.version == sim->server.version) {
        same_as(sim, checkpoint, &worker->root.values, sim->store.current);
    } else if (index > 0 && before->root.version == worker->root.version) {
        same_as(sim, checkpoint, &worker->root.values, before->root.values);
    } else {
        vector_field(sim, checkpoint, "root", index, &worker->root.values);
    }
    if (sim->local->averaging.scheme->joins != NULL) {
        vector_field(sim, checkpoint, "given", index, &worker->given);
    }
    if (worker->in_window) {
        vector_field(sim, checkpoint, "window", index, &worker->window);
    }
    if (worker->has_pull) {
        vector_field(sim, checkpoint, "pull", index, &worker->pull);
        vector_field(sim, checkpoint, "reply", index, &worker->reply.values);
    }
    gradient_fields(sim, checkpoint, worker);
}

void local_fields(struct simulation *sim, struct checkpoint *checkpoint) {
    REQUIRE(sim->store.current->version == sim->server.version);
    const struct averaging *averaging = &sim->local->averaging;
    int32_t clusters = averaging->workers / averaging->options.cluster_size;
    for (int32_t i = 0; i < averaging->workers; i++) {
        worker_fields(sim, checkpoint, i);
    }
    for (int32_t i = 0; i <= clusters; i++) {
        if (sim->local->reductions[i].has_result) {
            vector_field(sim, checkpoint, "reduction", i, &sim->local->reductions[i].result);
        }
    }
}
