// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/minibatch.h"

#include "models/data/permutation.h"
#include "sim/base/check.h"
#include "sim/base/rng_stream.h"

static void draw_of_stream(size_t count, struct rng_stream *stream, size_t batch,
                           int32_t *indices) {
    REQUIRE(count >= 1 && count <= INT32_MAX);
    for (size_t i = 0; i < batch; i++) {
        indices[i] = (int32_t)((unsigned __int128)rng_stream_u64(stream) * count >> 64);
    }
}

void minibatch_indices(const struct shard_plan *plan, uint64_t seed, int32_t worker, int64_t number,
                       size_t batch, int32_t *indices) {
    REQUIRE(worker >= 0 && number >= 0 && batch >= 1);
    size_t streams = shard_plan_streams(plan);
    if (streams > 0) {
        struct rng_stream stream;
        REQUIRE(number <= UINT32_MAX);
        rng_stream_init(&stream, seed, RNG_STREAM, (uint32_t)worker, (uint32_t)number, 0);
        draw_of_stream(streams, &stream, batch, indices);
        return;
    }
    size_t count = 0;
    const int32_t *samples = shard_plan_samples(plan, worker, &count);
    uint64_t first = 0;
    REQUIRE(!__builtin_mul_overflow((uint64_t)number, batch, &first));
    struct permutation permutation;
    uint64_t epoch = first / count;
    uint64_t place = first % count;
    for (size_t i = 0; i < batch; i++, place++) {
        if (place == count) {
            epoch++;
            place = 0;
        }
        if (i == 0 || place == 0) {
            REQUIRE(epoch <= UINT32_MAX);
            permutation_init(&permutation, seed, (uint32_t)worker, (uint32_t)epoch,
                             (uint32_t)count);
        }
        indices[i] = (int32_t)permutation_at(&permutation, (uint32_t)place);
        __builtin_prefetch(&samples[indices[i]]); // far away in memory, each of them
    }
    for (size_t i = 0; i < batch; i++) {
        indices[i] = samples[indices[i]];
    }
}
