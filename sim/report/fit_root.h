// SPDX-License-Identifier: GPL-3.0-or-later
// The root of a function of one variable, by Brent's method.
#pragma once

// Within 1e-10 of it. Where both ends have the same sign, the interval is widened to both sides
// until they differ. Requires: low < high, and a function that changes its sign once.
double fit_root(double (*function)(double x, void *context), void *context, double low,
                double high);
