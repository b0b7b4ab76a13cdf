// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/simulation/checkpoint_keeper.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/simulation_worker.h"

// Messages and gradients under way that carry a version, current or not.
struct carriers {
    struct carried_version **items;
    size_t count;
};

static int by_version(const void *a, const void *b) {
    const struct carried_version *const *left = a;
    const struct carried_version *const *right = b;
    return ((*left)->version > (*right)->version) - ((*left)->version < (*right)->version);
}

static struct carriers find_carriers(const struct simulation *sim) {
    struct carriers carriers = {0};
    carriers.items = memory_allocate(2 * sim->flights.capacity, sizeof(struct carried_version *));
    for (size_t i = 0; i < sim->flights.capacity; i++) {
        struct in_flight *flight = &sim->flights.slots[i];
        if (flight->in_use && !flight->accounted) {
            carriers.items[carriers.count++] = &flight->read;
        }
        if (flight->in_use && flight->reply_begun && !flight->reply_over) {
            carriers.items[carriers.count++] = &flight->reply;
        }
    }
    ENSURE(carriers.count <= 2 * sim->flights.capacity);
    qsort(carriers.items, carriers.count, sizeof(struct carried_version *), by_version);
    return carriers;
}

static void version_field(struct checkpoint *checkpoint, struct simulation *sim,
                          const struct parameter_version *version) {
    REQUIRE(version->references > 0 && sim->store.count > 0);
    checkpoint_field(checkpoint, "version", version->version, version->values,
                     sim->store.count * sizeof(float));
}

// Each version that is carried, once; when restoring, each carrier gets its reference.
static void carried_versions(struct simulation *sim, struct checkpoint *checkpoint) {
    struct carriers carriers = find_carriers(sim);
    struct parameter_version *latest = NULL;
    struct parameter_version *current = sim->store.current;
    INVARIANT(current != NULL);
    for (size_t i = 0; i < carriers.count; i++) {
        struct carried_version *carried = carriers.items[i];
        bool is_new = latest == NULL || latest->version != carried->version;
        INVARIANT(carried->version <= current->version);
        INVARIANT((carried->values == NULL) == checkpoint->restoring);
        if (!checkpoint->restoring) {
            latest = carried->values;
            if (is_new && latest != current) {
                version_field(checkpoint, sim, latest);
            }
        } else if (carried->version == current->version) {
            latest = current;
            carried->values = parameter_store_acquire(&sim->store, latest);
        } else if (is_new) {
            latest = carried->values = parameter_store_prepare(&sim->store);
            latest->version = carried->version;
            version_field(checkpoint, sim, latest);
        } else {
            carried->values = parameter_store_acquire(&sim->store, latest);
        }
    }
    memory_free(carriers.items);
}

static void vector_field(struct checkpoint *checkpoint, const char *name, float *vector,
                         size_t count) {
    if (vector != NULL) {
        checkpoint_field(checkpoint, name, 0, vector, count * sizeof *vector);
    }
}

static void optimizer_fields(struct checkpoint *checkpoint, struct optimizer_state *state) {
    REQUIRE(state->count > 0 && state->workers >= 1);
    vector_field(checkpoint, "velocity", state->velocity, state->count);
    vector_field(checkpoint, "worker velocities", state->worker_velocities,
                 (size_t)state->workers * state->count);
    vector_field(checkpoint, "mean square", state->mean_square, state->count);
    vector_field(checkpoint, "worker mean squares", state->worker_mean_squares,
                 (size_t)state->workers * state->count);
    if (state->step_square != NULL) {
        vector_field(checkpoint, "step square", state->step_square, state->count);
        checkpoint_field(checkpoint, "steps", 0, &state->steps, sizeof state->steps);
    }
}

// All that arithmetic has made and that will be read again: see checkpoint.h.
static void arithmetic_state(struct simulation *sim, struct checkpoint *checkpoint) {
    REQUIRE(sim->store.current != NULL);
    sim->store.current->version = sim->server.version; // a rerun has moved on without it
    version_field(checkpoint, sim, sim->store.current);
    if (sim->local != NULL) {
        local_fields(sim, checkpoint);
    } else {
        carried_versions(sim, checkpoint);
    }
    optimizer_fields(checkpoint, &sim->optimizer);
}

static int by_dispatch(const void *a, const void *b) {
    const struct in_flight *const *left = a;
    const struct in_flight *const *right = b;
    return ((*left)->index > (*right)->index) - ((*left)->index < (*right)->index);
}

// Gradients that nobody has used yet are computed again, in the order in which they were begun.
static void submit_again(struct simulation *sim) {
    struct in_flight **open = memory_allocate(sim->flights.capacity, sizeof *open);
    size_t count = 0;
    for (size_t i = 0; i < sim->flights.capacity; i++) {
        struct in_flight *flight = &sim->flights.slots[i];
        if (flight->in_use && flight->wanted && !flight->accounted) {
            open[count++] = flight;
        }
    }
    qsort(open, count, sizeof(struct in_flight *), by_dispatch);
    for (size_t i = 0; i < count; i++) {
        INVARIANT(open[i]->job == NULL && open[i]->read.values != NULL);
        simulation_submit(sim, open[i]);
    }
    memory_free(open);
}

bool simulation_rerun_is_over(const struct simulation *sim) {
    REQUIRE(sim->options->checkpoint != NULL);
    return sim->engine.events_happened >= sim->options->checkpoint->head.events_happened;
}

bool simulation_end_rerun(struct simulation *sim) {
    REQUIRE(sim->recorded != NULL && !sim->computes);
    struct checkpoint *checkpoint = sim->options->checkpoint;
    bool same =
        simulation_rerun_is_over(sim) && timeline_fingerprint_value(&sim->output.fingerprint) ==
                                             checkpoint->head.timeline_fingerprint;
    if (same && sim->options->executor != NULL) {
        arithmetic_state(sim, checkpoint);
        sim->computes = true;
        submit_again(sim);
    }
    if (!same || !checkpoint_fits(checkpoint)) {
        snprintf(sim->failure, sizeof sim->failure,
                 "running it again up to the checkpoint gives other events");
        return false;
    }
    sim->recorded = NULL;
    row_output_end_rerun(&sim->output);
    return true;
}

void simulation_keep(struct simulation *sim) {
    REQUIRE(sim->options->keeper != NULL && sim->recorded == NULL);
    struct checkpoint checkpoint;
    checkpoint_init(&checkpoint);
    evaluator_finish(&sim->evaluator, sim->engine.now_ns, false);
    INVARIANT(sim->evaluator.count == 0);
    checkpoint.head.events_happened = sim->engine.events_happened;
    checkpoint.head.timeline_fingerprint = timeline_fingerprint_value(&sim->output.fingerprint);
    if (sim->options->executor != NULL) {
        arithmetic_state(sim, &checkpoint);
    }
    checkpoint_keeper_keep(sim->options->keeper, &checkpoint);
    checkpoint_reset(&checkpoint);
}
