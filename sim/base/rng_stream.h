// SPDX-License-Identifier: GPL-3.0-or-later
// Counter-based random streams: Philox4x32-10 (Salmon et al., SC 2011; Random123), one stream for
// each (seed, purpose, actor, number, draw). A stream is a value: nobody's draws move when somebody
// else draws, so worker 3's 41st gradient has the same delay and minibatch under every policy
// (common random numbers). The Philox key is the seed; the counter is (block, purpose | draw << 8,
// actor, number).
#pragma once

#include <stddef.h>
#include <stdint.h>

// Part of the semantics: a number once given is never used for another purpose. 200 and 201 were
// given twice, and stay, since results depend on them: no simulation draws them, whose numbers are
// below 200. With one seed a design's first coordinates have words of a comparison's bootstrap:
// which rounds it takes again does not follow from what happened in them.
enum rng_purpose {
    RNG_COMPUTE = 1,          // (worker, gradient)
    RNG_DELAY = 2,            // (worker, gradient)
    RNG_DELAYED = 3,          // (worker, gradient): whether this gradient is delayed at all
    RNG_PUSH_LATENCY = 4,     // (worker, gradient)
    RNG_REPLY_LATENCY = 5,    // (worker, gradient)
    RNG_RECEIVE = 6,          // (worker, gradient)
    RNG_UPDATE = 7,           // (0, version made)
    RNG_REPLY = 8,            // (worker, gradient)
    RNG_TIE = 9,              // (worker, gradient)
    RNG_SHARDS = 10,          // (0, 0): the permutation of the training set
    RNG_MINIBATCH = 11,       // (worker, epoch): the order of the worker's shard
    RNG_INITIAL_WEIGHTS = 12, // (tensor, 0)
    RNG_DATA = 13,            // random data sets
    RNG_GRADIENT_NOISE = 14,  // (worker, gradient): of the noisy quadratic
    RNG_STREAM = 15,          // (worker, minibatch): which samples of a stream
    RNG_INTRA_LATENCY = 20,   // (group, reduction): within clusters
    RNG_INTER_LATENCY = 21,   // (group, reduction): between clusters
    RNG_REDUCTION_TIE = 22,   // (group, reduction)
    RNG_WHO = 23,             // (hash of a name, worker): who is drawn into a set of workers
    RNG_PUSH_LOSS = 30,       // (worker, gradient): which attempts of the push are lost
    RNG_REPLY_LOSS = 31,      // (worker, gradient): likewise
    RNG_REDUCTION_LOSS = 32,  // (group, reduction): likewise, step after step
    RNG_UPLINK_PUSH = 40,     // (worker, gradient): the latency of its group's uplink
    RNG_UPLINK_REPLY = 41,    // (worker, gradient): likewise
    RNG_UPLINK_REDUCE = 42,   // (group, reduction): likewise
    RNG_INCIDENT_GAP = 45,    // (worker, incident); of the seed XOR the hash of the event's name
    RNG_INCIDENT_SPAN = 46,   // likewise
    RNG_BOOTSTRAP = 200,      // (0, draw): statistics of finished runs, no part of a simulation
    RNG_SIGN_FLIP = 201,      // (0, draw): likewise
    RNG_DESIGN = 200,         // (dimension, point): designs of sweeps
    RNG_DESIGN_ORDER = 201,   // (dimension, 0): the order of the parts of a Latin hypercube
    RNG_VALIDATION = 202,     // (hash of a row's name, round): the seeds of closed forms' runs
    RNG_TEST = 255,           // tests only
};

enum { RNG_BLOCK_WORDS = 4 };

struct rng_stream {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[RNG_BLOCK_WORDS]; // the current Philox output
    uint32_t used;                   // words of it that are spent, 0..4
    uint64_t draws;                  // 32-bit words drawn since init
};

// Requires: draw < 2^24.
void rng_stream_init(struct rng_stream *stream, uint64_t seed, enum rng_purpose purpose,
                     uint32_t actor, uint32_t number, uint32_t draw);

// Begins the next draw of the same key: what is left of this one is not used. Requires: the draw is
// below 2^24 - 1.
void rng_stream_next_draw(struct rng_stream *stream);

// A stream for a choice about this draw, which takes none of its words: the draw 2^23 above it.
// Requires: the draw is below 2^23.
void rng_stream_beside(const struct rng_stream *stream, struct rng_stream *beside);

// What the stream was keyed by.
static inline uint32_t rng_stream_actor(const struct rng_stream *stream) {
    return stream->counter[2];
}
static inline uint32_t rng_stream_number(const struct rng_stream *stream) {
    return stream->counter[3];
}

// Called by the draws below, when all words are spent.
void rng_stream_next_block(struct rng_stream *stream);

static inline uint32_t rng_stream_u32(struct rng_stream *stream) {
    if (stream->used == RNG_BLOCK_WORDS) {
        rng_stream_next_block(stream);
    }
    stream->draws++;
    return stream->block[stream->used++];
}
// Two words, the low one first.
static inline uint64_t rng_stream_u64(struct rng_stream *stream) {
    uint64_t low = rng_stream_u32(stream);
    return low | (uint64_t)rng_stream_u32(stream) << 32;
}

// Uniform on [0, 1) with 53 bits: two words.
static inline double rng_stream_uniform(struct rng_stream *stream) {
    return (double)(rng_stream_u64(stream) >> 11) * 0x1p-53;
}

// Fisher-Yates shuffle of 32-bit items (as GSL shuffles), so that every order is equally likely.
void rng_stream_shuffle(struct rng_stream *stream, int32_t *items, size_t count);
