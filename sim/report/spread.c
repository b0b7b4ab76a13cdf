// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/spread.h"

#include <math.h>

#include "sim/base/check.h"

// In two passes: the deviation from the mean itself loses no digits.
struct spread spread_of(const double *values, size_t count) {
    REQUIRE(values != NULL || count == 0);
    struct spread spread = {.rounds = count,
                            .mean = (double)NAN,
                            .deviation = (double)NAN,
                            .error = (double)NAN,
                            .least = (double)NAN,
                            .most = (double)NAN};
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        spread.least = fmin(spread.least, values[i]);
        spread.most = fmax(spread.most, values[i]);
        spread.positive += values[i] > 0;
        spread.negative += values[i] < 0;
    }
    if (count > 0) {
        spread.mean = sum / (double)count;
    }
    // The sum of equal values is rounded, so that they would not be their own mean.
    if (spread.least == spread.most) {
        spread.mean = spread.least;
    }
    for (size_t i = 0; i < count; i++) {
        squares += (values[i] - spread.mean) * (values[i] - spread.mean);
    }
    if (count > 1) {
        spread.deviation = sqrt(squares / (double)(count - 1));
        spread.error = spread.deviation / sqrt((double)count);
    }
    return spread;
}
