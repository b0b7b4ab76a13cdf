// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/exact_binomial.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "sim/base/check.h"

// The x with P(Beta(a, b) <= x) = share, by bisection: P is monotone, and 100 halvings leave
// nothing of [0, 1].
static double beta_quantile(double share, double a, double b) {
    REQUIRE(share > 0 && share < 1);
    REQUIRE(a > 0 && b > 0);
    double low = 0;
    double high = 1;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (gsl_cdf_beta_P(middle, a, b) < share) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (low + high) / 2;
}

struct proportion proportion_of(size_t happened, size_t count, double level) {
    REQUIRE(level > 0 && level < 1);
    REQUIRE(happened <= count && level > 0 && level < 1);
    struct proportion result = {.happened = happened, .count = count, .rate = (double)NAN};
    double x = (double)happened;
    double n = (double)count;
    double outside = (1 - level) / 2;
    result.rate = count == 0 ? (double)NAN : x / n;
    result.low = happened == 0 ? 0 : beta_quantile(outside, x, n - x + 1);
    result.high = happened == count ? 1 : beta_quantile(1 - outside, x + 1, n - x);
    return result;
}

double exact_mcnemar_p(size_t only_this, size_t only_that) {
    size_t fewer = only_this < only_that ? only_this : only_that;
    unsigned total = (unsigned)(only_this + only_that);
    return fmin(1, 2 * gsl_cdf_binomial_P((unsigned)fewer, 0.5, total));
}
