// SPDX-License-Identifier: GPL-3.0-or-later
// Sums of bytes and of their squares: exact, so the mean and the variance follow without the
// rounding errors of a sum over 150 million numbers.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "models/data/pixel_gather.h"

struct byte_sums {
    uint64_t sum;
    uint64_t squares;
};

void byte_sums_add(struct byte_sums *sums, const uint8_t *bytes, size_t count);

// How bytes become numbers of mean 0 and variance 1, if these are the sums of n of them. Requires:
// n >= 1.
struct pixel_law byte_sums_law(const struct byte_sums *sums, uint64_t n);
