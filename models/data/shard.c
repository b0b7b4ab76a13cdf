// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/shard.h"

#include "models/data/partition.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"

const char *const shards_names[SHARDS_COUNT] = {
    [SHARDS_DISJOINT] = "disjoint", [SHARDS_WHOLE] = "whole", [SHARDS_DIRICHLET] = "dirichlet"};

struct shard_plan {
    enum shards shards;
    size_t sample_count;
    int32_t workers;
    int32_t *samples; // (sample_count), in the order that is cut; NULL: a stream
    size_t *begins;   // (workers + 1) places in samples; of SHARDS_DIRICHLET
};

static void shuffle_samples(struct shard_plan *plan, uint64_t seed) {
    struct rng_stream stream;
    rng_stream_init(&stream, seed, RNG_SHARDS, 0, 0, 0);
    rng_stream_shuffle(&stream, plan->samples, plan->sample_count);
}

static struct shard_plan *create(enum shards shards, size_t sample_count, int32_t workers) {
    REQUIRE(workers >= 1);
    REQUIRE(sample_count >= 1 && sample_count <= INT32_MAX);
    struct shard_plan *plan = memory_allocate(1, sizeof *plan);
    plan->shards = shards;
    plan->sample_count = sample_count;
    plan->workers = workers;
    plan->samples = memory_allocate(sample_count, sizeof *plan->samples);
    for (size_t i = 0; i < sample_count; i++) {
        plan->samples[i] = (int32_t)i;
    }
    return plan;
}

struct shard_plan *shard_plan_create(enum shards shards, uint64_t seed, size_t sample_count,
                                     int32_t workers) {
    REQUIRE(shards == SHARDS_WHOLE ||
            (shards == SHARDS_DISJOINT && workers >= 1 && sample_count >= (size_t)workers));
    struct shard_plan *plan = create(shards, sample_count, workers);
    if (shards == SHARDS_DISJOINT) {
        shuffle_samples(plan, seed);
    }
    return plan;
}

struct shard_plan *shard_plan_create_dirichlet(const struct partition_options *options) {
    REQUIRE(options->alpha > 0);
    struct shard_plan *plan = create(SHARDS_DIRICHLET, options->sample_count, options->workers);
    shuffle_samples(plan, options->seed);
    plan->begins = memory_allocate((size_t)options->workers + 1, sizeof *plan->begins);
    partition_deal(options, plan->samples, plan->begins);
    return plan;
}

struct shard_plan *shard_plan_create_stream(size_t sample_count) {
    REQUIRE(sample_count >= 1 && sample_count <= INT32_MAX);
    struct shard_plan *plan = memory_allocate(1, sizeof *plan);
    plan->shards = SHARDS_WHOLE;
    plan->sample_count = sample_count;
    return plan;
}

size_t shard_plan_streams(const struct shard_plan *plan) {
    return plan->samples == NULL ? plan->sample_count : 0;
}

void shard_plan_destroy(struct shard_plan *plan) {
    if (plan != NULL) {
        memory_free(plan->samples);
        memory_free(plan->begins);
        memory_free(plan);
    }
}

const int32_t *shard_plan_samples(const struct shard_plan *plan, int32_t worker, size_t *count) {
    REQUIRE(worker >= 0 && plan->samples != NULL);
    if (plan->shards == SHARDS_WHOLE) {
        *count = plan->sample_count;
        return plan->samples;
    }
    REQUIRE(worker < plan->workers);
    if (plan->shards == SHARDS_DIRICHLET) {
        const size_t *begin = &plan->begins[worker];
        *count = begin[1] - begin[0];
        return plan->samples + begin[0];
    }
    size_t least = plan->sample_count / (size_t)plan->workers;
    size_t longer = plan->sample_count % (size_t)plan->workers; // so many shards have one more
    size_t before = (size_t)worker;
    *count = least + (before < longer);
    return plan->samples + before * least + (before < longer ? before : longer);
}

size_t shard_least_count(enum shards shards, size_t sample_count, int32_t workers) {
    REQUIRE(workers >= 1);
    return shards == SHARDS_WHOLE ? sample_count : sample_count / (size_t)workers;
}
