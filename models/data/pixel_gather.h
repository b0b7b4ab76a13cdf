// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of images to numbers with the batch innermost: the transposition that feeds every gradient,
// and the conversion that feeds every evaluation.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/real.h"

// A byte b becomes b * scale + offset: computed in double, rounded to real once. The same bits come
// at a fraction of the cost from floats, as (b * scale_high + offset_high) + (b * scale_low +
// offset_low), each parenthesis one fused multiply-add, if the high parts have so few digits that
// theirs is exact; whether they do is tried out, for all 256 bytes.
struct pixel_law {
    double scale;
    double offset;
    bool in_floats; // the parts below give the bits of those above
    float scale_high;
    float offset_high;
    float scale_low;
    float offset_low;
};

// Requires: both finite.
struct pixel_law pixel_law_of(double scale, double offset);

enum { PIXEL_GATHER_SAMPLES_MAX = 8 };

// images: (samples) pointers to pixel_count bytes each; inputs: (pixel_count, samples), rows
// "stride" elements apart. The bits do not depend on how many samples are gathered together.
// Requires: samples <= PIXEL_GATHER_SAMPLES_MAX.
void pixel_gather(const struct pixel_law *law, const uint8_t *const *images, size_t pixel_count,
                  size_t samples, real *inputs, size_t stride);

// Bytes that are laid out already: inputs[i] from bytes[i], both (count), the same bits.
void pixel_convert(const struct pixel_law *law, const uint8_t *bytes, size_t count, real *inputs);

// Zeroes what is behind the first "used" elements of each row of inputs: (row_count, stride).
void pixel_clear_lanes(real *inputs, size_t row_count, size_t used, size_t stride);
