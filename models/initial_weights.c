// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/initial_weights.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/rng_stream.h"

void initial_weights_fill(uint64_t seed, uint32_t tensor, size_t fan_in, size_t count,
                          real *values) {
    REQUIRE(values != NULL || count == 0);
    REQUIRE(fan_in >= 1);
    double bound = 1 / sqrt((double)fan_in); // sqrt and / are correctly rounded on every machine
    struct rng_stream stream;
    rng_stream_init(&stream, seed, RNG_INITIAL_WEIGHTS, tensor, 0, 0);
    for (size_t i = 0; i < count; i++) {
        values[i] = (real)(bound * (2 * rng_stream_uniform(&stream) - 1));
    }
}
