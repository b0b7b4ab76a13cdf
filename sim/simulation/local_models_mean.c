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

// Of the first so many vectors.
static void average(const struct simulation *sim, size_t members, float *mean) {
    REQUIRE(members >= 1 && members <= (size_t)local_worker_count(sim));
    const struct local_run *local = sim->local;
    if (local->weights == NULL) {
        model_average_mean(local->vectors, members, sim->store.count, mean);
    } else {
        model_average_weighted(local->vectors, local->picked, members, sim->store.count, mean);
    }
}

bool local_reduces(const struct simulation *sim, const struct averaging_group *group,
                   int32_t worker) {
    REQUIRE(worker >= group->first && worker < group->first + group->members);
    return local_worker_of(sim, worker)->reduces ==
           (group->all ? LOCAL_WAIT_ALL : LOCAL_WAIT_CLUSTER);
}

bool local_takes(const struct simulation *sim, const struct averaging_group *group,
                 int32_t worker) {
    const struct averaging *averaging = &sim->local->averaging;
    REQUIRE(worker >= group->first && worker < group->first + group->members);
    if (averaging->presence[worker] != AVERAGING_PRESENT) {
        return group->all && averaging->presence[worker] == AVERAGING_IDLE &&
               !averaging->out[worker];
    }
    return averaging->scheme->merges_make_versions ? local_takes_part(sim, worker)
                                                   : local_reduces(sim, group, worker);
}

// Of those members who take part, or, at the end of a reduction, who wait for that, in order, the
// vectors and their weights. Returns how many.
static size_t pick(const struct simulation *sim, const struct averaging_group *group, bool is_over,
                   const float *(*vector_of)(const struct simulation *sim, int32_t worker)) {
    const struct local_run *local = sim->local;
    size_t count = 0;
    for (int32_t i = group->first; i < group->first + group->members; i++) {
        if (is_over ? local_reduces(sim, group, i) : local_takes_part(sim, i)) {
            local->picked[count] = local->weights == NULL ? 1 : local->weights[i];
            local->vectors[count++] = vector_of(sim, i);
        }
    }
    ENSURE(count <= (size_t)group->members);
    return count;
}

static const float *model_of(const struct simulation *sim, int32_t worker) {
    return local_worker_of(sim, worker)->model->values;
}

static const float *given_by(const struct simulation *sim, int32_t worker) {
    return local_worker_of(sim, worker)->given->values;
}

static const float *velocity_of(const struct simulation *sim, int32_t worker) {
    return sim->optimizer.worker_velocities + (size_t)worker * sim->store.count;
}

static int32_t count_taking_part(const struct simulation *sim,
                                 const struct averaging_group *group) {
    int32_t count = 0;
    for (int32_t i = group->first; i < group->first + group->members; i++) {
        count += local_takes_part(sim, i);
    }
    return count;
}

double local_average(struct simulation *sim, struct local_reduction *reduction) {
    REQUIRE(!reduction->has_result);
    reduction->has_result = true;
    reduction->given = count_taking_part(sim, &reduction->group);
    if (!sim->computes) {
        return (double)NAN;
    }
    bool overlaps = sim->local->averaging.scheme->overlaps;
    size_t members = pick(sim, &reduction->group, false, overlaps ? given_by : model_of);
    local_hold(sim, &reduction->result, parameter_store_prepare(&sim->store));
    average(sim, members, reduction->result->values);
    return model_average_spread(sim->local->vectors, members, sim->store.count,
                                reduction->result->values);
}

// The mean of the models of those who take part: a reference of the caller's. Models that are the
// same to the bit are their own mean, whatever a division would round. Without any it is the latest
// version.
static struct parameter_version *mean_of_all(struct simulation *sim) {
    REQUIRE(sim->store.current != NULL);
    const struct averaging_group all = averaging_all(&sim->local->averaging);
    if (sim->local->averaging.taking_part == 0) {
        return parameter_store_acquire(&sim->store, sim->store.current);
    }
    const struct local_worker *first =
        local_worker_of(sim, averaging_first_present(&sim->local->averaging, all));
    bool same = true;
    for (int32_t i = 0; i < all.members; i++) {
        same = same &&
               (!local_takes_part(sim, i) || local_worker_of(sim, i)->identity == first->identity);
    }
    if (same) {
        return parameter_store_acquire(&sim->store, first->model);
    }
    struct parameter_version *mean = parameter_store_prepare(&sim->store);
    average(sim, pick(sim, &all, false, model_of), mean->values);
    return mean;
}

double local_spread(struct simulation *sim) {
    if (!sim->computes) {
        return (double)NAN;
    }
    const struct averaging_group all = averaging_all(&sim->local->averaging);
    struct parameter_version *mean = mean_of_all(sim);
    size_t members = pick(sim, &all, false, model_of);
    double spread =
        model_average_spread(sim->local->vectors, members, sim->store.count, mean->values);
    parameter_store_release(&sim->store, mean);
    ENSURE(!(spread < 0));
    return spread;
}

void local_average_momenta(struct simulation *sim, const struct averaging_group *group) {
    REQUIRE(group->first >= 0 && group->members >= 1);
    float *velocities = sim->optimizer.worker_velocities;
    size_t count = sim->store.count;
    if (velocities == NULL || !sim->computes) {
        return;
    }
    size_t members = pick(sim, group, true, velocity_of);
    if (members == 0) {
        return;
    }
    average(sim, members, sim->sum);
    for (int32_t i = group->first; i < group->first + group->members; i++) {
        if (local_takes(sim, group, i)) {
            memcpy(velocities + (size_t)i * count, sim->sum, count * sizeof *velocities);
        }
    }
}

// What is looked at is the latest version, and no mean of models.
static bool shows_version(const struct simulation *sim) {
    return sim->local->averaging.scheme->merges_make_versions ||
           sim->local->training.policy.averaging.evaluate == ELASTIC_CENTRE;
}

// ---- what is looked at ----

// Without anybody who takes part the mean is the latest version, so it may change with that, too.
static int64_t identity_of_subject(void *context) {
    const struct simulation *sim = context;
    INVARIANT(sim->server.version >= 0 && sim->local->changes >= 0);
    return sim->server.version + (shows_version(sim) ? 0 : sim->local->changes);
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
