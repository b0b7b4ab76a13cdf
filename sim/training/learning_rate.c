// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/learning_rate.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/stable_math.h"

// By squaring: the same multiplications for the same power.
static double power(double base, int64_t exponent) {
    double result = 1;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1) {
            result *= base;
        }
        base *= base;
    }
    return result;
}

static double schedule_factor(const struct rate_options *options, int64_t n) {
    switch (options->schedule) {
    case RATE_CONSTANT:
        return 1;
    case RATE_STEP:
        REQUIRE(options->every >= 1);
        return power(options->factor, n / options->every);
    case RATE_COSINE: {
        REQUIRE(options->over >= 1);
        double u = n < options->over ? (double)n / (double)options->over : 1;
        return options->least + (1 - options->least) * ((1 + stable_cos_pi(u)) / 2);
    }
    case RATE_SCHEDULE_COUNT:
        break;
    }
    check_failed("invariant", "a schedule of the rate", __FILE__, __LINE__);
}

// Schedule and warm-up.
static double follow(const struct rate_options *options, double base,
                     const struct rate_moment *moment) {
    REQUIRE(moment->updates >= 0 && moment->gradients >= 0);
    int64_t n = options->counts == RATE_COUNTS_UPDATES ? moment->updates : moment->gradients;
    double rate = base * schedule_factor(options, n);
    if (n + 1 < options->warm_up) {
        rate *= (double)(n + 1) / (double)options->warm_up;
    }
    return rate;
}

double learning_rate_local_factor(const struct rate_options *options,
                                  const struct rate_moment *moment) {
    return options->of == RATE_OF_LOCAL ? follow(options, 1, moment) : 1;
}

double learning_rate_at(const struct rate_options *options, double base,
                        const struct rate_moment *moment) {
    REQUIRE(moment->size >= 1);
    double rate = options->of == RATE_OF_LOCAL ? base : follow(options, base, moment);
    if (options->scaling == RATE_SCALING_LINEAR) {
        rate *= (double)moment->size;
    } else if (options->scaling == RATE_SCALING_ROOT) {
        rate *= sqrt((double)moment->size);
    }
    return rate;
}
