// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/bootstrap.h"

#include <gsl/gsl_sort.h>
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "sim/report/spread.h"

// 0 .. count - 1 from 32 random bits: the chances differ by less than count / 2^32.
static size_t draw_index(struct rng_stream *stream, size_t count) {
    REQUIRE(count > 0);
    return (size_t)(((uint64_t)rng_stream_u32(stream) * count) >> 32);
}

// T* of each sample that has a spread; returns how many have.
static size_t draw_statistics(const double *values, size_t count, double mean, uint32_t draws,
                              uint64_t seed, double *statistics) {
    REQUIRE(count > 1 && draws > 0);
    double *sample = memory_allocate(count, sizeof *sample);
    size_t found = 0;
    for (uint32_t b = 0; b < draws; b++) {
        struct rng_stream stream;
        rng_stream_init(&stream, seed, RNG_BOOTSTRAP, 0, b, 0);
        for (size_t i = 0; i < count; i++) {
            sample[i] = values[draw_index(&stream, count)];
        }
        struct spread spread = spread_of(sample, count);
        if (spread.error > 0) {
            statistics[found++] = (spread.mean - mean) / spread.error;
        }
    }
    memory_free(sample);
    return found;
}

// The value of rank share * (count + 1), between its neighbours where that is not whole.
static double sorted_quantile(const double *sorted, size_t count, double share) {
    REQUIRE(count > 0);
    REQUIRE(share >= 0 && share <= 1);
    double rank = share * ((double)count + 1);
    double below = fmin(fmax(floor(rank), 1), (double)count);
    double above = fmin(below + 1, (double)count);
    double part = fmin(fmax(rank - below, 0), 1);
    return (1 - part) * sorted[(size_t)below - 1] + part * sorted[(size_t)above - 1];
}

struct bootstrap_interval bootstrap_t_of(const double *values, size_t count, double level,
                                         uint32_t draws, uint64_t seed) {
    REQUIRE(level > 0 && level < 1 && draws > 0);
    struct bootstrap_interval interval = {(double)NAN, (double)NAN};
    struct spread spread = spread_of(values, count);
    if (count < BOOTSTRAP_ROUNDS_MIN || !(spread.error > 0)) {
        return interval;
    }
    double *statistics = memory_allocate(draws, sizeof *statistics);
    size_t found = draw_statistics(values, count, spread.mean, draws, seed, statistics);
    if (found > 0) {
        gsl_sort(statistics, 1, found);
        double outside = (1 - level) / 2;
        interval.low = spread.mean - sorted_quantile(statistics, found, 1 - outside) * spread.error;
        interval.high = spread.mean - sorted_quantile(statistics, found, outside) * spread.error;
    }
    memory_free(statistics);
    return interval;
}
