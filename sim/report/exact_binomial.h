// SPDX-License-Identifier: GPL-3.0-or-later
// How often something happened, exactly.
#pragma once

#include <stddef.h>

struct proportion {
    size_t happened, count;
    double rate;      // NaN if count is 0; the interval is [0, 1] then
    double low, high; // Clopper and Pearson, Biometrika 26, 1934: beta quantiles; covers with at
                      // least the level, never less
};

// Requires: happened <= count, 0 < level < 1.
struct proportion proportion_of(size_t happened, size_t count, double level);

// Two-sided p of "as often this way as that" (a fair coin): McNemar's test of paired rounds done
// exactly, on those in which only one side did it (Psychometrika 12, 1947). 1 if there are none.
double exact_mcnemar_p(size_t only_this, size_t only_that);
