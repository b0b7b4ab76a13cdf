// SPDX-License-Identifier: GPL-3.0-or-later
// The means of the workers' models: what a reduction makes, and what is looked at.
#include <math.h>
#include <string.h>

#include "models/data/shard.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/simulation/local_models.h"
#include "sim/training/model_average.h"
#include "sim/training/optimizer.h"

float *local_weights(const struct simulation *sim) {
    size_t workers = (size_t)sim->options->scenario->cluster.workers;
    const struct averaging_options *averaging = &sim->options->scenario->training.policy.averaging;
    if (averaging->weights == WEIGHTS_EQUAL || sim->options->shards == NULL) {
        return NULL;
    }
    float *weights = memory_allocate(workers, sizeof *weights);
    for (size_t i = 0; i < workers; i++) {
        size_t samples = 0;
        shard_plan_samples(sim->options->shards, (int32_t)i, &samples);
        weights[i] = (float)samples;
    }
    return weights;
}

// Of so many vectors, those of worker "first" and the ones behind it.
static void average(const struct simulation *sim, int32_t first, size_t members, float *mean) {
    REQUIRE(members >= 1 && first + (int64_t)members <= local_worker_count(sim));
    const struct local_run *local = sim->local;
    if (local->weights == NULL) {
        model_average_mean(local->vectors, members, sim->store.count, mean);
    } else {
        model_average_weighted(local->vectors, local->weights + first, members, sim->store.count,
                               mean);
    }
}

double local_average(struct simulation *sim, struct local_reduction *reduction) {
    REQUIRE(!reduction->has_result);
    reduction->has_result = true;
    if (!sim->computes) {
        return (double)NAN;
    }
    const struct averaging_group *group = &reduction->group;
    bool overlaps = sim->local->averaging.scheme->overlaps;
    const float **vectors = sim->local->vectors;
    size_t members = (size_t)group->members;
    for (size_t i = 0; i < members; i++) {
        const struct local_worker *worker = local_worker_of(sim, group->first + (int32_t)i);
        vectors[i] = overlaps ? worker->given->values : worker->model->values;
    }
    local_hold(sim, &reduction->result, parameter_store_prepare(&sim->store));
    average(sim, group->first, members, reduction->result->values);
    return model_average_spread(vectors, members, sim->store.count, reduction->result->values);
}

// The mean of all models: a reference of the caller's. Models that are the same to the bit are
// their own mean, whatever a division would round.
static struct parameter_version *mean_of_all(struct simulation *sim) {
    REQUIRE(sim->store.current != NULL);
    const float **vectors = sim->local->vectors;
    bool same = true;
    for (int32_t i = 0; i < local_worker_count(sim); i++) {
        vectors[i] = local_worker_of(sim, i)->model->values;
        same = same && local_worker_of(sim, i)->identity == local_worker_of(sim, 0)->identity;
    }
    if (same) {
        return parameter_store_acquire(&sim->store, local_worker_of(sim, 0)->model);
    }
    struct parameter_version *mean = parameter_store_prepare(&sim->store);
    average(sim, 0, (size_t)local_worker_count(sim), mean->values);
    return mean;
}

double local_spread(struct simulation *sim) {
    if (!sim->computes) {
        return (double)NAN;
    }
    struct parameter_version *mean = mean_of_all(sim);
    const float **vectors = sim->local->vectors;
    double spread = model_average_spread(vectors, (size_t)local_worker_count(sim), sim->store.count,
                                         mean->values);
    parameter_store_release(&sim->store, mean);
    ENSURE(!(spread < 0));
    return spread;
}

void local_average_momenta(struct simulation *sim, const struct averaging_group *group) {
    REQUIRE(group->first >= 0 && group->members >= 1);
    float *velocities = sim->optimizer.worker_velocities;
    const float **vectors = sim->local->vectors;
    size_t count = sim->store.count;
    size_t members = (size_t)group->members;
    if (velocities == NULL || !sim->computes) {
        return;
    }
    float *first = velocities + (size_t)group->first * count;
    for (size_t i = 0; i < members; i++) {
        vectors[i] = first + i * count;
    }
    average(sim, group->first, members, sim->sum);
    for (size_t i = 0; i < members; i++) {
        memcpy(first + i * count, sim->sum, count * sizeof *first);
    }
}

// What is looked at is the latest version, and no mean of models.
static bool shows_version(const struct simulation *sim) {
    return sim->local->averaging.scheme->merges_make_versions ||
           sim->local->training.policy.averaging.evaluate == ELASTIC_CENTRE;
}

// ---- what is looked at ----

static int64_t identity_of_subject(void *context) {
    const struct simulation *sim = context;
    return shows_version(sim) ? sim->server.version : sim->local->changes;
}

static struct parameter_version *take_subject(void *context) {
    struct simulation *sim = context;
    return shows_version(sim) ? parameter_store_acquire(&sim->store, sim->store.current)
                              : mean_of_all(sim);
}

struct evaluation_subject local_subject(struct simulation *sim) {
    REQUIRE(sim->local != NULL);
    return (struct evaluation_subject){sim, identity_of_subject, take_subject};
}

void local_settle(struct simulation *sim) {
    REQUIRE(sim->local->centre == NULL);
    if (sim->store.current == NULL) {
        return;
    }
    if (sim->local->averaging.scheme->exchanges_first != NULL) {
        local_hold(sim, &sim->local->centre, local_share(sim, sim->store.current));
    }
    struct parameter_version *final = take_subject(sim);
    optimizer_canonical_nan(final->values, sim->store.count);
    final->version = sim->store.current->version;
    parameter_store_release(&sim->store, sim->store.current);
    sim->store.current = final;
}
