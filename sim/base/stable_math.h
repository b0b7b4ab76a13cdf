// SPDX-License-Identifier: GPL-3.0-or-later
// exp, log, power and cosine whose bits are the same on every CPU and with every C library: built
// of additions, multiplications, divisions and square roots, which IEEE 754 rounds correctly, in
// one fixed order. The C library's own are not: they choose a variant by CPU. Within 3 units in the
// last place; the power within |y log x| times that.
#pragma once

double stable_exp(double x);
double stable_log(double x); // NaN below 0, -infinity at 0

// x to the y. For whole y up to 64 in size by multiplication, exact where the result is; otherwise
// exp(y log x), which is NaN for x < 0.
double stable_pow(double x, double y);

// cos(pi u). Requires: 0 <= u <= 1.
double stable_cos_pi(double u);
