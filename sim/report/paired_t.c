// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/paired_t.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>

#include "sim/base/check.h"
#include "sim/report/paired_difference.h"
#include "sim/report/spread.h"

static double quantile(size_t count, double level) {
    REQUIRE(count > 1);
    REQUIRE(level > 0 && level < 1);
    return gsl_cdf_tdist_Pinv((1 + level) / 2, (double)(count - 1));
}

struct paired_t paired_t_of(const double *differences, size_t count, double level) {
    REQUIRE(level > 0 && level < 1);
    struct spread spread = spread_of(differences, count);
    struct paired_t result = {.pairs = count,
                              .mean = spread.mean,
                              .std_dev = spread.deviation,
                              .std_err = spread.error,
                              .low = (double)NAN,
                              .high = (double)NAN,
                              .p = (double)NAN};
    if (count > 1 && spread.error > 0) {
        double half = quantile(count, level) * spread.error;
        result.low = spread.mean - half;
        result.high = spread.mean + half;
        result.p = 2 * gsl_cdf_tdist_Q(fabs(spread.mean / spread.error), (double)(count - 1));
    } else if (count > 1 && spread.least == 0 && spread.most == 0) {
        result.low = result.high = 0;
        result.p = 1;
    }
    return result;
}

// By more than the rounding of its values.
static bool varies(const struct spread *spread) {
    REQUIRE(!(spread->least > spread->most));
    double size = fmax(fabs(spread->least), fabs(spread->most));
    return spread->most - spread->least > PAIRED_DIFFERENCE_RESOLUTION * size;
}

struct pairing pairing_of(const double *a, const double *b, size_t count) {
    REQUIRE((a != NULL && b != NULL) || count == 0);
    struct spread of_a = spread_of(a, count);
    struct spread of_b = spread_of(b, count);
    struct pairing pairing = {(double)NAN, (double)NAN};
    if (count < 2 || !varies(&of_a) || !varies(&of_b)) {
        return pairing;
    }
    double products = 0;
    for (size_t i = 0; i < count; i++) {
        products += (a[i] - of_a.mean) * (b[i] - of_b.mean);
    }
    double covariance = products / (double)(count - 1);
    double variances = of_a.deviation * of_a.deviation + of_b.deviation * of_b.deviation;
    // Rounding must not lead out of what these can be.
    pairing.correlation = fmax(-1, fmin(1, covariance / (of_a.deviation * of_b.deviation)));
    pairing.variance_ratio = fmax(0, 1 - 2 * covariance / variances);
    return pairing;
}

double rounds_needed(size_t pilot, double std_dev, double precision, double level) {
    REQUIRE(precision > 0);
    if (pilot < 2 || !isfinite(std_dev)) {
        return (double)NAN;
    }
    double ratio = quantile(pilot, level) * std_dev / precision;
    double rounds = floor(ratio * ratio) + 1;
    return rounds > 1e9 ? (double)INFINITY : fmax(rounds, (double)pilot);
}
