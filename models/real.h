// SPDX-License-Identifier: GPL-3.0-or-later
// The number type of the layers: float, or double in the build that checks gradients by differences
// (DESGD_REAL_DOUBLE).
#pragma once

#ifdef DESGD_REAL_DOUBLE
typedef double real;
#else
typedef float real;
#endif
