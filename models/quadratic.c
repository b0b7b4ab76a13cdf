// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/quadratic.h"

#include "sim/base/check.h"
#include "sim/base/rng_stream.h"

enum { HALF_THE_UNIFORMS = 6, UNIFORMS = 12 }; // each has the variance 1/12

// A word is uniform on 0 .. 2^32 - 1, with the mean (2^32 - 1) / 2.
static double draw_noise(struct rng_stream *stream) {
    int64_t sum = 0;
    for (int i = 0; i < UNIFORMS; i++) {
        sum += rng_stream_u32(stream);
    }
    return (double)(sum - HALF_THE_UNIFORMS * (int64_t)UINT32_MAX) * 0x1p-32;
}

double quadratic_gradient(const struct quadratic_options *options, const real *parameters,
                          const struct gradient_key *key, real *gradient) {
    REQUIRE(options->dimension >= 1 && gradient != parameters);
    REQUIRE(key->worker >= 0 && key->number >= 0 && key->number <= UINT32_MAX);
    struct rng_stream stream;
    rng_stream_init(&stream, key->seed, RNG_GRADIENT_NOISE, (uint32_t)key->worker,
                    (uint32_t)key->number, 0);
    for (int32_t i = 0; i < options->dimension; i++) {
        double noise = options->noise * draw_noise(&stream);
        gradient[i] = (real)(options->curvature * (double)parameters[i] + noise);
    }
    return quadratic_loss(options, parameters);
}

double quadratic_loss(const struct quadratic_options *options, const real *parameters) {
    REQUIRE(options->dimension >= 1);
    double squares = 0;
    for (int32_t i = 0; i < options->dimension; i++) {
        squares += (double)parameters[i] * (double)parameters[i];
    }
    return options->curvature / 2 * squares;
}
