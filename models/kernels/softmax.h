// SPDX-License-Identifier: GPL-3.0-or-later
// The loss, with exponential and logarithm of its own: those of the C library differ from CPU to
// CPU. Part of each instruction set's kernels.
#ifndef DESGD_KERNELS_SOFTMAX_H
#define DESGD_KERNELS_SOFTMAX_H

#include "models/kernels/kernels.h"
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
    return v_select(m_nan(x), x, result);
}

INLINE vec largest_of(size_t classes, const float *outputs, ivec *best) {
    vec largest = v_load(outputs);
    ivec place = {0};
    for (size_t k = 1; k < classes; k++) {
        vec value = v_load(outputs + k * KERNEL_LANES);
        mask wins = m_greater(value, largest);
        largest = v_select(wins, value, largest);
        place = i_select(wins, i_all((int32_t)k), place);
    }
    *best = place;
    return largest;
}

// -log softmax(x)[label] = log sum exp(x - max) - (x[label] - max): no overflow.
INLINE vec losses_of(size_t classes, const float *outputs, ivec label, vec largest, vec *sum) {
    vec right = v_all(0);
    vec total = v_all(0);
    for (size_t k = 0; k < classes; k++) {
        vec value = v_load(outputs + k * KERNEL_LANES) - largest;
        total += v_exp(value);
        right = v_select(m_equal(label, (int32_t)k), value, right);
    }
    *sum = total;
    return v_log(total) - right;
}

// d loss / d x[k] = (softmax(x)[k] - [k is the label]) * share.
INLINE void d_outputs_of(size_t classes, const float *outputs, ivec label, ivec present,
                         vec largest, vec sum, float share, float *d_outputs) {
    for (size_t k = 0; k < classes; k++) {
        vec term = v_exp(v_load(outputs + k * KERNEL_LANES) - largest);
        vec target = v_select(m_equal(label, (int32_t)k), v_all(1.0f), v_all(0));
        vec d = (term / sum - target) * v_all(share);
        v_store(d_outputs + k * KERNEL_LANES, (vec)((ivec)d & present));
    }
}

static void softmax_loss(size_t classes, size_t count, const float *outputs, const uint8_t *labels,
                         float share, float *d_outputs, double *losses) {
    for (size_t lane = 0; lane < KERNEL_LANES; lane += VEC) {
        ivec label = {0};
        ivec present = {0};
        for (size_t i = 0; i < VEC && lane + i < count; i++) {
            label[i] = labels[lane + i];
            present[i] = -1;
        }
        ivec best;
        vec largest = largest_of(classes, outputs + lane, &best);
        vec sum;
        vec loss = losses_of(classes, outputs + lane, label, largest, &sum);
        for (size_t i = 0; i < VEC && lane + i < count; i++) {
            losses[lane + i] = (double)loss[i];
        }
        if (d_outputs != NULL) {
            d_outputs_of(classes, outputs + lane, label, present, largest, sum, share,
                         d_outputs + lane);
        }
    }
}

static void softmax_best(size_t classes, size_t count, const float *outputs, uint8_t *best) {
    for (size_t lane = 0; lane < KERNEL_LANES; lane += VEC) {
        ivec place;
        largest_of(classes, outputs + lane, &place);
        for (size_t i = 0; i < VEC && lane + i < count; i++) {
            best[lane + i] = (uint8_t)place[i];
        }
    }
}

#endif
