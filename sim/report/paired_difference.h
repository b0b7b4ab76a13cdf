// SPDX-License-Identifier: GPL-3.0-or-later
// Differences of paired rounds, cleared of the rounding that made them: .3 - .2 and .2 - .1 are not
// the same double, and a test would take what parts them for spread, break ties by it, and count
// zeros as signs.
//
// The rule: a difference a - b is known to within its resolution, 1e-9 max(|a|, |b|). Where it is
// no larger than that it is 0; and differences whose sizes are no further apart than the larger of
// their resolutions have the same size, the least among them. So zeros, ties and "no spread" can be
// told by == in everything that comes after.
#pragma once

#include <stddef.h>

#define PAIRED_DIFFERENCE_RESOLUTION 1e-9

// differences: (count), here minus there; NaN where one of the two is. They do not depend on the
// order of the rounds.
void paired_differences_of(const double *here, const double *there, size_t count,
                           double *differences);
