// SPDX-License-Identifier: GPL-3.0-or-later
// What an executor is given.
#pragma once

#include <stdint.h>

#include "models/data/dataset.h"
#include "models/data/shard.h"
#include "models/model.h"

// Everything is borrowed and must outlive the executor.
struct executor_options {
    int32_t threads; // >= 1
    const struct model *model;
    const struct dataset *dataset; // NULL for a model that takes no data; so are the shards
    const struct shard_plan *shards;
    uint64_t seed;
    int32_t batch;
    int32_t workers;      // how many gradients can be under way at once
    int64_t local_steps;  // of one gradient: 0 and 1 stand for a plain one
    int32_t test_samples; // an evaluation takes the first so many of each split
    int32_t train_samples;
};
