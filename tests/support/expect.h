// SPDX-License-Identifier: GPL-3.0-or-later
// Comparisons of doubles for cmocka, whose own cast to float or to integers. Not for pool threads:
// a failure jumps.
#pragma once

// |actual - expected| <= tolerance; NaN fails.
#define expect_within(actual, expected, tolerance)                                                 \
    expect_within_at((actual), (expected), (tolerance), #actual, __FILE__, __LINE__)

// |actual - expected| <= relative * |expected|; NaN fails.
#define expect_relative(actual, expected, relative)                                                \
    expect_relative_at((actual), (expected), (relative), #actual, __FILE__, __LINE__)

void expect_within_at(double actual, double expected, double tolerance, const char *what,
                      const char *file, int line);
void expect_relative_at(double actual, double expected, double relative, const char *what,
                        const char *file, int line);
