// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/gsl_stream.h"

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
