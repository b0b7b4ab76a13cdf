// SPDX-License-Identifier: GPL-3.0-or-later
// What a scenario says about its data.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "models/data/dataset.h"
#include "models/data/shard.h"

enum { DATA_NAME_SIZE = 32, DATA_PATH_SIZE = 1024 };

// A path as it was written, and the folder that it is relative to ("" for the working folder): that
// of the file in which it was written.
struct data_path {
    char text[DATA_PATH_SIZE];
    char folder[DATA_PATH_SIZE];
};

// The seed of random data: one of its own, or the scenario's.
struct data_seed {
    bool own;
    uint64_t value; // of its own
};

struct data_options {
    char name[DATA_NAME_SIZE]; // of the catalogue
    enum shards shards;
    double alpha;     // of shards by a Dirichlet law
    int32_t features; // "random" and "stream" only, down to seed
    int32_t classes;  //
    int32_t samples;  // in both splits together
    struct data_seed seed;
    struct data_path path; // "file" only
    double test_share;     // "file" only: of the samples, where the file has no test set
};

// Whether no sample is stored, so that there are no epochs and no shards.
bool data_options_stream(const struct data_options *options);

// What is known of the data before anything is read: for "file" only the name (all numbers 0).
struct dataset_entry data_options_expect(const struct data_options *options);

// The seed that random data are made from.
uint64_t data_options_seed(const struct data_options *options, uint64_t scenario_seed);
