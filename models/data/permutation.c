// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/permutation.h"

#include "sim/base/check.h"
#include "sim/base/rng_stream.h"

// The least side with side * side >= count.
static uint32_t square_side(uint32_t count) {
    REQUIRE(count >= 1);
    uint64_t low = 1;
    uint64_t high = 1 << 16;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (middle * middle >= count) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return (uint32_t)low;
}

static void init_shuffled(struct permutation *permutation, struct rng_stream *stream) {
    for (uint32_t i = 0; i < permutation->count; i++) {
        permutation->shuffled[i] = (int32_t)i;
    }
    rng_stream_shuffle(stream, permutation->shuffled, permutation->count);
}

void permutation_init(struct permutation *permutation, uint64_t seed, uint32_t worker,
                      uint32_t epoch, uint32_t count) {
    REQUIRE(count >= 1 && count <= UINT32_C(1) << 31);
    struct rng_stream stream;
    rng_stream_init(&stream, seed, RNG_MINIBATCH, worker, epoch, 0);
    permutation->count = count;
    if (count <= PERMUTATION_SHUFFLED_MAX) {
        init_shuffled(permutation, &stream);
        return;
    }
    permutation->left = square_side(count);
    permutation->right = (count + permutation->left - 1) / permutation->left;
    INVARIANT((uint64_t)permutation->left * permutation->right >= count);
    for (int i = 0; i < PERMUTATION_ROUNDS; i++) {
        permutation->keys[i] = rng_stream_u64(&stream);
    }
}

// A number below "side" that depends on value and key as if at random: the finisher of splitmix64
// (Steele, Lea, Flood 2014) over their sum, the high half scaled to the side.
static uint32_t round_value(uint32_t value, uint64_t key, uint32_t side) {
    uint64_t x = key + value * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return (uint32_t)(((x >> 32) * side) >> 32);
}

static uint32_t add_modulo(uint32_t a, uint32_t b, uint32_t side) {
    uint32_t sum = a + b;
    return sum >= side ? sum - side : sum;
}

static uint32_t encrypt(const struct permutation *permutation, uint32_t cell) {
    uint32_t l = cell / permutation->right;
    uint32_t r = cell % permutation->right;
    for (int i = 0; i < PERMUTATION_ROUNDS; i += 2) {
        l = add_modulo(l, round_value(r, permutation->keys[i], permutation->left),
                       permutation->left);
        r = add_modulo(r, round_value(l, permutation->keys[i + 1], permutation->right),
                       permutation->right);
    }
    return l * permutation->right + r;
}

uint32_t permutation_at(const struct permutation *permutation, uint32_t place) {
    REQUIRE(place < permutation->count);
    if (permutation->count <= PERMUTATION_SHUFFLED_MAX) {
        return (uint32_t)permutation->shuffled[place];
    }
    uint32_t cell = place;
    do {
        cell = encrypt(permutation, cell);
    } while (cell >= permutation->count);
    return cell;
}
