// SPDX-License-Identifier: GPL-3.0-or-later
// Holm's step-down adjustment (Scandinavian Journal of Statistics 6, 1979): with p_(1) <= .. <=
// p_(m), the i-th becomes max over j <= i of min(1, (m - j + 1) p_(j)). Calling those at or below
// .05 significant calls none wrongly with probability 95 %, whatever their dependence.
#pragma once

#include <stddef.h>

// p, adjusted: (count), may be the same. NaN among p stays NaN and does not count to the family.
void holm_adjust(const double *p, size_t count, double *adjusted);
