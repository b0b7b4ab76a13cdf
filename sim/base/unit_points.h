// SPDX-License-Identifier: GPL-3.0-or-later
// Points of the unit cube for designs of experiments: independent uniform ones, a Latin hypercube,
// a Sobol sequence (GSL's). The same on every machine, and of any number of threads: drawn from
// counter-based streams.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum unit_design {
    UNIT_RANDOM, // each coordinate has a draw of its own, keyed by (seed, dimension, point):
                 // more points or dimensions move none that are there
    UNIT_LATIN_HYPERCUBE, // in each dimension one point in each of "count" equal parts, anywhere in
                          // it (McKay, Beckman and Conover, Technometrics 21, 1979)
    UNIT_SOBOL, // the sequence from its second point on, (1/2, 1/2, ...), as GSL begins; no
                // seed; more points move none that are there
    UNIT_DESIGN_COUNT,
};

enum { UNIT_DIMENSIONS_MAX = 40 }; // of GSL's Sobol sequence

// points (count, dimensions): every coordinate at least 0 and below 1. Requires: 1 <= dimensions <=
// UNIT_DIMENSIONS_MAX.
void unit_points(enum unit_design design, uint64_t seed, size_t count, size_t dimensions,
                 double *points);
