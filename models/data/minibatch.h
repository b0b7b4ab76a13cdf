// SPDX-License-Identifier: GPL-3.0-or-later
// Which samples a gradient is taken on. Minibatch number m of a worker: places m*b .. m*b + b-1 of
// the worker's concatenated per-epoch permutations of its shard, each keyed (seed, RNG_MINIBATCH,
// worker, epoch); a batch may straddle epochs. A pure function of its arguments: any thread may ask
// for any minibatch in any order. Of a stream every sample is drawn from all, independently, by
// (seed, RNG_STREAM, worker, number): there are no epochs.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "models/data/shard.h"

// indices: (batch), overwritten with sample indices of the training set. Requires: number >= 0,
// batch >= 1.
void minibatch_indices(const struct shard_plan *plan, uint64_t seed, int32_t worker, int64_t number,
                       size_t batch, int32_t *indices);
