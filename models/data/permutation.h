// SPDX-License-Identifier: GPL-3.0-or-later
// A random order of 0 .. count-1 that is computed place by place: no memory for each worker and
// epoch, and any place costs the same. Small counts are shuffled (every order equally likely);
// larger ones go through a Feistel network on a grid of left * right >= count cells with additions
// modulo the sides, walked until the cell is below count (Black and Rogaway 2002). The round keys
// come from Philox.
#pragma once

#include <stdint.h>

enum { PERMUTATION_SHUFFLED_MAX = 64, PERMUTATION_ROUNDS = 10 };

struct permutation {
    uint32_t count;
    uint32_t left; // sides of the grid
    uint32_t right;
    uint64_t keys[PERMUTATION_ROUNDS];
    int32_t shuffled[PERMUTATION_SHUFFLED_MAX]; // of small counts
};

// The order of stream (seed, RNG_MINIBATCH, worker, epoch). Requires: 1 <= count <= 2^31.
void permutation_init(struct permutation *permutation, uint64_t seed, uint32_t worker,
                      uint32_t epoch, uint32_t count);

// What stands at a place. Requires: place < count.
uint32_t permutation_at(const struct permutation *permutation, uint32_t place);
