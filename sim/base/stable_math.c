// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/stable_math.h"

#include <math.h>

#include "sim/base/check.h"

// ln 2 as a sum: the first part has 32 bits, so that a whole multiple of it is exact.
static const double ln2_high = 0x1.62e42feep-1;
static const double ln2_low = 0x1.a39ef35793c76p-33;
static const double ln2_inverse = 0x1.71547652b82fep+0;
static const double pi = 0x1.921fb54442d18p+1;

enum {
    EXP_TERMS = 14,    // of x^k / k! for |x| <= ln(2) / 2: the next is below 2^-60
    LOG_TERMS = 12,    // of s^(2k) / (2k + 1) for |s| <= 0.172: likewise
    CIRCLE_TERMS = 10, // of the series of sine and cosine up to pi / 4: likewise
    WHOLE_POWER_MOST = 64,
    EXP_MOST = 710,  // beyond: infinity
    EXP_LEAST = -746 // beyond: 0
};

double stable_exp(double x) {
    if (isnan(x)) {
        return x;
    }
    if (x > EXP_MOST) {
        return (double)INFINITY;
    }
    if (x < EXP_LEAST) {
        return 0;
    }
    double k = floor(x * ln2_inverse + 0.5);
    double r = (x - k * ln2_high) - k * ln2_low;
    double sum = 1;
    for (int i = EXP_TERMS; i >= 1; i--) {
        sum = 1 + r * sum / i;
    }
    return ldexp(sum, (int)k);
}

double stable_log(double x) {
    if (isnan(x) || x < 0) {
        return (double)NAN;
    }
    if (x == 0 || isinf(x)) {
        return x == 0 ? -(double)INFINITY : x;
    }
    int exponent = 0;
    double m = frexp(x, &exponent); // exact, in [0.5, 1)
    if (m < 0x1.6a09e667f3bcdp-1) { // sqrt(1/2)
        m *= 2;
        exponent--;
    }
    double s = (m - 1) / (m + 1);
    double square = s * s;
    double sum = 0;
    for (int k = LOG_TERMS; k >= 1; k--) {
        sum = square * (1.0 / (2 * k + 1) + sum);
    }
    double low = 2 * s * sum + exponent * ln2_low;
    return (low + 2 * s) + exponent * ln2_high;
}

static double whole_power(double x, int y) {
    REQUIRE(y >= 0 && y <= WHOLE_POWER_MOST);
    double power = 1;
    for (int i = 0; i < y; i++) {
        power *= x;
    }
    return power;
}

double stable_pow(double x, double y) {
    if (y == 0) {
        return 1;
    }
    if (fabs(y) <= WHOLE_POWER_MOST && floor(y) == y) {
        return y > 0 ? whole_power(x, (int)y) : 1 / whole_power(x, (int)-y);
    }
    if (x == 0) {
        return y > 0 ? 0 : (double)INFINITY;
    }
    return stable_exp(y * stable_log(x));
}

// The series of the cosine (first = 1) or of the sine over x (first = 2): 1 - x^2 / (first (first +
// 1)) + ...
static double circle(double x, int first) {
    REQUIRE(first == 1 || first == 2);
    double square = x * x;
    double sum = 1;
    for (int i = CIRCLE_TERMS; i >= 0; i--) {
        int k = first + 2 * i;
        sum = 1 - square * sum / (k * (k + 1));
    }
    return sum;
}

double stable_cos_pi(double u) {
    REQUIRE(u >= 0 && u <= 1);
    if (u > 0.5) {
        return -stable_cos_pi(1 - u);
    }
    if (u > 0.25) {
        double x = pi * (0.5 - u);
        return x * circle(x, 2);
    }
    return circle(pi * u, 1);
}
