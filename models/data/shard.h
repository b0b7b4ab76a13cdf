// SPDX-License-Identifier: GPL-3.0-or-later
// Who owns which training samples: one permutation of the training set keyed by the seed, cut into
// P runs of consecutive places, the first (N mod P) runs one longer; or dealt unevenly by class
// (partition.h) in the order of the same permutation; or the whole set for everyone. Independent of
// the policy.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum shards { SHARDS_DISJOINT, SHARDS_WHOLE, SHARDS_DIRICHLET, SHARDS_COUNT };
extern const char *const shards_names[SHARDS_COUNT];

struct shard_plan;
struct partition_options;

// Disjoint or whole. Requires: disjoint: sample_count >= workers.
struct shard_plan *shard_plan_create(enum shards shards, uint64_t seed, size_t sample_count,
                                     int32_t workers);

// Dealt unevenly by class. Requires: as of partition_deal.
struct shard_plan *shard_plan_create_dirichlet(const struct partition_options *options);

// Of a stream: no worker owns any sample, each gradient draws its own from all of them
// (minibatch.h).
struct shard_plan *shard_plan_create_stream(size_t sample_count);

// Samples of a stream; 0: it is none.
size_t shard_plan_streams(const struct shard_plan *plan);

void shard_plan_destroy(struct shard_plan *plan);

// The worker's samples, borrowed from the plan: *count of them. Under SHARDS_WHOLE all samples in
// file order. Requires: no stream.
const int32_t *shard_plan_samples(const struct shard_plan *plan, int32_t worker, size_t *count);

// Size of the smallest shard; of a Dirichlet law, the most that every worker can be promised. (For
// checking the batch before anything is built.)
size_t shard_least_count(enum shards shards, size_t sample_count, int32_t workers);
