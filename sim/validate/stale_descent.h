// SPDX-License-Identifier: GPL-3.0-or-later
// The moments of stochastic gradient descent with stale gradients on a quadratic of one coordinate:
// w <- w - a r - b xi, where a is step times curvature, r a parameter that was read before, b step
// times noise, and xi has mean 0 and variance 1. Numbers alone.
#pragma once

#include <stdint.h>

// Every gradient is "delay" versions old: r is the w of so many updates ago. Var w in the long run,
// (b^2 / pi) times the integral over 0..pi of 1 / |e^(iu) - 1 + a e^(-i delay u)|^2: the noise
// through the filter of the recursion. Stable while a < 2 sin(pi / (4 delay + 2)).
// Requires: 0 < a, a below that edge, delay >= 0.
double stale_descent_variance_constant(double a, double b, int32_t delay);
double stale_descent_edge(int32_t delay);

// Asynchronous with "workers" workers whose times are exponential: the next gradient is equally
// likely that of each, whatever went before, and its worker then reads the new w. So E w and the
// second moments of w and of what the workers have read follow linear recursions: exactly.
// From w = 1 = what all have read: E w after so many updates.
double stale_descent_mean_random(double a, int32_t workers, int64_t updates);
// E r^2 in the long run, of the parameter r that the next gradient is computed at. Requires: 0 < a,
// and small enough for it to exist (else the result is no
// variance); workers >= 2.
double stale_descent_read_square_random(double a, double b, int32_t workers);
