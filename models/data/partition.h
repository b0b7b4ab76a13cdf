// SPDX-License-Identifier: GPL-3.0-or-later
// Shards that are unbalanced by class: for each class the workers' shares follow a symmetric
// Dirichlet law (Hsu, Qi, Brown 2019). It is drawn as Polya's urn (Blackwell, MacQueen 1973): the
// k-th sample of a class goes with probability alpha P / (alpha P + k) to any of the P workers,
// otherwise to the worker of an earlier sample of the class, each equally likely. The two are the
// same law, and the urn needs no gamma draws: no logarithm or power whose last bit might depend on
// the machine.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct partition_options {
    uint64_t seed;
    double alpha; // > 0: small is unbalanced, large is even
    int32_t workers;
    size_t least;          // samples that every worker has
    const uint8_t *labels; // (sample_count)
    size_t sample_count;
};

// order: (sample_count) sample numbers in the order in which they are dealt; comes back with each
// worker's samples together. begins: (workers + 1), overwritten: worker w has the places begins[w]
// to begins[w + 1] - 1. Every sample is dealt once. Who has fewer than "least" afterwards takes
// from those who have most, so that the largest are levelled. Requires: workers * least <=
// sample_count.
void partition_deal(const struct partition_options *options, int32_t *order, size_t *begins);
