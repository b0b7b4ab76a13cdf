// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/unit_points.h"

#include <gsl/gsl_qrng.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"

static double draw(uint64_t seed, size_t dimension, size_t number) {
    REQUIRE(dimension < UNIT_DIMENSIONS_MAX && number <= UINT32_MAX);
    struct rng_stream stream;
    rng_stream_init(&stream, seed, RNG_DESIGN, (uint32_t)dimension, (uint32_t)number, 0);
    return rng_stream_uniform(&stream);
}

static void fill_random(uint64_t seed, size_t count, size_t dimensions, double *points) {
    for (size_t i = 0; i < count; i++) {
        for (size_t d = 0; d < dimensions; d++) {
            points[i * dimensions + d] = draw(seed, d, i);
        }
    }
}

static void fill_latin_hypercube(uint64_t seed, size_t count, size_t dimensions, double *points) {
    int32_t *parts = memory_allocate(count, sizeof *parts);
    for (size_t d = 0; d < dimensions; d++) {
        struct rng_stream stream;
        rng_stream_init(&stream, seed, RNG_DESIGN_ORDER, (uint32_t)d, 0, 0);
        for (size_t i = 0; i < count; i++) {
            parts[i] = (int32_t)i;
        }
        rng_stream_shuffle(&stream, parts, count);
        for (size_t i = 0; i < count; i++) {
            points[i * dimensions + d] = (parts[i] + draw(seed, d, i)) / (double)count;
        }
    }
    memory_free(parts);
}

static void fill_sobol(size_t count, size_t dimensions, double *points) {
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)dimensions);
    INVARIANT(sequence != NULL);
    for (size_t i = 0; i < count; i++) {
        gsl_qrng_get(sequence, points + i * dimensions);
    }
    gsl_qrng_free(sequence);
}

void unit_points(enum unit_design design, uint64_t seed, size_t count, size_t dimensions,
                 double *points) {
    REQUIRE(dimensions >= 1 && dimensions <= UNIT_DIMENSIONS_MAX);
    REQUIRE(count <= INT32_MAX);
    switch (design) {
    case UNIT_RANDOM:
        fill_random(seed, count, dimensions, points);
        return;
    case UNIT_LATIN_HYPERCUBE:
        fill_latin_hypercube(seed, count, dimensions, points);
        return;
    case UNIT_SOBOL:
        fill_sobol(count, dimensions, points);
        return;
    case UNIT_DESIGN_COUNT:
    default:
        REQUIRE(design < UNIT_DESIGN_COUNT);
    }
}
