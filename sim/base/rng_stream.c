// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/rng_stream.h"

#include <Random123/philox.h>
#include <gsl/gsl_randist.h>

#include "sim/base/check.h"
#include "sim/base/gsl_stream.h"

enum { BLOCK_WORDS = 4 };

void rng_stream_init(struct rng_stream *stream, uint64_t seed, enum rng_purpose purpose,
                     uint32_t actor, uint32_t number, uint32_t draw) {
    REQUIRE(draw < 1u << 24);
    stream->key[0] = (uint32_t)seed;
    stream->key[1] = (uint32_t)(seed >> 32);
    stream->counter[0] = 0;
    stream->counter[1] = (uint32_t)purpose | draw << 8;
    stream->counter[2] = actor;
    stream->counter[3] = number;
    stream->used = BLOCK_WORDS;
    stream->draws = 0;
}

static void next_block(struct rng_stream *stream) {
    REQUIRE(stream->used == BLOCK_WORDS);
    philox4x32_key_t key = {{stream->key[0], stream->key[1]}};
    philox4x32_ctr_t counter = {
        {stream->counter[0], stream->counter[1], stream->counter[2], stream->counter[3]}};
    philox4x32_ctr_t output = philox4x32(counter, key);
    for (int i = 0; i < BLOCK_WORDS; i++) {
        stream->block[i] = output.v[i];
    }
    stream->counter[0]++;
    INVARIANT(stream->counter[0] != 0);
    stream->used = 0;
}

uint32_t rng_stream_u32(struct rng_stream *stream) {
    if (stream->used == BLOCK_WORDS) {
        next_block(stream);
    }
    stream->draws++;
    return stream->block[stream->used++];
}

uint64_t rng_stream_u64(struct rng_stream *stream) {
    uint64_t low = rng_stream_u32(stream);
    return low | (uint64_t)rng_stream_u32(stream) << 32;
}

double rng_stream_uniform(struct rng_stream *stream) {
    return (double)(rng_stream_u64(stream) >> 11) * 0x1p-53;
}

void rng_stream_shuffle(struct rng_stream *stream, int32_t *items, size_t count) {
    REQUIRE(items != NULL || count == 0);
    if (count < 2) {
        return; // GSL counts down from count - 1
    }
    gsl_rng view = gsl_stream_view(stream);
    gsl_ran_shuffle(&view, items, count, sizeof *items);
}

// ---- the gsl_rng_type ----

static void gsl_set(void *state, unsigned long seed) {
    rng_stream_init(state, seed, RNG_TEST, 0, 0, 0);
}

static unsigned long gsl_get(void *state) {
    return rng_stream_u32(state);
}

static double gsl_get_double(void *state) {
    return rng_stream_uniform(state);
}

static const gsl_rng_type philox_type = {
    "philox4x32-10", UINT32_MAX, 0, sizeof(struct rng_stream), gsl_set, gsl_get, gsl_get_double};

gsl_rng gsl_stream_view(struct rng_stream *stream) {
    return (gsl_rng){.type = &philox_type, .state = stream};
}
