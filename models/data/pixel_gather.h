// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of images to numbers with the batch innermost: the transposition that feeds every gradient
// and every evaluation.
#ifndef DESGD_MODELS_DATA_PIXEL_GATHER_H
#define DESGD_MODELS_DATA_PIXEL_GATHER_H

#include <stddef.h>
#include <stdint.h>

#include "models/real.h"

// A byte b becomes b * scale + offset: computed in double, rounded to real once.
struct pixel_law {
    double scale;
    double offset;
};

enum { PIXEL_GATHER_SAMPLES_MAX = 8 };

// images: (samples) pointers to pixel_count bytes each; inputs: (pixel_count, samples), rows
// "stride" elements apart. The bits do not depend on how many samples are gathered together.
// Requires: samples <= PIXEL_GATHER_SAMPLES_MAX.
void pixel_gather(const struct pixel_law *law, const uint8_t *const *images, size_t pixel_count,
                  size_t samples, real *inputs, size_t stride);

#endif
