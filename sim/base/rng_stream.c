// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/rng_stream.h"

#include <Random123/philox.h>

#include "sim/base/check.h"

void rng_stream_init(struct rng_stream *stream, uint64_t seed, enum rng_purpose purpose,
                     uint32_t actor, uint32_t number, uint32_t draw) {
    REQUIRE(draw < 1u << 24);
    stream->key[0] = (uint32_t)seed;
    stream->key[1] = (uint32_t)(seed >> 32);
    stream->counter[0] = 0;
    stream->counter[1] = (uint32_t)purpose | draw << 8;
    stream->counter[2] = actor;
    stream->counter[3] = number;
    stream->used = RNG_BLOCK_WORDS;
    stream->draws = 0;
}

void rng_stream_next_draw(struct rng_stream *stream) {
    REQUIRE(stream->counter[1] >> 8 < (1u << 24) - 1);
    stream->counter[0] = 0;
    stream->counter[1] += 1u << 8;
    stream->used = RNG_BLOCK_WORDS;
}

void rng_stream_beside(const struct rng_stream *stream, struct rng_stream *beside) {
    REQUIRE(stream->counter[1] >> 8 < 1u << 23);
    *beside = *stream;
    beside->counter[0] = 0;
    beside->counter[1] += 1u << 31;
    beside->used = RNG_BLOCK_WORDS;
    beside->draws = 0;
}

void rng_stream_next_block(struct rng_stream *stream) {
    REQUIRE(stream->used == RNG_BLOCK_WORDS);
    philox4x32_key_t key = {{stream->key[0], stream->key[1]}};
    philox4x32_ctr_t counter = {
        {stream->counter[0], stream->counter[1], stream->counter[2], stream->counter[3]}};
    philox4x32_ctr_t output = philox4x32(counter, key);
    for (int i = 0; i < RNG_BLOCK_WORDS; i++) {
        stream->block[i] = output.v[i];
    }
    stream->counter[0]++;
    INVARIANT(stream->counter[0] != 0);
    stream->used = 0;
}

// Below "count", each equally likely; as GSL draws it, so that nobody's shards are others.
static uint32_t draw_below(struct rng_stream *stream, uint32_t count) {
    uint32_t share = UINT32_MAX / count;
    uint32_t index = count;
    while (index >= count) {
        index = rng_stream_u32(stream) / share;
    }
    return index;
}

void rng_stream_shuffle(struct rng_stream *stream, int32_t *items, size_t count) {
    REQUIRE((items != NULL || count == 0) && count <= INT32_MAX);
    for (size_t last = count; last > 1; last--) {
        uint32_t other = draw_below(stream, (uint32_t)last);
        int32_t item = items[last - 1];
        items[last - 1] = items[other];
        items[other] = item;
    }
}
