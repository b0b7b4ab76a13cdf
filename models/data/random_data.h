// SPDX-License-Identifier: GPL-3.0-or-later
// Random data for classification after scikit-learn's make_classification (Guyon's design of the
// NIPS 2003 feature selection challenge): two clusters a class, each around its own corner of a
// hypercube in the informative features, stretched by its own random matrix; further features are
// linear combinations of these or noise; one label in a hundred is random. Only integers, sums and
// products, no function of libm: the bits depend on nothing but the options.
#pragma once

#include <stdint.h>

#include "models/data/dataset.h"

enum {
    RANDOM_CLUSTERS_PER_CLASS = 2,
    RANDOM_INFORMATIVE_MAX = 32,
    RANDOM_FEATURES_MAX = 65536,
    RANDOM_SAMPLES_MAX = 10000000,
    STREAM_FEATURES_MAX = 1024,
    STREAM_SAMPLES_MAX = 2000000000, // numbers of samples are 32 bits wide
};

// So many floats at most: 4 GB.
#define RANDOM_VALUES_MAX INT64_C(1000000000)

struct random_data_options {
    int32_t features;
    int32_t classes;
    int32_t samples; // the first 80 % (rounded down) are for training
    uint64_t seed;
};

// NULL, or what is wrong with the options, in words.
const char *random_data_check(const struct random_data_options *options);

// How the samples are split.
size_t random_data_train_count(int32_t samples);

// Requires: random_data_check is content.
struct dataset *random_data_create(const struct random_data_options *options);

// A stream: samples by the same design, each made anew from its number whenever it is gathered, and
// never stored. Their Gaussian draws are sums of twelve bytes rather than of twelve words, for they
// are made in every gradient; the samples are not those of random_data_create.
const char *random_stream_check(const struct random_data_options *options); // likewise

// Requires: random_stream_check is content. Its hash is that of the design.
struct dataset *random_stream_create(const struct random_data_options *options);
