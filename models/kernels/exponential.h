// SPDX-License-Identifier: GPL-3.0-or-later
// Exponential and logarithm: those of the C library differ from CPU to CPU. Part of each
// instruction set's kernels.
#pragma once

#include "models/kernels/vectors.h"

// The parts of ln 2: the first has zeros at its end, so that its product with an exponent is exact.
#define LN2_HIGH 0x1.62e4p-1f
#define LN2_LOW 0x1.7f7d1cp-20f

// e^x for x <= 0, within 1.0 ulp (below 2^-126, of the subnormal); NaN stays NaN. x = n ln 2 + r
// with |r| <= ln 2 / 2; the series of e^r up to r^7 / 7! leaves out less than 6e-9 of it. 2^n is
// two factors, since n goes down to -150.
INLINE vec v_exp(vec x) {
    vec floor = v_all(-104.0f);
    x = v_select(m_greater(floor, x), floor, x);
    vec shift = v_all(0x1.8p23f);
    vec n = v_fma(x, v_all(0x1.715476p0f), shift) - shift;
    vec r = v_fma(n, v_all(-LN2_LOW), v_fma(n, v_all(-LN2_HIGH), x));
    vec sum = v_all(1.0f / 5040);
    sum = v_fma(sum, r, v_all(1.0f / 720));
    sum = v_fma(sum, r, v_all(1.0f / 120));
    sum = v_fma(sum, r, v_all(1.0f / 24));
    sum = v_fma(sum, r, v_all(1.0f / 6));
    sum = v_fma(sum, r, v_all(0.5f));
    sum = v_fma(sum, r, v_all(1.0f));
    sum = v_fma(sum, r, v_all(1.0f));
    // The last bits of shift + n are those of n; half of it rounds down, the rest follows.
    ivec exponent = (ivec)(n + shift) - (ivec)shift;
    ivec half = exponent >> 1;
    vec first = (vec)((half + 127) << 23);
    vec second = (vec)((exponent - half + 127) << 23);
    return sum * first * second;
}

// ln x for normal x > 0, within 1.0 ulp; NaN stays NaN. x = 2^e m with m between sqrt(1/2) and
// sqrt(2), f = m - 1, s = f / (2 + f): ln m = 2 artanh(s) = f - s (f - 2 s^2 / 3 - 2 s^4 / 5 ...).
INLINE vec v_log(vec x) {
    ivec bits = (ivec)x;
    ivec exponent = (bits - 0x3f3504f3) >> 23;
    vec f = (vec)(bits - (exponent << 23)) - v_all(1.0f);
    vec e = __builtin_convertvector(exponent, vec);
    vec s = f / (f + v_all(2.0f));
    vec square = s * s;
    vec rest = v_all(2.0f / 11);
    rest = v_fma(rest, square, v_all(2.0f / 9));
    rest = v_fma(rest, square, v_all(2.0f / 7));
    rest = v_fma(rest, square, v_all(2.0f / 5));
    rest = v_fma(rest, square, v_all(2.0f / 3));
    vec inner = v_fma(-rest, square, f);
    vec mantissa = v_fma(-s, inner, f);
    vec result = v_fma(e, v_all(LN2_HIGH), v_fma(e, v_all(LN2_LOW), mantissa));
    return v_select(m_nan(x, x), x, result);
}
